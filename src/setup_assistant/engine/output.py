# SPDX-License-Identifier: MIT
"""The one JSON object of ``--json`` (contract: docs/schema/output.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant import __version__
from setup_assistant.checks.connection import describe_line
from setup_assistant.core.changes import ChangeReport, Plan
from setup_assistant.core.findings import Finding, Outcome
from setup_assistant.core.texts import Text, Translate, in_english, rendered
from setup_assistant.engine.assistant import Look

SCHEMA = 1


def as_json(
    look: Look | None,
    *,
    outcome: Outcome | None = None,
    changes: Sequence[ChangeReport] | None = None,
    timings: Mapping[str, int] | None = None,
    error: tuple[str, Text] | None = None,
    translate: Translate = in_english,
) -> dict[str, Any]:
    """Return the object; without a look (wrong usage, stopped early) everything known is that nothing is known."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "outcome": (outcome or (look.outcome if look else Outcome.UNKNOWN)).value,
        "connection": _connection(look, translate),
        "public_url": look.aim.url if look is not None and look.aim is not None else None,
        "findings": [_finding(finding, translate) for finding in look.findings] if look else [],
        "plan": _plan(look.plan, translate) if look else [],
    }
    if changes is not None:
        document["changes"] = [
            {"change": report.code, "result": report.result.value, "detail": report.detail.render(translate)}
            for report in changes
        ]
    document["timings_ms"] = dict(timings or {})
    if error is not None:
        code, text = error
        document["error"] = {"code": code, "text": text.render(translate)}
    return document


def _connection(look: Look | None, translate: Translate) -> dict[str, Any]:
    if look is None:
        return {
            "verdict": "unknown",
            "confidence": "low",
            "public_ip": None,
            "router_wan_ip": None,
            "nat_type": None,
            "ipv6": None,
            "provider": None,
            "reason": "",
        }
    line = describe_line(look.facts)
    return {
        "verdict": line.verdict.line.value,
        "confidence": line.verdict.confidence.value,
        "public_ip": line.verdict.public_ip,
        "router_wan_ip": line.verdict.router_wan_ip,
        "nat_type": line.nat_type.value if line.nat_type else None,
        "ipv6": line.ipv6,
        "provider": line.provider,
        "reason": line.reason.render(translate),
    }


def summary(finding: Finding, translate: Translate = in_english) -> str:
    """What was seen, and why it matters."""
    verdict = finding.verdict
    parts = [verdict.summary.render(translate)]
    if verdict.why is not None:
        parts.append(verdict.why.render(translate))
    return " ".join(part.strip() for part in parts if part.strip())


def _finding(finding: Finding, translate: Translate) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "code": finding.code,
        "cause": verdict.cause,
        "status": verdict.status.value,
        "summary": summary(finding, translate),
        "evidence": [
            {"label": one.label.render(translate), "value": rendered(one.value, translate)} for one in verdict.evidence
        ],
        "remedies": [
            {
                "kind": "automatic" if remedy.is_automatic else "manual",
                "change": remedy.change,
                "text": remedy.text.render(translate).strip(),
                "link": remedy.link,
            }
            for remedy in verdict.remedies
        ],
        "blocked_by": finding.blocked_by,
    }


def _plan(plan: Plan, translate: Translate) -> list[dict[str, Any]]:
    return [
        {
            "change": entry.change.code,
            "summary": entry.change.summary.render(translate),
            "because": list(entry.because),
            "needs_admin": entry.needs_admin,
            "already_satisfied": entry.already_satisfied,
        }
        for entry in plan.entries
    ]
