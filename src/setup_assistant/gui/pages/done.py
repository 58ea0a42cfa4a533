# SPDX-License-Identifier: MIT
"""The end: the address and what to know about it, or what is still missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.changes import Result
from setup_assistant.core.facts import TailscaleFacts
from setup_assistant.core.findings import Finding, Outcome, Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui import words
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, CopyButton, Glyph, LinkButton, beside, label
from setup_assistant.gui.notes import Note, Tone, TroubleNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.phone_test import PhoneTest
from setup_assistant.gui.picture import Mode, Picture
from setup_assistant.gui.qr import QrCode, beside_code
from setup_assistant.gui.rows import ChangeRow, CheckRow
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import door_closed, lacks_consent
from setup_assistant.gui.theme import GAP
from setup_assistant.gui.turns import Turn

if TYPE_CHECKING:
    from setup_assistant.gui.wizard import Wizard

READY = Text("Plex can be watched from anywhere")
READY_LEAD = Text("Checked just now, from outside your home.")
SET_UP = Text("Set up, and not proven yet")
NOT_YET = Text("Not finished yet")
LEADS = {
    Outcome.NEEDS_CHANGES: Text("Something did not come to its end. Nothing is worse than before; look again."),
    Outcome.NEEDS_YOU: Text("Something needs you. When it is done, look again; this program goes on from there."),
    Outcome.UNKNOWN: Text("It is set up, but something could not be checked. It may well work."),
}
STOPPED = Text("You stopped. What is done stays; look again to go on from here.")
UNTOUCHED = Text("Nothing was changed. Look again to go on from here.")
CLOSED = Text("The door is closed")
CLOSED_LEAD = Text("Nobody gets in from outside now. What is next stands below; when it is done, look again.")
CLOSED_ONLY = Text("Nobody gets in from outside now. Look again to go on from here.")
ADDRESS = Text("The public address of your Plex")
NO_NEED = Text("Nobody has to type it: Plex apps learn it by themselves.")
NEXT = Text("Once, now")
RESTART = Text("Close the Plex apps on phones and TVs and open them again, so that they learn the new address.")
VIEWERS = Text("Who needs what")
VIEWERS_NOTHING = Text("Viewers install nothing new: the Plex app and their own Plex account are enough.")
RELAYED = Text("Pictures take the way through Tailscale’s relays, encrypted; a very fast line may get a little slower.")
LATER = Text("Good to know for later")
KEY_LASTS = Text("This computer’s sign-in to Tailscale does not end by itself.")
KEY_ENDS = Text(
    "This computer’s sign-in to Tailscale ends on {date}. Plex is not reachable from then on until it is renewed here; "
    "start this program on that day, or switch key expiry off for this computer before."
)
RED_PAGE = Text("In Plex, the page Remote Access stays red. That is as it should be: Funnel has taken its place.")
KEEP = Text("If you just delete this program, Plex stays public at this address; nothing is taken back.")
HOW_UNDO = Text("To take it back, start this program and choose “Undo”, before you delete it.")
COME_BACK = Text("Something stopped working? Start this program again; it finds out what, and mends it.")


class DonePage(Page):
    """What was reached."""

    step = Step.DONE
    headline = READY
    lead = READY_LEAD

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self._picture = Picture(kit, session, Mode.PROVEN)
        self.column.addWidget(TroubleNote(kit, session, self))
        self.column.addWidget(self._picture)
        self._inside: QWidget | None = None
        self._parts: Iterator[QWidget] = iter(())
        self._turn = Turn(kit.turns, self)
        self._turn.came.connect(self._add_part)
        self._phone: PhoneTest | None = None
        self._holder = QVBoxLayout()
        self.column.addLayout(self._holder)
        self.column.addStretch(1)

    @property
    def is_ready(self) -> bool:
        """Whether the address is proven."""
        return self.session.outcome is Outcome.READY and self.session.trouble is None

    def enter(self) -> None:
        if self._inside is not None:
            self._holder.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = QWidget()
        self._phone = PhoneTest(self.kit, self.session)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2 * GAP)
        self._picture.setVisible(self.session.look is not None)
        # What is left to do is read before anything else.
        self.column.removeWidget(self._picture)
        place = self.column.indexOf(self._holder)
        self.column.insertWidget(place if self.is_ready else place + 1, self._picture)
        if self.is_ready:
            self.say_title(READY, READY_LEAD)
            self._parts = self._ready()
        else:
            self.say_title(*self._not_yet_title())
            self._parts = self._not_yet()
        self._add_part()
        self._holder.addWidget(self._inside)

    def _add_part(self) -> None:
        """Add what comes next on the page, and leave the rest to the turns that follow."""
        part = next(self._parts, None)
        if part is not None:
            self._column.addWidget(part)
            self._turn.ask()

    def refresh(self) -> None:
        if self._phone is not None:
            self._phone.refresh()

    def _ready(self) -> Iterator[QWidget]:
        look = self.session.look
        url = look.aim.url if look is not None and look.aim is not None else ""
        yield self._address(url, "ok")
        yield self._list(NEXT, "play", (RESTART,))
        yield from self._phone_test()
        plex_pass = self.session.findings.get("plex_pass")
        lines = [VIEWERS_NOTHING]
        if plex_pass is not None and plex_pass.status in (Status.OK, Status.NOTICE):
            lines.append(plex_pass.verdict.summary)
        yield self._list(VIEWERS, "people", (*lines, RELAYED))
        stays_up = self.session.findings.get("stays_up")
        if stays_up is not None and stays_up.verdict.remedies:
            steps = tuple(remedy.text for remedy in stays_up.verdict.remedies)
            yield self._list(stays_up.title, "computer", (stays_up.verdict.summary, *steps))
        public = self.session.findings.get("public_services")
        if public is not None and public.status is Status.NOTICE:
            lines = [public.verdict.summary, *([public.verdict.why] if public.verdict.why is not None else [])]
            yield self._list(public.title, "globe", tuple(lines))
        limits = self.session.findings.get("limits")
        if limits is not None and limits.verdict.remedies:
            lines = [remedy.text for remedy in limits.verdict.remedies]
            yield self._list(limits.title, "globe", tuple(lines))
        key = self.session.findings.get("tailscale_key")
        ends_soon = key is not None and key.status is Status.NOTICE
        later = self._list(LATER, "info", (*(() if ends_soon else self._key()), RED_PAGE, COME_BACK, HOW_UNDO, KEEP))
        if key is not None and ends_soon:
            self._add_key(later, key)
        yield later

    def _phone_test(self) -> Iterator[QWidget]:
        if self._phone is not None:
            yield self._phone
            self._phone.refresh()

    def _key(self) -> tuple[Text, ...]:
        """How long Tailscale stays signed in, where that is known."""
        tailscale = self.session.look.facts.tailscale if self.session.look is not None else None
        if not isinstance(tailscale, TailscaleFacts):
            return ()
        if tailscale.key_expiry is None:
            return (KEY_LASTS,)
        return (KEY_ENDS.filled(date=tailscale.key_expiry.date().isoformat()),)

    def _address(self, url: str, tone: str) -> AddressCard:
        told = self.session.findings.get("plex_url")
        return AddressCard(self.kit, url, tone, known_to_apps=told is not None and told.status is Status.OK)

    def _list(self, heading: Text, icon: str, lines: tuple[Text, ...]) -> Card:
        card = Card()
        card.column.addWidget(label(self.kit, heading, "section"))
        for line in lines:
            card.column.addLayout(
                beside(
                    Glyph(self.kit, icon, "accent", 18),
                    label(self.kit, line, selectable=True),
                    gap=GAP + 4,
                    stretch_last=True,
                )
            )
        return card

    def _add_key(self, card: Card, key: Finding) -> None:
        parts = [key.verdict.summary, *(remedy.text for remedy in key.verdict.remedies)]
        words_of_it = " ".join(self.kit.say(part) for part in parts)
        card.column.addLayout(
            beside(Glyph(self.kit, "key", "notice", 18), label(self.kit, words_of_it), gap=GAP + 4, stretch_last=True)
        )
        for remedy in key.verdict.remedies:
            if remedy.link:
                card.column.addWidget(LinkButton(self.kit, remedy.link))

    def _not_yet(self) -> Iterator[QWidget]:
        """What is left to do is read before anything else."""
        outcome = self.session.outcome
        open_now = [
            finding
            for finding in self.session.findings.values()
            if finding.needs_person or (outcome is Outcome.UNKNOWN and finding.status is Status.UNKNOWN)
        ]
        if open_now:
            card = Card(padding=GAP + 4)
            for finding in open_now:
                answer = CheckRow(self.kit, finding.code, self.kit.say(finding.title))
                answer.show_finding(finding)
                answer.set_last(finding is open_now[-1])
                card.column.addWidget(answer)
            yield card
        unfinished = [
            report for report in self.session.reports.values() if report.result in (Result.FAILED, Result.SKIPPED)
        ]
        if unfinished and self.session.carried_out is not None:
            card = Card(padding=GAP + 4)
            summaries = {entry.change.code: entry.change.summary for entry in self.session.carried_out.entries}
            for report in unfinished:
                row = ChangeRow(self.kit, report.code, summaries.get(report.code, Text(report.code)))
                row.show_report(report)
                row.set_last(report is unfinished[-1])
                card.column.addWidget(row)
            yield card
        look, shape = self.session.look, self.session.findings.get("funnel_shape")
        if look is not None and look.aim is not None and shape is not None and shape.status is Status.OK:
            yield self._address(look.aim.url, "plain")
        yield from self._phone_test()
        if self._applied or self.session.preview.codes:
            note = Note(self.kit)
            note.say(HOW_UNDO_NOW, Tone.PLAIN)
            yield note

    @property
    def _applied(self) -> bool:
        """Whether this run has changed anything."""
        return any(report.result is Result.APPLIED for report in self.session.reports.values())

    def _not_yet_title(self) -> tuple[Text, Text]:
        outcome, reports = self.session.outcome, self.session.reports
        if door_closed(self.session.carried_out, reports, self.session.findings):
            return CLOSED, CLOSED_LEAD if self.session.for_the_person else CLOSED_ONLY
        skipped = any(report.result is Result.SKIPPED for report in reports.values())
        if self.session.cut_off and not reports:
            lead: Text | None = UNTOUCHED
        elif self.session.stopping and skipped:
            lead = STOPPED if self._applied else UNTOUCHED
        else:
            lead = LEADS.get(outcome) if outcome is not None else None
        return SET_UP if outcome is Outcome.UNKNOWN else NOT_YET, lead or Text("")

    @property
    def left_open(self) -> bool:
        return not self.is_ready

    def next_text(self) -> Text:
        return Text("&Close")

    def side_action(self) -> SideAction | None:
        if self.is_ready:
            return None
        if lacks_consent(self.session.findings):
            return SideAction(words.CHECK_FROM_OUTSIDE, self._check_from_outside, primary=True)
        return SideAction(words.LOOK_AGAIN, self._look_again, primary=True)

    def _check_from_outside(self) -> None:
        self.session.answer_consent(True)
        self._look_again()

    def _look_again(self) -> None:
        cast("Wizard", self.wizard()).begin_again()


HOW_UNDO_NOW = Text("What was changed is written down. To take it back, start this program again and choose “Undo”.")


class AddressCard(Card):
    """The address, to copy and to scan."""

    def __init__(self, kit: Kit, url: str, tone: str = "ok", *, known_to_apps: bool) -> None:
        super().__init__(tone)
        self.url = url
        self.copy = CopyButton(kit, url, Text("C&opy the address"))
        self.qr = QrCode(112)
        self.qr.show_link(url)
        self.qr.setAccessibleName(kit.say(Text("QR code of the public address")))
        left = QVBoxLayout()
        left.setSpacing(GAP // 2)
        left.addWidget(label(kit, ADDRESS, "muted"))
        left.addWidget(label(kit, url, "address"))
        if known_to_apps:
            left.addWidget(label(kit, NO_NEED, "muted"))
        left.addStretch(1)
        left.addLayout(beside(self.copy))
        self.column.addLayout(beside_code(left, self.qr))
