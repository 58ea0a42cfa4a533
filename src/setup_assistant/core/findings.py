# SPDX-License-Identifier: MIT
"""What a check says: status, words, evidence and remedies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from setup_assistant.core.texts import Text

if TYPE_CHECKING:
    from setup_assistant.core.facts import HostFacts


class Status(StrEnum):
    """How a question is answered."""

    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


class Outcome(StrEnum):
    """Where this host stands (contract: ``outcome``)."""

    READY = "ready"
    NEEDS_CHANGES = "needs_changes"
    NEEDS_YOU = "needs_you"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen; ``private`` values leave the support report."""

    label: Text
    value: str | Text
    private: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """What helps. With a ``change`` the assistant does it itself, without one the person does."""

    text: Text
    change: str | None = None
    link: str | None = None

    @property
    def is_automatic(self) -> bool:
        """Whether the assistant can do it after one yes."""
        return self.change is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one check."""

    status: Status
    summary: Text
    cause: str | None = None
    why: Text | None = None
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    blocked_by: str | None = None
    """Set by a judge that finds, from the facts, that another question comes first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question. ``needs`` names the questions that must not be a problem for this one to make sense."""

    code: str
    title: Text
    judge: Callable[[HostFacts], Verdict]
    needs: tuple[str, ...] = ()
    when: Callable[[HostFacts], bool] | None = None
    """Tells whether there is anything to ask; without it the question is always asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A question and its answer in one run."""

    code: str
    title: Text
    verdict: Verdict
    blocked_by: str | None = None

    @property
    def status(self) -> Status:
        """The status of the answer."""
        return self.verdict.status

    @property
    def cause(self) -> str | None:
        """The case recognised, if there is one."""
        return self.verdict.cause

    @property
    def automatic_changes(self) -> tuple[str, ...]:
        """Codes of the changes that would mend this."""
        return tuple(remedy.change for remedy in self.verdict.remedies if remedy.change is not None)

    @property
    def needs_person(self) -> bool:
        """Whether this is a problem that no automatic remedy mends."""
        return self.status is Status.PROBLEM and not self.automatic_changes


@dataclass(frozen=True, slots=True)
class RemedyWords:
    """A remedy before its values are known."""

    message: str
    change: str | None = None
    link: str | None = None


def auto(change: str, message: str) -> RemedyWords:
    """A remedy that the change ``change`` carries out."""
    return RemedyWords(message, change=change)


def manual(message: str, link: str | None = None) -> RemedyWords:
    """A remedy for the person, with the exact page where there is one."""
    return RemedyWords(message, link=link)


@dataclass(frozen=True, slots=True)
class Case:
    """One possible answer of one question with all its words (listed in docs/findings.md)."""

    code: str
    cause: str | None
    status: Status
    seen: str
    why: str = ""
    remedies: tuple[RemedyWords, ...] = field(default=())

    def verdict(self, *, evidence: tuple[Evidence, ...] = (), **values: object) -> Verdict:
        """Fill in the values and return the answer."""
        return Verdict(
            status=self.status,
            cause=self.cause,
            summary=Text(self.seen, values),
            why=Text(self.why, values) if self.why else None,
            evidence=evidence,
            remedies=tuple(
                Remedy(
                    Text(words.message, values),
                    change=words.change,
                    link=words.link.format(**values) if words.link else None,
                )
                for words in self.remedies
            ),
        )
