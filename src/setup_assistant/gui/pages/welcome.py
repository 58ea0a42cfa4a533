# SPDX-License-Identifier: MIT
"""The first page: what the person wants."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.canvas import Canvas
from setup_assistant.gui.choices import ChoiceCard, Choices
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, label
from setup_assistant.gui.pages.base import Page
from setup_assistant.gui.scene import COMPUTER, INTERNET, ROUTER, VIEWERS, Scene
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

INTENTS = (Intent.SET_UP, Intent.LOOK, Intent.UNDO)

PROMISES = (
    ("search", Text("First it only looks. You then see each change, before and after, and say yes once.")),
    (
        "computer",
        Text("It works on the computer where Plex runs: this one. For a NAS, use Tailscale’s own package there."),
    ),
    ("undo", Text("Everything it changes can be taken back, here, at any time.")),
)
IDEA = Scene(
    (VIEWERS, INTERNET, ROUTER, COMPUTER),
    2,
    Text("Straight from outside nobody gets in: the way ends at your router or your provider, and that stays so."),
    Text(""),
)
AROUND = Text("Viewers come in by a way that your own computer opens.")
"""What the first page shows before anything has been looked at: how it works, on every line."""
SET_UP_HINT = Text("Find what is missing, set it up, and prove it. About ten minutes.")
AGAIN_HINT = Text("This computer has been set up before, or half way. It finds what is missing and goes on from there.")
UNDO_HINT = Text("Put back what this program changed; everything else stays as it is.")
NOTHING_TO_UNDO = Text("This program has changed nothing here so far.")


class WelcomePage(Page):
    """Set up or repair, only look, or undo."""

    step = Step.WELCOME
    headline = Text("Watch your Plex from anywhere")
    lead = Text("This program gives your Plex an address that works outside your home.")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        picture = Card(padding=GAP + 4)
        canvas = Canvas(kit)
        canvas.show_scene(IDEA)
        canvas.setAccessibleName(kit.say(Text("Picture of how it works")))
        canvas.setAccessibleDescription(f"{kit.say(IDEA.today)} {kit.say(AROUND)}")
        picture.column.addWidget(canvas)
        picture.column.addLayout(
            beside(Glyph(kit, "funnel", "accent", 18), label(kit, AROUND), gap=GAP, stretch_last=True)
        )
        self.column.addWidget(picture)
        card = Card("plain")
        for icon, promise in PROMISES:
            card.column.addLayout(
                beside(Glyph(kit, icon, "accent", 20), label(kit, promise), gap=GAP + 4, stretch_last=True)
            )
        self.choices = Choices(
            [
                ChoiceCard(kit, "wrench", Text("&Set up or repair"), SET_UP_HINT),
                ChoiceCard(kit, "search", Text("&Only look"), Text("See how things stand. Nothing is changed.")),
                ChoiceCard(kit, "undo", Text("&Undo"), UNDO_HINT),
            ]
        )
        self.column.addWidget(self.choices)
        self.column.addWidget(card)
        self.column.addStretch(1)
        self.choices.choose(0)
        self.choices.chosen.connect(self._choose)

    def enter(self) -> None:
        self._choose(self.choices.current)
        super().enter()

    def _choose(self, number: int) -> None:
        self.session.intent = INTENTS[number]
        self.session.changed.emit()

    def refresh(self) -> None:
        before = self.session.situation.set_up_before
        self.choices.cards[0].explain(self.kit.say(AGAIN_HINT if before else SET_UP_HINT))
        known = self.session.preview.unreadable is None
        self.choices.cards[2].explain(self.kit.say(UNDO_HINT if before or not known else NOTHING_TO_UNDO))

    def isComplete(self) -> bool:
        # What an earlier run left decides where the way leads.
        return self.session.job is not Job.PREVIEW

    def next_text(self) -> Text:
        return Text("S&tart")

    def first_focus(self) -> QWidget | None:
        return self.choices.cards[max(self.choices.current, 0)].button
