# SPDX-License-Identifier: MIT
"""Draws the program's icon from its one SVG in every format that a system wants: PNG, ICO, ICNS.

Run with the Python of build/package/venv: ``python -m installers.icons FOLDER``."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from installers.contents import NAME, ROOT

SVG = ROOT / "resources" / "icons" / "setup-assistant.svg"
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
ICO_SIZES = (16, 24, 32, 48, 64, 256)
# Apple's names for PNG images of these sizes; the same size has a second name for double density.
ICNS_TYPES = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic07": 128,
    b"ic08": 256,
    b"ic09": 512,
    b"ic10": 1024,
    b"ic11": 32,
    b"ic12": 64,
    b"ic13": 256,
    b"ic14": 512,
}


def draw(size: int) -> tuple[bytes, bytes]:
    """Draw the icon; return it as PNG, and as rows of BGRA from the top."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants str, Qt takes a str too
    return bytes(data.data()), bytes(image.constBits())


def ico(images: dict[int, tuple[bytes, bytes]]) -> bytes:
    """Return a Windows icon: 256 pixels as PNG, smaller ones as bitmaps, which every reader of icons knows."""
    parts = [png if size == 256 else bitmap(size, pixels) for size, (png, pixels) in images.items()]
    position = 6 + 16 * len(parts)
    table = struct.pack("<HHH", 0, 1, len(parts))
    for size, part in zip(images, parts, strict=True):
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(part), position)
        position += len(part)
    return table + b"".join(parts)


def bitmap(size: int, pixels: bytes) -> bytes:
    """Return a bitmap as icons hold it: rows from the bottom, and a mask that hides nothing (alpha does)."""
    row = size * 4
    rows = b"".join(pixels[start : start + row] for start in range(len(pixels) - row, -1, -row))
    mask = bytes((size + 31) // 32 * 4 * size)
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(rows) + len(mask), 0, 0, 0, 0)
    return header + rows + mask


def icns(pngs: dict[int, bytes]) -> bytes:
    """Return an icon for macOS."""
    parts = b"".join(kind + struct.pack(">I", 8 + len(pngs[size])) + pngs[size] for kind, size in ICNS_TYPES.items())
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


def write_icons(folder: Path) -> None:
    """Write every format into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {size: draw(size) for size in PNG_SIZES}
    for size, (png, _) in drawn.items():
        (folder / f"{NAME}-{size}.png").write_bytes(png)
    (folder / f"{NAME}.ico").write_bytes(ico({size: drawn[size] for size in ICO_SIZES}))
    (folder / f"{NAME}.icns").write_bytes(icns({size: png for size, (png, _) in drawn.items()}))


if __name__ == "__main__":
    write_icons(Path(sys.argv[1]))
