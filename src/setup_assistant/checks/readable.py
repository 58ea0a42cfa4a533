# SPDX-License-Identifier: MIT
"""What is answered while facts can't be read, Tailscale's above all."""

from __future__ import annotations

from collections.abc import Callable

from setup_assistant.core.facts import HostFacts, TailscaleFacts, Unknown
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES
from setup_assistant.core.words.history import NOT_READABLE

Judge = Callable[[HostFacts, TailscaleFacts], Verdict]


def with_tailscale(judge: Judge) -> Callable[[HostFacts], Verdict]:
    """Judge with the Tailscale facts; where they can't be read, say so."""

    def judged(facts: HostFacts) -> Verdict:
        if isinstance(facts.tailscale, Unknown):
            return not_readable(facts.tailscale)
        return judge(facts, facts.tailscale)

    return judged


def not_readable(source: Unknown) -> Verdict:
    """The answer while a source can't be read."""
    return Verdict(Status.UNKNOWN, NOT_READABLE.filled(why=source.why), cause="not_readable")


def not_told(title: str) -> Verdict:
    """The answer where Tailscale answers, but leaves this one thing out."""
    return not_readable(Unknown(Text("Tailscale did not tell: {what}.", {"what": TITLES[title]})))
