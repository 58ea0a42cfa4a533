# SPDX-License-Identifier: MIT
"""The explanations, and about this program; both need no browser."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui import words
from setup_assistant.gui.help_texts import ALL, CGNAT, FIRST
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, button, label
from setup_assistant.gui.theme import GAP

ABOUT = Text("About this program")
VERSION = Text("Version {version}")
LICENCE = Text("Free software under the MIT licence. It is not made by Plex or Tailscale, nor on their behalf.")
PARTS = Text(
    "Built with Python, Qt for Python (LGPL), httpx, keyring, segno and others, each under its own open licence. "
    "The typeface is Inter (SIL Open Font License)."
)


class HelpDialog(QDialog):
    """All subjects on one page; the one that fits the step comes first."""

    def __init__(
        self, kit: Kit, step: Step, version: str, newer: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        """``newer`` stands below the version."""
        super().__init__(parent)
        self.setWindowTitle(kit.say(Text("What is this?")))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        first = FIRST.get(step, CGNAT)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(3 * GAP, 3 * GAP, 3 * GAP, 2 * GAP)
        column.setSpacing(GAP)
        for subject in (first, *(other for other in ALL if other is not first)):
            column.addWidget(label(kit, subject.heading, "section"))
            for paragraph in subject.paragraphs:
                column.addWidget(label(kit, paragraph, selectable=True))
            column.addSpacing(2 * GAP)
        column.addWidget(label(kit, ABOUT, "section"))
        head = QHBoxLayout()
        head.setSpacing(GAP + 2)
        head.addWidget(Glyph(kit, "setup-assistant", "accent", 30))
        shown = Text("{name}, {version}", {"name": words.PRODUCT, "version": VERSION.filled(version=version)})
        head.addWidget(label(kit, shown, "strong"), 1)
        column.addLayout(head)
        if newer is not None:
            column.addWidget(newer)
        column.addWidget(label(kit, LICENCE))
        column.addWidget(label(kit, PARTS, "muted"))
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
