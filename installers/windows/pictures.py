# SPDX-License-Identifier: MIT
"""Draws the pictures of the Windows installer from the program's one SVG, at double size for fine screens.

Run with the Python of build/package/venv: ``python -m installers.windows.pictures FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

from installers.icons import SVG

WELCOME = (328, 628)  # 164 × 314 in dialog pixels
HEADER = (300, 114)  # 150 × 57
TOP, BOTTOM = QColor("#5566e0"), QColor("#3040a8")  # the icon's own
RINGS = (150, 230, 310, 390, 470)


def welcome() -> QImage:
    """The left side of the first and last page: rings that go out from the icon, as in the icon itself."""
    width, height = WELCOME
    image, painter = canvas(*WELCOME)
    colours = QLinearGradient(0, 0, 0, height)
    colours.setColorAt(0, TOP)
    colours.setColorAt(1, BOTTOM)
    painter.fillRect(image.rect(), colours)
    middle = QPointF(width / 2, height * 0.42)
    for radius in RINGS:
        line = QColor("white")
        line.setAlphaF(0.28 - radius / 2400)
        painter.setPen(QPen(line, 6))
        painter.drawEllipse(middle, radius, radius)
    side = 176
    QSvgRenderer(str(SVG)).render(painter, QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))
    painter.end()
    return image


def header() -> QImage:
    """The right end of the other pages' heading."""
    width, height = HEADER
    image, painter = canvas(*HEADER)
    painter.fillRect(image.rect(), QColor("white"))
    side = height - 20
    QSvgRenderer(str(SVG)).render(painter, QRectF(width - side - 12, 10, side, side))
    painter.end()
    return image


def canvas(width: int, height: int) -> tuple[QImage, QPainter]:
    """Return an image without transparency, which bitmaps of NSIS cannot have, and its painter."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return image, painter


def write_pictures(folder: Path) -> None:
    """Write them into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in (("welcome.bmp", welcome()), ("header.bmp", header())):
        if not image.save(str(folder / name), "BMP"):  # type: ignore[call-overload]  # as in installers.icons
            raise OSError(f"{folder / name} could not be written")


if __name__ == "__main__":
    write_pictures(Path(sys.argv[1]))
