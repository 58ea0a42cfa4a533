# SPDX-License-Identifier: MIT
"""Imports what later pages are made of while nobody waits for it, one module a turn of the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from importlib import import_module

from PySide6.QtCore import QObject, Signal

from setup_assistant.gui.turns import Turn, Turns

SOON = (
    "setup_assistant.core.connection",
    "setup_assistant.core.plex_facts",
    "setup_assistant.core.facts",
    "setup_assistant.core.words",
    "setup_assistant.gui.rows",
    "setup_assistant.gui.areas",
    "setup_assistant.checks.line_rules",
    "setup_assistant.checks.connection",
    "setup_assistant.gui.wan",
    "setup_assistant.gui.pages.checks",
    "setup_assistant.gui.pages.consent",
)
"""For the page after the first."""
LATER = (
    "setup_assistant.gui.pages.health",
    "setup_assistant.gui.pages.review",
    "setup_assistant.gui.pages.work",
    "setup_assistant.gui.pages.proof",
    "setup_assistant.gui.pages.done",
    "segno.consts",
    "segno.encoder",
    "segno",
    "setup_assistant.gui.pages.sign_in",
    "setup_assistant.gui.pages.undo",
)
"""For the others; what is not here yet when a page is made, is imported then."""


class Loading(QObject):
    """A queue of modules."""

    finished = Signal()
    """All that was to be loaded is there."""

    def __init__(self, turns: Turns, owner: QObject) -> None:
        super().__init__(owner)
        self._left: deque[str] = deque()
        self._turn = Turn(turns, self)
        self._turn.came.connect(self._load_next)

    def load(self, modules: Iterable[str]) -> None:
        """Import these, one after the other."""
        self._left.extend(modules)
        self._turn.ask()

    def _load_next(self) -> None:
        if self._left:
            import_module(self._left.popleft())
            self._turn.ask()
        else:
            self.finished.emit()
