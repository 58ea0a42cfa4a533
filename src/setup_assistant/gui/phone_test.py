# SPDX-License-Identifier: MIT
"""The test that a person makes: a code to open on a phone, and what Plex plays shown as it begins."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QVBoxLayout

from setup_assistant.core.facts import Watching
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words.watching import LAN, UNSAID, WAN
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, beside, button, label
from setup_assistant.gui.notes import Note, Tone
from setup_assistant.gui.qr import QrCode, beside_code
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

HEADING = Text("Test it yourself with a phone")
STEPS = (
    Text("1. On a phone, switch Wi-Fi off, so that it comes from outside."),
    Text("2. Scan the code. A page with a few lines about your server means that the address works."),
    Text("3. Then open the Plex app there and play something. It shows here as it begins."),
)
WATCH, STOP = Text("&Watch for it here"), Text("Stop &watching")
NOTHING_YET = Text("Waiting for something to play …")
BESIDE = Text("Waiting for something new to play. Watching already: {count}.")
PLAYS = Text("It plays: {app}, from {address}. Plex counts it as {location}.")
NOT_TOLD = Text("Plex did not tell just now: {why}")
OVER = Text("Nothing new has played in the meantime.")
SOME_APP = Text("a Plex app")


class PhoneTest(Card):
    """Shown wherever the public address stands; `refresh` follows the session."""

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__()
        self.kit = kit
        self._session = session
        self._is_filled = False
        # Shown by whoever has given it a place: without one it would be a window of its own.
        self.hide()

    def _fill(self) -> None:
        """Make what it shows, once there is an address: on most pages there is none yet."""
        self._is_filled = True
        self.qr = QrCode(148)
        self.qr.setAccessibleName(self.kit.say(Text("QR code of the page to open on the phone")))
        self.link = label(self.kit, "", "small", selectable=True)
        self.toggle = button(self.kit, WATCH, self._toggle)
        self.live = Note(self.kit)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(label(self.kit, HEADING, "section"))
        for step in STEPS:
            left.addWidget(label(self.kit, step))
        left.addWidget(self.link)
        left.addLayout(beside(self.toggle))
        self.column.addLayout(beside_code(left, self.qr))
        self.column.addWidget(self.live)
        self._session.phone.changed.connect(self._show_live)

    def refresh(self) -> None:
        """Show the address that is public now, or hide."""
        look, shape = self._session.look, self._session.findings.get("funnel_shape")
        stands = look is not None and look.aim is not None and shape is not None and shape.status is Status.OK
        # Nobody is sent through a door that is to be closed first.
        if not stands or self._session.job is not None or self._session.alarms:
            self.hide()
            return
        if not self._is_filled:
            self._fill()
        from setup_assistant.services.entrance import IDENTITY_PATH

        link = f"{look.aim.url}{IDENTITY_PATH}" if look is not None and look.aim is not None else ""
        self.qr.show_link(link)
        self.link.setText(link)
        self.show()
        self._show_live()

    def _toggle(self) -> None:
        phone = self._session.phone
        if phone.is_on:
            phone.stop()
        else:
            phone.start()

    def _show_live(self) -> None:
        phone = self._session.phone
        self.toggle.setText(self.kit.say(STOP if phone.is_on else WATCH))
        new = phone.seen.new if phone.seen is not None else ()
        over = phone.seen is not None and phone.seen.over
        self.live.setVisible(phone.is_on or over or bool(new))
        if new:
            self.live.say(self._plays(new[-1]), Tone.OK)
        elif over:
            self.live.say(OVER, Tone.PLAIN)
        elif phone.seen is not None and phone.seen.trouble is not None:
            self.live.say(NOT_TOLD.filled(why=phone.seen.trouble), Tone.UNKNOWN)
        elif phone.seen is not None and phone.seen.before:
            self.live.say(BESIDE.filled(count=phone.seen.before), Tone.RUNNING)
        else:
            self.live.say(NOTHING_YET, Tone.RUNNING)

    def _plays(self, one: Watching) -> Text:
        place = {"lan": LAN, "wan": WAN}.get(one.location, UNSAID)
        address = one.address or UNSAID
        return PLAYS.filled(app=one.app or SOME_APP, address=address, location=place)

    def hideEvent(self, event: QHideEvent) -> None:
        # A window that is only made small is still being looked at.
        if not event.spontaneous():
            self._session.phone.stop()
        super().hideEvent(event)
