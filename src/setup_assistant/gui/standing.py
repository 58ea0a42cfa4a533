# SPDX-License-Identifier: MIT
"""What an answer asks of whom: nothing, this program, a sign-in, or the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from setup_assistant.core.changes import ChangeReport, Plan, Result
from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.questions import ASKED

SIGN_INS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "tailscale": ("tailscale_signed_in", ("signed_out", "key_expired")),
    "plex": ("plex_sign_in", ("signed_out", "token_revoked")),
}
"""Service -> the question, and the answers that a sign-in mends."""


class Asks(StrEnum):
    """Who has to do something about an answer."""

    NOBODY = "nobody"
    PROGRAM = "program"
    SIGN_IN = "sign_in"
    PERSON = "person"
    ALARM = "alarm"


def asks(finding: Finding) -> Asks:
    """Whose turn it is. What a sign-in or this program mends is a task; the worst state there is, an alarm."""
    if finding.status is not Status.PROBLEM:
        return Asks.NOBODY
    if is_alarm(finding):
        return Asks.ALARM
    if any(finding.code == code and finding.cause in causes for code, causes in SIGN_INS.values()):
        return Asks.SIGN_IN
    return Asks.PERSON if finding.needs_person else Asks.PROGRAM


def is_alarm(finding: Finding) -> bool:
    """Whether Plex is public while it lets strangers in."""
    return finding.status is Status.PROBLEM and (finding.cause or "").startswith("public_")


def other_account(findings: Mapping[str, Finding]) -> bool:
    """Whether the Plex account that is signed in is not the one that owns this server, as far as plex.tv tells."""
    owner = findings.get("plex_owner")
    return owner is not None and owner.cause in ("not_owner", "not_listed")


def for_the_person(findings: Mapping[str, Finding]) -> tuple[Finding, ...]:
    """Problems that only the person can mend, in the order of the questions."""
    order = {code: place for place, code in enumerate(ASKED)}
    mine = [finding for finding in findings.values() if finding.needs_person]
    return tuple(sorted(mine, key=lambda finding: order.get(finding.code, 0)))


def lacks_consent(findings: Mapping[str, Finding]) -> bool:
    """Whether the check from outside was left out because the person did not agree to it."""
    outside = findings.get("outside")
    return outside is not None and outside.cause == "no_consent"


def door_closed(plan: Plan | None, reports: Mapping[str, ChangeReport], findings: Mapping[str, Finding]) -> bool:
    """Whether an open door was closed and nothing was opened after it: the address is gone, on purpose."""
    if plan is None or any(is_alarm(finding) for finding in findings.values()):
        return False
    closed, opened = reports.get("close_funnel"), reports.get("funnel")
    if closed is None or closed.result is not Result.APPLIED:
        return False
    return opened is None or opened.result not in (Result.APPLIED, Result.ALREADY)


def was_completed(findings: Mapping[str, Finding], ours: Collection[str]) -> bool:
    """Whether an earlier run had come to its end: each place that must agree is in our record, or is right as it is."""
    from setup_assistant.engine.plan import STANDING  # here by now: a look was made

    return all(
        change in ours or ((finding := findings.get(question)) is not None and finding.status is Status.OK)
        for question, change in STANDING.items()
    )


def signed_out(findings: Mapping[str, Finding], service: str) -> bool:
    """Whether a sign-in is what this service waits for."""
    code, causes = SIGN_INS[service]
    finding = findings.get(code)
    return finding is not None and finding.cause in causes
