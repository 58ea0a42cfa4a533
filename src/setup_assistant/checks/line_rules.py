# SPDX-License-Identifier: MIT
"""The decision table: from evidence on the line to a verdict, first match wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from setup_assistant.checks.line_reading import Owns, Reading, read
from setup_assistant.core.addresses import is_ipv4_service, is_private, is_public, is_shared
from setup_assistant.core.connection import Confidence, ConnectionFacts, Line, LineVerdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words.connection import REASONS

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
WEAK_CONTRADICTIONS = frozenset({"tailscale_disagrees", "nat64_seen"})
"""They are shown, but do not make a verdict less sure: both have other explanations."""
HOME_HOP_MS = 6.0
"""A second router at home answers within a few milliseconds; a provider's is farther away."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what must hold, and what follows from it."""

    name: str
    line: Line
    holds: Callable[[Reading], bool]
    confidence: Callable[[Reading], Confidence]


def line_verdict(facts: ConnectionFacts) -> LineVerdict:
    """Judge the line."""
    reading = read(facts)
    rule = next(rule for rule in RULES if rule.holds(reading))
    contradictions = reading.contradictions(rule.line)
    confidence = rule.confidence(reading)
    if confidence is HIGH and not WEAK_CONTRADICTIONS.issuperset(contradictions):
        confidence = MEDIUM
    return LineVerdict(
        line=rule.line,
        confidence=confidence,
        public_ip=reading.public,
        router_wan_ip=reading.wan,
        rule=rule.name,
        cause="undecided" if rule.line is Line.UNKNOWN else rule.line.value,
        contradictions=contradictions,
    )


def reason(verdict: LineVerdict, facts: ConnectionFacts) -> Text:
    """The reason of a verdict in one plain sentence."""
    reading = read(facts)
    values = {
        "public": verdict.public_ip or "",
        "wan": verdict.router_wan_ip or "",
        "here": facts.gateway.interface_address if facts.gateway else "",
        "outer": reading.outer or "",
        "hop": _telling_hop(verdict, reading),
        "tunnel": facts.tunnel or "",
    }
    message = REASONS[verdict.rule]
    used = {name: value for name, value in values.items() if "{" + name + "}" in message}
    return Text(message, used)


def _telling_hop(verdict: LineVerdict, reading: Reading) -> str:
    if verdict.rule == "service_hop":
        return next((address for address in reading.inside if is_ipv4_service(address)), "")
    if verdict.rule in ("private_beyond", "two_routers"):
        return reading.beyond or ""
    return reading.shared_hop or ""


def _always(confidence: Confidence) -> Callable[[Reading], Confidence]:
    return lambda reading: confidence


def _offline(reading: Reading) -> Confidence:
    return HIGH if reading.facts.gateway_answered or not reading.has_route else MEDIUM


def _router_owns(reading: Reading) -> Confidence:
    agrees = reading.public is not None and reading.wan == reading.public
    return HIGH if reading.owns is Owns.YES or agrees else MEDIUM


def _if_not_owned(reading: Reading) -> Confidence:
    return HIGH if reading.owns is Owns.NO else MEDIUM


def _two_routers(reading: Reading) -> Confidence:
    second = reading.depth == 2 or (reading.outer is not None and reading.outer == reading.public)
    return HIGH if second else MEDIUM


def _not_owned(reading: Reading) -> bool:
    return reading.owns is Owns.NO


def _is_owned(reading: Reading) -> bool:
    return reading.owns in (Owns.YES, Owns.SWALLOWED)


def _is_held_at_home(reading: Reading) -> bool:
    agrees = reading.public is not None and reading.wan == reading.public and not _not_owned(reading)
    return _is_owned(reading) or reading.is_here or agrees


def _shares_hop(reading: Reading) -> bool:
    told = is_private(reading.wan) or (reading.wan is None and reading.hidden)
    return reading.shared_hop is not None and (_not_owned(reading) or told)


def _is_second_router(reading: Reading) -> bool:
    if reading.beyond is None or not reading.beyond_is_home_like or reading.depth not in (None, 1, 2):
        return False
    quick = reading.beyond_ms is None or reading.beyond_ms < HOME_HOP_MS
    return quick and reading.private_hops <= 1


