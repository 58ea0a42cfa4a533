# SPDX-License-Identifier: MIT
"""Only root causes speak up, and one outcome follows from all findings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from setup_assistant.core.facts import HistoryFacts, HostFacts, OperatingSystem, SystemFacts, Unknown
from setup_assistant.core.findings import Check, Finding, Outcome, Remedy, Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.engine.judge import judge, outcome
from tests.conftest import LogWatch

FACTS = HostFacts(
    observed_at=datetime(2026, 11, 22, tzinfo=UTC),
    system=SystemFacts(OperatingSystem.LINUX, "12", "box", "ann", False),
    connection=Unknown(Text("")),
    tailscale=Unknown(Text("")),
    plex=Unknown(Text("")),
    account=Unknown(Text("")),
    outside=Unknown(Text("")),
    history=HistoryFacts(),
)
FIX = Remedy(Text("fix"), change="funnel")


def check(code: str, status: Status, *needs: str, cause: str | None = None, remedies: tuple[Remedy, ...] = ()) -> Check:
    verdict = Verdict(status, Text("seen"), cause=cause, remedies=remedies)
    return Check(code, Text(code), lambda _: verdict, needs)


def statuses(*checks: Check) -> dict[str, tuple[str, str | None]]:
    return {finding.code: (finding.status.value, finding.blocked_by) for finding in judge(checks, FACTS)}


def test_what_needs_a_problem_waits_and_names_it() -> None:
    assert statuses(
        check("plex_server", Status.PROBLEM),
        check("plex_owner", Status.OK, "plex_server"),
        check("plex_url", Status.PROBLEM, "plex_owner"),
    ) == {
        "plex_server": ("problem", None),
        "plex_owner": ("blocked", "plex_server"),
        "plex_url": ("blocked", "plex_owner"),
    }


@pytest.mark.parametrize("status", [Status.OK, Status.NOTICE])
def test_a_notice_keeps_nobody_waiting(status: Status) -> None:
    found = statuses(check("plex_server", status), check("plex_owner", Status.OK, "plex_server"))
    assert found["plex_owner"] == ("ok", None)


def test_what_needs_an_unknown_is_unknown() -> None:
    (_, finding) = judge((check("plex_server", Status.UNKNOWN), check("plex_owner", Status.OK, "plex_server")), FACTS)
    assert (finding.status, finding.cause, finding.blocked_by) == (Status.UNKNOWN, "not_looked", None)


def test_an_unknown_line_stops_nothing() -> None:
    found = statuses(check("connection", Status.UNKNOWN), check("plex_sign_in", Status.OK, "connection"))
    assert found["plex_sign_in"] == ("ok", None)


def test_a_judge_may_name_what_comes_first() -> None:
    waits = Check("safety_gate", Text("gate"), lambda _: Verdict(Status.BLOCKED, Text(""), blocked_by="plex_sign_in"))
    (finding,) = judge((waits,), FACTS)
    assert (finding.status, finding.blocked_by) == (Status.BLOCKED, "plex_sign_in")


def test_a_mistake_in_one_judge_is_unknown_and_logged(expected_logs: LogWatch) -> None:
    expected_logs.allow("could not be judged")

    def broken(_: HostFacts) -> Verdict:
        raise ZeroDivisionError

    findings = judge((Check("plex_pass", Text("pass"), broken), check("outside", Status.OK)), FACTS)
    assert [(one.status, one.cause) for one in findings] == [(Status.UNKNOWN, "check_crashed"), (Status.OK, None)]


def test_a_host_that_is_public_and_open_is_said_first() -> None:
    findings = judge(
        (
            check("connection", Status.NOTICE, cause="cgnat"),
            check("safety_gate", Status.PROBLEM, cause="public_and_open"),
        ),
        FACTS,
    )
    assert findings[0].code == "safety_gate"


def found(code: str, status: Status, *remedies: Remedy) -> Finding:
    return Finding(code, Text(code), Verdict(status, Text("seen"), remedies=remedies))


@pytest.mark.parametrize(
    ("findings", "pending", "expected"),
    [
        ((found("outside", Status.OK),), False, Outcome.READY),
        ((found("outside", Status.NOTICE),), False, Outcome.READY),
        ((found("connection", Status.UNKNOWN),), False, Outcome.READY),
        ((found("outside", Status.UNKNOWN),), False, Outcome.UNKNOWN),
        ((found("open_port", Status.UNKNOWN),), False, Outcome.READY),
        ((found("funnel_shape", Status.PROBLEM, FIX),), True, Outcome.NEEDS_CHANGES),
        ((found("funnel_shape", Status.PROBLEM, FIX), found("outside", Status.UNKNOWN)), True, Outcome.NEEDS_CHANGES),
        ((found("magicdns", Status.PROBLEM), found("funnel_shape", Status.PROBLEM, FIX)), True, Outcome.NEEDS_YOU),
        ((found("magicdns", Status.PROBLEM, Remedy(Text("you"))),), False, Outcome.NEEDS_YOU),
        ((found("safety_gate", Status.PROBLEM, FIX, Remedy(Text("you"))),), True, Outcome.NEEDS_CHANGES),
    ],
)
def test_the_outcome(findings: tuple[Finding, ...], pending: bool, expected: Outcome) -> None:
    assert outcome(findings, pending=pending) is expected
