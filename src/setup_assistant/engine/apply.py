# SPDX-License-Identifier: MIT
"""Carries a plan out: journal first, read back, stop at the first step that does not come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from setup_assistant.core.changes import Change, ChangeReport, Plan, PlannedChange, Result
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import ChangeFinished, ChangeStarted, Listener
from setup_assistant.core.facts import HostFacts, Tried
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.engine.journal import Entry, Mark
from setup_assistant.engine.parts import build_change
from setup_assistant.engine.steps import Gate
from setup_assistant.engine.store import Store
from setup_assistant.services import Services

log = logging.getLogger(__name__)


class Recorder:
    """Writes the journal of one run."""

    def __init__(self, store: Store, run: str, now: Callable[[], Any]) -> None:
        self._store = store
        self.run = run
        self._now = now

    def write(
        self,
        code: str,
        args: Mapping[str, Any],
        mark: Mark,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Append one line. Raises HostError STATE_NOT_WRITABLE."""
        self._store.prepare()
        self._store.journal.append(Entry(self.run, self._now(), code, dict(args), mark, before, after))

    def remember_tried(self, change: Change) -> None:
        """Keep that a change was made and did not help. Raises HostError STATE_NOT_WRITABLE."""
        url = change.args.get("url")
        if isinstance(url, str):
            self._store.remember_tried(Tried(change.code, url, self._now()))


async def carry_out(change: Change, recorder: Recorder) -> ChangeReport:
    """Make one change: re-read, journal, apply, read back. Never raises HostError; a refusal is a report."""
    try:
        before = dict(await change.snapshot())
        if change.is_done(before):
            return ChangeReport(change.code, Result.ALREADY, words.ALREADY)
        if not change.reversible:
            return await _start(change, before, recorder)
        recorder.write(change.code, change.args, Mark.INTENDED, before, None)
    except HostError as error:
        return _failed(change.code, error)
    try:
        await change.apply(before)
        after = dict(await change.snapshot())
        if not change.is_done(after):
            raise HostError(Trouble.NOT_TAKEN, what=change.summary)
        recorder.write(change.code, change.args, Mark.APPLIED, before, after)
    except HostError as error:
        report = _failed(change.code, error)
        try:
            recorder.write(change.code, change.args, Mark.FAILED, before, await _look(change))
        except HostError as second:
            log.info("the record of %s could not be closed: %s", change.code, second)
        return report
    return ChangeReport(change.code, Result.APPLIED, words.APPLIED)


async def _start(change: Change, before: Mapping[str, Any], recorder: Recorder) -> ChangeReport:
    await change.apply(before)
    if not change.is_done(dict(await change.snapshot())):
        recorder.remember_tried(change)
        return ChangeReport(change.code, Result.FAILED, words.NOT_TAKEN)
    return ChangeReport(change.code, Result.APPLIED, words.APPLIED)


async def _look(change: Change) -> Mapping[str, Any] | None:
    try:
        return dict(await change.snapshot())
    except HostError:
        return None


def _failed(code: str, error: HostError) -> ChangeReport:
    log.info("%s did not go through: %s %s", code, error.trouble, error.detail)
    return ChangeReport(code, Result.FAILED, error.text)


class Progress:
    """The reports of one run, one per entry of the plan, in its order."""

    def __init__(self, plan: Plan, listen: Listener) -> None:
        self._plan = plan
        self._listen = listen
        self._reports: dict[str, ChangeReport] = {}

    def begin(self, entry: PlannedChange) -> None:
        """One entry begins."""
        self._listen(ChangeStarted(entry.change.code, entry.change.summary))

    def end(self, report: ChangeReport) -> None:
        """One entry ended."""
        self._reports[report.code] = report
        self._listen(ChangeFinished(report))

    @property
    def stuck(self) -> bool:
        """Whether an entry did not go through, so that the rest is skipped."""
        return any(report.result in (Result.FAILED, Result.SKIPPED) for report in self._reports.values())

    def skip_rest(self, why: Text) -> None:
        """Report every entry that has not ended as skipped."""
        for entry in self._plan.entries:
            if entry.change.code not in self._reports:
                self.end(ChangeReport(entry.change.code, Result.SKIPPED, why))

    def reports(self) -> tuple[ChangeReport, ...]:
        """The reports in plan order, those that exist."""
        return tuple(
            self._reports[entry.change.code] for entry in self._plan.entries if entry.change.code in self._reports
        )


def gate_report(code: str, gate: Gate) -> ChangeReport:
    """The report of a change that would have opened Plex while the safety gate fails, or could not be told."""
    if gate.fails:
        return ChangeReport(code, Result.FAILED, HostError(Trouble.GATE_OPEN).text)
    return ChangeReport(code, Result.FAILED, words.GATE_NOT_TOLD.filled(why=gate.why))


async def close_address(services: Services, facts: HostFacts, recorder: Recorder) -> ChangeReport | None:
    """Take what is public of Plex down at once; None where it is not known how."""
    change = build_change("close_funnel", services, facts)
    return None if change is None else await carry_out(change, recorder)


async def settle() -> None:
    """Let a cancellation that is already under way arrive before the next change begins."""
    await asyncio.sleep(0)
