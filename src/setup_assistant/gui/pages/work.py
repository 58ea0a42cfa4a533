# SPDX-License-Identifier: MIT
"""The pages on which something is changed: applying the plan, and taking everything back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.changes import ChangeReport, Result
from setup_assistant.core.texts import Text
from setup_assistant.core.words.changes import STOPPED_MIDWAY
from setup_assistant.flow import Step
from setup_assistant.gui import words
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.rows import ChangeRow
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import door_closed
from setup_assistant.gui.theme import GAP

STOP = Text("S&top after this change")
STOPPING = Text("Stopping after this change …")
ALL_MADE = Text("All changes are made. Next comes the proof that they work.")
NOT_ALL_MADE = Text("Not all changes were made. What is done stays, and everything is as safe as before.")
NONE_MADE = Text("Nothing was changed.")
STOPPED = Text("You stopped. What is done stays, and everything is as safe as before.")
STOPPED_EARLY = Text("You stopped before anything was changed.")
CLOSED_AND_STUCK = Text("The door is closed: nobody gets in from outside now. What was to follow was not made.")
MAKING = Text("Making the changes …")
TAKING_BACK = Text("Taking back what this program changed …")
LOOKING_AFTER = Text("All steps back are made. Now it is looked how things stand …")
ALL_TAKEN_BACK = Text("Everything is taken back.")
NOT_ALL_TAKEN_BACK = Text("Not everything could be taken back. You can try again at any time.")
NONE_TAKEN_BACK = Text("Nothing was taken back.")
STOPPED_BACK = Text("You stopped. What is taken back stays so; you can go on at any time.")
NOT_BEGUN = Text("Nothing was done for this step.")


class WorkPage(Page):
    """Rows of changes that begin and end while one looks on."""

    job = Job.APPLY

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.wait = WaitNote(kit, session, self)
        self.trouble = TroubleNote(kit, session, self)
        self._card = Card(padding=GAP + 4)
        self._rows_inside: QWidget | None = None
        self.rows: dict[str, ChangeRow] = {}
        self._begun: str | None = None
        """The change that began last."""
        for widget in (self.trouble, self.state, self.wait, self._card):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        session.reported.connect(self._show)
        session.changed.connect(self._show_held)
        session.finished.connect(self._on_finished)

    def make_rows(self, changes: Sequence[tuple[str, Text]]) -> None:
        """Lay out one row for each change."""
        if self._rows_inside is not None:
            self._card.column.removeWidget(self._rows_inside)
            self._rows_inside.hide()
            self._rows_inside.deleteLater()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._begun = None
        self.rows = {code: ChangeRow(self.kit, code, summary) for code, summary in changes}
        for row in self.rows.values():
            column.addWidget(row)
        if self.rows:
            next(reversed(self.rows.values())).set_last(True)
        self._rows_inside = inside
        self._card.column.addWidget(inside)

    def _show(self, code: str) -> None:
        row = self.rows.get(code)
        if row is None:
            return
        report = self.session.reports.get(code)
        if report is not None:
            row.show_report(report)
        elif self.session.current_change is not None and self.session.current_change[0] == code:
            self._begun = code
            row.show_running()

    def _show_held(self) -> None:
        """Show which change waits, if one does: the one that has begun, else the one that comes next."""
        if self.session.job is not self.job or self.is_over:
            return
        current = self.session.current_change
        following = next((code for code in self.rows if code not in self.session.reports), None)
        row = self.rows.get(current[0] if current is not None else following or "")
        if row is None:
            return
        if self.session.wait is not None:
            row.show_held()
        elif current is not None:
            row.show_running()
        else:
            row.show_waiting()

    def _on_finished(self, job: str) -> None:
        """Where the work broke off, no row goes on as if it were still to come."""
        if job != self.job.value:
            return
        for code, row in self.rows.items():
            if code in self.session.reports:
                continue
            midway = code == self._begun
            result, detail = (Result.FAILED, STOPPED_MIDWAY) if midway else (Result.SKIPPED, NOT_BEGUN)
            row.show_report(ChangeReport(code, result, detail))

    @property
    def is_over(self) -> bool:
        """Whether no change is under way or still to come."""
        return self.session.job is not self.job or self.session.verifying

    @property
    def went_well(self) -> bool:
        """Whether every change ended as it should."""
        ended = [report.result for report in self.session.reports.values()]
        return len(ended) >= len(self.rows) and not any(one in (Result.FAILED, Result.SKIPPED) for one in ended)

    @property
    def did_something(self) -> bool:
        """Whether anything is other than before, or may be."""
        done = (Result.APPLIED, Result.UNDONE, Result.FAILED)
        return self._begun is not None and (
            self._begun not in self.session.reports
            or any(report.result in done for report in self.session.reports.values())
        )

    @property
    def was_stopped(self) -> bool:
        """Whether it ended early because the person wanted it to."""
        ended = [report.result for report in self.session.reports.values()]
        return self.session.stopping and Result.SKIPPED in ended and Result.FAILED not in ended

    @property
    def left_open(self) -> bool:
        return self.is_over and not self.went_well

    @property
    def went_wrong(self) -> bool:
        return self.session.trouble is not None or (self.left_open and not self.was_stopped)

    def leave_text(self) -> Text:
        return Text("Clos&e")

    def isComplete(self) -> bool:
        return self.is_over

    def side_action(self) -> SideAction | None:
        if self.is_over:
            return None
        return SideAction(
            STOPPING if self.session.stopping else STOP,
            self.session.stop_after_change,
            enabled=not self.session.stopping,
        )


class ApplyPage(WorkPage):
    """Carries the plan out."""

    step = Step.APPLY
    headline = Text("Making the changes")
    lead = Text("Each change is written down first, made, and read back.")

    def initializePage(self) -> None:
        self.session.begin_apply()
        plan = self.session.carried_out
        entries = plan.entries if plan is not None else ()
        self.make_rows([(entry.change.code, entry.change.summary) for entry in entries])

    def refresh(self) -> None:
        if not self.is_over:
            self.state.say(MAKING, Tone.RUNNING)
        else:
            self.state.say(*self._conclusion())

    def _conclusion(self) -> tuple[Text, Tone]:
        if door_closed(self.session.carried_out, self.session.reports, self.session.findings):
            return (words.DOOR_CLOSED, Tone.OK) if self.went_well else (CLOSED_AND_STUCK, Tone.NOTICE)
        if self.went_well:
            return ALL_MADE, Tone.OK
        if self.was_stopped:
            return (STOPPED if self.did_something else STOPPED_EARLY), Tone.PLAIN
        return (NOT_ALL_MADE, Tone.PROBLEM) if self.did_something else (NONE_MADE, Tone.PLAIN)


class UndoPage(WorkPage):
    """Takes back everything of ours."""

    job = Job.UNDO
    step = Step.UNDO
    headline = Text("Taking it back")
    lead = Text("Only what this program changed. What somebody else has changed since is left alone.")

    def initializePage(self) -> None:
        preview = self.session.preview
        pairs = zip(preview.codes, preview.summaries, strict=True)
        self.make_rows([(code, words.undoing(code, summary)) for code, summary in pairs])
        self.session.begin_undo()

    def refresh(self) -> None:
        if not self.is_over:
            self.state.say(TAKING_BACK, Tone.RUNNING)
        elif not self.isComplete():
            self.state.say(LOOKING_AFTER, Tone.RUNNING)
        else:
            self.state.say(*self._conclusion())

    def isComplete(self) -> bool:
        # The last page tells whether the address is seen to be closed, so it waits for the answer.
        return self.session.job is not self.job

    def _conclusion(self) -> tuple[Text, Tone]:
        if self.went_well:
            return ALL_TAKEN_BACK, Tone.OK
        if self.was_stopped:
            return (STOPPED_BACK if self.did_something else NONE_TAKEN_BACK), Tone.PLAIN
        return (NOT_ALL_TAKEN_BACK, Tone.PROBLEM) if self.did_something else (NONE_TAKEN_BACK, Tone.PLAIN)
