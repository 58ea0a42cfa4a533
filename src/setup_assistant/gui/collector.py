# SPDX-License-Identifier: MIT
"""Keeps Python's garbage collection on the window's thread."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


class Collector(QObject):
    """Collects now and then, on the thread it lives on, and on no other.

    Python collects on whatever thread happens to allocate. On the engine's thread that could destroy a widget
    that nothing refers to any more, and Qt allows that on the window's thread only: the process would crash.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the generations that are due, as Python itself would."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Leave collecting to Python again; call it when the engine's thread has ended."""
        self._timer.stop()
        gc.enable()
