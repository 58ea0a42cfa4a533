# SPDX-License-Identifier: MIT
"""Turns facts into findings, so that only root causes speak up, and findings into one outcome."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from setup_assistant.core.facts import HostFacts
from setup_assistant.core.findings import Check, Finding, Outcome, Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES
from setup_assistant.core.words.history import CRASHED, NOT_LOOKED, WAITS

log = logging.getLogger(__name__)

RESTS_ON = frozenset(
    {
        "journal",
        "connection",
        "tailscale_installed",
        "tailscale_version",
        "tailscale_running",
        "tailscale_signed_in",
        "tailscale_connected",
        "plex_server",
        "plex_sign_in",
        "plex_owner",
        "safety_gate",
        "funnel_shape",
        "plex_url",
        "plex_remote_access",
        "plex_published",
        "outside",
    }
)
"""The questions that readiness rests on; an unknown answer elsewhere keeps nobody from ready."""


def judge(checks: Sequence[Check], facts: HostFacts) -> tuple[Finding, ...]:
    """Ask every question; one whose needs are a problem waits, one whose needs are unknown is unknown.

    The worst state there is, a host found public while the safety gate fails, is put first.
    """
    found: dict[str, Finding] = {}
    for check in checks:
        if check.when is not None and not check.when(facts):
            continue
        found[check.code] = Finding(check.code, check.title, *_answer(check, facts, found))
    findings = tuple(found.values())
    alarm = [finding for finding in findings if finding.cause is not None and finding.cause.startswith("public_and_")]
    alarm += [finding for finding in findings if finding.cause == "public_strangers_enter"]
    return (*alarm, *(finding for finding in findings if finding not in alarm))


def _answer(check: Check, facts: HostFacts, found: Mapping[str, Finding]) -> tuple[Verdict, str | None]:
    for needed in check.needs:
        finding = found.get(needed)
        if finding is not None and finding.status in (Status.PROBLEM, Status.BLOCKED):
            return _waits(finding.code), finding.code
    for needed in check.needs:
        finding = found.get(needed)
        # The kind of line may stay unknown without harm: only being offline stops what follows.
        if finding is not None and finding.status is Status.UNKNOWN and needed != "connection":
            return Verdict(Status.UNKNOWN, NOT_LOOKED.filled(title=finding.title), cause="not_looked"), None
    try:
        verdict = check.judge(facts)
    except Exception:
        log.exception("The check %s could not be judged", check.code)
        return Verdict(Status.UNKNOWN, CRASHED, cause="check_crashed"), None
    if verdict.status is Status.BLOCKED:
        return _waits(verdict.blocked_by or ""), verdict.blocked_by
    return verdict, None


def _waits(code: str) -> Verdict:
    return Verdict(Status.BLOCKED, WAITS.filled(title=TITLES.get(code, Text(code))))


def outcome(findings: Sequence[Finding], *, pending: bool) -> Outcome:
    """Return the outcome of the findings; ``pending``: whether the plan has an entry still to be carried out."""
    if any(finding.needs_person for finding in findings):
        return Outcome.NEEDS_YOU
    if pending:
        return Outcome.NEEDS_CHANGES
    if any(
        finding.code in RESTS_ON and finding.status in (Status.UNKNOWN, Status.BLOCKED) and finding.code != "connection"
        for finding in findings
    ):
        return Outcome.UNKNOWN
    if any(finding.status is Status.PROBLEM for finding in findings):
        # A problem whose remedy is automatic but could not be planned: better said than called ready.
        return Outcome.NEEDS_CHANGES
    return Outcome.READY
