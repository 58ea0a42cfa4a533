# SPDX-License-Identifier: MIT
"""Whether evidence that is still to come could change the verdict on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import combinations

from setup_assistant.checks.line_reading import public_address
from setup_assistant.checks.line_rules import line_verdict
from setup_assistant.core.addresses import is_public
from setup_assistant.core.connection import Binding, ConnectionFacts, Hop, SelfTrace, WanAnswer


class Source(StrEnum):
    """What evidence may still come from."""

    STUN = "stun"
    TUNNEL_STUN = "tunnel_stun"
    WEB = "web"
    NAT_PMP = "nat_pmp"
    UPNP = "upnp"
    OUTER = "outer"
    HOPS = "hops"
    SELF_TRACE = "self_trace"
    DEPTH = "depth"
    HAIRPIN = "hairpin"
    ALIVE = "alive"
    NAT64 = "nat64"
    IPV6 = "ipv6"
    NETCHECK = "netcheck"


Supposition = Callable[[ConnectionFacts], ConnectionFacts]

_SOMEWHERE = "9.9.9.9"
_ELSEWHERE = "8.8.4.4"
"""Stand-ins for a public address, should one still come."""
_WAN_ADDRESSES = (_ELSEWHERE, "100.64.0.9", "10.55.3.2", "192.168.0.20")
_SERVICE = "192.0.0.2"
_HOP_ADDRESSES = ("100.64.0.1", "10.55.0.1", "192.168.0.1", "192.0.0.1")


def is_settled(facts: ConnectionFacts, pending: frozenset[Source]) -> bool:
    """Whether the kind of line stays the same whatever the pending sources, one or two of them, may still tell."""
    line = line_verdict(facts).line
    suppositions = {source: tuple(_suppositions(source, facts)) for source in pending}
    for supposed in suppositions.values():
        if any(line_verdict(suppose(facts)).line is not line for suppose in supposed):
            return False
    for one, other in combinations(suppositions.values(), 2):
        for first in one:
            supposed_facts = first(facts)
            if any(line_verdict(suppose(supposed_facts)).line is not line for suppose in other):
                return False
    return True


def _suppositions(source: Source, facts: ConnectionFacts) -> Iterator[Supposition]:
    known = public_address(facts)
    match source:
        case Source.STUN:
            for address in _public_addresses(facts):
                yield _binding(address, physical=True)
        case Source.TUNNEL_STUN:
            yield _binding(_ELSEWHERE, physical=False)
        case Source.WEB:
            for address in _public_addresses(facts):
                yield _web(address)
        case Source.NAT_PMP | Source.UPNP:
            is_beyond_known = any(hop.distance == 2 and hop.address is not None for hop in facts.hops)
            # Whoever is behind the router is no DS-Lite gateway, then.
            for told in (known or _SOMEWHERE, *(() if is_beyond_known else (_SERVICE,)), *_WAN_ADDRESSES, None):
                yield _wan(told)
        case Source.OUTER:
            for told in (known or _SOMEWHERE, "100.64.0.9", None):
                yield _outer(told)
        case Source.IPV6:
            yield lambda supposed: replace(supposed, ipv6_seen="2620:fe::9")
        case Source.NETCHECK:
            for address in _public_addresses(facts):
                yield _tailscale(address)
        case Source.NAT64:
            yield lambda supposed: replace(supposed, nat64=True)
        case _:
            yield from _on_the_way(source, facts)


def _public_addresses(facts: ConnectionFacts) -> dict[str, None]:
    """What somebody on the internet may see us as: one that is known or told already, or quite another."""
    here = (address for one in facts.interfaces if one.kind == "physical" for address in one.addresses)
    told = (answer.address for answer in (*facts.wan, *facts.outer_wan))
    heard = [address for address in (public_address(facts), *here, *told) if address is not None and is_public(address)]
    return dict.fromkeys((*heard, _ELSEWHERE))


def _on_the_way(source: Source, facts: ConnectionFacts) -> Iterator[Supposition]:
    match source:
        case Source.HOPS:
            yield from _hops(facts)
        case Source.SELF_TRACE:
            for result in (SelfTrace.ROUTER_ANSWERED, SelfTrace.EXPIRED_AT_ROUTER, SelfTrace.SILENT):
                yield _self_trace(result)
        case Source.DEPTH:
            for depth in (2, 3):
                yield _depth(depth)
        case Source.HAIRPIN:
            yield lambda supposed: replace(supposed, hairpin=True)
        case Source.ALIVE:
            yield lambda supposed: replace(supposed, gateway_answered=True)


def _binding(address: str, *, physical: bool) -> Supposition:
    return lambda facts: replace(facts, bindings=(*facts.bindings, Binding("", address, 1, physical)))


def _web(address: str) -> Supposition:
    return lambda facts: replace(facts, web_addresses=(*facts.web_addresses, address))


def _tailscale(address: str) -> Supposition:
    return lambda facts: replace(facts, tailscale_address=address)


def _wan(told: str | None) -> Supposition:
    return lambda facts: replace(facts, wan=(*facts.wan, WanAnswer("upnp", told, hidden=told is None)))


def _outer(told: str | None) -> Supposition:
    return lambda facts: replace(facts, outer_wan=(*facts.outer_wan, WanAnswer("upnp", told, hidden=told is None)))


def _self_trace(result: SelfTrace) -> Supposition:
    return lambda facts: replace(facts, self_trace=result, neutral_expired=result is SelfTrace.SILENT)


def _depth(depth: int) -> Supposition:
    return lambda facts: replace(facts, self_trace_depth=depth)


def _hops(facts: ConnectionFacts) -> Iterator[Supposition]:
    known = {hop.distance: hop for hop in facts.hops if hop.address is not None}
    end = next((distance for distance, hop in sorted(known.items()) if is_public(hop.address)), 7)
    unknown = [distance for distance in range(1, end) if distance not in known][:2]
    for distance in unknown:
        for address in _HOP_ADDRESSES:
            yield _hop(Hop(distance, address, 1.0))


def _hop(hop: Hop) -> Supposition:
    return lambda facts: replace(facts, hops=(*(one for one in facts.hops if one.distance != hop.distance), hop))
