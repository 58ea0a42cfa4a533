# SPDX-License-Identifier: MIT
"""The page that asks whether a public service may check from outside."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.choices import ChoiceCard, Choices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, label
from setup_assistant.gui.pages.base import Page
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP


class ConsentPage(Page):
    """May a public service be asked to look from outside? Asked once, and kept."""

    step = Step.CONSENT
    headline = Text("May we have it checked from outside?")
    lead = Text("Only somebody outside your home can tell whether Plex can be reached from outside.")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.choices = Choices(
            [
                ChoiceCard(
                    kit,
                    "globe",
                    Text("&Yes, check from outside"),
                    Text(
                        "Globalping, a public checking service, opens your public address from a few places abroad "
                        "and tells us. If it cannot, check-host.net is asked."
                    ),
                ),
                ChoiceCard(
                    kit,
                    "lock",
                    Text("N&o, leave it out"),
                    Text("Everything else works. The last step of the proof stays open; you can test it with a phone."),
                ),
            ]
        )
        card = Card("plain")
        for icon, text in (
            (
                "info",
                Text(
                    "The service learns your public address, your IP address, and your server’s number and version; "
                    "nothing about what you watch. It keeps its results for up to half a year."
                ),
            ),
            (
                "info",
                Text(
                    "Your provider’s name is looked up too. You can still say yes here later, at any time; "
                    "the settings file takes a yes back."
                ),
            ),
        ):
            card.column.addLayout(
                beside(Glyph(kit, icon, "muted", 18), label(kit, text, "muted"), gap=GAP + 4, stretch_last=True)
            )
        self.column.addWidget(self.choices)
        self.column.addWidget(card)
        self.column.addStretch(1)
        self.choices.chosen.connect(lambda _: self.tell_wizard())

    def isComplete(self) -> bool:
        # Nothing is chosen beforehand: the answer is to be the person's own.
        return self.choices.current >= 0

    def validatePage(self) -> bool:
        self.session.answer_consent(self.choices.current == 0)
        return True

    def first_focus(self) -> QWidget | None:
        return self.choices.cards[max(self.choices.current, 0)].button
