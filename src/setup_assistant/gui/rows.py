# SPDX-License-Identifier: MIT
"""Live rows: one question with its answer, and one change with how it ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from setup_assistant.core.changes import ChangeReport
from setup_assistant.core.findings import Finding, Remedy, Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words.changes import UNDONE
from setup_assistant.gui import words
from setup_assistant.gui.icons import OF_RESULT, of_finding
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, LinkButton, button, label, one_line, set_property, tell
from setup_assistant.gui.standing import Asks, asks
from setup_assistant.gui.theme import GAP

RANKS = (
    Asks.ALARM,
    Asks.PERSON,
    Asks.SIGN_IN,
    Asks.PROGRAM,
    Status.UNKNOWN,
    Status.NOTICE,
    Status.BLOCKED,
    Status.OK,
)
WE_DO_IT = Text("Planned: {text}")
YOU_DO_IT = Text("What you do: {text}")


class Row(QFrame):
    """Icon, title and a word for the state; below it whatever there is to read."""

    def __init__(self, kit: Kit, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kit = kit
        self.setProperty("row", "true")
        self.glyph = Glyph(kit)
        self.title_text = title
        self.title = label(kit, title, "strong")
        self.word = one_line(kit, "", "state")
        self.head = QHBoxLayout()
        self.head.setSpacing(GAP)
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.word, 0)
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP // 2)
        self.body.addLayout(self.head)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GAP // 2, GAP + 2, GAP // 2, GAP + 2)
        outer.setSpacing(GAP + 4)
        outer.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(self.body, 1)
        self._more: list[QWidget] = []
        self.details: QPushButton | None = None
        """What opens the evidence, where there is any."""

    def set_last(self, last: bool) -> None:
        """The last row has no line below it."""
        set_property(self, "row", "last" if last else "true")

    def show_state(self, icon: str, colour: str, word: Text) -> None:
        """Show the state by icon and by word."""
        if icon == "running":
            self.glyph.show_running()
        else:
            self.glyph.show_icon(icon, colour)
        self.word.setText(self.kit.say(word))
        set_property(self.word, "state", colour)

    def clear(self) -> None:
        """Take away what stands below the head."""
        for widget in self._more:
            self.body.removeWidget(widget)
            self.head.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._more = []
        self.details = None

    def add(self, widget: QWidget) -> QWidget:
        """Add something below the head."""
        self._more.append(widget)
        self.body.addWidget(widget, 0, Qt.AlignmentFlag(0))
        return widget

    def announce(self, *parts: str) -> None:
        """What a screen reader says for the row."""
        said = ". ".join(part.rstrip(".") for part in (self.title_text, self.word.text(), *parts) if part)
        self.setAccessibleName(said)


class CheckRow(Row):
    """One question: running, fine, notice, problem, could not tell, or waiting for another."""

    def __init__(
        self, kit: Kit, code: str, title: str, *, explains: bool = False, parent: QWidget | None = None
    ) -> None:
        """``explains``: what is only good to know is spelled out too, and not left to “Details”."""
        super().__init__(kit, title, parent)
        self.code = code
        self._explains = explains
        self._shown: Finding | None = None
        self.show_idle()

    @property
    def rank(self) -> int:
        """How soon it wants to be read: what asks for something first, what is fine last."""
        if self._shown is None:
            return len(RANKS)
        if self._shown.cause == "not_looked":
            return RANKS.index(Status.BLOCKED)
        asked = asks(self._shown)
        return RANKS.index(self._shown.status if asked is Asks.NOBODY else asked)

    @property
    def needs_nothing(self) -> bool:
        """Whether it is fine, or waits for something else."""
        return RANKS.index(Status.BLOCKED) <= self.rank < len(RANKS)

    def _set_compact(self, compact: bool) -> None:
        self.title.setProperty("role", "" if compact else "strong")
        self.title.style().unpolish(self.title)
        self.title.style().polish(self.title)
        space = GAP // 2 + 1 if compact else GAP + 2
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(GAP // 2, space, GAP // 2, space)

    def show_idle(self) -> None:
        """Not looked at."""
        self._shown = None
        self.clear()
        self._set_compact(True)
        self.show_state("pending", "muted", words.NOT_ASKED)
        self.announce()

    def show_running(self) -> None:
        """The answer is on the way."""
        self._shown = None
        self.clear()
        self._set_compact(True)
        self.show_state("running", "muted", words.LOOKING)
        self.announce()

    def show_finding(self, finding: Finding, *, quietly: bool = False) -> None:
        """Show the answer; ``quietly``: a screen reader says nothing by itself."""
        if finding == self._shown:
            return
        self._shown = finding
        self.clear()
        verdict, status = finding.verdict, finding.status
        asked = asks(finding)
        word = words.TASKS.get(asked, words.STATUSES[status])
        self.show_state(*of_finding(finding), word)
        waits = status is Status.BLOCKED or finding.cause == "not_looked"
        self._set_compact(waits or status is Status.OK)
        summary = self.kit.say(verdict.summary).strip()
        why = self.kit.say(verdict.why).strip() if verdict.why is not None else ""
        told = self._explains if status is Status.NOTICE else status in (Status.PROBLEM, Status.UNKNOWN)
        if status is not Status.OK:
            self.add(label(self.kit, summary, "small" if waits else "", selectable=True))
        if told and why:
            self.add(label(self.kit, why, "muted", selectable=True))
        if told and asked is not Asks.SIGN_IN:
            for remedy in verdict.remedies:
                self.add(self._remedy(remedy, status))
        evidence = [(self.kit.say(one.label), self.kit.say(one.value)) for one in verdict.evidence]
        if status is Status.OK:
            evidence.insert(0, ("", summary))
        hidden = [] if told or status is not Status.NOTICE else list(verdict.remedies)
        if evidence or hidden:
            self._add_details(lambda: self._details_of(evidence, why if hidden else "", hidden))
        self.announce(summary)
        # What is fine or waits is many rows at once; the note above them tells what they come to.
        if not quietly and status in (Status.PROBLEM, Status.UNKNOWN, Status.NOTICE):
            tell(self, self.accessibleName())

    def _remedy(self, remedy: Remedy, status: Status) -> QWidget:
        text = remedy.text
        if status is Status.PROBLEM:
            text = (WE_DO_IT if remedy.is_automatic else YOU_DO_IT).filled(text=remedy.text)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, GAP // 2, 0, 0)
        column.setSpacing(2)
        column.addWidget(label(self.kit, self.kit.say(text).strip(), selectable=True))
        if remedy.link:
            column.addWidget(LinkButton(self.kit, remedy.link, about=self.title_text))
        return holder

    def _add_details(self, make: Callable[[], QWidget]) -> None:
        """Add the button that opens what ``make`` makes; most is never opened, and a page is quicker without it."""
        toggle = button(self.kit, words.DETAILS, plain=True)
        toggle.setCheckable(True)
        toggle.setAccessibleName(f"{self.kit.say(words.DETAILS)}: {self.title_text}")
        made: list[QWidget] = []

        def show(on: bool) -> None:
            if on and not made:
                made.append(self.add(make()))
            for holder in made:
                holder.setVisible(on)

        toggle.toggled.connect(show)
        self.details = toggle
        self._more.append(toggle)
        self.head.addWidget(toggle)

    def _details_of(self, evidence: list[tuple[str, str]], why: str, remedies: list[Remedy]) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        if why:
            column.addWidget(label(self.kit, why, "muted", selectable=True))
        for remedy in remedies:
            column.addWidget(self._remedy(remedy, Status.NOTICE))
        grid = QGridLayout()
        column.addLayout(grid)
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(1, 1)
        for line, (name, value) in enumerate(evidence):
            if name:
                grid.addWidget(label(self.kit, name, "small"), line, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(label(self.kit, value, "", selectable=True), line, 1)
            else:
                grid.addWidget(label(self.kit, value, "muted", selectable=True), line, 0, 1, 2)
        return holder


def _colour_of(status: Status) -> str:
    return "muted" if status is Status.BLOCKED else status.value


class ChangeRow(Row):
    """One change: still to come, under way, or how it ended."""

    def __init__(self, kit: Kit, code: str, summary: Text) -> None:
        super().__init__(kit, kit.say(summary))
        self.code = code
        self._shown: ChangeReport | str | None = None
        self.show_waiting()

    def show_waiting(self) -> None:
        """It has not begun."""
        self._show("waiting", "pending", "muted", words.STILL_TO_COME)

    def show_running(self) -> None:
        """It is being made."""
        self._show("running", "running", "accent", words.UNDER_WAY)

    def show_held(self) -> None:
        """It comes next, and waits for the world."""
        self._show("held", "running", "accent", words.HELD)

    def show_report(self, report: ChangeReport) -> None:
        """Show how it ended."""
        icon, status = OF_RESULT[report.result]
        self._show(report, icon, _colour_of(status), words.RESULTS[report.result], report.detail)

    def _show(self, shown: ChangeReport | str, icon: str, colour: str, word: Text, detail: Text | None = None) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        self.clear()
        self.show_state(icon, colour, word)
        if detail is not None and detail != UNDONE:
            self.add(label(self.kit, detail, "muted", selectable=True))
        self.announce(self.kit.say(detail) if detail is not None else "")
        if shown != "waiting":
            tell(self, self.accessibleName())
