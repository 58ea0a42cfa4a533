# SPDX-License-Identifier: MIT
"""Takes back our part of every open change, newest first, towards the oldest state we met."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from setup_assistant.checks.plex_gate import is_public, may_become_public
from setup_assistant.core.changes import Change, ChangeReport, Result, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import ChangeFinished, ChangeStarted, Listener
from setup_assistant.core.facts import HostFacts, PlexAnswer, PlexFacts, TailscaleFacts
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.engine.apply import Recorder, close_address
from setup_assistant.engine.journal import JournalUnreadable, Mark, OpenChange, open_changes
from setup_assistant.engine.parts import rebuild_change
from setup_assistant.engine.plan import ORDER
from setup_assistant.engine.steps import Steps
from setup_assistant.engine.store import Store
from setup_assistant.services import Services
from setup_assistant.services.tailscale_replies import WHAT

log = logging.getLogger(__name__)

_GATE_SETTING = "plex.allowedNetworks"


@dataclass(frozen=True, slots=True)
class _Setting:
    """All open changes of one setting, oldest first; ``change`` speaks for them."""

    name: str
    change: Change
    taken: tuple[Taken, ...]
    entries: tuple[OpenChange, ...]


class Undo:
    """The way back."""

    def __init__(self, services: Services, store: Store, listen: Listener) -> None:
        self._services = services
        self._store = store
        self._listen = listen

    def preview(self) -> tuple[str, ...]:
        """Codes in the order they would be taken back. Raises JournalUnreadable."""
        return tuple(setting.change.code for setting in self._settings())

    def summaries(self) -> tuple[Text, ...]:
        """What would be taken back, in words. Raises JournalUnreadable."""
        return tuple(setting.change.summary for setting in self._settings())

    def _settings(self) -> list[_Setting]:
        grouped: dict[str, list[tuple[Change, OpenChange]]] = {}
        for one in open_changes(self._store.journal.read()):
            change = rebuild_change(one.code, self._services, one.args)
            if change is None:
                raise JournalUnreadable(f"unknown change {one.code}")
            grouped.setdefault(change.setting, []).append((change, one))
        settings = [
            _Setting(
                name,
                _spokesman([change for change, _ in pairs]),
                tuple(Taken(change, one.before, one.after) for change, one in pairs),
                tuple(one for _, one in pairs),
            )
            for name, pairs in grouped.items()
        ]
        # A plan's order backwards, which is newest first within a run. Over several runs it still brings Remote Access,
        # the host's own way in, back before our address is taken away.
        return sorted(settings, key=lambda setting: ORDER.index(setting.change.code), reverse=True)

    async def run(self, recorder: Recorder, steps: Steps, told: Callable[[tuple[ChangeReport, ...]], None]) -> None:
        """Undo everything open.

        It stops at the first step that does not go through: what follows would take away the way in that is left. Where
        Plex itself is gone there is none, and Funnel is still taken back.
        """
        settings = self._settings()
        opens_the_gate = any(setting.name == _GATE_SETTING for setting in settings)
        reports: list[ChangeReport] = []
        stuck = False
        for setting in settings:
            code = setting.change.code
            if steps.stopped or stuck:
                report = ChangeReport(code, Result.SKIPPED, words.SKIPPED_STOPPED if steps.stopped else words.SKIPPED)
            else:
                self._listen(ChangeStarted(code, setting.change.summary))
                report = await self._one(setting, recorder, steps, opens_the_gate=opens_the_gate)
                stuck = report.result is Result.FAILED and not _plex_is_gone(await steps.facts())
            reports.append(report)
            told(tuple(reports))
            self._listen(ChangeFinished(report))

    async def _one(self, setting: _Setting, recorder: Recorder, steps: Steps, *, opens_the_gate: bool) -> ChangeReport:
        code = setting.change.code
        try:
            if setting.change.reopens(setting.taken):
                gate = await steps.gate()
                if gate.fails or (gate.holds and opens_the_gate):
                    await self._keep_closed(recorder, steps)
                    return self._close(setting, recorder, Mark.LEFT_ALONE, words.STAYS_CLOSED)
                if not gate.holds:
                    return ChangeReport(code, Result.FAILED, words.NOT_TOLD.filled(why=gate.why))
            if setting.name == _GATE_SETTING:
                facts = await steps.facts()
                if is_public(facts):
                    return self._close(setting, recorder, Mark.LEFT_ALONE, words.STAYS_STRICT)
                if may_become_public(facts) and not _tailscale_is_gone(facts):
                    return ChangeReport(code, Result.FAILED, words.PUBLIC_NOT_TOLD)
            result = await setting.change.undo(setting.taken)
        except HostError as error:
            log.info("%s could not be taken back: %s %s", code, error.trouble, error.detail)
            return ChangeReport(code, Result.FAILED, error.text)
        if result is UndoResult.LEFT_ALONE:
            return self._close(setting, recorder, Mark.LEFT_ALONE, words.LEFT_ALONE)
        detail = words.UNDONE if result is UndoResult.RESTORED else words.NOTHING_LEFT
        return self._close(setting, recorder, Mark.UNDONE, detail)

    async def _keep_closed(self, recorder: Recorder, steps: Steps) -> None:
        """What is public now must not stay so, and what was public before must not come back. Raises HostError."""
        report = await close_address(self._services, await steps.facts(), recorder)
        if report is None:
            raise HostError(Trouble.UNREACHABLE, "the name of this computer is not known", what=WHAT)
        if report.result is Result.FAILED:
            raise HostError(Trouble.NOT_TAKEN, what=WHAT)

    def _close(self, setting: _Setting, recorder: Recorder, mark: Mark, detail: Text) -> ChangeReport:
        for one in reversed(setting.entries):
            recorder.write(one.code, one.args, mark, one.before, one.after)
        result = Result.UNDONE if mark is Mark.UNDONE else Result.LEFT_ALONE
        return ChangeReport(setting.change.code, result, detail)


def _spokesman(changes: Sequence[Change]) -> Change:
    """The change under whose name a setting is taken back: opening the address, where that is among them."""
    return next((change for change in reversed(changes) if change.code == "funnel"), changes[-1])


def _plex_is_gone(facts: HostFacts) -> bool:
    """Whether there is no Plex on this computer any more, so that no way to it can be lost."""
    plex = facts.plex
    return isinstance(plex, PlexFacts) and plex.answer is PlexAnswer.REFUSED and plex.installation is None


def _tailscale_is_gone(facts: HostFacts) -> bool:
    """Whether Tailscale was removed, so that nothing can be public through it."""
    return isinstance(facts.tailscale, TailscaleFacts) and facts.tailscale.program is None
