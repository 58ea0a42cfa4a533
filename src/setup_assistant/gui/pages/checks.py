# SPDX-License-Identifier: MIT
"""The pages that show live answers: the line, Tailscale, and Plex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from setup_assistant.core.findings import Status
from setup_assistant.core.questions import ALWAYS_ASKED
from setup_assistant.core.texts import Text
from setup_assistant.flow import AREAS, Step
from setup_assistant.gui import words
from setup_assistant.gui.areas import CheckList, conclusion
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.picture import Mode, Picture
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP
from setup_assistant.gui.wan import WanQuestion

if TYPE_CHECKING:
    from setup_assistant.gui.wizard import Wizard

TITLES: Mapping[Step, tuple[Text, Text]] = {
    Step.CONNECTION: (
        Text("Your connection"),
        Text("How somebody outside would reach this computer today."),
    ),
    Step.TAILSCALE: (
        Text("Tailscale"),
        Text("Tailscale’s Funnel brings visitors to this computer. No port is opened, and they install nothing."),
    ),
    Step.PLEX: (
        Text("Plex"),
        Text("The server on this computer: whether it is safe to make public, and what it tells its apps."),
    ),
}
NOT_THIS = Text("Your line is not the trouble; the open door is. Go on to close it.")
SERVICES = {Step.TAILSCALE: ("tailscale", Text("&Sign in to Tailscale")), Step.PLEX: ("plex", Text("&Sign in to Plex"))}


class ChecksPage(Page):
    """One area; a look begins when it is entered from the front."""

    def __init__(self, kit: Kit, session: Session, step: Step) -> None:
        self.step = step
        self.headline, self.lead = TITLES[step]
        super().__init__(kit, session)
        self.codes = AREAS[step]
        self.list = CheckList(kit, session, self.codes, folds=True)
        self.state = Note(kit)
        self.wait = WaitNote(kit, session, self, self.codes)
        self.trouble = TroubleNote(kit, session, self)
        if step is Step.CONNECTION:
            self.column.addWidget(Picture(kit, session, Mode.TODAY))
        self.column.addWidget(self.trouble)
        self.column.addWidget(self.wait)
        self.column.addWidget(self.state)
        card = Card(padding=GAP + 4)
        card.column.addWidget(self.list)
        self.column.addWidget(card)
        if step is Step.CONNECTION:
            question = WanQuestion(kit, session, self)
            question.answered.connect(self._settle_focus)
            self.column.addWidget(question)
        self.column.addStretch(1)

    def _settle_focus(self) -> None:
        cast("Wizard", self.wizard()).settle_focus_soon()

    def initializePage(self) -> None:
        if self.step is Step.CONNECTION:
            self.session.begin_look()

    def cleanupPage(self) -> None:
        if self.step is Step.CONNECTION:
            self.session.cancel()

    def refresh(self) -> None:
        text, tone = conclusion(self.session, self.codes)
        if tone is Tone.OK and self.step is Step.CONNECTION and self.session.alarms:
            text, tone = NOT_THIS, Tone.NOTICE
        self.state.say(text, tone)

    @property
    def left_open(self) -> bool:
        found = [self.session.findings[code] for code in self.codes if code in self.session.findings]
        return any(one.needs_person or one.status is Status.UNKNOWN for one in found)

    def isComplete(self) -> bool:
        if self.step is Step.PLEX and not self._service_waits():
            return self.session.look is not None
        return all(code in self.session.findings for code in self.codes if code in ALWAYS_ASKED)

    def _service_waits(self) -> bool:
        return self.step in SERVICES and self.session.signed_out(SERVICES[self.step][0])

    def next_text(self) -> Text:
        return SERVICES[self.step][1] if self._service_waits() else super().next_text()

    def side_action(self) -> SideAction:
        if self.step is Step.PLEX and (action := self.other_account_action()) is not None:
            return action
        mine = [finding for finding in self.session.for_the_person if finding.code in self.codes]
        idle = self.session.job is None
        unfinished = idle and self.session.look is None
        signs_in = self._service_waits() and self.isComplete()
        primary = (unfinished or bool(mine)) and not signs_in
        return SideAction(words.LOOK_AGAIN, self.session.begin_look, enabled=idle, primary=primary)
