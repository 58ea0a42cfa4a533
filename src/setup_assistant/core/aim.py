# SPDX-License-Identifier: MIT
"""The public address that the plan aims at: this node's name, a Funnel port, and the way to Plex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from setup_assistant.core.facts import HistoryFacts, HostFacts, PlexFacts, TailscaleFacts
from setup_assistant.core.serving import FUNNEL_PORTS, Serving, Use, use_of

PLEX_PORT = 32400


@dataclass(frozen=True, slots=True)
class Aim:
    """``url`` is ``https://NAME:PORT``; ``target`` is what we write for Plex, as the command line takes it."""

    name: str
    port: int
    url: str
    target: str
    taken: bool = False
    """No Funnel port is free: nothing may be touched until the person chose one."""


def aim(facts: HostFacts) -> Aim | None:
    """Return the address to aim at, or None while the name of this computer is not known.

    The port is the one asked for; else where an earlier run put Plex, as long as nobody else took it; else 443;
    else the next Funnel port that holds Plex already or is free.
    """
    tailscale = facts.tailscale
    if not isinstance(tailscale, TailscaleFacts) or not tailscale.dns_name:
        return None
    port = _port(facts, tailscale)
    name = tailscale.dns_name
    return Aim(name, port or 443, f"https://{name}:{port or 443}", plex_target(facts), taken=port is None)


def plex_port(facts: HostFacts) -> int:
    """The port Plex listens on, its default while it is not known."""
    return facts.plex.port if isinstance(facts.plex, PlexFacts) else PLEX_PORT


def plex_target(facts: HostFacts) -> str:
    """What we write: ``localhost:32400``, with TLS in between where Plex was seen to refuse the plain hop."""
    plain_refused = isinstance(facts.plex, PlexFacts) and facts.plex.plain_hop_refused is True
    return f"{'https+insecure://' if plain_refused else ''}localhost:{plex_port(facts)}"


def _port(facts: HostFacts, tailscale: TailscaleFacts) -> int | None:
    if facts.asked_port is not None:
        return facts.asked_port
    ours = _our_port(facts)
    serving = Serving.of(tailscale, plex_port(facts))
    if serving is None:
        return ours or 443
    allowed = [port for port in FUNNEL_PORTS if port in tailscale.funnel_ports] or list(FUNNEL_PORTS)
    uses: Mapping[int, Use] = {port: use_of(serving, port) for port in allowed}
    if ours is not None and uses.get(ours, Use.OTHERS) is not Use.OTHERS:
        return ours
    if uses.get(443, Use.OTHERS) is not Use.OTHERS:
        return 443
    for wanted in (Use.PLEX, Use.FREE):
        for port, use in uses.items():
            if use is wanted:
                return port
    return None


def _our_port(facts: HostFacts) -> int | None:
    """The port an earlier run of ours set up; the name may have changed since."""
    if not isinstance(facts.history, HistoryFacts) or facts.history.our_url is None:
        return None
    try:
        port = urlsplit(facts.history.our_url).port
    except ValueError:
        return None
    return port if port in FUNNEL_PORTS else None
