# SPDX-License-Identifier: MIT
"""The evidence behind a verdict on the line, one entry for each source."""

from __future__ import annotations

from collections.abc import Iterator

from setup_assistant.core.connection import ConnectionFacts, LineVerdict, SelfTrace, WanAnswer
from setup_assistant.core.findings import Evidence
from setup_assistant.core.texts import Text
from setup_assistant.core.words.connection import CONTRADICTIONS, EVIDENCE

PROTOCOLS = {"upnp": "UPnP", "nat_pmp": "NAT-PMP", "pcp": "PCP"}
NOTHING = "–"


def line_evidence(facts: ConnectionFacts, verdict: LineVerdict) -> tuple[Evidence, ...]:
    """Return everything that was seen; public addresses are private to the support report."""
    return (
        *(Evidence(CONTRADICTIONS[name], NOTHING) for name in verdict.contradictions),
        *_local(facts),
        *_router(facts),
        *_public(facts),
        *_path(facts),
        *_rest(facts),
    )


def _label(key: str, **values: object) -> Text:
    return EVIDENCE[key].filled(**values)


def _local(facts: ConnectionFacts) -> Iterator[Evidence]:
    for interface in facts.interfaces:
        if interface.kind != "container" and interface.addresses:
            yield Evidence(_label("interface", interface=interface.name), ", ".join(interface.addresses), private=True)
    if facts.gateway is None:
        yield Evidence(EVIDENCE["no_gateway"], NOTHING)
    else:
        yield Evidence(EVIDENCE["gateway"], facts.gateway.address or facts.gateway.interface)
    if facts.default_is_tunnel:
        yield Evidence(EVIDENCE["tunnel"], facts.tunnel or NOTHING)


def _router(facts: ConnectionFacts) -> Iterator[Evidence]:
    for answer in facts.wan:
        yield _wan(answer, "wan", "wan_hidden")
    for answer in facts.outer_wan:
        yield _wan(answer, "outer_wan", "outer_hidden")
    if facts.gateway is not None and not any(answer.source != "user" for answer in facts.wan):
        yield Evidence(EVIDENCE["permission" if facts.permission_missing else "router_silent"], NOTHING)


def _wan(answer: WanAnswer, told: str, hidden: str) -> Evidence:
    if answer.source == "user":
        return Evidence(EVIDENCE["wan_user"], answer.address or NOTHING, private=True)
    protocol = PROTOCOLS.get(answer.source, answer.source)
    if answer.address is None:
        return Evidence(_label(hidden, protocol=protocol), answer.detail or NOTHING)
    return Evidence(_label(told, protocol=protocol), answer.address, private=True)


def _public(facts: ConnectionFacts) -> Iterator[Evidence]:
    for binding in facts.bindings:
        label = _label("stun" if binding.physical else "stun_tunnel", server=binding.server)
        yield Evidence(label, binding.address, private=True)
    for address in facts.web_addresses:
        yield Evidence(EVIDENCE["web"], address, private=True)
    if facts.tailscale_address:
        yield Evidence(EVIDENCE["tailscale"], facts.tailscale_address, private=True)


def _path(facts: ConnectionFacts) -> Iterator[Evidence]:
    if facts.self_trace is not SelfTrace.NOT_TRIED:
        depth = str(facts.self_trace_depth) if facts.self_trace_depth else NOTHING
        yield Evidence(EVIDENCE[f"self_{facts.self_trace.value}"], depth)
    if facts.hairpin:
        yield Evidence(EVIDENCE["hairpin"], NOTHING)
    for hop in facts.hops:
        milliseconds = f" ({hop.milliseconds:.1f} ms)" if hop.milliseconds is not None else ""
        yield Evidence(_label("hop", distance=hop.distance), f"{hop.address or '*'}{milliseconds}", private=True)


def _rest(facts: ConnectionFacts) -> Iterator[Evidence]:
    for key, seen in (
        ("symmetric", facts.mapping_varies),
        ("udp_blocked", facts.udp_blocked),
        ("nat64", facts.nat64),
        ("names_dead", facts.names_dead),
    ):
        if seen:
            yield Evidence(EVIDENCE[key], NOTHING)
    if facts.ipv6_address:
        yield Evidence(EVIDENCE["ipv6"], facts.ipv6_address, private=True)
    if facts.ipv6_plex is not None:
        yield Evidence(EVIDENCE["ipv6_plex" if facts.ipv6_plex else "ipv6_no_plex"], NOTHING)
    if facts.ipv6_seen and facts.ipv6_seen != facts.ipv6_address:
        yield Evidence(EVIDENCE["ipv6_seen"], facts.ipv6_seen, private=True)
    if facts.provider:
        yield Evidence(EVIDENCE["provider"], facts.provider)
