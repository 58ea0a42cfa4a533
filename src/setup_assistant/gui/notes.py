# SPDX-License-Identifier: MIT
"""Notes on a page: what it comes to, a wait with its countdown, and what did not go through."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, label, one_line, tell
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP


class Tone(StrEnum):
    """What kind of sentence a note holds; shown by icon and colour, beside the words."""

    RUNNING = "running"
    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    TASK = "task"
    WAITS = "waits"
    PLAIN = "plain"


LOOKS: Mapping[Tone, tuple[str, str, str]] = {
    Tone.RUNNING: ("running", "accent", "plain"),
    Tone.OK: ("ok", "ok", "ok"),
    Tone.NOTICE: ("notice", "notice", "notice"),
    Tone.PROBLEM: ("problem", "problem", "problem"),
    Tone.UNKNOWN: ("unknown", "unknown", "unknown"),
    Tone.TASK: ("wrench", "accent", "accent"),
    Tone.WAITS: ("blocked", "muted", "plain"),
    Tone.PLAIN: ("info", "muted", "plain"),
}
"""Tone -> icon, its colour, and the frame's."""

LEFT = Text("At most {time} more")


class Note(Card):
    """An icon and a sentence on the colour of their status."""

    def __init__(self, kit: Kit, tone: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(tone, padding=GAP + 4, parent=parent)
        self.kit = kit
        self.glyph = Glyph(kit, "notice", "muted", 20)
        self.text = label(kit, "", "strong")
        self._said = ""
        self.tone = Tone.PLAIN
        row = QHBoxLayout()
        row.setSpacing(GAP + 2)
        row.addWidget(self.glyph)
        row.addWidget(self.text, 1)
        self.column.addLayout(row)

    def say(self, text: Text, tone: Tone) -> None:
        """Show the sentence."""
        said = self.kit.say(text)
        if said != self._said:
            tell(self, said)
        self._said = said
        self.tone = tone
        self.text.show_breakable(said)
        self.setAccessibleName(said)
        icon, colour, frame = LOOKS[tone]
        if tone is Tone.RUNNING:
            self.glyph.show_running()
        else:
            self.glyph.show_icon(icon, colour)
        self.set_tone(frame)


class TroubleNote(Note):
    """What did not go through in the last job; hidden while there is nothing to say."""

    def __init__(self, kit: Kit, session: Session, parent: QWidget) -> None:
        """``parent``: shows itself where there is something to say, and without one that were a window of its own."""
        super().__init__(kit, "problem", parent)
        self._session = session
        session.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        trouble = self._session.trouble
        if trouble is not None:
            self.say(trouble, Tone.PROBLEM)
        self.setVisible(trouble is not None)


class WaitNote(Card):
    """A wait with its countdown; hidden while nothing is waited for.

    What a person does elsewhere is waited for beside everything else, and spoken of where its question stands.
    """

    def __init__(self, kit: Kit, session: Session, parent: QWidget, codes: Collection[str] | None = None) -> None:
        """``codes``: the questions of this page; None: all."""
        super().__init__("accent", padding=GAP + 6, parent=parent)
        self._codes = codes
        self.kit = kit
        self._session = session
        self.glyph = Glyph(kit, size=20)
        self.glyph.show_running()
        self.text = label(kit, "", "strong")
        self.left = one_line(kit, "", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        row = QHBoxLayout()
        row.setSpacing(GAP + 2)
        row.addWidget(self.glyph)
        row.addWidget(self.text, 1)
        self.column.addLayout(row)
        below = QVBoxLayout()
        below.setSpacing(GAP // 2)
        below.addWidget(self.bar)
        below.addWidget(self.left)
        self.column.addLayout(below)
        session.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        wait, watched = self._session.wait, self._session.watched
        elsewhere = watched is not None and self._codes is not None and watched.code not in self._codes
        self.setVisible(wait is not None and not elsewhere)
        if wait is None or elsewhere:
            return
        said = self.kit.say(wait.text)
        if said != self.text.text():
            tell(self, said)
        self.text.setText(said)
        self.bar.setVisible(watched is None)
        self.left.setVisible(watched is None)
        if watched is not None:
            return
        self.bar.setRange(0, max(1, round(wait.limit)))
        self.bar.setValue(round(wait.elapsed))
        self.left.setText(self.kit.say(LEFT.filled(time=clock(wait.limit - wait.elapsed))))
        self.bar.setAccessibleName(f"{self.text.text()} {self.left.text()}")


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
