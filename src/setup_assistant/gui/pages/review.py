# SPDX-License-Identifier: MIT
"""Review: each change before and after, who must do what, and what stays untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from setup_assistant.core.changes import PlannedChange
from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui import words
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, beside, label, one_line
from setup_assistant.gui.naming import NameNote
from setup_assistant.gui.notes import TroubleNote
from setup_assistant.gui.pages.base import Page, SideAction
from setup_assistant.gui.ports import port_question
from setup_assistant.gui.rows import CheckRow
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP

if TYPE_CHECKING:
    from setup_assistant.gui.wizard import Wizard

LEAD = Text("Nothing has been changed yet. This is all that happens when you say yes, in this order.")
LEAD_FIRST_YOU = Text("Nothing has been changed. Something needs you before this program can go on.")
LEAD_ALARM = Text("Nothing has been changed yet. The open door is closed before anything else.")
LEAD_REOPENS = Text(
    "Nothing has been changed yet. The open door is closed before anything else. "
    "It opens again only once Plex asks everyone to sign in."
)
ADMIN = Text("Your system asks for the administrator password once, for this step only.")
NOW, THEN = Text("Now"), Text("Then")
FIRST_YOU = Text("First, this needs you")
STAYS = Text("What stays as it is")
STAY_LINES = (
    Text("Your libraries, users and everything else in Plex."),
    Text("Your router: no port is opened, none is closed."),
    Text("What others have set up in Tailscale, and other addresses in Plex."),
)
UNDO_LINE = Text(
    "Each change is written down before it is made. To take them back later, start this program and choose “Undo”."
)


class ReviewPage(Page):
    """The one yes."""

    step = Step.REVIEW
    headline = Text("Review")
    lead = LEAD

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__(kit, session)
        self.trouble = TroubleNote(kit, session, self)
        self.column.addWidget(self.trouble)
        self._holder = QVBoxLayout()
        self._holder.setSpacing(2 * GAP)
        self.column.addLayout(self._holder)
        self.column.addStretch(1)
        self._shown: object = None
        self._inside: QWidget | None = None

    def refresh(self) -> None:
        name = self.session.findings.get("certificate_name")
        standing = (self.session.plan, name, self.session.for_the_person, self.session.alarms)
        state = (standing, self.session.job, self.session.trouble, self.session.look is None)
        if state == self._shown:
            return
        self._shown = state
        if self._inside is not None:
            self._holder.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = self._make()
        self._holder.addWidget(self._inside)

    def _make(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GAP)
        if self.session.look is None:
            looks = self.session.job is not None
            self.say_title(self.headline, Text("Looking again …") if looks else words.NOT_AT_ITS_END)
            return inside
        mine = self.session.for_the_person
        pending = self.session.pending
        if self.session.alarms and pending:
            opens_again = any(entry.change.code == "funnel" for entry in pending)
            self.say_title(Text("First of all: close the open door"), LEAD_REOPENS if opens_again else LEAD_ALARM)
        elif pending:
            self.say_title(self.headline, LEAD)
        else:
            self.say_title(FIRST_YOU, LEAD_FIRST_YOU)
        name = self.session.findings.get("certificate_name")
        if pending and name is not None and name.cause == "first_time":
            # What nobody can take back is read before the yes, on the smallest window too.
            column.addWidget(NameNote(self.kit, self.session, name))
        if mine and not (self.session.alarms and pending):
            column.addWidget(self._for_the_person(mine))
        if (question := port_question(self.kit, self.session)) is not None and not self.session.alarms:
            question.answered.connect(self._settle)
            column.addWidget(question)
        for number, entry in enumerate(pending, start=1):
            column.addWidget(ChangeCard(self.kit, number, entry))
        if pending:
            column.addWidget(self._rest())
        return inside

    def _for_the_person(self, mine: tuple[Finding, ...]) -> Card:
        card = Card(padding=GAP + 4)
        for number, finding in enumerate(mine):
            row = CheckRow(self.kit, finding.code, self.kit.say(finding.title))
            row.show_finding(finding)
            row.set_last(number == len(mine) - 1)
            card.column.addWidget(row)
        return card

    def _settle(self) -> None:
        # What was pressed goes away with the plan, and the focus is not to go astray with it.
        cast("Wizard", self.wizard()).settle_focus_soon()

    def _rest(self) -> Card:
        card = Card("plain")
        card.column.addWidget(label(self.kit, STAYS, "section"))
        lines = list(STAY_LINES)
        others = self.session.findings.get("public_services")
        if others is not None and others.status is Status.NOTICE:
            lines.append(others.verdict.summary)
        for line in lines:
            card.column.addLayout(
                beside(Glyph(self.kit, "lock", "muted", 18), label(self.kit, line), gap=GAP + 2, stretch_last=True)
            )
        for entry in self.session.plan.entries:
            if entry.already_satisfied:
                done = Text("{summary}: already as it should be.", {"summary": entry.change.summary})
                card.column.addLayout(
                    beside(Glyph(self.kit, "ok", "ok", 18), label(self.kit, done), gap=GAP + 2, stretch_last=True)
                )
        card.column.addLayout(
            beside(Glyph(self.kit, "undo", "muted", 18), label(self.kit, UNDO_LINE), gap=GAP + 2, stretch_last=True)
        )
        return card

    def isComplete(self) -> bool:
        return self.session.job is None and bool(self.session.pending)

    def next_text(self) -> Text:
        return Text("&Yes, make these changes")

    def side_action(self) -> SideAction | None:
        if self.session.look is not None and self.session.pending and self.session.trouble is None:
            return None
        idle = self.session.job is None
        return SideAction(
            words.LOOK_AGAIN, self.session.begin_look, enabled=idle, primary=idle and not self.session.pending
        )


class ChangeCard(Card):
    """One change: what it does, what it is now and will be, and whether the system asks for a password."""

    def __init__(self, kit: Kit, number: int, entry: PlannedChange) -> None:
        super().__init__()
        title = label(kit, entry.change.summary, "section")
        self.column.addLayout(beside(one_line(kit, f"{number}.", "section"), title, stretch_last=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(1, 1)
        said = [kit.say(entry.change.summary)]
        for line, (name, value) in enumerate(((NOW, entry.now), (THEN, entry.then))):
            if value is None:
                continue
            grid.addWidget(one_line(kit, name, "small"), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(kit, value, "strong" if name is THEN else "muted"), line, 1)
            said.append(f"{kit.say(name)}: {kit.say(value)}")
        self.column.addLayout(grid)
        if entry.needs_admin:
            self.column.addLayout(
                beside(Glyph(kit, "key", "notice", 18), label(kit, ADMIN), gap=GAP + 2, stretch_last=True)
            )
            said.append(kit.say(ADMIN))
        self.setAccessibleName(". ".join(said))
