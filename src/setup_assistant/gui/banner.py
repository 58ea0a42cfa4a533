# SPDX-License-Identifier: MIT
"""A line across the window: the demonstration, an open door, a newer version."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, label
from setup_assistant.gui.theme import GAP


class Banner(QFrame):
    """A line across the window."""

    def __init__(self, kit: Kit, kind: str, icon: str, colour: str, text: Text) -> None:
        super().__init__()
        self.setProperty("banner", kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, GAP - 2, 2 * GAP, GAP - 2)
        row.setSpacing(GAP)
        row.addWidget(Glyph(kit, icon, colour, 18))
        self.text = label(kit, text, "strong" if kind == "alarm" else "")
        row.addWidget(self.text, 1)
