# SPDX-License-Identifier: MIT
"""What the evidence on the line amounts to: the terms in which the decision table is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from setup_assistant.core.addresses import (
    ipv4,
    is_home_like,
    is_ipv4_service,
    is_private,
    is_public,
    is_shared,
    is_virtual,
)
from setup_assistant.core.connection import ConnectionFacts, Line, SelfTrace, WanAnswer


class Owns(StrEnum):
    """Whether the router itself holds the public address."""

    YES = "yes"
    SWALLOWED = "swallowed"
    """It took our packet in without a word, though it does report expired packets to other addresses."""
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """Evidence in terms of the rules; ``None`` means: not known."""

    facts: ConnectionFacts
    public: str | None
    """The public IPv4 address on the physical path."""
    wan: str | None
    hidden: bool
    """Whether a router protocol answered and hid the WAN address."""
    outer: str | None
    outer_hidden: bool
    owns: Owns
    depth: int | None
    """How many routers away the holder of the public address is, networks inside this computer not counted."""
    inside: tuple[str, ...]
    """Addresses of the hops before the first public one, the router included."""
    shared_hop: str | None
    """A hop with an address that providers share, not beyond the holder of the public address."""
    beyond: str | None
    """The private address right behind the router: what it told of its WAN, else the second hop."""
    beyond_ms: float | None
    """How much farther away than the router that is, in milliseconds."""
    private_hops: int
    """How many private hops follow the router."""
    sites_differ: bool

    @property
    def is_online(self) -> bool:
        """Whether anything on the internet answered."""
        facts = self.facts
        seen = facts.bindings or facts.web_addresses or facts.tailscale_address or facts.ipv6_seen
        return bool(seen)

    @property
    def has_route(self) -> bool:
        """Whether there is any way out at all."""
        return self.facts.gateway is not None or self.facts.default_is_tunnel or bool(self.facts.ipv6)

    @property
    def has_ipv4_service(self) -> bool:
        """Whether an interface here carries IPv4 over IPv6 (192.0.0.0/29)."""
        return any(is_ipv4_service(address) for one in self.facts.interfaces for address in one.addresses)

    @property
    def is_ipv6_only(self) -> bool:
        """Whether only IPv6 reaches the internet."""
        return self.facts.ipv6_seen is not None and not self.facts.bindings and not self.facts.web_addresses

    @property
    def is_here(self) -> bool:
        """Whether this computer itself holds the public address."""
        own = {address for one in self.facts.interfaces if one.kind == "physical" for address in one.addresses}
        return self.public is not None and self.public in own

    @property
    def is_shared_here(self) -> bool:
        """Whether the provider gave this computer itself a shared address."""
        gateway = self.facts.gateway
        return gateway is not None and is_shared(gateway.address) and is_shared(gateway.interface_address)

    @property
    def is_hidden_by_tunnel(self) -> bool:
        """Whether a tunnel lets nothing past it."""
        return self.facts.default_is_tunnel and self.public is None

    @property
    def beyond_is_home_like(self) -> bool:
        """Whether what lies behind the router looks like another router at home."""
        return is_home_like(self.beyond)

    def contradictions(self, line: Line) -> tuple[str, ...]:
        """Names of the evidence that speaks against a verdict (`core.words.connection.CONTRADICTIONS`)."""
        found = []
        told = {answer.address for answer in self.facts.wan if answer.address is not None}
        if len(told) > 1:
            found.append("routers_disagree")
        home = line in (Line.HOME_NAT, Line.PUBLIC)
        if home and self.wan is not None and self.public is not None and self.wan != self.public:
            found.append("wan_disagrees")
        if line in (Line.CGNAT, Line.CGNAT_LIKELY) and is_public(self.wan):
            found.append("wan_claims_public")
        if line in (Line.HOME_NAT, Line.PUBLIC, Line.DOUBLE_NAT) and self.sites_differ:
            found.append("sites_differ")
        tailscale = self.facts.tailscale_address
        if home and not self.facts.default_is_tunnel and tailscale and self.public and tailscale != self.public:
            found.append("tailscale_disagrees")
        if home and self.facts.nat64 and self.owns is not Owns.UNKNOWN:
            found.append("nat64_seen")
        return tuple(found)


def read(facts: ConnectionFacts) -> Reading:
    """Bring the evidence into the terms of the rules."""
    wan, hidden = _wan(facts.wan)
    outer, outer_hidden = _wan(facts.outer_wan)
    virtual = _virtual_hops(facts)
    owns, depth = _owns(facts, virtual)
    inside = _inside(facts)[virtual:]
    beyond, beyond_ms = _beyond(facts, wan, inside, virtual)
    return Reading(
        facts=facts,
        public=public_address(facts),
        wan=wan,
        hidden=hidden,
        outer=outer,
        outer_hidden=outer_hidden,
        owns=owns,
        depth=depth,
        inside=tuple(address for address in inside if address is not None),
        shared_hop=next((hop for hop in inside[:depth] if is_shared(hop)), None),
        beyond=beyond,
        beyond_ms=beyond_ms,
        private_hops=sum(1 for address in inside[1:] if is_private(address)),
        sites_differ=_sites_differ(facts),
    )


def public_address(facts: ConnectionFacts) -> str | None:
    """The public IPv4 address on the physical path, as most of those asked saw it."""
    physical = [one.address for one in facts.bindings if one.physical and is_public(one.address)]
    if not physical and not facts.default_is_tunnel:
        physical = [one for one in facts.web_addresses if is_public(one)]
    if not physical and not facts.default_is_tunnel and is_public(facts.tailscale_address):
        return facts.tailscale_address
    return Counter(physical).most_common(1)[0][0] if physical else None


def _sites_differ(facts: ConnectionFacts) -> bool:
    seen = {one.address for one in facts.bindings if one.physical and is_public(one.address)}
    if not facts.default_is_tunnel:
        seen.update(address for address in facts.web_addresses if is_public(address))
    return len(seen) > 1


def _wan(answers: Iterable[WanAnswer]) -> tuple[str | None, bool]:
    """Return the WAN address (what the person typed outranks the protocols) and whether an answer hid it."""
    given = list(answers)
    typed = next((one.address for one in given if one.source == "user" and ipv4(one.address)), None)
    addresses = [one.address for one in given if ipv4(one.address)]
    # A reserved address that a router admits to weighs more than a public one that it may only repeat.
    admitted = next((one for one in addresses if not is_public(one)), None)
    chosen = typed or admitted or (addresses[0] if addresses else None)
    return chosen, any(one.hidden for one in given)


def _virtual_hops(facts: ConnectionFacts) -> int:
    """How many hops lie inside this computer: a container of a Chromebook or a virtual machine is one."""
    return 1 if facts.gateway is not None and is_virtual(facts.gateway.address) else 0


def _owns(facts: ConnectionFacts, virtual: int) -> tuple[Owns, int | None]:
    depth = facts.self_trace_depth
    if facts.hairpin or facts.self_trace is SelfTrace.EXPIRED_FROM_PUBLIC:
        return Owns.YES, 1
    if virtual:
        if depth is None:
            return Owns.UNKNOWN, None
        return (Owns.YES if depth <= 1 + virtual else Owns.NO), max(depth - virtual, 1)
    match facts.self_trace:
        case SelfTrace.ROUTER_ANSWERED:
            return Owns.YES, 1
        case SelfTrace.EXPIRED_AT_ROUTER:
            return Owns.NO, depth
        case SelfTrace.SILENT if facts.neutral_expired:
            return Owns.SWALLOWED, None
    return Owns.UNKNOWN, depth


def _inside(facts: ConnectionFacts) -> list[str | None]:
    """The hops before the first public one, in order; a silent one is None."""
    hops: list[str | None] = []
    for hop in sorted(facts.hops, key=lambda one: one.distance):
        while len(hops) < hop.distance - 1:
            hops.append(None)
        if hop.address is not None and is_public(hop.address):
            break
        hops.append(hop.address)
    while hops and hops[-1] is None:
        hops.pop()
    return hops


def _beyond(
    facts: ConnectionFacts, wan: str | None, inside: list[str | None], virtual: int
) -> tuple[str | None, float | None]:
    second = inside[1] if len(inside) > 1 and is_private(inside[1]) else None
    times = {hop.distance - virtual: hop.milliseconds for hop in facts.hops}
    first, then = times.get(1), times.get(2)
    # What a busy computer adds, it adds to both.
    milliseconds = max(then - (first or 0.0), 0.0) if then is not None else None
    if wan is not None:
        return (wan if is_private(wan) else None), milliseconds
    return second, milliseconds
