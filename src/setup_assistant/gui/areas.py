# SPDX-License-Identifier: MIT
"""The answers of one area as a list of live rows, and what they come to in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.rows import CheckRow
from setup_assistant.gui.session import Session

LOOKING = Text("Looking …")
ALL_FINE = Text("All is fine here.")
FINE_WITH_NOTES = Text("All is fine here, with something good to know.")
NEEDS_YOU = Text("Something here needs you first.")
WE_MEND = Text("This program can set right what is missing here.")
NOT_KNOWN = Text("Something here could not be told.")
WAITS = Text("Something else comes first.")


class CheckList(QWidget):
    """One row for each question; the rows keep their places while the answers come in."""

    def __init__(self, kit: Kit, session: Session, codes: Sequence[str]) -> None:
        super().__init__()
        self._session = session
        self.rows = {code: CheckRow(kit, code, kit.say(TITLES[code])) for code in codes}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows.values():
            column.addWidget(row)
        last = next(reversed(self.rows.values()))
        last.set_last(True)
        session.found.connect(self._show)
        self.show_all()

    def show_all(self) -> None:
        """Show what is known."""
        for code in self.rows:
            self._show(code)

    def _show(self, code: str) -> None:
        row = self.rows.get(code)
        if row is None:
            return
        finding = self._session.findings.get(code)
        if finding is not None:
            row.show_finding(finding)
        elif code in self._session.asking:
            row.show_running()
        else:
            row.show_idle()


def conclusion(session: Session, codes: Iterable[str]) -> tuple[Text, Status | None]:
    """What the answers to ``codes`` come to; None: they are not all there."""
    wanted = tuple(codes)
    found = [session.findings[code] for code in wanted if code in session.findings]
    if len(found) < len(wanted):
        return LOOKING, None
    return _sum_up(found)


def _sum_up(found: Sequence[Finding]) -> tuple[Text, Status]:
    statuses = {finding.status for finding in found}
    if any(finding.needs_person for finding in found):
        return NEEDS_YOU, Status.PROBLEM
    if Status.PROBLEM in statuses:
        return WE_MEND, Status.PROBLEM
    if Status.UNKNOWN in statuses:
        return NOT_KNOWN, Status.UNKNOWN
    if Status.BLOCKED in statuses:
        return WAITS, Status.BLOCKED
    if Status.NOTICE in statuses:
        return FINE_WITH_NOTES, Status.OK
    return ALL_FINE, Status.OK
