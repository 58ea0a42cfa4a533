# SPDX-License-Identifier: MIT
"""The decision table: each row by its evidence, and what no evidence may ever lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.checks.line_rules import RULES, line_verdict, reason
from setup_assistant.core.connection import (
    Binding,
    Confidence,
    ConnectionFacts,
    Gateway,
    Hop,
    Interface,
    Line,
    LineVerdict,
    SelfTrace,
    WanAnswer,
)
from setup_assistant.core.words.connection import REASONS

P = "81.2.69.77"
OTHER = "81.2.99.99"
HERE = Gateway("192.168.1.1", "eth0", "192.168.1.50")
HIDDEN = (WanAnswer("upnp", None, hidden=True), WanAnswer("nat_pmp", None, hidden=True))
OWNED: dict[str, Any] = {"self_trace": SelfTrace.ROUTER_ANSWERED, "self_trace_depth": 1, "neutral_expired": True}
SWALLOWED: dict[str, Any] = {"self_trace": SelfTrace.SILENT, "neutral_expired": True}
PAST: dict[str, Any] = {"self_trace": SelfTrace.EXPIRED_AT_ROUTER, "neutral_expired": True}


def hops(*addresses: str | None, second_ms: float = 2.0) -> tuple[Hop, ...]:
    times = {1: 1.0, 2: 1.0 + second_ms}
    return tuple(
        Hop(number, address, times.get(number, 9.0) if address else None) for number, address in enumerate(addresses, 1)
    )


def wan(*addresses: str) -> tuple[WanAnswer, ...]:
    return tuple(WanAnswer(source, address) for source, address in zip(("upnp", "nat_pmp"), addresses, strict=False))


def line(**changes: Any) -> ConnectionFacts:
    """A line whose public address is known, and nothing else."""
    usual: dict[str, Any] = {
        "interfaces": (Interface("eth0", ("192.168.1.50",)),),
        "gateway": HERE,
        "bindings": (Binding("one:3478", P, 40000), Binding("two:3478", P, 40000)),
        "gateway_answered": True,
    }
    return ConnectionFacts(**{**usual, **changes})


PLAIN = hops("192.168.1.1", "81.2.69.1")
SHARED = hops("192.168.1.1", "100.64.0.1", "81.2.68.1")
SILENT = hops("192.168.1.1", None, "81.2.68.1")
TUNNEL: dict[str, Any] = {"default_is_tunnel": True, "tunnel": "wg0"}
TAILSCALE = (Interface("eth0", ("192.168.1.50",)), Interface("tailscale0", ("100.101.102.103",), "tailscale"))

# Numbers are those of the variants in facts/connection.md, section 3, where there is one.
ROWS = [
    (
        "01 miniupnpd hides, PCP tells",
        line(wan=(*HIDDEN, WanAnswer("pcp", "100.64.12.34")), hops=SHARED, **PAST),
        "cgnat",
        "high",
    ),
    ("02 router tells", line(wan=wan("100.64.12.34", "100.64.12.34"), hops=SHARED, **PAST), "cgnat", "high"),
    ("03 router says 0.0.0.0", line(wan=HIDDEN, hops=SHARED, **PAST), "cgnat", "high"),
    ("04 no UPnP", line(hops=SHARED, **PAST), "cgnat", "high"),
    ("05 no UPnP, silent provider", line(hops=SILENT, **PAST), "cgnat_likely", "medium"),
    ("06 symmetric", line(wan=wan("100.64.12.34"), mapping_varies=True, hops=SHARED, **PAST), "cgnat", "high"),
    ("07 symmetric, no UPnP, silent", line(mapping_varies=True, hops=SILENT, **PAST), "cgnat_likely", "medium"),
    ("08 plain NAT", line(wan=wan(P, P), hops=PLAIN, **OWNED), "home_nat", "high"),
    ("09 plain NAT, no UPnP", line(hops=PLAIN, **OWNED), "home_nat", "high"),
    ("10 plain NAT, symmetric", line(wan=wan(P), mapping_varies=True, hops=PLAIN, **OWNED), "home_nat", "high"),
    (
        "11 double NAT, hidden",
        line(
            wan=(*HIDDEN, WanAnswer("pcp", "192.168.0.20")),
            hops=hops("192.168.1.1", "192.168.0.1", "81.2.69.1"),
            self_trace_depth=2,
            **PAST,
        ),
        "double_nat",
        "high",
    ),
    (
        "12 double NAT, told",
        line(wan=wan("192.168.0.20"), hops=hops("192.168.1.1", "192.168.0.1", "81.2.69.1"), self_trace_depth=2, **PAST),
        "double_nat",
        "high",
    ),
    (
        "12b double NAT, depth unknown",
        line(wan=wan("192.168.0.20"), hops=hops("192.168.1.1", "192.168.0.1", "81.2.69.1"), **PAST),
        "double_nat",
        "medium",
    ),
    (
        "12c private and far away",
        line(wan=wan("192.168.0.20"), hops=hops("192.168.1.1", "192.168.0.1", "81.2.69.1", second_ms=12.0), **PAST),
        "cgnat_likely",
        "medium",
    ),
    (
        "12d deeper than the second router",
        line(hops=hops("192.168.1.1", "192.168.0.1", "81.2.69.1"), self_trace_depth=3, **PAST),
        "cgnat_likely",
        "medium",
    ),
    (
        "13 double NAT below CGNAT",
        line(
            wan=wan("192.168.0.20"),
            hops=hops("192.168.1.1", "192.168.0.1", "100.64.0.1", "81.2.68.1"),
            self_trace_depth=3,
            **PAST,
        ),
        "cgnat",
        "high",
    ),
    (
        "13b the second router tells",
        line(wan=wan("192.168.0.20"), outer_wan=wan("100.64.12.34"), hops=hops("192.168.1.1", "192.168.0.1"), **PAST),
        "cgnat",
        "high",
    ),
    (
        "13c the second router hides",
        line(wan=wan("192.168.0.20"), outer_wan=HIDDEN, hops=hops("192.168.1.1", "192.168.0.1"), **PAST),
        "cgnat_likely",
        "medium",
    ),
    (
        "13d the second router is the end",
        line(wan=wan("192.168.0.20"), outer_wan=wan(P), hops=hops("192.168.1.1", "192.168.0.1"), **PAST),
        "double_nat",
        "high",
    ),
    (
        "13e double NAT, provider numbered 100.64",
        line(
            wan=wan("192.168.0.20"), hops=hops("192.168.1.1", "192.168.0.1", "100.64.0.1"), self_trace_depth=2, **PAST
        ),
        "double_nat",
        "high",
    ),
    (
        "14 provider uses 10/8",
        line(wan=wan("10.55.3.2"), hops=hops("192.168.1.1", "10.55.0.1", "81.2.68.1"), self_trace_depth=2, **PAST),
        "cgnat_likely",
        "medium",
    ),
    (
        "15 provider uses 10/8, no UPnP",
        line(hops=hops("192.168.1.1", "10.55.0.1", "81.2.68.1"), self_trace_depth=2, **PAST),
        "cgnat_likely",
        "medium",
    ),
    ("16 UPnP lies: public", line(wan=wan(OTHER), hops=SHARED, **PAST), "cgnat", "medium"),
    ("16b UPnP lies, no hop seen", line(wan=wan(OTHER), hops=SILENT, **PAST), "cgnat_likely", "medium"),
    ("17 UPnP lies: shared", line(wan=wan("100.64.9.9"), hops=PLAIN, **OWNED), "home_nat", "medium"),
    ("18 Tailscale up", line(interfaces=TAILSCALE, hops=PLAIN, **OWNED), "home_nat", "high"),
    (
        "19 Tailscale drops ICMP from 100.64/10",
        line(interfaces=TAILSCALE, hops=SILENT, **PAST),
        "cgnat_likely",
        "medium",
    ),
    (
        "20 exit node",
        line(interfaces=TAILSCALE, wan=wan(P), web_addresses=("45.83.220.5",), **TUNNEL, **OWNED),
        "home_nat",
        "high",
    ),
    (
        "21 exit node on CGNAT",
        line(interfaces=TAILSCALE, hops=SHARED, web_addresses=("45.83.220.5",), **TUNNEL, **PAST),
        "cgnat",
        "high",
    ),
    ("22 full-tunnel VPN", line(wan=wan(P), web_addresses=("45.83.220.5",), **TUNNEL, **OWNED), "home_nat", "high"),
    ("23 VPN with a kill switch", line(bindings=(), web_addresses=("45.83.220.5",), **TUNNEL), "vpn", "high"),
    (
        "23b … the router tells a shared address",
        line(bindings=(), web_addresses=("45.83.220.5",), wan=wan("100.64.12.34"), **TUNNEL),
        "cgnat",
        "medium",
    ),
    (
        "23c … the router tells a public address",
        line(bindings=(), web_addresses=("45.83.220.5",), wan=wan(P), **TUNNEL),
        "home_nat",
        "medium",
    ),
    (
        "23d … only the tunnel's STUN answers",
        line(bindings=(Binding("one", "45.83.220.5", 1, physical=False),), **TUNNEL),
        "vpn",
        "high",
    ),
    (
        "24 STUN differs from the tunnel's",
        line(
            bindings=(Binding("one", P, 1), Binding("two", "45.83.220.5", 1, physical=False)),
            hops=PLAIN,
            **TUNNEL,
            **OWNED,
        ),
        "home_nat",
        "high",
    ),
    (
        "25 DS-Lite",
        line(hops=hops("192.168.1.1", "192.0.0.1", "81.2.68.1"), self_trace_depth=2, **PAST),
        "ds_lite",
        "high",
    ),
    ("25b DS-Lite, told", line(wan=wan("192.0.0.2"), **PAST), "ds_lite", "high"),
    (
        "26 464XLAT here",
        line(interfaces=(Interface("eth0", ("192.168.1.50",)), Interface("clat4", ("192.0.0.2",), "other")), **OWNED),
        "ds_lite",
        "high",
    ),
    ("26b NAT64", line(nat64=True, hops=hops("192.168.1.1", None), **PAST), "ds_lite", "medium"),
    ("26c NAT64, but the router owns the address", line(nat64=True, hops=PLAIN, **OWNED), "home_nat", "high"),
    ("26d only IPv6", line(bindings=(), ipv6=True, ipv6_seen="2a02::1"), "unknown", "low"),
    ("26e only IPv6, with NAT64", line(bindings=(), ipv6=True, ipv6_seen="2a02::1", nat64=True), "ds_lite", "medium"),
    (
        "27 the host has the address",
        line(interfaces=(Interface("eth0", (P,)),), gateway=Gateway("81.2.69.1", "eth0", P)),
        "public",
        "high",
    ),
    ("28 no default route", line(bindings=(), gateway=None, gateway_answered=False), "offline", "high"),
    (
        "28b no IPv4 route, IPv6 works",
        line(bindings=(), gateway=None, ipv6=True, ipv6_seen="2a02::1"),
        "unknown",
        "low",
    ),
    ("29 router up, internet dead", line(bindings=(), wan=wan(P)), "offline", "high"),
    ("29b all dark", line(bindings=(), gateway_answered=False), "offline", "medium"),
    ("29c a tunnel to nowhere", line(bindings=(), gateway=None, gateway_answered=False, **TUNNEL), "offline", "medium"),
    (
        "30 UDP blocked",
        line(bindings=(), web_addresses=(P,), udp_blocked=True, wan=wan(P), **OWNED),
        "home_nat",
        "high",
    ),
    (
        "30b UDP blocked on CGNAT",
        line(bindings=(), web_addresses=(P,), udp_blocked=True, wan=wan("100.64.12.34")),
        "cgnat",
        "high",
    ),
    (
        "31 plugged into CGNAT",
        line(
            interfaces=(Interface("eth0", ("100.64.12.34",)),),
            gateway=Gateway("100.64.0.1", "eth0", "100.64.12.34"),
            **OWNED,
        ),
        "cgnat",
        "high",
    ),
    ("32 swallowed", line(**SWALLOWED), "home_nat", "medium"),
    ("32a swallowed, and the router says so", line(wan=wan(P), hops=PLAIN, **SWALLOWED), "home_nat", "high"),
    ("32b silence that says nothing", line(self_trace=SelfTrace.SILENT), "unknown", "low"),
    ("34 WAN agrees, trace unknown", line(wan=wan(P)), "home_nat", "high"),
    ("36 public WAN, provider numbered 100.64", line(hops=SHARED, **OWNED), "home_nat", "high"),
    ("37 the router repeats, shared hop", line(wan=wan(P), hops=SHARED, **PAST), "cgnat", "medium"),
    ("37b the router repeats, silent hop", line(wan=wan(P), hops=SILENT, **PAST), "cgnat_likely", "medium"),
    ("38 DMZ host", line(self_trace=SelfTrace.EXPIRED_FROM_PUBLIC, self_trace_depth=1), "home_nat", "high"),
    ("38b DMZ host, by hairpin", line(hairpin=True, **PAST), "home_nat", "high"),
    (
        "40 Chromebook",
        line(
            gateway=Gateway("100.115.92.193", "eth0", "100.115.92.194"),
            interfaces=(Interface("eth0", ("100.115.92.194",)),),
            hops=hops("100.115.92.193", "192.168.1.1", "81.2.69.1"),
            self_trace_depth=2,
            **PAST,
        ),
        "home_nat",
        "high",
    ),
    (
        "40b Chromebook on CGNAT",
        line(
            gateway=Gateway("100.115.92.193", "eth0", "100.115.92.194"),
            interfaces=(Interface("eth0", ("100.115.92.194",)),),
            hops=hops("100.115.92.193", "192.168.1.1", "100.64.0.1", "81.2.68.1"),
            self_trace_depth=3,
            **PAST,
        ),
        "cgnat",
        "high",
    ),
    (
        "40c virtual machine, depth unknown",
        line(gateway=Gateway("10.0.2.2", "eth0", "10.0.2.15"), **PAST),
        "unknown",
        "low",
    ),
    ("41 1:1 NAT by the provider", line(wan=wan("100.64.12.34", "100.64.12.34"), hops=SHARED, **PAST), "cgnat", "high"),
    ("42 WAN private, nothing else", line(wan=wan("10.55.3.2")), "cgnat_likely", "medium"),
    ("43 only a hop as a hint", line(hops=SHARED), "cgnat_likely", "low"),
    (
        "44 different sites, different addresses",
        line(bindings=(Binding("one", P, 1), Binding("two", OTHER, 1))),
        "cgnat_likely",
        "low",
    ),
    ("54 WAN hidden, trace unknown", line(wan=HIDDEN), "cgnat_likely", "medium"),
    ("55 nothing but the public address", line(), "unknown", "low"),
    ("56 squatted WAN", line(wan=wan("25.1.2.3"), **PAST), "cgnat_likely", "medium"),
    ("57 Tailscale's measurement is all", line(bindings=(), tailscale_address=P, wan=wan(P)), "home_nat", "high"),
    ("58 STUN gives a private address", line(bindings=(Binding("one", "192.168.1.50", 40000),)), "unknown", "low"),
    (
        "59 … and the router a public one",
        line(bindings=(Binding("one", "192.168.1.50", 40000),), wan=wan(P)),
        "home_nat",
        "medium",
    ),
]


@pytest.mark.parametrize(("facts", "verdict", "confidence"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_rows(facts: ConnectionFacts, verdict: str, confidence: str) -> None:
    judged = line_verdict(facts)
    assert (judged.line.value, judged.confidence.value) == (verdict, confidence), judged.rule
    assert judged.cause == ("undecided" if verdict == "unknown" else verdict)
    sentence = reason(judged, facts).render()
    assert sentence.endswith((".", "?"))
    assert "{" not in sentence
    assert "  " not in sentence


def test_every_rule_is_met_by_a_row_and_has_words() -> None:
    met = {line_verdict(row[1]).rule for row in ROWS}
    named = [rule.name for rule in RULES]
    assert len(named) == len(set(named))
    assert set(named) == set(REASONS)
    assert set(named) - met == set()


def test_what_a_person_typed_outranks_the_router() -> None:
    facts = line(wan=wan("192.168.0.20"))

    def typed(address: str) -> LineVerdict:
        return line_verdict(replace(facts, wan=(*facts.wan, WanAnswer("user", address))))

    assert (typed("100.64.12.34").line, typed("100.64.12.34").router_wan_ip) == (Line.CGNAT, "100.64.12.34")
    assert (typed(P).rule, typed(P).router_wan_ip) == ("wan_agrees", P)
    assert typed("not an address").router_wan_ip == "192.168.0.20"


def test_the_addresses_of_the_verdict() -> None:
    verdict = line_verdict(line(wan=wan("100.64.12.34"), hops=SHARED, **PAST))
    assert (verdict.public_ip, verdict.router_wan_ip) == (P, "100.64.12.34")
    hidden = line_verdict(line(wan=HIDDEN, hops=SHARED, **PAST))
    assert (hidden.public_ip, hidden.router_wan_ip) == (P, None)


@pytest.mark.parametrize(
    ("facts", "contradictions", "confidence"),
    [
        (line(wan=wan("100.64.9.9"), **OWNED), ("wan_disagrees",), Confidence.MEDIUM),
        (line(wan=wan(P, OTHER), **OWNED), ("routers_disagree",), Confidence.MEDIUM),
        (line(web_addresses=(OTHER,), **OWNED), ("sites_differ",), Confidence.MEDIUM),
        (line(wan=wan(OTHER), hops=SHARED, **PAST), ("wan_claims_public",), Confidence.MEDIUM),
        (line(tailscale_address=OTHER, **OWNED), ("tailscale_disagrees",), Confidence.HIGH),
        (line(nat64=True, **OWNED), ("nat64_seen",), Confidence.HIGH),
        (line(web_addresses=(P,), tailscale_address=P, wan=wan(P, P), **OWNED), (), Confidence.HIGH),
    ],
)
def test_contradictions_are_named_and_weigh(
    facts: ConnectionFacts, contradictions: tuple[str, ...], confidence: Confidence
) -> None:
    verdict = line_verdict(facts)
    assert verdict.contradictions == contradictions
    assert verdict.confidence is confidence


ADDRESSES = st.sampled_from(
    [P, OTHER, "100.64.12.34", "10.55.3.2", "192.168.0.20", "192.0.0.2", "25.1.2.3", "100.101.102.103"]
)
LINES = st.builds(
    ConnectionFacts,
    interfaces=st.lists(
        st.builds(
            Interface,
            name=st.just("eth0"),
            addresses=st.tuples(ADDRESSES),
            kind=st.sampled_from(["physical", "tailscale", "vpn", "container"]),
        ),
        max_size=3,
    ).map(tuple),
    gateway=st.one_of(
        st.none(),
        st.builds(
            Gateway, st.sampled_from(["192.168.1.1", "100.64.0.1", "100.115.92.1", ""]), st.just("eth0"), ADDRESSES
        ),
    ),
    default_is_tunnel=st.booleans(),
    wan=st.lists(
        st.builds(
            WanAnswer,
            st.sampled_from(["upnp", "nat_pmp", "pcp", "user"]),
            st.one_of(st.none(), ADDRESSES),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    outer_wan=st.lists(
        st.builds(WanAnswer, st.just("upnp"), st.one_of(st.none(), ADDRESSES), st.booleans()), max_size=1
    ).map(tuple),
    bindings=st.lists(st.builds(Binding, st.just("one"), ADDRESSES, st.integers(1, 3), st.booleans()), max_size=3).map(
        tuple
    ),
    web_addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
    hops=st.lists(
        st.builds(Hop, st.integers(1, 6), st.one_of(st.none(), ADDRESSES), st.one_of(st.none(), st.floats(0, 50))),
        max_size=4,
    ).map(tuple),
    self_trace=st.sampled_from(SelfTrace),
    self_trace_depth=st.one_of(st.none(), st.integers(1, 4)),
    neutral_expired=st.booleans(),
    hairpin=st.booleans(),
    nat64=st.one_of(st.none(), st.booleans()),
    ipv6=st.one_of(st.none(), st.booleans()),
    ipv6_seen=st.one_of(st.none(), st.just("2a02::1")),
    tailscale_address=st.one_of(st.none(), ADDRESSES),
    gateway_answered=st.booleans(),
    names_dead=st.booleans(),
)


@given(LINES, st.one_of(st.none(), ADDRESSES, st.text(max_size=5)))
def test_any_evidence_gives_a_verdict_with_a_reason(facts: ConnectionFacts, typed: str | None) -> None:
    if typed is not None:
        facts = replace(facts, wan=(*facts.wan, WanAnswer("user", typed)))
    verdict = line_verdict(facts)
    assert reason(verdict, facts).render()
    assert verdict.line is not Line.UNKNOWN or verdict.confidence is Confidence.LOW


@given(LINES)
def test_tailscale_addresses_never_make_cgnat(facts: ConnectionFacts) -> None:
    without = replace(facts, interfaces=tuple(one for one in facts.interfaces if one.kind == "physical"))
    tailscale = Interface("tailscale0", ("100.101.102.103", "fd7a:115c:a1e0::1"), "tailscale")
    assert line_verdict(replace(without, interfaces=(*without.interfaces, tailscale))) == line_verdict(without)


@given(LINES)
def test_an_address_that_the_router_owns_is_never_cgnat(facts: ConnectionFacts) -> None:
    """Unless a network inside this computer stands for the router, or the provider's gateway is the router."""
    owned = replace(facts, gateway=HERE, bindings=(Binding("one", P, 1),), **OWNED)
    assert line_verdict(owned).line in (Line.HOME_NAT, Line.PUBLIC, Line.DS_LITE)
