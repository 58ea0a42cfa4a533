# SPDX-License-Identifier: MIT
"""The overview: how everything stands, area by area, with what is not right opened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from setup_assistant.core.findings import Outcome, Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import AREAS, Step
from setup_assistant.gui import words
from setup_assistant.gui.areas import CheckList, conclusion
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, button, label
from setup_assistant.gui.notes import LOOKS, Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.phone_test import PhoneTest
from setup_assistant.gui.picture import Mode, Picture
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import lacks_consent, was_completed
from setup_assistant.gui.theme import GAP

LOOKING = Text("Looking at everything. Nothing is changed.")
SHOW, HIDE = Text("Show"), Text("Hide")
OUTCOMES: dict[Outcome, tuple[Text, Tone]] = {
    Outcome.READY: (Text("All is right: Plex can be reached at {url}"), Tone.OK),
    Outcome.NEEDS_CHANGES: (Text("Something is not right yet, and this program can do what is missing."), Tone.TASK),
    Outcome.NEEDS_YOU: (Text("Something needs you before Plex can be reached from outside."), Tone.PROBLEM),
    Outcome.UNKNOWN: (Text("Nothing wrong was seen, but something could not be checked."), Tone.UNKNOWN),
}
DRIFTED = Text("Not everything is as it was set up. This program can repair it.")
UNFINISHED = Text("The set-up is not finished yet. It goes on from here.")
ALARM = Text("Right now anyone on the internet can get into this Plex. Closing that door comes first.")


class AreaGroup(Card):
    """One area: its conclusion, and its rows when they are shown."""

    def __init__(self, kit: Kit, session: Session, step: Step, title: Text) -> None:
        super().__init__(padding=GAP + 4)
        self.kit = kit
        self._session = session
        self._codes = AREAS[step]
        self.glyph = Glyph(kit, size=22)
        self.headline = label(kit, title, "section")
        self.sum = label(kit, "", "muted")
        self.toggle: QPushButton = button(kit, SHOW, plain=True)
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._open)
        self.list: CheckList | None = None
        """Made when it is first opened: most are never."""
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        head.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.headline)
        column.addWidget(self.sum)
        head.addLayout(column, 1)
        head.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignVCenter)
        self.column.addLayout(head)
        self._by_hand = False
        self.toggle.clicked.connect(self._taken_by_hand)
        self._name_toggle()
        self.refresh()

    def _taken_by_hand(self) -> None:
        self._by_hand = True

    def _open(self, on: bool) -> None:
        if on and self.list is None:
            # Who opens it wants to see all; what opens by itself says what is not right.
            self.list = CheckList(self.kit, self._session, self._codes, folds=not self._by_hand)
            self.column.addWidget(self.list)
        if self.list is not None:
            self.list.setVisible(on)
        self.toggle.setText(self.kit.say(HIDE if on else SHOW))
        self._name_toggle()

    def _name_toggle(self) -> None:
        """Tell this button from those of the other areas, which have the same word on them."""
        self.toggle.setAccessibleName(f"{self.toggle.text()}: {self.headline.text()}")

    def refresh(self) -> None:
        """Show what the area comes to; one that is not right opens by itself, once."""
        text, tone = conclusion(self._session, self._codes)
        self.sum.setText(self.kit.say(text))
        self.setAccessibleName(f"{self.headline.text()}. {self.sum.text()}")
        if tone is Tone.RUNNING:
            self.glyph.show_running()
            return
        self.glyph.show_icon(*LOOKS[tone][:2])
        if not self._by_hand:
            self.toggle.setChecked(tone in (Tone.PROBLEM, Tone.TASK, Tone.UNKNOWN))


class HealthPage(Page):
    """How things stand."""

    step = Step.HEALTH
    headline = Text("How things stand")
    lead = Text("")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.groups = [
            AreaGroup(kit, session, step, words.STAGES[step])
            for step in (Step.CONNECTION, Step.TAILSCALE, Step.PLEX, Step.PROOF)
        ]
        self.record = CheckList(kit, session, ("journal",))
        self._record_card = Card(padding=GAP + 4)
        self._record_card.column.addWidget(self.record)
        self._picture = Picture(kit, session, Mode.AS_IT_IS)
        above = (
            TroubleNote(kit, session, self),
            self.state,
            WaitNote(kit, session, self),
            self._picture,
            self._record_card,
        )
        self.phone = PhoneTest(kit, session)
        for widget in (*above, *self.groups, self.phone):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def initializePage(self) -> None:
        self.session.begin_look()

    def cleanupPage(self) -> None:
        self.session.cancel()

    def refresh(self) -> None:
        for group in self.groups:
            group.refresh()
        self.phone.refresh()
        look, outcome = self.session.look, self.session.outcome
        self._picture.setVisible(outcome is Outcome.READY or look is None)
        record = self.session.findings.get("journal")
        self._record_card.setVisible(record is not None and record.status is not Status.OK)
        if self.session.alarms:
            self.state.say(ALARM, Tone.PROBLEM)
        elif look is None or outcome is None:
            broken = self.session.job is None
            self.state.say(*((words.NOT_AT_ITS_END, Tone.UNKNOWN) if broken else (LOOKING, Tone.RUNNING)))
        else:
            text, tone = OUTCOMES[outcome]
            if outcome is Outcome.NEEDS_CHANGES and self.session.situation.set_up_before:
                whole = was_completed(self.session.findings, self.session.preview.codes)
                text = DRIFTED if whole else UNFINISHED
            self.state.say(text.filled(url=look.aim.url if look.aim is not None else ""), tone)

    @property
    def left_open(self) -> bool:
        return self.session.outcome in (Outcome.NEEDS_YOU, Outcome.UNKNOWN)

    def isComplete(self) -> bool:
        return self.session.look is not None

    def leave_text(self) -> Text:
        return Text("Clos&e")

    def next_text(self) -> Text:
        if self.session.look is None:
            return super().next_text()
        if self.nextId() == -1:
            return Text("&Close")
        if self.session.situation.tailscale_signed_out:
            return Text("&Sign in to Tailscale")
        if self.session.situation.plex_signed_out:
            return Text("&Sign in to Plex")
        return Text("&Review")

    def side_action(self) -> SideAction:
        if (action := self.other_account_action()) is not None:
            return action
        idle, looked = self.session.job is None, self.session.look is not None
        stays = self.nextId() == -1 and self.session.outcome is not Outcome.READY
        if looked and lacks_consent(self.session.findings):
            return SideAction(words.CHECK_FROM_OUTSIDE, self._check_from_outside, enabled=idle, primary=stays)
        return SideAction(
            words.LOOK_AGAIN, self.session.begin_look, enabled=idle, primary=idle and (stays or not looked)
        )

    def _check_from_outside(self) -> None:
        self.session.answer_consent(True)
        self.session.begin_look()
