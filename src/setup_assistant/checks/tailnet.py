# SPDX-License-Identifier: MIT
"""Judges what the tailnet allows this node, and what the node makes public."""

from __future__ import annotations

from urllib.parse import urlsplit

from setup_assistant.checks.aim import aim, plex_port
from setup_assistant.checks.readable import not_readable, not_told
from setup_assistant.checks.serve_shape import earlier_left
from setup_assistant.core.facts import (
    Answer,
    HistoryFacts,
    HostFacts,
    OutsideFacts,
    ServeConfig,
    TailscaleFacts,
    Unknown,
)
from setup_assistant.core.findings import Evidence, Status, Verdict
from setup_assistant.core.serving import FUNNEL_PORTS, Serving
from setup_assistant.core.texts import Text
from setup_assistant.core.words import case
from setup_assistant.core.words.tailnet import DNS_PAGE, POLICY_PAGE


def is_self_hosted(tailscale: TailscaleFacts) -> bool:
    """Whether the control server is not Tailscale's own, and knows no page that would allow Funnel."""
    try:
        host = urlsplit(tailscale.control_url).hostname or ""
    except ValueError:
        host = tailscale.control_url
    own = not host or host == "tailscale.com" or host.endswith(".tailscale.com")
    return not own and tailscale.funnel is False and tailscale.funnel_link is None and not tailscale.funnel_by_admin


def computer(tailscale: TailscaleFacts) -> str:
    """What an admin knows this computer by."""
    return (tailscale.dns_name or tailscale.host_name).partition(".")[0]


def judge_magicdns(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the node has a name of its own."""
    if tailscale.magicdns is None:
        return not_told("magicdns")
    return case("magicdns", None if tailscale.magicdns else "off").verdict()


def judge_https(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the tailnet makes certificates."""
    if tailscale.https is None:
        return not_told("https_certificates")
    if tailscale.https:
        return case("https_certificates").verdict()
    if is_self_hosted(tailscale):
        return Verdict(Status.BLOCKED, Text(""), blocked_by="funnel_allowed")
    cause = "ask_admin" if tailscale.funnel_by_admin else "off"
    return case("https_certificates", cause).verdict(link=tailscale.funnel_link or DNS_PAGE, name=computer(tailscale))


def judge_funnel_allowed(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the tailnet lets this node be public, on the port aimed at."""
    if is_self_hosted(tailscale):
        return case("funnel_allowed", "self_hosted").verdict(
            evidence=(Evidence(Text("Control server"), tailscale.control_url, private=True),)
        )
    if tailscale.https is False:
        return Verdict(Status.BLOCKED, Text(""), blocked_by="https_certificates")
    if tailscale.funnel is None:
        return not_told("funnel_allowed")
    if not tailscale.funnel:
        return _not_allowed(tailscale)
    found = aim(facts)
    port = found.port if found is not None else FUNNEL_PORTS[0]
    if port not in tailscale.funnel_ports:
        return case("funnel_allowed", "port_not_allowed").verdict(port=port)
    return case("funnel_allowed").verdict()


def _not_allowed(tailscale: TailscaleFacts) -> Verdict:
    if tailscale.funnel_by_admin:
        link = tailscale.funnel_link or POLICY_PAGE
        return case("funnel_allowed", "ask_admin").verdict(link=link, name=computer(tailscale))
    if tailscale.tagged:
        return case("funnel_allowed", "tagged").verdict()
    return case("funnel_allowed", "not_allowed").verdict(link=tailscale.funnel_link or POLICY_PAGE)


def judge_shields(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether incoming connections are refused; not known counts as allowed, since the change itself would tell."""
    return case("shields_up", "on" if tailscale.shields_up else None).verdict()


def judge_exit_node(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether an exit node carries the visitors away; Plex seen from outside proves that it does not."""
    if not tailscale.exit_node:
        return case("exit_node").verdict()
    outside = facts.outside
    if isinstance(outside, OutsideFacts):
        met = (*(outside.entrances or ()), *(outside.probes or ()))
        if any(fetch.answer is Answer.PLEX for fetch in met):
            return case("exit_node", "in_use_harmless").verdict()
    return case("exit_node", "in_use").verdict()


def judge_name(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the name is about to be entered in the public certificate logs for the first time."""
    name = tailscale.dns_name
    if name is None:
        return not_told("certificate_name")
    serve = tailscale.serve
    served = isinstance(serve, ServeConfig) and any(handler.host == name for handler in serve.handlers)
    ours = isinstance(facts.history, HistoryFacts) and f"//{name}:" in (facts.history.our_url or "")
    return case("certificate_name", None if served or ours else "first_time").verdict(name=name)


def judge_public(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """What this node makes public besides Plex."""
    if isinstance(tailscale.serve, Unknown):
        return not_readable(tailscale.serve)
    serving = Serving.of(tailscale, plex_port(facts))
    found = aim(facts)
    if serving is not None and found is not None and (earlier := earlier_left(facts, serving, found)) is not None:
        return case("public_services", "earlier_left").verdict(port=earlier, wanted=found.port)
    others = serving.public_others() if serving is not None else ()
    everything = (*serving.public_to_plex(), *others) if serving is not None else ()
    evidence = tuple(Evidence(Text("Public"), entry, private=True) for entry in everything)
    if not others:
        return case("public_services").verdict(evidence=evidence)
    return case("public_services", "others_public").verdict(others=", ".join(others), evidence=evidence)
