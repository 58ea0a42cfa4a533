# SPDX-License-Identifier: MIT
"""Signing in: the browser opens, the link stands here too, and the page goes on by itself."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, CopyButton, Glyph, beside, button, label
from setup_assistant.gui.notes import Note, Tone, clock
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.qr import QrCode
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

PLEX_ACCOUNT = (
    Text("Use the Plex account that owns this server: the one you set it up with."),
    Text("If the browser shows another account, sign out there first, then open the page again."),
)
TAILSCALE_ACCOUNT = (
    Text("A first account? Take “Sign in with Google”, Apple, Microsoft or GitHub: one you will keep for years."),
    Text("Not the one of an employer or school: its network is theirs, and they decide what may be public."),
)
KINDS: Mapping[Step, tuple[str, Job, Text, tuple[Text, ...]]] = {
    Step.PLEX_SIGN_IN: ("plex", Job.SIGN_IN_PLEX, Text("Sign in to Plex"), PLEX_ACCOUNT),
    Step.TAILSCALE_SIGN_IN: ("tailscale", Job.SIGN_IN_TAILSCALE, Text("Sign in to Tailscale"), TAILSCALE_ACCOUNT),
}
PASSWORD = Text(
    "Your system asks for the administrator password first, for this one step; nothing permanent is granted."
)
OPENING = Text("Asking for the sign-in page …")
WAITING = Text("Waiting until you have signed in …")
LEFT = Text("The page lasts {time} more.")
NARROWEST_TEXT = 14
"""Text beside the code is at least this many times as wide as it is large."""
SIDE_BY_SIDE, STACKED = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
EXPIRED = Text("The page has run out; a new one is on its way.")


class SignInPage(Page):
    """One page for both services."""

    lead = Text("Your browser opens. As soon as you have signed in there, this window goes on by itself.")

    def __init__(self, kit: Kit, session: Session, step: Step) -> None:
        self.step = step
        self.service, self.job, self.headline, account = KINDS[step]
        super().__init__(kit, session)
        self.state = Note(kit)
        self.qr = QrCode()
        self.qr.setAccessibleName(kit.say(Text("QR code of the sign-in page")))
        self.code = label(kit, "", "code", selectable=True)
        self.code_hint = label(kit, Text("Type this code if the page asks for it:"), "muted")
        self.left = label(kit, "", "small")
        self.open = button(kit, Text("&Open the page again"), self._open)
        self.link = QLineEdit()
        self.link.setReadOnly(True)
        self.link.setAccessibleName(kit.say(Text("Link of the sign-in page")))
        self.copy = CopyButton(kit, "", Text("Co&py the link"))
        self._halves, self._buttons = QBoxLayout(SIDE_BY_SIDE), beside(self.open, self.copy)
        for one in (self.open, self.copy):
            self._buttons.setAlignment(one, Qt.AlignmentFlag.AlignLeft)
        self._seconds = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self.password = label(kit, "", "muted")
        self.column.addWidget(self.state)
        self.column.addWidget(self.password)
        self.column.addWidget(self._offer_card())
        self.column.addWidget(self._account_card(account))
        self.column.addStretch(1)
        session.offered.connect(self._show_offer)
        kit.restyled.connect(self._arrange)
        session.finished.connect(self._on_finished)

    def _offer_card(self) -> QWidget:
        card = Card()
        left = QVBoxLayout()
        left.setSpacing(GAP)
        hint = Text("No page came up? Open it again, or scan the code with a phone.")
        left.addWidget(label(self.kit, hint))
        left.addWidget(self.link)
        left.addLayout(self._buttons)
        left.addWidget(self.code_hint)
        left.addWidget(self.code)
        left.addWidget(self.left)
        left.addStretch(1)
        self._halves.setSpacing(3 * GAP)
        self._halves.addLayout(left, 1)
        self._halves.addWidget(self.qr, 0, Qt.AlignmentFlag.AlignTop)
        card.column.addLayout(self._halves)
        self.card = card
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put things beside each other where there is room for it, else below each other."""
        frames = (self.margins, self.card.column.contentsMargins())
        taken = sum(frame.left() + frame.right() for frame in frames)
        # The scroll bar is counted in any case: it comes and goes with the order of things.
        room = self.width() - taken - self.area.verticalScrollBar().sizeHint().width()
        open_, copy = self.open.sizeHint().width(), self.copy.sizeHint().width()
        beside_code = room - self._halves.spacing() - self.qr.sizeHint().width()
        fits = beside_code >= max(open_, copy, NARROWEST_TEXT * self.kit.sizes.body)
        self._halves.setDirection(SIDE_BY_SIDE if fits else STACKED)
        in_line = open_ + self._buttons.spacing() + copy <= (beside_code if fits else room)
        self._buttons.setDirection(SIDE_BY_SIDE if in_line else STACKED)

    def _account_card(self, account: tuple[Text, ...]) -> QWidget:
        card = Card("plain")
        card.column.addWidget(label(self.kit, Text("Which account?"), "section"))
        for line in account:
            card.column.addLayout(
                beside(Glyph(self.kit, "people", "muted", 18), label(self.kit, line), gap=GAP + 2, stretch_last=True)
            )
        return card

    def initializePage(self) -> None:
        self.session.changes_account = False
        permission = self.session.findings.get("tailscale_permission")
        asks = self.service == "tailscale" and permission is not None and permission.cause == "needs_admin"
        self.password.setText(self.kit.say(PASSWORD) if asks else "")
        self.password.setVisible(asks)
        self.session.begin_sign_in(self.service)
        self._show_offer()

    def cleanupPage(self) -> None:
        if self.session.job is self.job:
            self.session.cancel()
        self._timer.stop()

    def needed_width(self) -> int:
        # Where there is no room beside the text, the QR code goes below it.
        return 0

    def refresh(self) -> None:
        if self.session.trouble is not None:
            self.state.say(self.session.trouble, Tone.UNKNOWN)
            self._timer.stop()
        else:
            self.state.say(OPENING if self.session.offer is None else WAITING, Tone.RUNNING)

    def _show_offer(self) -> None:
        offer = self.session.offer
        there = offer is not None and offer.service == self.service
        self.open.setEnabled(there)
        self.copy.setEnabled(there)
        link = offer.link if offer is not None and there else ""
        code = offer.code if offer is not None and there else None
        self.qr.show_link(link)
        self._arrange()
        self.link.setText(link)
        self.link.setCursorPosition(0)
        self.link.setEnabled(there)
        self.copy.text_to_copy = link
        self.code.setText(code or "")
        self.code.setVisible(bool(code))
        self.code_hint.setVisible(bool(code))
        self._seconds = offer.seconds if offer is not None and there else 0.0
        if there:
            self._timer.start()
        self._show_left()
        self.refresh()

    def _tick(self) -> None:
        self._seconds -= 1
        self._show_left()

    def _show_left(self) -> None:
        if self._seconds > 0:
            self.left.setText(self.kit.say(LEFT.filled(time=clock(self._seconds))))
        else:
            self.left.setText(self.kit.say(EXPIRED) if self.session.offer is not None else "")

    def _open(self) -> None:
        self.kit.open_link(self.copy.text_to_copy)

    def _on_finished(self, job: str) -> None:
        if job != self.job.value:
            return
        self._timer.stop()
        if self.session.trouble is None and self.isVisible():
            self.wizard().back()
            self.session.begin_look(fresh=False)

    def isComplete(self) -> bool:
        return False

    def side_action(self) -> SideAction | None:
        if self.session.trouble is None:
            return None
        return SideAction(Text("&Try again"), lambda: self.session.begin_sign_in(self.service), primary=True)
