# SPDX-License-Identifier: MIT
"""What Plex plays while the person tries the address with a phone, kept for whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from setup_assistant.gui.jobs import Jobs
from setup_assistant.gui.worker import Worker

if TYPE_CHECKING:
    from setup_assistant.core.events import Viewers


class PhoneWatch(QObject):
    """One test with a phone; it runs beside the session's jobs, and a job that begins ends it."""

    changed = Signal()

    def __init__(self, worker: Worker, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._jobs = jobs
        self.is_on = False
        self.seen: Viewers | None = None
        """What was told last; None: nothing yet."""
        worker.happened.connect(self._on_event)

    def start(self) -> None:
        """Begin to be told what plays."""
        self.is_on, self.seen = True, None
        self._worker.call(self._jobs.watch_viewers, True)
        self.changed.emit()

    def stop(self) -> None:
        """Stop; what was seen stays."""
        if self.is_on:
            self.is_on = False
            self._worker.call(self._jobs.watch_viewers, False)
            self.changed.emit()

    def _on_event(self, _: int, event: object) -> None:
        from setup_assistant.core.events import Viewers

        if isinstance(event, Viewers) and self.is_on:
            self.seen = event
            self.is_on = not event.over
            self.changed.emit()
