# SPDX-License-Identifier: MIT
"""What is said of the line, and of open ports on the router."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from setup_assistant.checks.connection import (
    CHECKS,
    describe_line,
    judge_connection,
    judge_open_port,
    with_typed_wan,
)
from setup_assistant.checks.line_rules import line_verdict
from setup_assistant.core.connection import ConnectionFacts, Line, NatType
from setup_assistant.core.facts import Answer, Fetch, HistoryFacts, HostFacts, OperatingSystem, SystemFacts, Unknown
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words import CASES
from setup_assistant.core.words.connection import CONSEQUENCES, CONTRADICTIONS, EVIDENCE
from setup_assistant.core.words.providers import KNOWN, provider_note
from setup_assistant.host.simulated.line import evidence

V6 = "2a02:810d:1::50"
UNKNOWN = Unknown(Text(""))


def host(connection: ConnectionFacts | Unknown, last: str | None = None) -> HostFacts:
    return HostFacts(
        observed_at=datetime(2026, 1, 2, tzinfo=UTC),
        system=SystemFacts(OperatingSystem.LINUX, "12", "plexbox", "ann", is_admin=False),
        connection=connection,
        tailscale=UNKNOWN,
        plex=UNKNOWN,
        account=UNKNOWN,
        outside=UNKNOWN,
        history=HistoryFacts(last_verdict=last),
    )


def line(kind: str, **network: object) -> ConnectionFacts:
    return evidence({"line": kind, "public_ip": "81.2.69.10", **network}, provider_allowed=True)


@pytest.mark.parametrize(
    ("facts", "cause", "status"),
    [
        (line("cgnat"), "cgnat", Status.NOTICE),
        (line("cgnat", upnp=False, hops=["192.168.1.1", "", "81.2.68.1"]), "cgnat_likely", Status.NOTICE),
        (line("home_nat"), "home_nat", Status.NOTICE),
        (line("public"), "public", Status.NOTICE),
        (line("double_nat"), "double_nat", Status.NOTICE),
        (line("ds_lite"), "ds_lite", Status.NOTICE),
        (line("vpn"), "vpn", Status.NOTICE),
        (line("offline"), "offline", Status.PROBLEM),
        (ConnectionFacts(web_addresses=("81.2.69.10",)), "undecided", Status.UNKNOWN),
    ],
)
def test_the_case_is_the_verdict(facts: ConnectionFacts, cause: str, status: Status) -> None:
    verdict = judge_connection(host(facts))
    assert (verdict.cause, verdict.status) == (cause, status)
    assert ("connection", cause) in CASES
    assert verdict.evidence or cause == "undecided"
    text = verdict.summary.render() + (verdict.why.render() if verdict.why else "")
    assert "{" not in text


def test_a_source_that_could_not_be_read() -> None:
    unknown = Unknown(Text("it rains"), "timed_out")
    for judge in (judge_connection, judge_open_port):
        verdict = judge(host(unknown))
        assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "not_readable")
        assert "it rains" in verdict.summary.render()
    summed = describe_line(host(unknown))
    assert summed.verdict.line is Line.UNKNOWN
    assert "it rains" in summed.reason.render()


@pytest.mark.parametrize(
    ("last", "kind", "cause"),
    [
        ("public", "cgnat", "moved_to_cgnat"),
        ("home_nat", "cgnat", "moved_to_cgnat"),
        ("cgnat", "cgnat", "cgnat"),
        ("double_nat", "cgnat", "moved_to_cgnat"),
        ("home_nat", "ds_lite", "moved_to_cgnat"),
        ("ds_lite", "cgnat", "cgnat"),
        ("vpn", "cgnat", "cgnat"),
        (None, "cgnat", "cgnat"),
        ("public", "home_nat", "home_nat"),
    ],
)
def test_a_line_that_moved_is_said(last: str | None, kind: str, cause: str) -> None:
    assert judge_connection(host(line(kind), last)).cause == cause


def test_a_line_that_seems_to_have_moved_is_said_as_such() -> None:
    unsure = line("cgnat", upnp=False, hops=["192.168.1.1", "", "81.2.68.1"])
    said = judge_connection(host(unsure, "home_nat"))
    assert said.cause == "cgnat_likely"
    assert said.why is not None
    assert said.why.render().startswith(CONSEQUENCES["seems_moved"].message)
    assert CONSEQUENCES["seems_moved"].message not in why(unsure)


def test_a_typed_address_feeds_the_same_rules() -> None:
    facts = host(ConnectionFacts(web_addresses=("81.2.69.10",)))
    assert judge_connection(facts).cause == "undecided"
    for typed, cause in (("100.64.12.34", "cgnat"), (" 81.2.69.10", "home_nat")):
        told = with_typed_wan(facts, typed)
        assert told is not None
        assert judge_connection(told).cause == cause
        again = with_typed_wan(told, "100.64.12.34")
        assert again is not None
        assert isinstance(again.connection, ConnectionFacts)
        assert len(again.connection.wan) == 1
    assert with_typed_wan(facts, "fritz.box") is None
    assert with_typed_wan(host(UNKNOWN), "100.64.12.34") is None


def test_a_history_that_could_not_be_read_says_nothing() -> None:
    assert judge_connection(replace(host(line("cgnat")), history=UNKNOWN)).cause == "cgnat"


def why(facts: ConnectionFacts) -> str:
    verdict = judge_connection(host(facts))
    return verdict.why.render() if verdict.why else ""


def test_what_follows_is_said() -> None:
    shared = line("cgnat")
    assert "port forward" in why(shared)
    assert "relay" not in why(shared)
    assert CONSEQUENCES["symmetric"].message in why(replace(shared, mapping_varies=True))
    assert CONSEQUENCES["udp_blocked"].message in why(replace(shared, udp_blocked=True))
    assert CONSEQUENCES["ipv6"].message in why(replace(shared, ipv6=True))
    assert CONSEQUENCES["ipv6"].message not in why(replace(line("home_nat"), ipv6=True))
    assert CONSEQUENCES["ipv6"].message in why(ConnectionFacts(ipv6=True, ipv6_address=V6, ipv6_seen=V6))
    assert CONSEQUENCES["permission"].message in why(replace(shared, permission_missing=True))
    assert CONSEQUENCES["names_dead"].message in why(replace(shared, names_dead=True))
    assert CONSEQUENCES["names_dead"].message not in why(replace(line("offline"), names_dead=True))


@pytest.mark.parametrize(
    ("outside", "here", "expected"),
    [
        (None, None, None),
        (None, True, "ipv6_listens"),
        (None, False, "ipv6_silent"),
        (Answer.PLEX, True, "ipv6_answers"),
        (Answer.TIMEOUT, True, "ipv6_closed"),
        (Answer.REFUSED, None, "ipv6_closed"),
        (Answer.COULD_NOT_CHECK, True, "ipv6_listens"),
    ],
)
def test_whether_ipv6_leads_to_plex_is_said(outside: Answer | None, here: bool | None, expected: str | None) -> None:
    facts = host(replace(line("cgnat", ipv6=True), ipv6_plex=here))
    direct = (Fetch(outside, V6, "Berlin"),) if outside is not None else ()
    said = judge_connection(replace(facts, direct=direct)).why
    assert said is not None
    for name in ("ipv6_answers", "ipv6_closed", "ipv6_listens", "ipv6_silent"):
        assert (CONSEQUENCES[name].message in said.render()) is (name == expected), name


def test_a_known_provider_gets_its_sentence() -> None:
    facts = line("cgnat", provider="TMOBILE", asn=21928)
    assert "T-Mobile" in why(facts)
    assert "T-Mobile" not in why(line("home_nat", provider="TMOBILE", asn=21928))
    assert provider_note(64512) is None
    assert provider_note(None) is None
    for asn in KNOWN:
        note = provider_note(asn)
        assert note is not None
        assert note.render().startswith(KNOWN[asn].name)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nat_type": NatType.PORT_RESTRICTED}, NatType.PORT_RESTRICTED),
        ({"nat_type": None}, None),
        ({"nat_type": None, "mapping_varies": True}, NatType.SYMMETRIC),
        ({"nat_type": None, "mapping_varies": None, "udp_blocked": True}, NatType.BLOCKED),
    ],
)
def test_the_nat_type(changes: dict[str, Any], expected: NatType | None) -> None:
    facts = replace(line("cgnat"), **changes)
    assert describe_line(host(facts)).nat_type is expected


def test_the_nat_type_of_a_public_address_and_of_no_line() -> None:
    # pystun3 calls a host with its own public address "Full Cone", and a dead line "Blocked".
    assert describe_line(host(replace(line("public"), nat_type=NatType.FULL_CONE))).nat_type is NatType.OPEN
    assert describe_line(host(replace(line("offline"), nat_type=NatType.BLOCKED, udp_blocked=True))).nat_type is None


def test_the_summary_of_a_line() -> None:
    summed = describe_line(host(line("cgnat", ipv6=True, provider="Example Net", asn=64512)))
    assert (summed.verdict.line, summed.ipv6, summed.provider) == (Line.CGNAT, True, "Example Net")
    assert "100.64.12.34" in summed.reason.render()


def test_a_port_left_open_is_said() -> None:
    left = judge_open_port(host(line("home_nat", port_mapping="TCP 32400 → 192.168.1.50:32400")))
    assert (left.status, left.cause) == (Status.NOTICE, "mapping_left")
    assert "32400" in left.summary.render()
    assert judge_open_port(host(line("home_nat"))).status is Status.OK


def test_a_router_that_shows_no_list_leaves_open_ports_unknown() -> None:
    silent = host(line("home_nat", upnp=False))
    assert (judge_open_port(silent).status, judge_open_port(silent).cause) == (Status.UNKNOWN, "not_told")
    assert judge_open_port(host(line("public"))).cause == "no_router"
    # Somebody outside who was asked knows better than the router.
    asked = replace(silent, direct=(Fetch(Answer.TIMEOUT, "81.2.69.10", "Berlin"),))
    assert judge_open_port(asked).status is Status.OK


def labels(facts: ConnectionFacts) -> dict[str, str]:
    return {one.label.render(): str(one.value) for one in judge_connection(host(facts)).evidence}


def test_every_source_has_its_evidence() -> None:
    shown = labels(replace(line("cgnat", ipv6=True), tailscale_address="81.2.69.10", nat64=True, hairpin=False))
    assert shown["Router"] == "192.168.1.1"
    assert shown["The router's internet address (UPnP)"] == "100.64.12.34"
    assert shown["Public address as stun.l.google.com saw it"] == "81.2.69.10"
    assert shown["Public address as a web service saw it"] == "81.2.69.10"
    assert shown["Public address as Tailscale measured it"] == "81.2.69.10"
    assert "A packet to our own public address went past the router" in shown
    assert shown["Router number 2 on the way out"].startswith("100.64.0.1")
    assert "This computer's address on tailscale0" in shown


def test_what_is_missing_or_hidden_is_evidence_too() -> None:
    hidden = labels(line("cgnat", router_wan_ip=""))
    assert "The router answered, and did not tell its internet address (UPnP)" in hidden
    silent = labels(line("cgnat", upnp=False))
    assert "The router was asked by UPnP, NAT-PMP and PCP, and told nothing" in silent
    assert "A VPN or exit node carries the traffic" in labels(line("vpn"))
    assert EVIDENCE["permission"].message in labels(replace(line("cgnat", upnp=False), permission_missing=True))
    assert EVIDENCE["ipv6_no_plex"].message in labels(replace(line("cgnat"), ipv6_plex=False))
    assert EVIDENCE["ipv6_plex"].message in labels(replace(line("cgnat"), ipv6_plex=True))
    assert "No router was found" in labels(replace(line("cgnat"), gateway=None))


def test_contradictions_come_first() -> None:
    verdict = judge_connection(host(line("home_nat", router_wan_ip="100.64.9.9")))
    assert verdict.evidence[0].label.render() == CONTRADICTIONS["wan_disagrees"].message


def test_addresses_of_ours_leave_the_report() -> None:
    verdict = judge_connection(host(line("cgnat")))
    shown = [str(one.value) for one in verdict.evidence if not one.private]
    assert not [value for value in shown if "81.2.69.10" in value or "100.64.12.34" in value]


def test_the_checks() -> None:
    assert [check.code for check in CHECKS] == ["connection", "open_port"]


@pytest.mark.parametrize("kind", ["public", "home_nat", "cgnat", "double_nat", "ds_lite", "vpn", "offline"])
@pytest.mark.parametrize("router", [{}, {"router_wan_ip": ""}, {"upnp": False}])
def test_simulated_lines_are_what_they_are_called(kind: str, router: dict[str, object]) -> None:
    assert line_verdict(line(kind, **router)).line.value == kind
