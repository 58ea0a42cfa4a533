# SPDX-License-Identifier: MIT
"""What the proof has to be about, drawn from the facts."""

from __future__ import annotations

from ipaddress import ip_address

from setup_assistant.checks.aim import Aim, plex_port
from setup_assistant.checks.line_rules import line_verdict
from setup_assistant.core.connection import Confidence, ConnectionFacts, Line
from setup_assistant.core.facts import (
    HostFacts,
    OutsideFacts,
    PlexFacts,
    ProofTarget,
    ServeConfig,
    TailscaleFacts,
)
from setup_assistant.core.serving import End, Serving

_OURS_ALONE = (Line.PUBLIC, Line.HOME_NAT)


def proof_target(facts: HostFacts, aim: Aim | None) -> ProofTarget | None:
    """Return the target, or None while Funnel is not on for it: asking public DNS earlier would cache a "no"."""
    tailscale, plex = facts.tailscale, facts.plex
    if aim is None or not isinstance(tailscale, TailscaleFacts) or not isinstance(plex, PlexFacts):
        return None
    if not tailscale.is_running or not isinstance(tailscale.serve, ServeConfig) or not plex.machine_identifier:
        return None
    if (aim.name, aim.port) not in tailscale.serve.funnel:
        return None
    return ProofTarget(
        url=aim.url,
        name=aim.name,
        port=aim.port,
        machine_identifier=plex.machine_identifier,
        addresses=tailscale.addresses,
        tun=tailscale.tun,
        leads_to_plex=_leads_to_plex(facts, aim),
    )


def _leads_to_plex(facts: HostFacts, aim: Aim) -> bool:
    serving = Serving.of(facts.tailscale, plex_port(facts)) if isinstance(facts.tailscale, TailscaleFacts) else None
    root = serving.root(aim.port) if serving is not None else None
    return serving is not None and root is not None and serving.follow(root).end is End.PLEX


def direct_addresses(facts: HostFacts) -> tuple[str, ...]:
    """Return this home's own public addresses (IPv4, IPv6) that may be asked about, given consent.

    The IPv4 address of a line that may be shared is left out, because it belongs to strangers too; the IPv6 address is
    this computer's own on any line.
    """
    connection, outside = facts.connection, facts.outside
    if not isinstance(connection, ConnectionFacts) or not isinstance(outside, OutsideFacts) or not outside.consent:
        return ()
    verdict = line_verdict(connection)
    if connection.default_is_tunnel:
        return ()
    is_ours = verdict.line in _OURS_ALONE and verdict.confidence is not Confidence.LOW
    known = (verdict.public_ip if is_ours else None, connection.ipv6_address if connection.ipv6 else None)
    return tuple(address for address in known if address and ip_address(address).is_global)
