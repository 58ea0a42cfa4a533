# SPDX-License-Identifier: MIT
"""SSDP, the part of UPnP that finds a router: search messages, their answers, and whom we believe."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from urllib.parse import urlsplit

from setup_assistant.core.addresses import ipv4

PORT = 1900
GROUP = "239.255.255.250"
TARGETS = (
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "upnp:rootdevice",
)
"""Some routers answer to one of these only (tailscale/tailscale#3557)."""
MAX_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered, and where its description is."""

    location: str
    target: str
    server: str


def build_search(target: str, host: str) -> bytes:
    """Return a search; ``host`` is the group or, unicast, the router. MX 1: answers within a second."""
    lines = ("M-SEARCH * HTTP/1.1", f"HOST: {host}:{PORT}", 'MAN: "ssdp:discover"', "MX: 1", f"ST: {target}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def parse_found(data: bytes) -> Found | None:
    """Read an answer to a search; None for anything that is none."""
    lines = data[:MAX_BYTES].decode("latin-1").splitlines()
    if not lines:
        return None
    start = lines[0].split()
    if len(start) < 2 or not start[0].upper().startswith("HTTP/") or start[1] != "200":
        return None
    headers = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in lines[1:])
        if colon
    }
    location = headers.get("location", "")
    return Found(location, headers.get("st", ""), headers.get("server", "")) if location else None


def is_believed(location: str, gateway: str, network: IPv4Network | None) -> bool:
    """Whether a description may be fetched from there: plain http, on the router or at least on its own network.

    Anything else on the network (a TV, a mesh box, somebody's prank) may answer as well; pairs of routers that stand in
    for each other answer from the address of one of them (tailscale/tailscale#3202).
    """
    parts = split_http(location)
    if parts is None:
        return False
    host = parts[0]
    return host == gateway or (network is not None and ipv4(host) in network)


def split_http(url: str) -> tuple[str, int, str] | None:
    """Split an http URL on a literal IPv4 address into address, port and path with query; None for any other."""
    if any(character.isspace() or not character.isprintable() for character in url) or not url.isascii():
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or ipv4(host) is None or host is None or port == 0 or parts.username is not None:
        return None
    return host, port or 80, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
