# SPDX-License-Identifier: MIT
"""The proof: layer by layer from this computer outwards, and the places that looked from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QGridLayout, QWidget

from setup_assistant.core.facts import Answer, Fetch, OutsideFacts
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import AREAS, Step
from setup_assistant.gui import words
from setup_assistant.gui.areas import CheckList
from setup_assistant.gui.icons import OF_STATUS
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, label, one_line
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.phone_test import PhoneTest
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import door_closed, lacks_consent
from setup_assistant.gui.theme import GAP

if TYPE_CHECKING:
    from setup_assistant.gui.wizard import Wizard

PROVING = Text("Proving it …")
PROVEN = Text("Proven: Plex can be reached from outside your home.")
NOT_PROVEN = Text("Not proven yet: something could not be checked. That does not mean that it does not work.")
NOTHING_YET = Text("There is nothing to prove yet: the public address is not set up.")
NOT_REACHED = Text("Not reachable from outside yet.")
PLACES = Text("Where it was checked from")
REACHED, NOT_REACHED_FROM, COULD_NOT = Text("reached Plex"), Text("did not reach Plex"), Text("could not check")


class Places(Card):
    """One line for each place that was asked."""

    def __init__(self, kit: Kit) -> None:
        super().__init__("plain")
        self.kit = kit
        self._inside: QWidget | None = None
        self.column.addWidget(label(kit, PLACES, "section"))

    def show_probes(self, probes: Sequence[Fetch]) -> None:
        """Show what each place met."""
        if self._inside is not None:
            self.column.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = QWidget()
        grid = QGridLayout(self._inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP + 4)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(1, 1)
        for line, probe in enumerate(probes):
            status, word = _judge(probe)
            glyph = Glyph(self.kit, OF_STATUS[status], self.kit.colours.of(status), 18)
            glyph.show_icon(OF_STATUS[status], status.value)
            grid.addWidget(glyph, line, 0)
            grid.addWidget(label(self.kit, probe.place or "?"), line, 1)
            grid.addWidget(one_line(self.kit, word, "muted"), line, 2)
            time = f"{probe.milliseconds} ms" if probe.milliseconds is not None else ""
            grid.addWidget(one_line(self.kit, time, "muted"), line, 3)
        self.column.addWidget(self._inside)
        self.setVisible(bool(probes))


def _judge(probe: Fetch) -> tuple[Status, Text]:
    if probe.answer is Answer.PLEX:
        return Status.OK, REACHED
    if probe.answer is Answer.COULD_NOT_CHECK:
        return Status.UNKNOWN, COULD_NOT
    return Status.PROBLEM, NOT_REACHED_FROM


class ProofPage(Page):
    """What was seen along the way outwards."""

    step = Step.PROOF
    headline = Text("The proof")
    lead = Text("From this computer outwards, up to somebody outside. Only what was seen counts.")
    codes = AREAS[Step.PROOF]

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.list = CheckList(kit, session, self.codes)
        self.places = Places(kit)
        self.phone = PhoneTest(kit, session)
        card = Card(padding=GAP + 4)
        card.column.addWidget(self.list)
        for widget in (
            TroubleNote(kit, session, self),
            self.state,
            WaitNote(kit, session, self),
            card,
            self.places,
            self.phone,
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.places.hide()

    def refresh(self) -> None:
        self.phone.refresh()
        if self.session.job is not None:
            self.state.say(PROVING, Tone.RUNNING)
            return
        self.state.say(*self._conclusion())
        look = self.session.look
        facts = look.facts.outside if look is not None else None
        outside = self.session.findings.get("outside")
        # Places that were asked before the address was taken away say nothing about what stands now.
        tells = isinstance(facts, OutsideFacts) and outside is not None and outside.status is not Status.BLOCKED
        self.places.show_probes((facts.probes or ()) if isinstance(facts, OutsideFacts) and tells else ())

    def _conclusion(self) -> tuple[Text, Tone]:
        if door_closed(self.session.carried_out, self.session.reports, self.session.findings):
            return words.DOOR_CLOSED, Tone.OK
        found = {code: one.status for code, one in self.session.findings.items() if code in self.codes}
        if found.get("outside") in (Status.OK, Status.NOTICE):
            return PROVEN, Tone.OK
        if Status.PROBLEM in found.values():
            return NOT_REACHED, Tone.PROBLEM
        if found and set(found.values()) == {Status.BLOCKED}:
            return NOTHING_YET, Tone.WAITS
        return NOT_PROVEN, Tone.UNKNOWN

    def leave_text(self) -> Text:
        return Text("Clos&e")

    @property
    def left_open(self) -> bool:
        return self._conclusion()[1] in (Tone.PROBLEM, Tone.UNKNOWN)

    def isComplete(self) -> bool:
        return self.session.job is None

    def side_action(self) -> SideAction | None:
        if self.session.job is not None or not lacks_consent(self.session.findings):
            return None
        return SideAction(words.CHECK_FROM_OUTSIDE, self._check_from_outside, primary=True)

    def _check_from_outside(self) -> None:
        self.session.answer_consent(True)
        cast("Wizard", self.wizard()).begin_again()
