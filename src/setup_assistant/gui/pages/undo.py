# SPDX-License-Identifier: MIT
"""The way back: what would be taken back, and how it ended."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.changes import ChangeReport, Result
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import AREAS, Step
from setup_assistant.gui import words
from setup_assistant.gui.areas import CheckList
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, label
from setup_assistant.gui.notes import Note, Tone, TroubleNote, WaitNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.rows import ChangeRow
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
NONE_BACK = Text("Nothing was taken back.")
NOT_LOOKED = Text("All that this program changed is taken back, but it could not be looked how things stand now.")
AS_SEEN_FROM_HERE = Text("All that this program changed is taken back; the address was not looked at from outside.")
NOT_SEEN = Text("All that this program changed is taken back, but nobody could see whether the address is closed.")
STILL_OPEN = Text("The address still leads to Plex. It may take a moment until it is closed everywhere.")
CLOSED_AGAIN = {
    Status.NOTICE: (AS_SEEN_FROM_HERE, Tone.NOTICE),
    Status.UNKNOWN: (NOT_SEEN, Tone.UNKNOWN),
}
"""What the look at the closed address adds where all is taken back."""


class UndoReviewPage(Page):
    """What would be taken back."""

    step = Step.UNDO_REVIEW
    headline = Text("Undo")
    lead = Text("This is what happens when you say yes, in this order. Only what this program changed is taken back.")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.column.addWidget(TroubleNote(kit, session, self))
        self._holder = QVBoxLayout()
        self.column.addLayout(self._holder)
        self.column.addWidget(WaitNote(kit, session, self))
        stays = Card("plain")
        self._after = QWidget()
        after = beside(Glyph(kit, "lock", "muted", 18), label(kit, AFTER), gap=GAP + 2, stretch_last=True)
        after.setContentsMargins(0, 0, 0, 0)
        self._after.setLayout(after)
        stays.column.addWidget(self._after)
        for line in STAYS:
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
        # What was open before this program closed it may open again.
        self._after.setVisible("close_funnel" not in self.session.preview.codes)

    def _make(self) -> QWidget:
        if not self.session.preview.codes:
            self.say_title(self.headline, Text(""))
            note = Note(self.kit)
            unreadable = self.session.preview.unreadable
            note.say(unreadable or NOTHING, Tone.OK if unreadable is None else Tone.PROBLEM)
            return note
        self.say_title(self.headline, self.lead)
        card = Card()
        for code, summary in zip(self.session.preview.codes, self.session.preview.summaries, strict=True):
            text = label(self.kit, words.undoing(code, summary), "strong")
            card.column.addLayout(beside(Glyph(self.kit, "undo", "accent", 20), text, stretch_last=True))
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

    def side_action(self) -> SideAction | None:
        if self.isComplete() or self.session.job is not None:
            return None
        return SideAction(words.LOOK_AGAIN, self.session.begin_look, primary=True)


class UndonePage(Page):
    """How taking back ended."""

    step = Step.UNDONE
    headline = Text("Taken back")
    lead = Text("")

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.state = Note(kit)
        self.column.addWidget(TroubleNote(kit, session, self))
        self.column.addWidget(self.state)
        self.signed_out = Note(kit)
        self.column.addWidget(self.signed_out)
        self._exceptions = QVBoxLayout()
        self.column.addLayout(self._exceptions)
        self._card: Card | None = None
        self._shown: object = None
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

    def refresh(self) -> None:
        closed = self.session.findings.get("closed_again")
        self._closed.setVisible(closed is not None)
        reports = tuple(self.session.reports.values())
        left = tuple(report for report in reports if report.result is not Result.UNDONE)
        title, text, tone = self._conclusion(whole=bool(reports) and not left, any_back=len(left) < len(reports))
        self.say_title(title)
        self.state.say(text, tone)
        told = self.session.sign_out_told
        self.signed_out.setVisible(told is not None)
        if told is not None:
            self.signed_out.say(told, Tone.OK if told is words.SIGNED_OUT else Tone.NOTICE)
        if left != self._shown:
            self._shown = left
            self._name(left)

    def side_action(self) -> SideAction | None:
        if self.session.job is not None or self.session.sign_out_told in (words.SIGNED_OUT, words.NO_SIGN_IN):
            return None
        return SideAction(Text("Sign &out of Plex too"), self.session.begin_sign_out)

    def _conclusion(self, *, whole: bool, any_back: bool) -> tuple[Text, Text, Tone]:
        closed = self.session.findings.get("closed_again")
        status = closed.status if closed is not None else None
        if status is Status.PROBLEM:
            return Text("Taken back, and not closed yet"), STILL_OPEN, Tone.PROBLEM
        if not whole:
            if any_back:
                return Text("Taken back, with exceptions"), SOME_LEFT, Tone.NOTICE
            return Text("Not taken back"), (SOME_LEFT if self.session.reports else NONE_BACK), Tone.NOTICE
        if self.session.trouble is not None:
            return self.headline, NOT_LOOKED, Tone.UNKNOWN
        return self.headline, *CLOSED_AGAIN.get(status or Status.OK, (ALL_BACK, Tone.OK))

    def _name(self, left: tuple[ChangeReport, ...]) -> None:
        """Name what was left alone or did not come back, and why."""
        if self._card is not None:
            self._exceptions.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
            self._card = None
        if not left:
            return
        self._card = Card(padding=GAP + 4)
        summaries = dict(zip(self.session.preview.codes, self.session.preview.summaries, strict=True))
        for report in left:
            summary = summaries.get(report.code, Text(report.code))
            row = ChangeRow(self.kit, report.code, words.undoing(report.code, summary))
            row.show_report(report)
            row.set_last(report is left[-1])
            self._card.column.addWidget(row)
        self._exceptions.addWidget(self._card)

    @property
    def left_open(self) -> bool:
        return self.state.tone in (Tone.PROBLEM, Tone.UNKNOWN)

    def next_text(self) -> Text:
        return Text("&Close")
