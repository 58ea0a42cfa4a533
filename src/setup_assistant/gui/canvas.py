# SPDX-License-Identifier: MIT
"""Draws a scene: the stations of the way in, where it ends, and the way around."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import address_lines, address_parts, font, in_lines
from setup_assistant.gui.scene import SKELETON, Node, Scene, Way

RELAY = Text("Tailscale’s relay")
WAY_COLOURS = {Way.OPEN: "problem", Way.PLANNED: "accent", Way.UNPROVEN: "unknown", Way.PROVEN: "ok"}
TILE = 48
COLUMN = TILE + 20
"""A tile, and room for an arrow beside it."""
MIDDLE = 112
"""How far down the tiles' centres are; the way through Funnel is above them."""
UNDER = 8
"""Between a tile and its name."""
BELOW = 4
SIDE = 2
"""What a name keeps free at its sides, in pixels."""
SMALLEST = 9
NARROWEST = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """What a width allows."""

    unit: float
    """Pixels; everything drawn is counted in it."""
    text: int
    captions: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """For each node the lines of its name and of its address."""
    height: int


class Canvas(QWidget):
    """Draws a scene."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.shown: Scene = SKELETON
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._plans: dict[int, Plan] = {}
        """By width: a layout asks for the height of the same few over and over."""
        self._plan = self.plan(NARROWEST)
        kit.restyled.connect(self._refresh)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.plan(width).height

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(480))

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, self.fontMetrics().height())

    def plan(self, width: int) -> Plan:
        """How large everything is in a picture of this width: no tile covers another, and no word is cut."""
        made = self._plans.get(width)
        if made is None:
            made = self._plans[width] = self._make_plan(width)
        return made

    def _make_plan(self, width: int) -> Plan:
        column, size = width / len(self.shown.nodes), self._kit.sizes.body / 14
        unit = min(size, column / COLUMN)
        room = column - 2 * SIDE
        said = [(self._kit.say(node.name), node.detail) for node in self.shown.nodes]
        words = [part for name, address in said for part in (*name.split(), *address_parts(address))]
        text = self._kit.sizes.small
        widest = max(map(QFontMetricsF(font(text, strong=True)).horizontalAdvance, words))
        text = max(min(text, int(text * room / widest)), SMALLEST)
        usual, strong = QFontMetricsF(font(text)), QFontMetricsF(font(text, strong=True))
        captions = tuple((in_lines(name, strong, room), address_lines(address, usual, room)) for name, address in said)
        lines = max(len(name) + len(detail) for name, detail in captions)
        height = (self.middle + TILE / 2 + UNDER) * unit + lines * usual.lineSpacing() + BELOW
        return Plan(unit, text, captions, math.ceil(height))

    @property
    def middle(self) -> int:
        """Where the straight way runs; without a way around it there is nothing above."""
        return MIDDLE if self.shown.leads_around else TILE

    def show_scene(self, shown: Scene) -> None:
        """Draw ``shown`` from now on."""
        if shown != self.shown:
            self.shown = shown
            self._refresh()

    def _refresh(self) -> None:
        self._plans.clear()
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._plan = self.plan(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centres = self._centres()
        self._draw_links(painter, centres)
        self._draw_funnel(painter, centres)
        for number, (node, centre) in enumerate(zip(self.shown.nodes, centres, strict=True)):
            self._draw_node(painter, node, centre, number)
        painter.end()

    def _centres(self) -> list[QPointF]:
        count = len(self.shown.nodes)
        column = self.width() / count
        y = self.middle * self._plan.unit
        across = [QPointF(column * (number + 0.5), y) for number in range(count)]
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            across.reverse()
        return across

    def _draw_links(self, painter: QPainter, centres: list[QPointF]) -> None:
        colours, half = self._kit.colours, TILE * self._plan.unit / 2
        for number in range(len(centres) - 1):
            start, end = centres[number], centres[number + 1]
            step = half + 5 * self._plan.unit
            sign = 1 if end.x() > start.x() else -1
            before, after = QPointF(start.x() + sign * step, start.y()), QPointF(end.x() - sign * step, end.y())
            stop = self.shown.stop
            reached = self.shown.known and (stop is None or number < stop)
            needed = self.shown.way in (Way.PLANNED, Way.OPEN)
            colour = colours.notice if reached and needed else colours.outline
            pen = QPen(QColor(colour), 2.2 * self._plan.unit)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            if not reached:
                pen.setDashPattern([0.1, 2.6])
            painter.setPen(pen)
            painter.drawLine(before, after)
            if reached:
                self._arrow(painter, after, QPointF(sign, 0), colour)

    def _arrow(self, painter: QPainter, tip: QPointF, direction: QPointF, colour: str) -> None:
        size = 6 * self._plan.unit
        across = QPointF(-direction.y(), direction.x())
        pen = QPen(QColor(colour), 2.2 * self._plan.unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for side in (1, -1):
            painter.drawLine(tip, tip - direction * size + across * (side * size * 0.7))

    def _draw_funnel(self, painter: QPainter, centres: list[QPointF]) -> None:
        if not self.shown.leads_around:
            return
        colours, unit = self._kit.colours, self._plan.unit
        way = self.shown.way
        colour = getattr(colours, WAY_COLOURS[way])
        half = TILE * unit / 2
        first, last = centres[0], centres[-1]
        relay = QPointF((first.x() + last.x()) / 2, 30 * unit)
        pen = QPen(QColor(colour), 2.6 * unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if way not in (Way.PROVEN, Way.OPEN):
            pen.setDashPattern([2.2, 2.4])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        top = first.y() - half - 6 * unit
        path = QPainterPath(QPointF(first.x(), top))
        path.quadTo(QPointF(first.x(), relay.y()), QPointF((first.x() + relay.x()) / 2, relay.y()))
        path.lineTo(QPointF((last.x() + relay.x()) / 2, relay.y()))
        path.quadTo(QPointF(last.x(), relay.y()), QPointF(last.x(), top))
        painter.drawPath(path)
        self._arrow(painter, QPointF(last.x(), top), QPointF(0, 1), colour)
        self._draw_relay(painter, relay, colour)

    def _draw_relay(self, painter: QPainter, centre: QPointF, colour: str) -> None:
        unit, text = self._plan.unit, self._kit.say(RELAY)
        painter.setFont(font(self._plan.text, strong=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 44 * unit
        box = QRectF(centre.x() - width / 2, centre.y() - 15 * unit, width, 30 * unit)
        painter.setPen(QPen(QColor(colour), 1.6 * unit))
        painter.setBrush(QColor(self._kit.colours.surface))
        painter.drawRoundedRect(box, 15 * unit, 15 * unit)
        side = 18 * unit
        self._kit.icons.paint(
            painter, "funnel", colour, QRectF(box.left() + 10 * unit, centre.y() - side / 2, side, side)
        )
        painter.setPen(QColor(self._kit.colours.text))
        painter.drawText(box.adjusted(32 * unit, 0, -8 * unit, 0), Qt.AlignmentFlag.AlignCenter, text)

    def _draw_node(self, painter: QPainter, node: Node, centre: QPointF, number: int) -> None:
        colours, unit = self._kit.colours, self._plan.unit
        side = TILE * unit
        box = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
        stops_here = self.shown.stop == number
        matters = stops_here and self.shown.way in (Way.PLANNED, Way.OPEN)
        is_goal = number == len(self.shown.nodes) - 1
        edge, fill, ink = colours.border, colours.sunken, colours.text
        if matters:
            edge, fill, ink = colours.notice, colours.notice_soft, colours.notice
        elif is_goal and self.shown.way is Way.PROVEN:
            edge, fill, ink = colours.ok, colours.ok_soft, colours.ok
        elif is_goal and self.shown.way is Way.OPEN:
            edge, fill, ink = colours.problem, colours.problem_soft, colours.problem
        elif node.icon == "unknown":
            edge, fill, ink = colours.unknown, colours.unknown_soft, colours.unknown
        painter.setPen(QPen(QColor(edge), 1.5 * unit))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, 11 * unit, 11 * unit)
        inner = 26 * unit
        place = QRectF(centre.x() - inner / 2, centre.y() - inner / 2, inner, inner)
        self._kit.icons.paint(painter, node.icon, ink, place)
        if stops_here:
            self._badge(painter, box.topRight(), "stop", colours.notice if matters else colours.muted)
        if is_goal:
            self._badge(painter, box.bottomRight(), "play", getattr(colours, WAY_COLOURS[self.shown.way]))
        self._caption(painter, number, centre, box.bottom())

    def _badge(self, painter: QPainter, corner: QPointF, icon: str, colour: str) -> None:
        side = 20 * self._plan.unit
        place = QRectF(corner.x() - side / 2, corner.y() - side / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._kit.colours.surface))
        painter.drawEllipse(place.adjusted(-1, -1, 1, 1))
        self._kit.icons.paint(painter, icon, colour, place)

    def _caption(self, painter: QPainter, number: int, centre: QPointF, top: float) -> None:
        name, detail = self._plan.captions[number]
        width = self.width() / len(self.shown.nodes)
        box = QRectF(centre.x() - width / 2, top + UNDER * self._plan.unit, width, 0)
        for lines, colour, strong in ((name, self._kit.colours.text, True), (detail, self._kit.colours.muted, False)):
            painter.setFont(font(self._plan.text, strong=strong))
            painter.setPen(QColor(colour))
            for line in lines:
                box.setHeight(painter.fontMetrics().lineSpacing())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, line)
                box.moveTop(box.bottom())
