# SPDX-License-Identifier: MIT
"""About this program: its version, what it is made of, and under which licences."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import QSize, qVersion
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui import words
from setup_assistant.gui.column_dialog import ColumnDialog
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Glyph, label, one_line
from setup_assistant.gui.theme import GAP

VERSION = Text("Version {version}")
LICENCE = Text("Free software under the MIT licence. It is not made by Plex or Tailscale, nor on their behalf.")
MADE_OF = Text("It is made of these parts, each under its own open licence:")
REPLACEABLE = Text("Qt’s libraries may be replaced by versions of your own.")
TYPEFACE = ("Inter", "", "OFL-1.1")
PARTS = (
    ("defusedxml", "PSF-2.0"),
    ("filelock", "MIT"),
    ("httpx", "BSD-3-Clause"),
    ("jeepney", "MIT"),
    ("keyring", "MIT"),
    ("platformdirs", "MIT"),
    ("psutil", "BSD-3-Clause"),
    ("pystun3", "MIT"),
    ("segno", "BSD-3-Clause"),
    ("tomlkit", "MIT"),
    ("truststore", "MIT"),
)
"""Distributions that the program uses itself, each with the SPDX name of its licence."""


def installed() -> dict[str, str]:
    """Those of PARTS that are on this computer, each with its version."""
    found = {}
    for name, _ in PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def parts() -> list[tuple[str, str, str]]:
    """Name, version and licence of what the program is made of, on this computer."""
    versions = installed()
    return [
        ("Python", platform.python_version(), "PSF-2.0"),
        ("Qt, Qt for Python", qVersion(), "LGPL-3.0"),
        *((name, versions[name], licence) for name, licence in PARTS if name in versions),
        TYPEFACE,
    ]


class AboutDialog(ColumnDialog):
    """Versions and licences."""

    def __init__(self, kit: Kit, version: str, newer: QWidget | None = None, parent: QWidget | None = None) -> None:
        """``newer`` stands below the version."""
        super().__init__(kit, words.ABOUT, GAP + 4, parent)
        column = self.column
        head = QHBoxLayout()
        head.setSpacing(GAP + 4)
        head.addWidget(Glyph(kit, "setup-assistant", "accent", 40))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(label(kit, words.PRODUCT, "section"))
        names.addWidget(label(kit, VERSION.filled(version=version), "muted", selectable=True))
        head.addLayout(names, 1)
        column.addLayout(head)
        if newer is not None:
            column.addWidget(newer)
        column.addWidget(label(kit, LICENCE))
        column.addWidget(label(kit, MADE_OF, "muted"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(2, 1)
        for line, part in enumerate(parts()):
            for place, text in enumerate(part):
                grid.addWidget(one_line(kit, text, "strong" if place == 0 else "muted"), line, place)
        column.addLayout(grid)
        column.addWidget(label(kit, REPLACEABLE, "muted"))
        self.enclose(QSize(480, 560))
