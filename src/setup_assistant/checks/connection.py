# SPDX-License-Identifier: MIT
"""What kind of line this is, what follows from it, and whether a port is open on the router."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from setup_assistant.checks.line_evidence import line_evidence
from setup_assistant.checks.line_rules import line_verdict, reason
from setup_assistant.checks.readable import not_readable
from setup_assistant.core.addresses import ipv4
from setup_assistant.core.connection import Confidence, ConnectionFacts, Line, LineVerdict, NatType, WanAnswer
from setup_assistant.core.facts import Answer, Fetch, HistoryFacts, HostFacts, Unknown
from setup_assistant.core.findings import Check, Evidence, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words.connection import CONSEQUENCES
from setup_assistant.core.words.outside import FROM_PLACE, MET
from setup_assistant.core.words.providers import provider_note

_SHARED = (Line.CGNAT, Line.CGNAT_LIKELY, Line.DS_LITE)
_NOT_SHARED = (Line.PUBLIC.value, Line.HOME_NAT.value, Line.DOUBLE_NAT.value)
_UNANSWERED = (Answer.REFUSED, Answer.RESET, Answer.CLOSED, Answer.TIMEOUT, Answer.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class LineSummary:
    """What is said of the line (contract: ``connection`` of the JSON output)."""

    verdict: LineVerdict
    reason: Text
    nat_type: NatType | None
    ipv6: bool | None
    provider: str | None


def describe_line(facts: HostFacts) -> LineSummary:
    """Sum up the line; where it could not be looked at, all is unknown."""
    connection = facts.connection
    if isinstance(connection, Unknown):
        return LineSummary(
            LineVerdict(Line.UNKNOWN, Confidence.LOW, rule="not_readable", cause="not_readable"),
            not_readable(connection).summary,
            None,
            None,
            None,
        )
    verdict = line_verdict(connection)
    return LineSummary(
        verdict, reason(verdict, connection), nat_type(connection, verdict), connection.ipv6, connection.provider
    )


def nat_type(facts: ConnectionFacts, verdict: LineVerdict) -> NatType | None:
    """The NAT type as pystun3 gave it; where that came too late, what our own evidence says of it."""
    if verdict.line is Line.PUBLIC:
        # pystun3 compares with 0.0.0.0 and so calls a host with its own public address "Full Cone".
        return NatType.OPEN
    if verdict.line is not Line.OFFLINE and facts.nat_type is not None:
        return facts.nat_type
    if facts.mapping_varies:
        return NatType.SYMMETRIC
    if facts.udp_blocked and verdict.line is not Line.OFFLINE:
        return NatType.BLOCKED
    return None


def with_typed_wan(facts: HostFacts, address: str) -> HostFacts | None:
    """Return the facts with the router's WAN address as a person typed it in; None where that is no IPv4 address.

    It feeds the same rules as the router's own answers, and outranks them.
    """
    connection = facts.connection
    if isinstance(connection, Unknown) or ipv4(address) is None:
        return None
    others = tuple(answer for answer in connection.wan if answer.source != "user")
    return replace(facts, connection=replace(connection, wan=(*others, WanAnswer("user", address.strip()))))


def judge_connection(facts: HostFacts) -> Verdict:
    """Say what kind of line this is, and what follows from it."""
    connection = facts.connection
    if isinstance(connection, Unknown):
        return not_readable(connection)
    verdict = line_verdict(connection)
    has_moved = _has_moved(facts, verdict)
    cause = "moved_to_cgnat" if has_moved and verdict.line is not Line.CGNAT_LIKELY else verdict.cause
    said = case("connection", cause).verdict(
        evidence=line_evidence(connection, verdict), reason=reason(verdict, connection)
    )
    moved = [CONSEQUENCES["seems_moved"]] if has_moved and cause == verdict.cause else []
    consequences = _consequences(connection, verdict, facts.direct or ())
    return replace(said, why=_joined([*moved, *([said.why] if said.why else []), *consequences]))


def is_offline(facts: HostFacts) -> bool:
    """Whether this computer was seen to have no internet."""
    return isinstance(facts.connection, ConnectionFacts) and line_verdict(facts.connection).line is Line.OFFLINE


def _has_moved(facts: HostFacts, verdict: LineVerdict) -> bool:
    last = facts.history.last_verdict if isinstance(facts.history, HistoryFacts) else None
    return verdict.line in _SHARED and last in _NOT_SHARED


def _consequences(facts: ConnectionFacts, verdict: LineVerdict, direct: Sequence[Fetch]) -> Iterator[Text]:
    if verdict.line is Line.OFFLINE:
        return
    if facts.names_dead:
        yield CONSEQUENCES["names_dead"]
    if facts.mapping_varies:
        yield CONSEQUENCES["symmetric"]
    if facts.udp_blocked:
        yield CONSEQUENCES["udp_blocked"]
    if verdict.line in _SHARED:
        note = provider_note(facts.asn)
        if note is not None:
            yield note
    if facts.ipv6 and verdict.line in (*_SHARED, Line.UNKNOWN):
        yield CONSEQUENCES["ipv6"]
        yield from _over_ipv6(facts, direct)
    if facts.permission_missing:
        yield CONSEQUENCES["permission"]


def _over_ipv6(facts: ConnectionFacts, direct: Sequence[Fetch]) -> Iterator[Text]:
    """Whether this computer is reached at [address]:32400: tried from outside, else only from here."""
    outside = {one.answer for one in direct if ":" in one.address}
    if Answer.PLEX in outside:
        yield CONSEQUENCES["ipv6_answers"]
    elif outside.intersection(_UNANSWERED):
        yield CONSEQUENCES["ipv6_closed"]
    elif facts.ipv6_plex is not None:
        yield CONSEQUENCES["ipv6_listens" if facts.ipv6_plex else "ipv6_silent"]


def _joined(sentences: list[Text]) -> Text | None:
    if len(sentences) < 2:
        return sentences[0] if sentences else None
    return Text("{first} {rest}", {"first": sentences[0], "rest": _joined(sentences[1:])})


def judge_open_port(facts: HostFacts) -> Verdict:
    """Say whether the router still forwards a port to Plex."""
    connection = facts.connection
    if isinstance(connection, Unknown):
        return not_readable(connection)
    asked = facts.direct or ()
    evidence = tuple(
        Evidence(FROM_PLACE.filled(place=one.place, met=MET[one.answer]), one.address, private=True) for one in asked
    )
    answering = ["IPv6" if ":" in one.address else "IPv4" for one in asked if one.answer is Answer.PLEX]
    if answering:
        return case("open_port", "answers_outside").verdict(evidence=evidence, families=" + ".join(answering))
    if connection.port_mappings:
        return case("open_port", "mapping_left").verdict(evidence=evidence, mapping="; ".join(connection.port_mappings))
    if not (connection.are_mappings_known or asked):
        is_here = line_verdict(connection).line is Line.PUBLIC
        return case("open_port", "no_router" if is_here else "not_told").verdict()
    return case("open_port").verdict(evidence=evidence)


CHECKS: tuple[Check, ...] = (
    Check("connection", TITLES["connection"], judge_connection),
    Check("open_port", TITLES["open_port"], judge_open_port, needs=("connection",)),
)
