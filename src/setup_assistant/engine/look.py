# SPDX-License-Identifier: MIT
"""What one look at the host gave."""

from __future__ import annotations

from dataclasses import dataclass

from setup_assistant.checks.aim import Aim
from setup_assistant.core.changes import Plan
from setup_assistant.core.facts import HostFacts, PlexAnswer, PlexFacts
from setup_assistant.core.findings import Finding, Outcome
from setup_assistant.engine.judge import outcome


@dataclass(frozen=True, slots=True)
class Look:
    """One observation, judged and planned."""

    facts: HostFacts
    aim: Aim | None
    findings: tuple[Finding, ...]
    plan: Plan

    @property
    def outcome(self) -> Outcome:
        """Where the host stands."""
        return outcome(self.findings, pending=bool(self.plan.pending))

    def finding(self, code: str) -> Finding:
        """The finding of that code."""
        return next(finding for finding in self.findings if finding.code == code)


def plex_is_starting(look: Look) -> bool:
    """Whether Plex answers that it is just starting."""
    return isinstance(look.facts.plex, PlexFacts) and look.facts.plex.answer is PlexAnswer.STARTING


def sign_in_needed(look: Look) -> bool:
    """Whether signing in to Plex is what this host waits for."""
    return look.finding("plex_sign_in").cause in ("signed_out", "token_revoked")
