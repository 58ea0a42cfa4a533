# SPDX-License-Identifier: MIT
"""The picture of the connection: where a visitor ends today, and the way through Funnel."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from setup_assistant.core.texts import Text
from setup_assistant.gui.canvas import WAY_COLOURS, Canvas
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, Glyph, label
from setup_assistant.gui.scene import Way, in_words, scene, stations
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import GAP


class Mode(StrEnum):
    """What the picture is to show."""

    TODAY = "today"
    AS_IT_IS = "as_it_is"
    PROVEN = "proven"


class Picture(Card):
    """The drawing, and below it the same in words."""

    def __init__(self, kit: Kit, session: Session, mode: Mode) -> None:
        super().__init__(padding=2 * GAP)
        self._kit = kit
        self._session = session
        self.mode = mode
        self.canvas = Canvas(kit)
        self.column.addWidget(self.canvas)
        self._today_icon, self._way_icon = Glyph(kit, "stop", "muted", 18), Glyph(kit, "funnel", "accent", 18)
        self.today, self.way = label(kit), label(kit)
        legend = QVBoxLayout()
        legend.setSpacing(GAP // 2)
        for glyph, text in ((self._today_icon, self.today), (self._way_icon, self.way)):
            row = QHBoxLayout()
            row.setSpacing(GAP)
            row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(text, 1)
            legend.addLayout(row)
        self.column.addLayout(legend)
        session.found.connect(self._on_found)
        session.finished.connect(self.refresh)
        self.refresh()

    def _on_found(self, code: str) -> None:
        if code in ("connection", "funnel_shape", "safety_gate", "outside"):
            self.refresh()

    def refresh(self) -> None:
        """Draw what is known now."""
        shown = scene(self._session.findings, self._session.look)
        today, way = in_words(shown)
        self.today.setText(self._kit.say(today))
        self.way.setText(self._kit.say(way))
        if self._session.findings.get("connection") is None and self._session.asking:
            self._today_icon.show_running()
        elif not shown.known:
            self._today_icon.show_icon("unknown", "unknown")
        else:
            colour = "notice" if shown.way is Way.PLANNED else "muted"
            self._today_icon.show_icon("stop" if shown.stop is not None else "notice", colour)
        self._way_icon.show_icon("ok" if shown.way is Way.PROVEN else "funnel", WAY_COLOURS[shown.way])
        self.canvas.show_scene(shown)
        self.setAccessibleName(self._kit.say(Text("Picture of your connection")))
        drawn = self._kit.say(stations(shown))
        self.setAccessibleDescription(f"{self.today.text()} {self.way.text()} {drawn}")
