# SPDX-License-Identifier: MIT
"""Recognises by name what is wrong with the way from the public address to Plex."""

from __future__ import annotations

from dataclasses import replace

from setup_assistant.checks.aim import Aim, aim, plex_port
from setup_assistant.checks.readable import not_readable, not_told
from setup_assistant.core.facts import Handler, HistoryFacts, HostFacts, PlexFacts, TailscaleFacts, Unknown
from setup_assistant.core.findings import Evidence, Verdict
from setup_assistant.core.serving import FUNNEL_PORTS, End, Serving, Use, carried, is_one_hop, read_target, use_of
from setup_assistant.core.texts import Text
from setup_assistant.core.words import case

CODE = "funnel_shape"


def judge_shape(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether exactly one handler leads the public address straight to Plex."""
    if isinstance(tailscale.serve, Unknown):
        return not_readable(tailscale.serve)
    found, serving = aim(facts), Serving.of(tailscale, plex_port(facts))
    if found is None or serving is None:
        return not_told("tailscale_connected")
    evidence = _evidence(serving, found.port)
    if found.taken:
        return case(CODE, "no_free_port").verdict(ports=", ".join(map(str, FUNNEL_PORTS)), evidence=_all(serving))
    if found.port in serving.serve.foreground_ports:
        return case(CODE, "foreground_session").verdict(port=found.port, evidence=evidence)
    if use_of(serving, found.port) is Use.OTHERS:
        what = ", ".join(carried(serving, found.port))
        verdict = case(CODE, "port_of_others").verdict(port=found.port, what=what, evidence=evidence)
        return _moved(verdict, serving, found)
    if serving.serve.tcp.get(found.port) == "tcp":
        return case(CODE, "tcp_forward").verdict(port=found.port, evidence=evidence)
    root = serving.root(found.port)
    if root is None:
        return _without_root(facts, serving, found)
    return _with_root(facts, serving, found, root, evidence)


def _with_root(
    facts: HostFacts, serving: Serving, found: Aim, root: Handler, evidence: tuple[Evidence, ...]
) -> Verdict:
    trail = serving.follow(root)
    if trail.end is End.LOOP:
        return case(CODE, "self_loop").verdict(hop=trail.hops[-1], evidence=evidence)
    if trail.end is End.PLEX and trail.hops:
        return case(CODE, "two_hop").verdict(hop=trail.hops[0], evidence=evidence)
    if root.kind != "proxy" or not is_one_hop(root.target, serving.plex_port):
        return case(CODE, "wrong_target").verdict(target=root.leads_to, evidence=evidence)
    target = read_target(root.target)
    plain = target is not None and target.scheme == "http"
    if plain and isinstance(facts.plex, PlexFacts) and facts.plex.plain_hop_refused:
        return case(CODE, "plain_hop").verdict(evidence=evidence)
    if not serving.is_public(found.port) or serving.serve.tcp.get(found.port) != "https":
        return case(CODE, "funnel_off").verdict(evidence=evidence)
    return case(CODE).verdict(url=found.url, evidence=evidence)


def earlier_left(facts: HostFacts, serving: Serving, found: Aim) -> int | None:
    """Return the earlier port of ours that is still public beside the right one; None where there is none.

    A run of ours was cut off between the new address and taking the earlier one down.
    """
    ours = facts.history.our_addresses if isinstance(facts.history, HistoryFacts) else ()
    earlier = [port for port in serving.earlier_ports(found.port) if f"https://{serving.name}:{port}" in ours]
    return earlier[0] if earlier and found.port in serving.earlier_ports(0) else None


def _without_root(facts: HostFacts, serving: Serving, found: Aim) -> Verdict:
    for port in serving.earlier_ports(found.port):
        return case(CODE, "wrong_port").verdict(port=port, wanted=found.port, evidence=_evidence(serving, port))
    if serving.is_public(found.port) and not serving.mounts(found.port):
        return case(CODE, "allow_left_behind").verdict(url=found.url)
    stale = serving.stale_hosts()
    if stale:
        return case(CODE, "stale_name").verdict(old=stale[0], name=serving.name, evidence=_all(serving))
    return case(CODE, "missing").verdict(url=found.url, evidence=_all(serving))


def _moved(verdict: Verdict, serving: Serving, found: Aim) -> Verdict:
    """Where Plex moves to another port, its earlier address goes too, in the end."""
    earlier = serving.earlier_ports(found.port)
    if not earlier:
        return verdict
    words = case(CODE, "wrong_port").verdict(port=earlier[0], wanted=found.port)
    tidy = tuple(remedy for remedy in words.remedies if remedy.change == "funnel_tidy")
    return replace(verdict, remedies=(*verdict.remedies, *tidy))


def _evidence(serving: Serving, port: int) -> tuple[Evidence, ...]:
    entries = [handler for handler in serving.serve.handlers if handler.port == port]
    forward = serving.serve.tcp_targets.get(port)
    shown = [_shown(serving, handler) for handler in entries]
    if forward is not None:
        shown.append(Evidence(Text("Port {port}", {"port": port}), f"tcp → {forward}"))
    return tuple(shown)


def _all(serving: Serving) -> tuple[Evidence, ...]:
    return tuple(_shown(serving, handler) for handler in serving.serve.handlers)


def _shown(serving: Serving, handler: Handler) -> Evidence:
    reach = " (Funnel)" if serving.is_public(handler.port, handler.host) else ""
    value = f"{handler.mount} → {handler.leads_to}{reach}"
    return Evidence(Text("{host}:{port}", {"host": handler.host, "port": handler.port}), value, private=True)
