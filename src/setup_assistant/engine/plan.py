# SPDX-License-Identifier: MIT
"""Findings and facts -> ordered changes. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from setup_assistant.checks.plex_gate import may_become_public
from setup_assistant.core.changes import Change, Plan, PlannedChange
from setup_assistant.core.facts import HostFacts
from setup_assistant.core.findings import Check, Finding, Status
from setup_assistant.core.words.changes import SUMMARIES
from setup_assistant.engine.later import Later

ORDER: tuple[str, ...] = tuple(SUMMARIES)
"""Codes of the changes in the order they are carried out; Remote Access is last, since it also ends Relay."""

STANDING: Mapping[str, str] = {
    "funnel_shape": "funnel",
    "plex_url": "plex_url",
    "plex_remote_access": "plex_remote_access",
}
"""The three places that must agree: question -> change. They stand in every plan that can be made."""

STARTS = frozenset({"start_tailscale", "connect_tailscale", "start_plex"})
"""Changes after which the host is looked at afresh, since what was hidden can be read then."""

_GATE = "safety_gate"
_OPENING = frozenset({"funnel", "plex_url", "plex_republish", "restart_plex", "plex_remote_access"})
_TELLING = frozenset({"plex_url", "plex_republish", "restart_plex", "plex_remote_access"})
"""They tell of an address, so there must be one, or one must come by this plan."""

Builder = Callable[[str, HostFacts], Change | None]


def make_plan(checks: Sequence[Check], findings: Sequence[Finding], facts: HostFacts, build: Builder) -> Plan:
    """Return what has to be done, in order, and what is right already."""
    found = {finding.code: finding for finding in findings}
    if "journal" in found and found["journal"].status is not Status.OK:
        return Plan()
    needs = {check.code: check.needs for check in checks}
    wanted: dict[str, list[str]] = {}
    for finding in findings:
        codes = _changes_for(finding, found, needs)
        for code in codes:
            wanted.setdefault(code, []).append(finding.code)
    gate_will_hold = _gate_will_hold(found)
    # A Funnel that stands from before comes to life with Tailscale, and with Plex.
    may_start = gate_will_hold or not may_become_public(facts)
    entries = []
    for code in ORDER:
        if (code in _OPENING and not gate_will_hold) or (code in STARTS and not may_start):
            continue
        because = tuple(wanted.get(code, ()))
        if because and code in _TELLING and _is_for_a_person(found.get("funnel_shape")):
            continue
        satisfied = False
        if not because:
            question = next((question for question, change in STANDING.items() if change == code), None)
            if question is None or question not in found or found[question].status is not Status.OK:
                continue
            # Closing comes first and takes Funnel away, so the same run has to bring it back.
            satisfied = not (code == "funnel" and "close_funnel" in wanted)
            because = (_GATE,) if not satisfied else ()
        change = build(code, facts)
        if change is None and because and code in STANDING.values():
            change = Later(code)
        if change is None:
            continue
        now, then = change.before_and_after(facts)
        entries.append(
            PlannedChange(
                change=change,
                because=because,
                already_satisfied=satisfied,
                needs_admin=not satisfied and change.needs_admin(facts),
                now=now,
                then=then,
            )
        )
    return Plan(tuple(entries))


def _is_for_a_person(finding: Finding | None) -> bool:
    return finding is not None and finding.status is Status.PROBLEM and not finding.automatic_changes


def _changes_for(
    finding: Finding, found: Mapping[str, Finding], needs: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if finding.status is Status.PROBLEM:
        return finding.automatic_changes
    standing = STANDING.get(finding.code)
    if finding.status is not Status.BLOCKED or standing is None:
        return ()
    # It waits for something else: planned only where everything it waits for mends itself.
    roots = _roots(finding.code, found, needs)
    if roots and all(root.status is Status.PROBLEM and root.automatic_changes for root in roots):
        return (standing,)
    return ()


def _roots(code: str, found: Mapping[str, Finding], needs: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    roots: dict[str, Finding] = {}
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        current = waiting.pop()
        if current in seen or current not in found:
            continue
        seen.add(current)
        finding = found[current]
        if finding.status is Status.PROBLEM or (finding.status is Status.UNKNOWN and current != "connection"):
            roots[current] = finding
        waiting.extend(needs.get(current, ()))
        if finding.blocked_by:
            waiting.append(finding.blocked_by)
    return list(roots.values())


def _gate_will_hold(found: Mapping[str, Finding]) -> bool:
    gate, sign_in = found.get(_GATE), found.get("plex_sign_in")
    if gate is None or sign_in is None:
        return False
    if gate.status is Status.OK:
        return True
    if gate.status is Status.PROBLEM:
        return "plex_allowed_networks" in gate.automatic_changes
    # It waits for Plex to start; then it can be judged, by someone who is signed in, before anything is opened.
    return gate.status is Status.BLOCKED and gate.blocked_by == "plex_server" and sign_in.status is Status.OK
