# SPDX-License-Identifier: MIT
"""A window of its own to read in: one column that scrolls, and a button below it that closes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import button
from setup_assistant.gui.theme import GAP


class ColumnDialog(QDialog):
    """Fill ``column``, then call `enclose`: Tab goes by the order in which widgets are made, so Close comes last."""

    def __init__(self, kit: Kit, title: Text, spacing: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._kit = kit
        self.setWindowTitle(kit.say(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._inside = QWidget()
        self.column = QVBoxLayout(self._inside)
        self.column.setContentsMargins(3 * GAP, 3 * GAP, 3 * GAP, 2 * GAP)
        self.column.setSpacing(spacing)

    def enclose(self, size: QSize, sideways: Qt.ScrollBarPolicy = Qt.ScrollBarPolicy.ScrollBarAsNeeded) -> None:
        """Let the column scroll, put Close below it, and take ``size``."""
        self.column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(sideways)
        area.setWidget(self._inside)
        area.setAccessibleName(self.windowTitle())
        close = button(self._kit, Text("&Close"), self.accept)
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
        self.resize(size)
        close.setFocus()
