# SPDX-License-Identifier: MIT
"""Our own icons: drawn from SVG files in whatever colour stands beside them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from setup_assistant.core.changes import Result
from setup_assistant.core.findings import Finding, Status
from setup_assistant.gui.standing import Asks, asks

OF_STATUS = {
    Status.OK: "ok",
    Status.NOTICE: "notice",
    Status.PROBLEM: "problem",
    Status.UNKNOWN: "unknown",
    Status.BLOCKED: "blocked",
}


def of_finding(finding: Finding) -> tuple[str, str]:
    """Icon and colour name of an answer; what is only a task does not look like an alarm."""
    match asks(finding):
        case Asks.PROGRAM:
            return "wrench", "accent"
        case Asks.SIGN_IN:
            return "key", "accent"
    return OF_STATUS[finding.status], "muted" if finding.status is Status.BLOCKED else finding.status.value


OF_RESULT = {
    Result.APPLIED: ("ok", Status.OK),
    Result.ALREADY: ("ok", Status.OK),
    Result.FAILED: ("problem", Status.PROBLEM),
    Result.UNDONE: ("ok", Status.OK),
    Result.LEFT_ALONE: ("notice", Status.NOTICE),
    Result.SKIPPED: ("skipped", Status.BLOCKED),
}


class Icons:
    """The folder of icons."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def paint(self, painter: QPainter, name: str, colour: str, place: QRectF) -> None:
        """Draw the icon into ``place``."""
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(place, *self._drawn(name, colour, round(place.width() * ratio)))

    def _drawn(self, name: str, colour: str, side: int) -> tuple[QPixmap, QRectF]:
        """The icon as it was drawn once in that size, in pixels of the screen: a page shows the same few over again."""
        key = f"{self._folder}/{name} {colour} {side}"
        kept = QPixmap()
        if not QPixmapCache.find(key, kept):
            kept = self.pixmap(name, colour, side)
            QPixmapCache.insert(key, kept)
        return kept, QRectF(kept.rect())

    def pixmap(self, name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
        """Return the icon, ``size`` pixels wide at 100 %."""
        made = QPixmap(round(size * ratio), round(size * ratio))
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer(self._folder / f"{name}.svg", colour).render(painter, QRectF(made.rect()))
        painter.end()
        made.setDevicePixelRatio(ratio)
        return made

    def icon(self, name: str, colour: str, size: int = 18) -> QIcon:
        """Return the icon for a button."""
        made = QIcon()
        app = QGuiApplication.instance()
        sharpest = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
        for ratio in sorted({1.0, sharpest}):
            drawn = QPixmap(self._drawn(name, colour, round(size * ratio))[0])
            drawn.setDevicePixelRatio(ratio)
            made.addPixmap(drawn)
        return made

    def program(self) -> QIcon:
        """The program's own icon."""
        made = QIcon()
        for size in (16, 32, 48, 128):
            made.addPixmap(self.pixmap("setup-assistant", "", size))
        return made


@lru_cache(maxsize=256)
def renderer(file: Path, colour: str) -> QSvgRenderer:
    """Return what draws the file in that colour."""
    content = file.read_bytes().replace(b"currentColor", colour.encode())
    return QSvgRenderer(QByteArray(content))
