# SPDX-License-Identifier: MIT
"""Judges our own record: without it nothing is changed."""

from __future__ import annotations

from setup_assistant.core.facts import HostFacts, Unknown
from setup_assistant.core.findings import Check, Verdict
from setup_assistant.core.words import TITLES, case


def judge_journal(facts: HostFacts) -> Verdict:
    """Whether the journal can be read by this version."""
    if isinstance(facts.history, Unknown):
        cause = "newer" if facts.history.trouble == "newer" else "unreadable"
        return case("journal", cause).verdict(detail=facts.history.why, path="journal.jsonl")
    return case("journal").verdict()


CHECKS = (Check("journal", TITLES["journal"], judge_journal),)
