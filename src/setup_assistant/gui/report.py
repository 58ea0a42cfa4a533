# SPDX-License-Identifier: MIT
"""The report for somebody who helps: offered wherever something did not go through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import button, label, tell
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

FILE_NAME = "setup-assistant-report.txt"
NOT_SAVED = Text("The report could not be saved there: {why}")
SAVED = Text("The report is saved: {file}")
COPIED = Text("The details are copied. There is nothing secret in them.")
FOR_WHOM = Text("Does somebody help you with this? There is nothing secret in these:")


def ask_where(kit: Kit, parent: QWidget) -> Path | None:
    """Let the person choose a file; None: they would rather not."""
    from PySide6.QtWidgets import QFileDialog

    name, _ = QFileDialog.getSaveFileName(parent, kit.say(Text("Save report")), FILE_NAME)
    return Path(name) if name else None


def save_report(file: Path, make: Callable[[], str]) -> Text:
    """Write the report to ``file``, for its owner alone; returns how it went."""
    from setup_assistant.engine.store import write_private

    try:
        write_private(file, make())
    except OSError as error:
        return NOT_SAVED.filled(why=str(error))
    return SAVED.filled(file=str(file))


class ReportOffer(QWidget):
    """“Copy details” and “Save report”, at the end of a page that did not come to a good end."""

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__()
        self._kit = kit
        self._session = session
        self.copy = button(kit, Text("Copy details"), self._copy, plain=True)
        self.save = button(kit, Text("Save report …"), self._save, plain=True)
        self.said = label(kit, "", "small", selectable=True)
        self.said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(label(kit, FOR_WHOM, "muted"))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.copy)
        row.addWidget(self.save)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.said)

    @property
    def is_possible(self) -> bool:
        """Whether there is anybody who makes a report."""
        return self._session.services.make_report is not None

    def _make(self) -> str:
        make = self._session.services.make_report
        return make(self._session.look, "") if make is not None else ""

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._make())
        self._say(COPIED)

    def _save(self) -> None:
        file = ask_where(self._kit, self)
        if file is not None:
            self._say(save_report(file, self._make))

    def _say(self, text: Text) -> None:
        said = self._kit.say(text)
        self.said.show_breakable(said)
        self.said.show()
        tell(self, said)
