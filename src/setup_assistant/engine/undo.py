# SPDX-License-Identifier: MIT
"""Takes back our part of every open change, newest first, towards the oldest state we met."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from setup_assistant.core.changes import Change, ChangeReport, Result, UndoResult
from setup_assistant.core.errors import HostError
from setup_assistant.core.events import ChangeFinished, ChangeStarted, Listener
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.engine.apply import Recorder
from setup_assistant.engine.journal import JournalUnreadable, Mark, OpenChange, open_changes
from setup_assistant.engine.parts import build_change, rebuild_change
from setup_assistant.engine.plan import ORDER
from setup_assistant.engine.steps import Steps
from setup_assistant.engine.store import Store
from setup_assistant.services import Services

log = logging.getLogger(__name__)

_GATE_SETTING = "plex.allowedNetworks"


@dataclass(frozen=True, slots=True)
class _Setting:
    """All open changes of one setting, oldest first."""

    name: str
    newest: Change
    changes: tuple[OpenChange, ...]


class Undo:
    """The way back."""

    def __init__(self, services: Services, store: Store, listen: Listener) -> None:
        self._services = services
        self._store = store
        self._listen = listen

    def preview(self) -> tuple[str, ...]:
        """Codes in the order they would be taken back. Raises JournalUnreadable."""
        return tuple(setting.newest.code for setting in self._settings())

    def summaries(self) -> tuple[Text, ...]:
        """What would be taken back, in words. Raises JournalUnreadable."""
        return tuple(setting.newest.summary for setting in self._settings())

    def _settings(self) -> list[_Setting]:
        grouped: dict[str, list[OpenChange]] = {}
        newest: dict[str, Change] = {}
        for one in open_changes(self._store.journal.read()):
            change = rebuild_change(one.code, self._services, one.args)
            if change is None:
                raise JournalUnreadable(f"unknown change {one.code}")
            grouped.setdefault(change.setting, []).append(one)
            newest[change.setting] = change
        settings = [_Setting(name, newest[name], tuple(grouped[name])) for name in grouped]
        # A plan's order backwards, which is newest first within a run. Over several runs it still brings Remote Access,
        # the host's own way in, back before our address is taken away.
        return sorted(settings, key=lambda setting: ORDER.index(setting.newest.code), reverse=True)

    async def run(self, recorder: Recorder, steps: Steps, told: Callable[[tuple[ChangeReport, ...]], None]) -> None:
        """Undo everything open; a step that does not go through is reported and the others still tried."""
        settings = self._settings()
        opens_the_gate = any(setting.name == _GATE_SETTING for setting in settings)
        reports: list[ChangeReport] = []
        for setting in settings:
            if steps.stopped:
                report = ChangeReport(setting.newest.code, Result.SKIPPED, words.SKIPPED_STOPPED)
            else:
                self._listen(ChangeStarted(setting.newest.code, setting.newest.summary))
                report = await self._one(setting, recorder, steps, opens_the_gate=opens_the_gate)
            reports.append(report)
            told(tuple(reports))
            self._listen(ChangeFinished(report))

    async def _one(self, setting: _Setting, recorder: Recorder, steps: Steps, *, opens_the_gate: bool) -> ChangeReport:
        code, oldest = setting.newest.code, setting.changes[0]
        try:
            if setting.newest.opens(oldest.before) and (opens_the_gate or not await steps.gate_holds()):
                await self._keep_closed(steps)
                return self._close(setting, recorder, Mark.LEFT_ALONE, words.STAYS_CLOSED)
            if setting.name == _GATE_SETTING and await steps.is_public():
                return self._close(setting, recorder, Mark.LEFT_ALONE, words.STAYS_STRICT)
            result = await setting.newest.undo(oldest.before, setting.changes[-1].after)
        except HostError as error:
            log.info("%s could not be taken back: %s %s", code, error.trouble, error.detail)
            return ChangeReport(code, Result.FAILED, error.text)
        if result is UndoResult.LEFT_ALONE:
            return self._close(setting, recorder, Mark.LEFT_ALONE, words.LEFT_ALONE)
        detail = words.UNDONE if result is UndoResult.RESTORED else words.NOTHING_LEFT
        return self._close(setting, recorder, Mark.UNDONE, detail)

    async def _keep_closed(self, steps: Steps) -> None:
        """What is public now must not stay so, and what was public before must not come back. Raises HostError."""
        change = build_change("close_funnel", self._services, await steps.facts())
        if change is not None:
            before = await change.snapshot()
            if not change.is_done(before):
                await change.apply(before)

    def _close(self, setting: _Setting, recorder: Recorder, mark: Mark, detail: Text) -> ChangeReport:
        for one in reversed(setting.changes):
            recorder.write(one.code, one.args, mark, one.before, one.after)
        result = Result.UNDONE if mark is Mark.UNDONE else Result.LEFT_ALONE
        return ChangeReport(setting.newest.code, result, detail)
