# SPDX-License-Identifier: MIT
"""What the proof has to be about, drawn from the facts."""

from __future__ import annotations

from setup_assistant.checks.aim import Aim
from setup_assistant.core.facts import HostFacts, PlexFacts, ProofTarget, ServeConfig, TailscaleFacts


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
    )
