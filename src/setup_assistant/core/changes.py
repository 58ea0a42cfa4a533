# SPDX-License-Identifier: MIT
"""What a change is: one reversible step, its plan entry and its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from setup_assistant.core.texts import Text

if TYPE_CHECKING:
    from setup_assistant.core.facts import HostFacts

Snapshot = Mapping[str, Any]
"""The fields a change touches, as JSON values; never a secret."""


class UndoResult(StrEnum):
    """How taking back ended."""

    RESTORED = "restored"
    NOTHING_TO_DO = "nothing_to_do"
    LEFT_ALONE = "left_alone"


class Result(StrEnum):
    """How one entry of the plan ended (contract: ``changes[].result``)."""

    APPLIED = "applied"
    ALREADY = "already"
    FAILED = "failed"
    UNDONE = "undone"
    LEFT_ALONE = "left_alone"
    SKIPPED = "skipped"


class Change(Protocol):
    """One step that can be taken and taken back.

    ``args`` rebuild the change from the journal and never hold a secret.
    ``setting`` names what it sets: two changes of one setting share one oldest ``before``.
    A change that is not ``reversible`` (starting a service) is not journalled and undo leaves it.
    """

    @property
    def code(self) -> str: ...
    @property
    def setting(self) -> str: ...
    @property
    def reversible(self) -> bool: ...
    @property
    def args(self) -> Mapping[str, Any]: ...
    @property
    def summary(self) -> Text: ...

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        """Pure: what it is now and what it will be, for Review."""
        ...

    def needs_admin(self, facts: HostFacts) -> bool:
        """Whether one admin prompt will appear."""
        ...

    def is_satisfied(self, facts: HostFacts) -> bool:
        """Pure: whether the facts already are as this change would leave them."""
        ...

    async def snapshot(self) -> Snapshot:
        """Read afresh the fields this change touches. Raises HostError."""
        ...

    def is_done(self, snapshot: Snapshot) -> bool:
        """Pure: whether a snapshot shows the wanted state."""
        ...

    async def apply(self, before: Snapshot) -> None:
        """Make the change; safe to repeat. Raises HostError."""
        ...

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """Pure: whether taking all of these back makes Plex public (then the safety gate must hold first)."""
        ...

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """Take back our part only, towards the oldest state met: ``taken`` are all open changes of this setting.

        Oldest first, this one among them. Raises HostError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A change that was made and is still open; ``after`` is None where its run was cut off."""

    change: Change
    before: Snapshot
    after: Snapshot | None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One entry of the plan, with what it is now and will be, for Review."""

    change: Change
    because: tuple[str, ...]
    already_satisfied: bool
    needs_admin: bool
    now: Text | None = None
    then: Text | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered changes."""

    entries: tuple[PlannedChange, ...] = ()

    @property
    def pending(self) -> tuple[PlannedChange, ...]:
        """The entries that still have to be carried out."""
        return tuple(entry for entry in self.entries if not entry.already_satisfied)


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """How one change ended, in words."""

    code: str
    result: Result
    detail: Text
