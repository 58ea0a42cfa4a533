# SPDX-License-Identifier: MIT
"""Facts about the internet line, and the verdict drawn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Line(StrEnum):
    """The kinds of line (contract: ``connection.verdict``)."""

    PUBLIC = "public"
    HOME_NAT = "home_nat"
    CGNAT = "cgnat"
    CGNAT_LIKELY = "cgnat_likely"
    DOUBLE_NAT = "double_nat"
    DS_LITE = "ds_lite"
    VPN = "vpn"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure a verdict is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class NatType(StrEnum):
    """What pystun3 calls the NAT (contract: ``connection.nat_type``)."""

    OPEN = "open"
    FULL_CONE = "full_cone"
    RESTRICTED = "restricted"
    PORT_RESTRICTED = "port_restricted"
    SYMMETRIC = "symmetric"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface that is up, with its addresses; ``kind`` is physical, tailscale, vpn, container or other."""

    name: str
    addresses: tuple[str, ...]
    kind: str = "physical"


@dataclass(frozen=True, slots=True)
class Gateway:
    """The default route: the gateway's address and the interface it is reached through."""

    address: str
    interface: str
    interface_address: str = ""


@dataclass(frozen=True, slots=True)
class WanAnswer:
    """What the router said of its WAN address.

    ``source`` is ``upnp``, ``nat_pmp``, ``pcp`` or ``user``. ``address`` is None when it answered
    but hid the address (``hidden`` true: UPnP Connected with an empty or zero address, NAT-PMP result code 3).
    """

    source: str
    address: str | None
    hidden: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A STUN mapped address; ``port`` is the mapped port of the one shared socket."""

    server: str
    address: str
    port: int
    physical: bool = True


@dataclass(frozen=True, slots=True)
class Hop:
    """One router on the way out; ``address`` None where it stayed silent."""

    distance: int
    address: str | None
    milliseconds: float | None = None


class SelfTrace(StrEnum):
    """Who answered one packet with TTL 1 to our own public address (facts: connection, E6)."""

    ROUTER_ANSWERED = "router_answered"
    EXPIRED_AT_ROUTER = "expired_at_router"
    EXPIRED_FROM_PUBLIC = "expired_from_public"
    SILENT = "silent"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """Evidence on the line. Empty or None means that the source gave nothing."""

    interfaces: tuple[Interface, ...] = ()
    gateway: Gateway | None = None
    default_is_tunnel: bool = False
    """Whether the default path goes through a VPN or an exit node."""
    wan: tuple[WanAnswer, ...] = ()
    bindings: tuple[Binding, ...] = ()
    web_addresses: tuple[str, ...] = ()
    """Public IPv4 addresses as HTTPS services saw them, on the default path."""
    hops: tuple[Hop, ...] = ()
    self_trace: SelfTrace = SelfTrace.NOT_TRIED
    self_trace_depth: int | None = None
    neutral_expired: bool = False
    """Whether a packet with TTL 1 to a neutral address did expire at the router."""
    hairpin: bool = False
    nat64: bool | None = None
    ipv6: bool | None = None
    """Whether this host has a global IPv6 address with a way out; None: not known."""
    ipv6_address: str | None = None
    nat_type: NatType | None = None
    udp_blocked: bool | None = None
    tailscale_address: str | None = None
    """What ``tailscale netcheck`` saw as the public IPv4 address."""
    mapping_varies: bool | None = None
    provider: str | None = None
    asn: int | None = None
    port_mappings: tuple[str, ...] = ()
    """Mappings to Plex's port left on the router, as it describes them."""
    are_mappings_known: bool = False
    """Whether the router has shown its list of mappings."""
    permission_missing: bool = False
    """macOS: the local network permission was refused, so the router could not be asked."""
    outer_wan: tuple[WanAnswer, ...] = ()
    """What a second router, right behind the first one, said of its own WAN address."""
    tunnel: str | None = None
    """The interface of the VPN or exit node that the default path goes through."""
    gateway_answered: bool = False
    """Whether the router gave any sign of life."""
    names_dead: bool = False
    """Whether not one of the names asked for could be looked up."""
    ipv6_plex: bool | None = None
    """Whether Plex's port answers on this computer's own IPv6 address; what the router lets in, nobody here knows."""
    ipv6_seen: str | None = None
    """This computer's address as a STUN server saw it over IPv6."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """When each source was done, in milliseconds since the start; ``final``: when nothing could change the verdict."""


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The verdict and its reason (``rule`` is the row of the decision table that matched)."""

    line: Line
    confidence: Confidence
    public_ip: str | None = None
    router_wan_ip: str | None = None
    rule: str = ""
    cause: str = ""
    contradictions: tuple[str, ...] = ()
