# SPDX-License-Identifier: MIT
"""A QR code, dark on white in both schemes so that every phone reads it."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET_ZONE = 3
"""Modules of white around the code."""
SMALLEST_MODULE = 3
"""Pixels; smaller ones are hard for a phone to tell apart on a screen."""


class QrCode(QWidget):
    """Shows a link as a QR code."""

    def __init__(self, side: int = 168) -> None:
        super().__init__()
        self._side = side
        self._matrix: tuple[tuple[int, ...], ...] = ()
        self.link = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = max(self._side, SMALLEST_MODULE * (len(self._matrix) + 2 * QUIET_ZONE))
        return QSize(side, side)

    def show_link(self, link: str) -> None:
        """Show ``link``; an empty one shows nothing."""
        if link == self.link:
            return
        self.link = link
        matrix = segno.make(link, error="l", micro=False).matrix if link else ()
        self._matrix = tuple(tuple(int(module) for module in line) for line in matrix)
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(self.rect(), 8, 8)
        if self._matrix:
            painter.setBrush(QColor("#10131a"))
            module = self.width() / (len(self._matrix) + 2 * QUIET_ZONE)
            for y, line in enumerate(self._matrix):
                for x, dark in enumerate(line):
                    if dark:
                        left, top = (x + QUIET_ZONE) * module, (y + QUIET_ZONE) * module
                        painter.drawRect(QRectF(left, top, module + 0.3, module + 0.3))
        painter.end()
