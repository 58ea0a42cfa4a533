# SPDX-License-Identifier: MIT
"""Judges how viewers come in right now, and says what they should know."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from setup_assistant.checks.readable import not_readable
from setup_assistant.core.aim import aim
from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.custom_urls import lists
from setup_assistant.core.facts import AccountFacts, HostFacts, Unknown, Watching
from setup_assistant.core.findings import Evidence, Verdict
from setup_assistant.core.words import case
from setup_assistant.core.words import watching as words

Network = IPv4Network | IPv6Network
_HOME: tuple[Network, ...] = tuple(
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
    ours = _own_networks(facts)
    for session in plex.sessions:
        cause = _odd(session, ours)
        if cause is not None:
            return case("plex_sessions", cause).verdict(evidence=evidence, address=session.address)
    return case("plex_sessions").verdict(evidence=evidence, count=len(plex.sessions))


def _odd(session: Watching, ours: tuple[Network, ...]) -> str | None:
    if session.relayed:
        return "relayed"
    if not session.address:
        return None
    private, own = _is_in(session.address, _HOME), _is_in(session.address, ours)
    if session.location == "wan":
        if own:
            return "home_through_funnel"
        if private:
            return "home_counted_away"
        return "not_secure" if session.secure is False else None
    if session.location == "lan" and not own:
        came_from = session.public_address or session.address
        through_here = session.address == "127.0.0.1" and came_from != "127.0.0.1" and not _is_in(came_from, ours)
        return "away_counted_home" if not private or through_here else None
    return None


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    return any(ip_address(address) in network for network in networks)


def judge_for_viewers(facts: HostFacts) -> Verdict:
    """What to tell those who watch, once plex.tv tells their apps where to go."""
    found = aim(facts)
    for_home = found is not None and isinstance(facts.account, AccountFacts) and lists(facts.account.locals, found.url)
    return case("for_viewers", "listed_as_home" if for_home else None).verdict()


def _own_networks(facts: HostFacts) -> tuple[Network, ...]:
    """Where this home's devices come from on the internet: its public IPv4 addresses, and its IPv6 network."""
    if not isinstance(facts.connection, ConnectionFacts):
        return ()
    mapped = (binding.address for binding in facts.connection.bindings if binding.physical)
    own6 = (facts.connection.ipv6_address, facts.connection.ipv6_seen)
    texts = (*facts.connection.web_addresses, *mapped, *(f"{address}/64" for address in own6 if address))
    networks = []
    for text in texts:
        with suppress(ValueError):
            networks.append(ip_network(text, strict=False))
    return tuple(networks)


def _seen(session: Watching) -> Evidence:
    place = {"lan": words.LAN, "wan": words.WAN}.get(session.location, words.UNSAID)
    return Evidence(words.FROM, words.WAYS.filled(address=session.address, location=place), private=True)
