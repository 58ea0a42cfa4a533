# SPDX-License-Identifier: MIT
"""Reads what the Tailscale command line prints: versions, status, preferences, links. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from setup_assistant.core.versions import version_numbers
from setup_assistant.services.tailscale_replies import odd_reply, read_object

_FUNNEL_PORTS = "https://tailscale.com/cap/funnel-ports"


@dataclass(frozen=True, slots=True)
class ProgramVersion:
    """What the program says of itself; ``variant`` is appstore, macsys or darwin on macOS, else empty."""

    version: str
    variant: str = ""


def parse_version(text: str) -> ProgramVersion:
    """Read ``version --json`` (since 1.36), or the first line of plain ``version``. Raises UNEXPECTED_REPLY."""
    if text.lstrip().startswith("{"):
        value = read_object(text)
        version, variant = value.get("majorMinorPatch") or value.get("short"), value.get("osVariant", "")
    else:
        version, variant = text.strip().partition("\n")[0].strip(), ""
    if not isinstance(version, str) or version_numbers(version) is None:
        raise odd_reply("no version")
    return ProgramVersion(version, variant if isinstance(variant, str) else "")


@dataclass(frozen=True, slots=True)
class Status:
    """``status --json``; None where it does not tell."""

    backend: str
    version: str = ""
    auth_url: str | None = None
    dns_name: str | None = None
    host_name: str = ""
    tailnet: str = ""
    addresses: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    magicdns: bool | None = None
    https: bool | None = None
    funnel: bool | None = None
    funnel_ports: frozenset[int] = frozenset()
    tagged: bool = False
    key_expiry: datetime | None = None
    key_expired: bool = False
    exit_node: bool = False
    health: tuple[str, ...] = ()
    tun: bool = True

    @property
    def is_up(self) -> bool:
        """Whether the Serve configuration can be read and written (the command line's own rule)."""
        return self.backend in ("Running", "Starting")


def parse_status(text: str) -> Status:
    """Read ``status --json`` (ipn/ipnstate/ipnstate.go). Raises HostError UNEXPECTED_REPLY."""
    value = read_object(text)
    backend = value.get("BackendState")
    if not isinstance(backend, str) or not backend:
        raise odd_reply("status without BackendState")
    node = _object(value.get("Self"))
    tailnet = value.get("CurrentTailnet")
    capabilities = {*_object(node.get("CapMap")), *_texts(node.get("Capabilities"))}
    has_map = bool(node.get("DNSName"))
    return Status(
        backend=backend,
        version=_text(value.get("Version")),
        auth_url=_link(value.get("AuthURL")),
        dns_name=_text(node.get("DNSName")).rstrip(".").lower() or None,
        host_name=_text(node.get("HostName")),
        # The tailnet's Name is the owner's e-mail address in personal tailnets, so its DNS suffix stands for it.
        tailnet=_text(_object(tailnet).get("MagicDNSSuffix")),
        addresses=_texts(value.get("TailscaleIPs")),
        endpoints=tuple(dict.fromkeys(_host(entry) for entry in _texts(node.get("Addrs")))),
        magicdns=_truth(_object(tailnet).get("MagicDNSEnabled")) if isinstance(tailnet, dict) else None,
        https="https" in capabilities if has_map else None,
        funnel="funnel" in capabilities if has_map else None,
        funnel_ports=_funnel_ports(capabilities),
        tagged=bool(_texts(node.get("Tags"))),
        key_expiry=_time(node.get("KeyExpiry")),
        key_expired=node.get("Expired") is True,
        exit_node=isinstance(value.get("ExitNodeStatus"), dict),
        health=_texts(value.get("Health")),
        tun=value.get("TUN") is not False,
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _host(endpoint: str) -> str:
    return endpoint.rpartition(":")[0].strip("[]")


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _link(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.year <= 1:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _funnel_ports(capabilities: set[str]) -> frozenset[int]:
    """Ports of ``…/cap/funnel-ports?ports=443,8443-8444`` that matter (ipn/serve.go CheckFunnelPort)."""
    allowed: set[int] = set()
    for capability in capabilities:
        if not capability.startswith(_FUNNEL_PORTS):
            continue
        try:
            lists = parse_qs(urlsplit(capability).query).get("ports", [])
        except ValueError:
            continue
        for part in ",".join(lists).split(","):
            first, _, last = part.partition("-")
            if first.isdecimal() and (last.isdecimal() or not last) and len(first) < 6 and len(last) < 6:
                allowed.update(range(int(first), min(int(last or first), 65535) + 1))
    return frozenset(allowed)


@dataclass(frozen=True, slots=True)
class Prefs:
    """``debug prefs``; None where it does not tell."""

    shields_up: bool | None = None
    control_url: str = ""
    operator: str = ""
    unattended: bool | None = None


def parse_prefs(text: str) -> Prefs:
    """Read ``debug prefs`` (ipn/prefs.go). Raises HostError UNEXPECTED_REPLY."""
    value = read_object(text)
    return Prefs(
        shields_up=_truth(value.get("ShieldsUp")),
        control_url=_text(value.get("ControlURL")),
        operator=_text(value.get("OperatorUser")),
        unattended=_truth(value.get("ForceDaemon")),
    )


@dataclass(frozen=True, slots=True)
class Feature:
    """The control server's word on a feature: the page that switches it on, and who may."""

    link: str | None
    needs_admin: bool


def parse_feature(text: str) -> Feature:
    """Read the reply of ``query-feature`` (tailcfg.QueryFeatureResponse). Raises HostError UNEXPECTED_REPLY."""
    value = read_object(text)
    words = _text(value.get("Text")).lower()
    return Feature(
        link=_link(value.get("URL")),
        # Its words for a mere member: You don't have permission to enable this feature (cli/serve_v2_test.go).
        needs_admin="permission" in words,
    )


_CUSTOM_RELAYS = range(900, 1000)
"""Region numbers that are reserved for a tailnet's own relay servers (tailcfg/derpmap.go)."""


def has_custom_relays(text: str) -> bool:
    """Read ``debug derp-map``: whether the tailnet names relay servers of its own. Raises UNEXPECTED_REPLY."""
    regions = _object(read_object(text).get("Regions"))
    return any(key.isdecimal() and len(key) < 6 and int(key) in _CUSTOM_RELAYS for key in regions)
