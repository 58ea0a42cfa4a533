# SPDX-License-Identifier: MIT
"""Asks for the router's WAN address, which a person can read where the router tells no program."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from setup_assistant.checks.connection import describe_line
from setup_assistant.core.addresses import can_be_wan, ipv4
from setup_assistant.core.connection import Confidence, Line
from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, button, label, set_property
from setup_assistant.gui.session import Session

HELPS = (Line.UNKNOWN, Line.CGNAT_LIKELY, Line.DOUBLE_NAT)
"""Verdicts that the router's own address can settle, as long as they are not sure."""
QUESTION = Text("Do you know what your router’s page says?")
HINT = Text("Its page shows an internet or WAN address (IPv4). Type it in here, and the line is judged with it.")
WRONG = Text("That is no IPv4 address. One looks like 100.64.12.34.")
ELSEWHERE = Text("No router has {address} on the internet side. Look for the line called “WAN” or “Internet” there.")


class AddressField(QLineEdit):
    """Enter in it is an answer, and not the press of the wizard's button that a line edit would pass on."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)


class WanQuestion(Card):
    """An address to type in; shown while it could settle what the line is, and once it has been typed."""

    answered = Signal()
    """An address is taken, and everything is being looked at again."""

    def __init__(self, kit: Kit, session: Session, parent: QWidget) -> None:
        super().__init__("plain", parent=parent)
        self._kit = kit
        self._session = session
        self.address = AddressField(session.typed_wan)
        self.address.setPlaceholderText("100.64.12.34")
        self.address.setMaxLength(40)
        self.address.setAccessibleName(kit.say(Text("Internet (WAN) address from your router’s page")))
        self.use = button(kit, Text("&Use this address"), self._use)
        self.hint = label(kit, HINT, "muted")
        self.sign = Glyph(kit, "problem", "problem", 18)
        self.sign.hide()
        self.column.addWidget(label(kit, QUESTION, "section"))
        self.column.addLayout(beside(self.sign, self.hint, stretch_last=True))
        self.column.addLayout(beside(self.address, self.use))
        self.address.returnPressed.connect(self._use)
        session.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        look = self._session.look
        if look is not None:
            verdict = describe_line(look.facts).verdict
            unsure = verdict.line in HELPS and verdict.confidence is not Confidence.HIGH
            self.setVisible(unsure or bool(self._session.typed_wan))
        elif not self._session.typed_wan:
            self.hide()
        self.use.setEnabled(look is not None)

    def _use(self) -> None:
        typed = self.address.text().strip()
        if typed and not can_be_wan(typed):
            self._tell(ELSEWHERE.filled(address=typed) if ipv4(typed) else WRONG, wrong=True)
            self.address.selectAll()
            return
        self._tell(HINT)
        if self.use.isEnabled() and typed != self._session.typed_wan:
            self._session.typed_wan = typed
            self._session.begin_look(fresh=False)
            self.answered.emit()

    def _tell(self, text: Text, *, wrong: bool = False) -> None:
        """Explain the field, or say what is amiss with what stands in it."""
        said = self._kit.say(text)
        self.hint.show_breakable(said)
        self.sign.setVisible(wrong)
        set_property(self.hint, "role", "" if wrong else "muted")
        set_property(self.hint, "state", "problem" if wrong else "")
        set_property(self.address, "wrong", "true" if wrong else "")
        self.address.setAccessibleDescription(said)
        if wrong:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))
