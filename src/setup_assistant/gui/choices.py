# SPDX-License-Identifier: MIT
"""Choices as cards: one radio button each, with a line that explains it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, label, set_property
from setup_assistant.gui.theme import GAP

ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ChoiceButton(QRadioButton):
    """A radio button that is chosen by Enter too, and by the arrow key that leads to it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and not self.isChecked():
            self.setChecked(True)
            return
        super().keyPressEvent(event)
        if event.key() in ARROWS:
            # Where none is chosen beforehand, Qt moves the focus and chooses nothing.
            reached = QApplication.focusWidget()
            if isinstance(reached, ChoiceButton):
                reached.setChecked(True)


class ChoiceCard(QFrame):
    """One choice; a click anywhere on it chooses it."""

    def __init__(self, kit: Kit, icon: str, title: Text, explanation: Text) -> None:
        super().__init__()
        self.setProperty("choice", "true")
        self._glyph = Glyph(kit, icon, "accent", 24)
        self.button = ChoiceButton(kit.say(title))
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.explanation = label(kit, explanation, "muted")
        self.button.setAccessibleDescription(self.explanation.text())
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self.explanation)
        self.explanation.setContentsMargins(3 * GAP + 9, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        row.setSpacing(2 * GAP)
        row.addLayout(words, 1)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignVCenter)
        self.button.toggled.connect(lambda on: set_property(self, "choice", "chosen" if on else "true"))

    def explain(self, text: str) -> None:
        """Change the line below the choice."""
        self.explanation.setText(text)
        self.button.setAccessibleDescription(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.button.setChecked(True)
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)


class Choices(QWidget):
    """Several cards of which one is chosen."""

    chosen = Signal(int)

    def __init__(self, cards: list[ChoiceCard]) -> None:
        super().__init__()
        self.cards = cards
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP + 2)
        self._group = QButtonGroup(self)
        for number, card in enumerate(cards):
            column.addWidget(card)
            self._group.addButton(card.button, number)
        self._group.idToggled.connect(lambda number, on: self.chosen.emit(number) if on else None)

    @property
    def current(self) -> int:
        """The number of the chosen card, -1 for none."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Choose a card."""
        self.cards[number].button.setChecked(True)
