# SPDX-License-Identifier: MIT
"""The place of a change that can't be made yet: what it needs shows only once something has been started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.core.changes import Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HostFacts
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words


class Later:
    """`core.changes.Change` that stands in a plan for Review; after the start the real one takes its place."""

    reversible = True
    args: Mapping[str, Any] = {}

    def __init__(self, code: str) -> None:
        self.code = code
        self.setting = code

    @property
    def summary(self) -> Text:
        """The change's words without the address, which is not known yet."""
        return Text(words.SUMMARIES[self.code], {"url": words.PUBLIC_ADDRESS})

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        """Only what it will be is known."""
        return words.NOT_KNOWN_YET, self.summary

    def needs_admin(self, facts: HostFacts) -> bool:
        """Not known yet; if it does, the person is asked at that step."""
        return False

    def is_satisfied(self, facts: HostFacts) -> bool:
        """What is not known is not satisfied."""
        return False

    async def snapshot(self) -> Snapshot:
        """There is nothing to read yet. Raises HostError CHANGED_MEANWHILE."""
        raise HostError(Trouble.CHANGED_MEANWHILE, what=self.summary)

    def is_done(self, snapshot: Snapshot) -> bool:
        """Never."""
        return False

    async def apply(self, before: Snapshot) -> None:
        """Never carried out. Raises HostError CHANGED_MEANWHILE."""
        raise HostError(Trouble.CHANGED_MEANWHILE, what=self.summary)

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """It does nothing."""
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """It did nothing."""
        return UndoResult.NOTHING_TO_DO
