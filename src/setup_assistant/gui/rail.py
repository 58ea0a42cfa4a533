# SPDX-License-Identifier: MIT
"""The side rail: where one is on the way."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step, stage_of
from setup_assistant.gui import words
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, label, set_property
from setup_assistant.gui.theme import GAP

WIDEST = 216
"""The rail leaves the page its room, however large the text is."""
POSITION = Text("Step {number} of {all}: {name}")
POSITION_OPEN = Text("Step {number} of {all}: {name}. Something is open there.")


class Rail(QFrame):
    """The list of stages; it shows and is never pressed."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("rail", "true")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * GAP, 3 * GAP, 2 * GAP, 2 * GAP)
        self._column.setSpacing(0)
        self._stages = QVBoxLayout()
        self._stages.setSpacing(2)
        self._brand = QWidget()
        brand = QHBoxLayout(self._brand)
        brand.setContentsMargins(0, 0, 0, 3 * GAP)
        brand.setSpacing(GAP + 2)
        brand.addWidget(Glyph(kit, "setup-assistant", "accent", 30))
        name = label(kit, words.PRODUCT, "stage here")
        brand.addWidget(name, 1)
        self._column.addWidget(self._brand)
        self._column.addLayout(self._stages)
        self._column.addStretch(1)
        self.foot = QVBoxLayout()
        self.foot.setSpacing(2)
        self._column.addLayout(self.foot)
        self._made: dict[Step, tuple[QWidget, Glyph, QLabel]] = {}
        self._entries: list[tuple[Step, QWidget, Glyph, QLabel]] = []

    def sizeHint(self) -> QSize:
        return QSize(min(round(14 * self._kit.sizes.body + 10), WIDEST), 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave the program's name out where the stages would have to be cut for it."""
        brand = 0 if self._brand.isVisibleTo(self) else self._brand.sizeHint().height()
        self._brand.setVisible(self._column.minimumSize().height() + brand <= self.height())

    def show_place(self, stages: tuple[Step, ...], step: Step, still_open: Collection[Step] = ()) -> None:
        """Show the way and the place on it; ``still_open`` are stages behind us that did not come to a good end."""
        if tuple(entry[0] for entry in self._entries) != stages:
            self._lay_out(stages)
        here = stages.index(stage_of(step, stages))
        for number, (stage, holder, glyph, text) in enumerate(self._entries):
            name = text.text()
            is_open = number < here and stage in still_open
            if is_open:
                glyph.show_icon("notice", "notice")
            elif number < here:
                glyph.show_icon("ok", "ok")
            elif number == here:
                glyph.show_icon("here", "accent")
            else:
                glyph.show_icon("pending", "outline")
            set_property(text, "role", "stage here" if number == here else "stage")
            set_property(holder, "stage", "here" if number == here else "")
            position = (POSITION_OPEN if is_open else POSITION).filled(number=number + 1, all=len(stages), name=name)
            holder.setAccessibleName(self._kit.say(position))
            if stage is stages[here]:
                self.setAccessibleName(self._kit.say(position))
        self._make_room()

    def _lay_out(self, stages: tuple[Step, ...]) -> None:
        """Put the stages in this order; one that was listed before is taken again."""
        for holder, _, _ in self._made.values():
            self._stages.removeWidget(holder)
        for stage, (holder, _, _) in self._made.items():
            holder.setVisible(stage in stages)
        for stage in stages:
            if stage not in self._made:
                self._made[stage] = self._make(stage)
            self._stages.addWidget(self._made[stage][0])
        self._entries = [(stage, *self._made[stage]) for stage in stages]

    def _make(self, stage: Step) -> tuple[QWidget, Glyph, QLabel]:
        holder = QFrame(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(GAP, GAP - 1, GAP, GAP - 1)
        row.setSpacing(GAP + 2)
        glyph = Glyph(self._kit, "pending", "muted", 18)
        text = label(self._kit, words.STAGES[stage], "stage")
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(text, 1)
        holder.show()
        return holder, glyph, text