RULES: tuple[Rule, ...] = (
    Rule("no_route", Line.OFFLINE, lambda r: not r.is_online and not r.has_route, _always(HIGH)),
    Rule("router_only", Line.OFFLINE, lambda r: not r.is_online and r.facts.gateway_answered, _offline),
    Rule("nothing_answers", Line.OFFLINE, lambda r: not r.is_online, _offline),
    # IPv4 as a service. A hop or a NAT64 alone says nothing on a line whose router holds the public address.
    Rule("service_here", Line.DS_LITE, lambda r: r.has_ipv4_service, _always(HIGH)),
    Rule("service_wan", Line.DS_LITE, lambda r: is_ipv4_service(r.wan) and not _is_held_at_home(r), _always(HIGH)),
    Rule(
        "service_hop",
        Line.DS_LITE,
        lambda r: not _is_held_at_home(r) and r.wan is None and any(is_ipv4_service(hop) for hop in r.inside),
        _always(HIGH),
    ),
    Rule(
        "nat64",
        Line.DS_LITE,
        lambda r: bool(r.facts.nat64) and not (_is_held_at_home(r) or is_shared(r.wan)),
        _always(MEDIUM),
    ),
    Rule("only_ipv6", Line.UNKNOWN, lambda r: r.public is None and r.is_ipv6_only, _always(LOW)),
    Rule("own_address", Line.PUBLIC, lambda r: r.is_here, _always(HIGH)),
    Rule("shared_here", Line.CGNAT, lambda r: r.is_shared_here, _always(HIGH)),
    # A tunnel that lets nothing past it.
    Rule("tunnel_shared_wan", Line.CGNAT, lambda r: r.is_hidden_by_tunnel and is_shared(r.wan), _always(MEDIUM)),
    Rule("tunnel_public_wan", Line.HOME_NAT, lambda r: r.is_hidden_by_tunnel and is_public(r.wan), _always(MEDIUM)),
    Rule("tunnel", Line.VPN, lambda r: r.is_hidden_by_tunnel, _always(HIGH)),
    # Who holds the public address?
    Rule("router_owns", Line.HOME_NAT, _is_owned, _router_owns),
    Rule("shared_wan", Line.CGNAT, lambda r: is_shared(r.wan), _always(HIGH)),
    Rule(
        "wan_agrees",
        Line.HOME_NAT,
        _is_held_at_home,
        _always(HIGH),
    ),
    Rule(
        "wan_repeats_shared",
        Line.CGNAT,
        lambda r: r.public is not None and r.wan == r.public and r.shared_hop is not None,
        _always(MEDIUM),
    ),
    Rule("wan_repeats", Line.CGNAT_LIKELY, lambda r: r.public is not None and r.wan == r.public, _always(MEDIUM)),
    Rule("wan_alone", Line.HOME_NAT, lambda r: r.public is None and is_public(r.wan), _always(MEDIUM)),
    Rule(
        "wan_differs_shared",
        Line.CGNAT,
        lambda r: is_public(r.wan) and _not_owned(r) and r.shared_hop is not None,
        _always(MEDIUM),
    ),
    Rule("wan_differs", Line.CGNAT_LIKELY, lambda r: is_public(r.wan), _always(MEDIUM)),
    # Two routers, and what lies beyond the second.
    Rule("outer_shared", Line.CGNAT, lambda r: is_shared(r.outer), _always(HIGH)),
    Rule("shared_hop", Line.CGNAT, _shares_hop, _if_not_owned),
    Rule(
        "outer_private",
        Line.CGNAT_LIKELY,
        lambda r: (r.outer_hidden or (r.outer is not None and r.outer != r.public)) and r.depth != 2,
        _always(MEDIUM),
    ),
    Rule("two_routers", Line.DOUBLE_NAT, _is_second_router, _two_routers),
    Rule("private_wan", Line.CGNAT_LIKELY, lambda r: is_private(r.wan), _always(MEDIUM)),
    Rule("private_beyond", Line.CGNAT_LIKELY, lambda r: r.beyond is not None and _not_owned(r), _always(MEDIUM)),
    Rule("not_on_router", Line.CGNAT_LIKELY, _not_owned, _always(MEDIUM)),
    Rule("hidden_wan", Line.CGNAT_LIKELY, lambda r: r.wan is None and r.hidden, _always(MEDIUM)),
    Rule("hop_hint", Line.CGNAT_LIKELY, lambda r: r.shared_hop is not None, _always(LOW)),
    Rule("sites_differ", Line.CGNAT_LIKELY, lambda r: r.sites_differ, _always(LOW)),
    Rule("undecided", Line.UNKNOWN, lambda r: True, _always(LOW)),
)
