# SPDX-License-Identifier: MIT
"""What “What is this?” opens: explanations that need no browser."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.help_texts import ALL, FIRST
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import button, label
from setup_assistant.gui.theme import GAP


class HelpDialog(QDialog):
    """All subjects on one page; the one that fits the step comes first."""

    def __init__(self, kit: Kit, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(kit.say(Text("What is this?")))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        first = FIRST[step]
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(3 * GAP, 3 * GAP, 3 * GAP, 2 * GAP)
        column.setSpacing(GAP)
        for subject in (first, *(other for other in ALL if other is not first)):
            column.addWidget(label(kit, subject.heading, "section"))
            for paragraph in subject.paragraphs:
                column.addWidget(label(kit, paragraph, selectable=True))
            column.addSpacing(2 * GAP)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setAccessibleName(self.windowTitle())
        close = button(kit, Text("&Close"), self.accept)
        close.setProperty("primary", "true")
        close.setDefault(True)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GAP, GAP, 2 * GAP, 2 * GAP)
        below.addStretch(1)
        below.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        whole.addLayout(below)
        self.resize(560, 620)
        close.setFocus()
