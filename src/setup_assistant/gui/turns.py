# SPDX-License-Identifier: MIT
"""Work that can wait a moment, one piece a turn of the event loop, so that the window stays at hand."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid


class Turns(QObject):
    """The queue of one window: Qt would serve all timers that are due in one turn, and the pause were their sum."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[Turn] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._serve)

    @property
    def are_over(self) -> bool:
        """Whether nothing waits."""
        return not self._queue

    def join(self, turn: Turn) -> None:
        """Put it at the end of the queue, unless it waits there already."""
        if turn not in self._queue:
            self._queue.append(turn)
            self._timer.start()

    def _serve(self) -> None:
        turn = self._queue.popleft()
        if self._queue:
            self._timer.start()
        if isValid(turn):  # its owner may be gone by now
            turn.came.emit()


class Turn(QObject):
    """One place in the queue; it belongs to what works when it comes."""

    came = Signal()

    def __init__(self, turns: Turns, owner: QObject) -> None:
        super().__init__(owner)
        self._turns = turns

    def ask(self) -> None:
        """Wait for a turn."""
        self._turns.join(self)
