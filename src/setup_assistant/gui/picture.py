# SPDX-License-Identifier: MIT
"""The picture of the connection."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtWidgets import QWidget

from setup_assistant.gui.kit import Kit
from setup_assistant.gui.session import Session


class Mode(StrEnum):
    """What the picture is to show."""

    TODAY = "today"
    AS_IT_IS = "as_it_is"
    PROVEN = "proven"


class Picture(QWidget):
    """Placeholder until drawn."""

    def __init__(self, kit: Kit, session: Session, mode: Mode) -> None:
        super().__init__()
