# SPDX-License-Identifier: MIT
"""The public address that the plan aims at: this node's name, a Funnel port, and the way to Plex."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from setup_assistant.core.facts import HistoryFacts, HostFacts, PlexFacts, TailscaleFacts
from setup_assistant.core.serving import FUNNEL_PORTS, Serving, Use, carried, use_of

PLEX_PORT = 32400

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A host name as Tailscale keeps it (util/dnsname: SanitizeLabel leaves such a one as it is)."""


def is_host_label(text: str) -> bool:
    """Whether this can be the name of a computer in its tailnet."""
    return _LABEL.fullmatch(text) is not None


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


@dataclass(frozen=True, slots=True)
class PortChoice:
    """A port that Plex may have; ``held``: by others, and taken over from them if it is chosen."""

    port: int
    url: str
    held: bool = False
    goes: tuple[str, ...] = ()
    """What would have to go from it, one text each."""


def port_choices(facts: HostFacts) -> tuple[PortChoice, ...]:
    """Return the ports to choose from, the one that disturbs nobody first; empty where there is nothing to choose.

    443 can be taken over from others; 8443 and 10000 only where no port is free. A port that a live session holds
    cannot: ending that session is for whoever started it.
    """
    found, tailscale = aim(replace(facts, asked_port=None)), facts.tailscale
    serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
    if found is None or serving is None or not isinstance(tailscale, TailscaleFacts):
        return ()
    others = [
        PortChoice(port, f"https://{found.name}:{port}", held=True, goes=_what_goes(serving, port))
        for port in (FUNNEL_PORTS if found.taken else FUNNEL_PORTS[:1])
        if port in tailscale.funnel_ports
        and port not in serving.serve.foreground_ports
        and use_of(serving, port) is Use.OTHERS
    ]
    free = [] if found.taken else [PortChoice(found.port, found.url)]
    return (*free, *others) if others else ()


def _what_goes(serving: Serving, port: int) -> tuple[str, ...]:
    """What would become public with Plex goes; what is public already stays, save for what is in Plex's own place."""
    if serving.is_public(port) and port not in serving.serve.tcp_targets:
        root = serving.root(port)
        return (f"/ → {root.leads_to}",) if root is not None else ()
    return carried(serving, port)


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
