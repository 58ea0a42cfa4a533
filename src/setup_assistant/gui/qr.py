# SPDX-License-Identifier: MIT
"""A QR code, dark on white in both schemes so that every phone reads it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from setup_assistant.gui.theme import GAP

QUIET_ZONE = 3
"""Modules of white around the code."""
SMALLEST_MODULE = 3
"""Pixels; smaller ones are hard for a phone to tell apart on a screen."""
OVERLAP = 0.08
"""By how much of itself a module reaches into the next, so that no line of white shows between them."""


@lru_cache(maxsize=8)
def drawn(link: str) -> tuple[int, QPainterPath]:
    """How many modules wide the code of a link is, and its dark ones in one path, a module counted as 1."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    import segno  # weighs much, and most pages show no code

    matrix = segno.make(link, error="l", micro=False).matrix if link else ()
    for y, line in enumerate(matrix):
        for x, dark in enumerate(line):
            if dark:
                path.addRect(x, y, 1 + OVERLAP, 1 + OVERLAP)
    return len(matrix), path


class QrCode(QWidget):
    """Shows a link as a QR code."""

    def __init__(self, side: int = 168) -> None:
        super().__init__()
        self._side = side
        self.link = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        modules, _ = drawn(self.link)
        side = max(self._side, SMALLEST_MODULE * (modules + 2 * QUIET_ZONE))
        return QSize(side, side)

    def show_link(self, link: str) -> None:
        """Show ``link``; an empty one shows nothing."""
        if link == self.link:
            return
        self.link = link
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        modules, path = drawn(self.link)
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(self.rect(), 8, 8)
        if modules:
            module = self.width() / (modules + 2 * QUIET_ZONE)
            painter.scale(module, module)
            painter.translate(QUIET_ZONE, QUIET_ZONE)
            painter.fillPath(path, QColor("#10131a"))
        painter.end()


def beside_code(left: QLayout, code: QrCode) -> QHBoxLayout:
    """A row with what is said on the left, and the code on the right."""
    row = QHBoxLayout()
    row.setSpacing(2 * GAP)
    row.addLayout(left, 1)
    row.addWidget(code, 0, Qt.AlignmentFlag.AlignVCenter)
    return row
