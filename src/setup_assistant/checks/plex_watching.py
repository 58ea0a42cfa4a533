# SPDX-License-Identifier: MIT
"""Judges how viewers come in right now, and says what they should know."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from setup_assistant.checks.readable import not_readable
from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.facts import HostFacts, Unknown, Watching
from setup_assistant.core.findings import Evidence, Verdict
from setup_assistant.core.words import case
from setup_assistant.core.words import watching as words

_HOME = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128")
)
"""Addresses that come from no stranger: private ones, loopback, and the tailnet's (RFC 1918, 4193, 6598)."""


def judge_sessions(facts: HostFacts) -> Verdict:
    """What the sessions of this moment tell. What Plex makes of Funnel's visitors was never measured: "seems"."""
    plex = facts.plex
    if isinstance(plex, Unknown):
        return not_readable(plex)
    if plex.sessions is None:
        return not_readable(Unknown(words.UNSAID))
    evidence = tuple(_seen(session) for session in plex.sessions if session.address)
    public = _public_addresses(facts)
    for session in plex.sessions:
        cause = _odd(session, public)
        if cause is not None:
            return case("plex_sessions", cause).verdict(evidence=evidence, address=session.address)
    return case("plex_sessions").verdict(evidence=evidence, count=len(plex.sessions))


def _odd(session: Watching, public: frozenset[str]) -> str | None:
    if session.relayed:
        return "relayed"
    if not session.address:
        return None
    at_home = any(ip_address(session.address) in network for network in _HOME)
    if session.location == "wan":
        if session.address in public:
            return "home_through_funnel"
        if at_home:
            return "home_counted_away"
        return "not_secure" if session.secure is False else None
    if session.location == "lan":
        came_from = session.public_address or session.address
        from_outside = not at_home or (session.address == "127.0.0.1" and came_from not in {*public, "127.0.0.1"})
        return "away_counted_home" if from_outside and session.address not in public else None
    return None


def judge_for_viewers(facts: HostFacts) -> Verdict:
    """What to tell those who watch, once plex.tv tells their apps where to go."""
    return case("for_viewers").verdict()


def _public_addresses(facts: HostFacts) -> frozenset[str]:
    """The addresses under which the internet knows this home."""
    if not isinstance(facts.connection, ConnectionFacts):
        return frozenset()
    mapped = (binding.address for binding in facts.connection.bindings if binding.physical)
    return frozenset({*facts.connection.web_addresses, *mapped})


def _seen(session: Watching) -> Evidence:
    place = {"lan": words.LAN, "wan": words.WAN}.get(session.location, words.UNSAID)
    return Evidence(words.FROM, words.WAYS.filled(address=session.address, location=place), private=True)
