# SPDX-License-Identifier: MIT
"""What is shown when the program itself has made a mistake."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import CopyButton, Glyph, button, label
from setup_assistant.gui.report import ask_where, save_report
from setup_assistant.gui.theme import GAP

TITLE = Text("This program met a mistake of its own")
WHAT = Text("Nothing more is changed. What was begun is written down, and can be taken back with “Undo”.")
HELP = Text("The report helps us mend it. It holds nothing secret; you can read it before you send it.")


class CrashDialog(QDialog):
    """Says what happened, and offers the report."""

    def __init__(
        self, kit: Kit, trouble: BaseException, make_report: Callable[[], str] | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kit = kit
        self._make_report = make_report
        self.details = "".join(traceback.format_exception(trouble))
        self.setWindowTitle(kit.say(TITLE))
        self.setMinimumWidth(560)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP, 3 * GAP, 3 * GAP, 2 * GAP)
        column.setSpacing(GAP + 4)
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        head.addWidget(Glyph(kit, "problem", "problem", 28))
        head.addWidget(label(kit, TITLE, "section"), 1)
        column.addLayout(head)
        column.addWidget(label(kit, WHAT))
        column.addWidget(label(kit, HELP, "muted"))
        text = QPlainTextEdit(self.details)
        text.setReadOnly(True)
        text.setAccessibleName(kit.say(Text("Details of the mistake")))
        column.addWidget(text, 1)
        self.said = label(kit, "", "small", selectable=True)
        column.addWidget(self.said)
        row = QHBoxLayout()
        row.addWidget(CopyButton(kit, self.details, Text("&Copy details")))
        self.save = button(kit, Text("&Save report …"), self._save)
        self.save.setVisible(make_report is not None)
        row.addWidget(self.save)
        row.addStretch(1)
        close = button(kit, Text("Close"), self.accept)
        close.setProperty("primary", "true")
        close.setDefault(True)
        row.addWidget(close)
        column.addLayout(row)
        self.resize(640, 460)

    def _save(self) -> None:
        file = ask_where(self._kit, self)
        if file is not None:
            self.save_to(file)

    def save_to(self, file: Path) -> None:
        """Write the report, which tells the mistake with nothing secret in it, to ``file``, for its owner alone."""
        if self._make_report is not None:
            self.said.setText(self._kit.say(save_report(file, self._make_report)))
