# SPDX-License-Identifier: MIT
"""What “What is this?” opens: explanations that need no browser."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.column_dialog import ColumnDialog
from setup_assistant.gui.help_texts import ALL, FIRST
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import label
from setup_assistant.gui.theme import GAP


class HelpDialog(ColumnDialog):
    """All subjects on one page; the one that fits the step comes first."""

    def __init__(self, kit: Kit, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(kit, Text("What is this?"), GAP, parent)
        first = FIRST[step]
        for subject in (first, *(other for other in ALL if other is not first)):
            self.column.addWidget(label(kit, subject.heading, "section"))
            for paragraph in subject.paragraphs:
                self.column.addWidget(label(kit, paragraph, selectable=True))
            self.column.addSpacing(2 * GAP)
        self.enclose(QSize(560, 620), Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
