# SPDX-License-Identifier: MIT
"""What a UPnP router tells of its WAN side and of the ports it has open, read from its plain HTTP answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from setup_assistant.core.addresses import ipv4
from setup_assistant.core.connection import WanAnswer
from setup_assistant.services.soap import Fault

SOAP_PORTS_AT_MOST = 64
"""How many entries of the router's list are read."""
END_OF_LIST = 713
"""SpecifiedArrayIndexInvalid (WANIPConnection:1, 2.4.14): there is no entry of that number, or none at all."""


@dataclass(frozen=True, slots=True)
class PlainReply:
    """An HTTP answer of the router."""

    status: int
    body: bytes


def build_request(method: str, address: str, port: int, path: str, body: bytes = b"", action: str = "") -> bytes:
    """Return an HTTP/1.1 request; ``action`` is the SOAPAction of a call."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address}:{port}", "Connection: close"]
    if action:
        lines += ['Content-Type: text/xml; charset="utf-8"', f'SOAPAction: "{action}"']
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace") + body


def parse_http(data: bytes, *, ended: bool) -> PlainReply | None:
    """Read an HTTP answer as far as it has come; None while it is not whole (or, once ``ended``, never was)."""
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    lines = head.decode("latin-1").split("\r\n")
    start = lines[0].split(" ")
    if len(start) < 2 or not start[0].startswith("HTTP/") or not (start[1].isascii() and start[1].isdigit()):
        return PlainReply(0, b"") if ended else None
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    status = int(start[1][:3])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole = _unchunk(body)
        return PlainReply(status, whole) if whole is not None else None
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 10:
        return PlainReply(status, body[: int(length)]) if len(body) >= int(length) else None
    return PlainReply(status, body) if ended else None


def _unchunk(body: bytes) -> bytes | None:
    """Join the chunks; None while the last one is missing."""
    joined = bytearray()
    while True:
        size, gap, rest = body.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0].strip() or b"x", 16)
        except ValueError:
            return None
        if not gap or length < 0 or len(rest) < length:
            return None
        if length == 0:
            return bytes(joined)
        joined += rest[:length]
        body = rest[length:].removeprefix(b"\r\n")


def read_wan(status: Mapping[str, str] | Fault | None, address: Mapping[str, str] | Fault | None) -> WanAnswer | None:
    """Bring GetStatusInfo and GetExternalIPAddress together; None where the service is not the one in use.

    A connected service that gives no address, 0.0.0.0 or some words ("not available") instead hides it: so miniupnpd
    does with every address of a reserved range. One that is not connected always gives 0.0.0.0.
    """
    state = status.get("NewConnectionStatus", "") if isinstance(status, Mapping) else ""
    told = address.get("NewExternalIPAddress", "") if isinstance(address, Mapping) else None
    parsed = ipv4(told)
    if parsed is not None and int(parsed) != 0:
        return WanAnswer("upnp", str(parsed), detail=state)
    if state.casefold() == "connected" and told is not None:
        return WanAnswer("upnp", None, hidden=True, detail=f"{state}, {_printable(told) or 'no address'}")
    return None


def read_mapping(entry: Mapping[str, str], ports: Collection[int]) -> str | None:
    """Return a line about an entry of the router's list that leads to one of the ports, on any computer; else None.

    A port may have been left open to an address that this computer had before.
    """
    internal = entry.get("NewInternalPort", "")
    if internal not in map(str, ports):
        return None
    if entry.get("NewEnabled", "1").lower() in ("0", "false", "no"):
        return None
    external, client = entry.get("NewExternalPort", "?"), entry.get("NewInternalClient", "?")
    name = _printable(entry.get("NewPortMappingDescription", ""))
    line = f"{_printable(entry.get('NewProtocol', 'TCP'))} {_printable(external)} → {_printable(client)}:{internal}"
    return f"{line} ({name})" if name else line


def _printable(text: str) -> str:
    """What a router wrote, fit to be shown."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:60]
