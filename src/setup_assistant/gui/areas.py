# SPDX-License-Identifier: MIT
"""The answers of one area as a list of live rows, and what they come to in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.questions import ALWAYS_ASKED
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import button, polish
from setup_assistant.gui.notes import Tone
from setup_assistant.gui.rows import CheckRow
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import Asks, asks
from setup_assistant.gui.turns import Turn

LOOKING = Text("Looking …")
ALL_FINE = Text("All is fine here.")
FINE_WITH_NOTES = Text("All is fine here, with something good to know.")
NEEDS_YOU = Text("Something here needs you first.")
SIGN_IN_NEXT = Text("The next step is to sign in.")
WE_MEND = Text("This program can set right what is missing here.")
NOT_KNOWN = Text("Something here could not be told.")
WAITS = Text("Fine so far. What is left waits for another step.")
WAITS_ALL = Text("This waits for another step.")
NOT_LOOKED = Text("This has not been looked at.")
MANY = 4
"""So many answers that need nothing are more than one reads."""
MORE = Text("Show one more, which needs nothing from you", plural="Show {count} more, which need nothing from you")
LESS = Text("Show less")


class CheckList(QWidget):
    """One row for each question; when all answers are there, those that ask for something move to the top.

    With ``folds``, those that need nothing from anybody then go behind a button, if they are many.
    """

    def __init__(self, kit: Kit, session: Session, codes: Sequence[str], *, folds: bool = False) -> None:
        super().__init__()
        self._kit = kit
        self._session = session
        self._folds = folds
        self.more = button(kit, LESS, plain=True)
        self.more.setCheckable(True)
        self.more.toggled.connect(self._fold)
        self.more.hide()
        self._codes = tuple(codes)
        self.rows: dict[str, CheckRow] = {}
        """Those that are made already."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.more)
        self._order: list[str] = []
        self._waiting = dict.fromkeys(self._codes)
        # Answers come in bursts; one row a turn of the event loop, so that the window stays at hand. The same holds for
        # making the rows.
        self._turn = Turn(kit.turns, self)
        self._turn.came.connect(self._show_next)
        self._turn.ask()
        session.found.connect(self._on_found)

    def _on_found(self, code: str) -> None:
        if code in self._codes:
            self._waiting[code] = None
            self._turn.ask()

    def _show_next(self) -> None:
        code = next(iter(self._waiting))
        del self._waiting[code]
        self._show(code)
        if self._waiting:
            self._turn.ask()
        else:
            self._sort()
            self._fold()

    def _show(self, code: str) -> None:
        is_new = code not in self.rows
        row = self._make(code) if is_new else self.rows[code]
        finding = self._session.findings.get(code)
        if finding is not None:
            # What was known before the row was there comes up by itself for nobody.
            row.show_finding(finding, quietly=is_new)
        elif code in self._session.asking:
            row.show_running()
        else:
            row.show_idle()
        if is_new or not self._folds:
            row.setVisible(self._is_there(code))

    def _make(self, code: str) -> CheckRow:
        """Make a row, after those of the questions before it."""
        row = CheckRow(self._kit, code, self._kit.say(TITLES[code]), explains=code == "connection", parent=self)
        row.hide()
        self._column.insertWidget(len(self.rows), row)
        self.rows[code] = row
        polish(row)
        return row

    def _is_there(self, code: str) -> bool:
        return code in self._session.findings or code in ALWAYS_ASKED

    @property
    def _all_told(self) -> bool:
        return not any(code in self._session.asking for code in self._codes)

    def _fold(self) -> None:
        """Leave what needs nothing to a button once all has come to rest, so that the page is read at a glance."""
        if not self._folds:
            return
        quiet = [code for code, row in self.rows.items() if code in self._session.findings and row.needs_nothing]
        folds = self._all_told and len(quiet) >= MANY
        shown = [
            code
            for code in self._order
            if self._is_there(code) and not (folds and code in quiet and not self.more.isChecked())
        ]
        for code, row in self.rows.items():
            row.setVisible(code in shown)
            row.set_last(not folds and shown[-1:] == [code])
        self.more.setVisible(folds)
        self.more.setText(self._kit.say(LESS if self.more.isChecked() else MORE.filled(count=len(quiet))))

    def _sort(self) -> None:
        """Order by what needs reading, once nothing is on the way any more; each move happens once a look."""
        order = list(self.rows)
        if self._all_told:
            order.sort(key=lambda code: self.rows[code].rank)
        if order == self._order:
            return
        self._order = order
        for place, code in enumerate(order):
            row = self.rows[code]
            self._column.removeWidget(row)
            self._column.insertWidget(place, row)
            row.set_last(place == len(order) - 1)
        toggles = [toggle for code in order if (toggle := self.rows[code].details) is not None]
        for before, after in pairwise(toggles):
            QWidget.setTabOrder(before, after)


def conclusion(session: Session, codes: Sequence[str]) -> tuple[Text, Tone]:
    """What the answers to ``codes`` come to."""
    wanted = tuple(code for code in codes if code in ALWAYS_ASKED)
    found = [session.findings[code] for code in wanted if code in session.findings]
    if len(found) < len(wanted):
        return (LOOKING, Tone.RUNNING) if session.asking else (NOT_LOOKED, Tone.WAITS)
    return _sum_up([session.findings[code] for code in codes if code in session.findings])


def _sum_up(found: Sequence[Finding]) -> tuple[Text, Tone]:
    statuses = {finding.status for finding in found}
    asked = {asks(finding) for finding in found}
    if Asks.ALARM in asked:
        return WE_MEND, Tone.PROBLEM
    if Asks.PERSON in asked:
        return NEEDS_YOU, Tone.PROBLEM
    if Asks.SIGN_IN in asked:
        return SIGN_IN_NEXT, Tone.TASK
    if Asks.PROGRAM in asked:
        return WE_MEND, Tone.TASK
    if Status.UNKNOWN in statuses:
        return NOT_KNOWN, Tone.UNKNOWN
    if Status.BLOCKED in statuses:
        return (WAITS if statuses & {Status.OK, Status.NOTICE} else WAITS_ALL), Tone.WAITS
    if Status.NOTICE in statuses:
        return FINE_WITH_NOTES, Tone.OK
    return ALL_FINE, Tone.OK
