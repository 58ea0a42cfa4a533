# SPDX-License-Identifier: MIT
"""The way back: what would be taken back, and how it ended."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.changes import Result
from setup_assistant.core.texts import Text
from setup_assistant.flow import AREAS, Step
from setup_assistant.gui.areas import CheckList
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, label
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

NOTHING = Text("This program has changed nothing here, so there is nothing to take back.")
PLEX_FIRST = Text("For the part in Plex you sign in first.")
STAYS = (
    Text("Tailscale and Plex stay installed, running and signed in."),
    Text("What you or others have changed since is left alone."),
    Text("The computer’s name stays in the public certificate logs; nobody can take that back."),
)
AFTER = Text("Afterwards nobody reaches Plex through the public address any more.")
ALL_BACK = Text("All that this program changed is taken back.")
SOME_LEFT = Text("Some of it could not be taken back, or was left alone on purpose.")


class UndoReviewPage(Page):
    """What would be taken back."""

    step = Step.UNDO_REVIEW
    headline = Text("Undo")
    lead = Text("This is what this program changed, and takes back when you say yes. Newest first.")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.column.addWidget(TroubleNote(kit, session))
        self._holder = QVBoxLayout()
        self.column.addLayout(self._holder)
        self.column.addWidget(WaitNote(kit, session))
        stays = Card("plain")
        for line in (AFTER, *STAYS):
            stays.column.addLayout(
                beside(Glyph(kit, "lock", "muted", 18), label(kit, line), gap=GAP + 2, stretch_last=True)
            )
        self._stays = stays
        self.column.addWidget(stays)
        self.column.addStretch(1)
        self._inside: QWidget | None = None
        self._shown: object = None

    def initializePage(self) -> None:
        if self.session.preview.codes:
            self.session.begin_look()

    def cleanupPage(self) -> None:
        self.session.cancel()

    def refresh(self) -> None:
        state = (self.session.preview, self.session.situation.plex_signed_out)
        if state == self._shown:
            return
        self._shown = state
        self.setCommitPage(not self.session.situation.plex_signed_out)
        if self._inside is not None:
            self._holder.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = self._make()
        self._holder.addWidget(self._inside)
        self._stays.setVisible(bool(self.session.preview.codes))

    def _make(self) -> QWidget:
        if not self.session.preview.codes:
            self.say_title(self.headline, Text(""))
            note = Note(self.kit)
            unreadable = self.session.preview.unreadable
            note.say(unreadable or NOTHING, Tone.OK if unreadable is None else Tone.PROBLEM)
            return note
        self.say_title(self.headline, self.lead)
        card = Card()
        for summary in self.session.preview.summaries:
            card.column.addLayout(
                beside(Glyph(self.kit, "undo", "accent", 20), label(self.kit, summary, "strong"), stretch_last=True)
            )
        if self.session.situation.plex_signed_out:
            card.column.addWidget(label(self.kit, PLEX_FIRST, "muted"))
        return card

    def isComplete(self) -> bool:
        if not self.session.preview.codes:
            return True
        return "plex_sign_in" in self.session.findings

    def next_text(self) -> Text:
        if not self.session.preview.codes:
            return Text("&Close")
        if self.session.situation.plex_signed_out:
            return Text("&Sign in to Plex")
        return Text("&Yes, take it back")


class UndonePage(Page):
    """How taking back ended."""

    step = Step.UNDONE
    headline = Text("Taken back")
    lead = Text("")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.column.addWidget(TroubleNote(kit, session))
        self.column.addWidget(self.state)
        self._closed = Card(padding=GAP + 4)
        self._closed.column.addWidget(CheckList(kit, session, AREAS[Step.UNDONE]))
        self.column.addWidget(self._closed)
        self._list = Card("plain")
        for line in STAYS:
            self._list.column.addLayout(
                beside(Glyph(kit, "info", "muted", 18), label(kit, line), gap=GAP + 2, stretch_last=True)
            )
        self.column.addWidget(self._list)
        self.column.addStretch(1)

    def enter(self) -> None:
        self._closed.setVisible(any(code in self.session.findings for code in AREAS[Step.UNDONE]))
        reports = self.session.reports.values()
        whole = bool(reports) and all(report.result is Result.UNDONE for report in reports)
        self.state.say(ALL_BACK if whole else SOME_LEFT, Tone.OK if whole else Tone.NOTICE)
        self.say_title(self.headline if whole else Text("Taken back, with exceptions"))

    def next_text(self) -> Text:
        return Text("&Close")
