# SPDX-License-Identifier: MIT
"""The pages on which something is changed: applying the plan, and taking everything back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.changes import Result
from setup_assistant.core.events import Phase
from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.rows import ChangeRow
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

STOP = Text("S&top after this change")
STOPPING = Text("Stopping after this change …")
ALL_MADE = Text("All changes are made. Now it is proven that they work.")
NOT_ALL_MADE = Text("Not all changes were made. What is done stays, and everything is as safe as before.")
MAKING = Text("Making the changes …")
TAKING_BACK = Text("Taking back what this program changed …")
ALL_TAKEN_BACK = Text("Everything is taken back.")
NOT_ALL_TAKEN_BACK = Text("Not everything could be taken back. You can try again at any time.")


class WorkPage(Page):
    """Rows of changes that begin and end while one looks on."""

    job = Job.APPLY

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.wait = WaitNote(kit, session)
        self.trouble = TroubleNote(kit, session)
        self._card = Card(padding=GAP + 4)
        self._rows_inside: QWidget | None = None
        self.rows: dict[str, ChangeRow] = {}
        for widget in (self.trouble, self.state, self.wait, self._card):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        session.reported.connect(self._show)
        session.waited.connect(self._show_held)

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
            row.show_running()

    def _show_held(self) -> None:
        """Show which change waits, if one does."""
        if self.session.wait is None or self.session.job is not self.job or self.is_over:
            return
        following = next((row for code, row in self.rows.items() if code not in self.session.reports), None)
        if following is not None and self.session.current_change is None:
            following.show_held()

    @property
    def is_over(self) -> bool:
        """Whether no change is under way or still to come."""
        return self.session.job is not self.job or self.session.phase is Phase.VERIFY

    @property
    def went_well(self) -> bool:
        """Whether every change ended as it should."""
        ended = [report.result for report in self.session.reports.values()]
        return len(ended) >= len(self.rows) and not any(one in (Result.FAILED, Result.SKIPPED) for one in ended)

    def leave_text(self) -> Text:
        return Text("C&lose")

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
        elif self.went_well:
            self.state.say(ALL_MADE, Tone.OK)
        else:
            self.state.say(NOT_ALL_MADE, Tone.PROBLEM)


class UndoPage(WorkPage):
    """Takes back everything of ours."""

    job = Job.UNDO
    step = Step.UNDO
    headline = Text("Taking it back")
    lead = Text("Only what this program changed. What somebody else has changed since is left alone.")

    def initializePage(self) -> None:
        preview = self.session.preview
        self.make_rows(list(zip(preview.codes, preview.summaries, strict=True)))
        self.session.begin_undo()

    def refresh(self) -> None:
        if not self.is_over:
            self.state.say(TAKING_BACK, Tone.RUNNING)
        elif self.went_well:
            self.state.say(ALL_TAKEN_BACK, Tone.OK)
        else:
            self.state.say(NOT_ALL_TAKEN_BACK, Tone.PROBLEM)
