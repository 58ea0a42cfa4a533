# SPDX-License-Identifier: MIT
"""For a person who looks elsewhere: how far a job is, on the taskbar, and a word when a long wait has ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui import words
from setup_assistant.gui.contract import Desktop
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.session import Session
from setup_assistant.gui.worker import Worker

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

LONG_S = 10.0
"""A job that takes longer than this has given the person time to look elsewhere."""
SHOWN_MS = 10_000
ENDED: dict[Job, Text] = {
    Job.LOOK: Text("The look at everything is done."),
    Job.SIGN_IN_PLEX: Text("You are signed in to Plex. Go on in this program."),
    Job.SIGN_IN_TAILSCALE: Text("You are signed in to Tailscale. Go on in this program."),
    Job.APPLY: Text("The changes have come to their end. See what was reached."),
    Job.UNDO: Text("Taking back has come to its end. See how it went."),
}
STOPPED = Text("It did not come to its end. See what is next.")
SIGN_INS = (Job.SIGN_IN_PLEX, Job.SIGN_IN_TAILSCALE)
"""These happen in the browser: whoever signed in is elsewhere, however quick it was."""


class Attention(QObject):
    """Follows the session; says nothing to somebody who has the window before them."""

    def __init__(self, window: QWidget, kit: Kit, session: Session, worker: Worker, desktop: Desktop | None) -> None:
        super().__init__(window)
        self._window = window
        self._kit = kit
        self._session = session
        self._worker = worker
        self._desktop = desktop
        self._since: float | None = None
        self._share: float | None = None
        self.tray: QSystemTrayIcon | None = None
        session.changed.connect(self._follow)
        session.reported.connect(self._follow)
        session.finished.connect(self._on_finished)

    def _follow(self) -> None:
        session = self._session
        self._since = (self._since or time.monotonic()) if session.job is not None else None
        self._show(self.share)

    @property
    def share(self) -> float | None:
        """How far the job is, from 0 to 1; None where nobody can tell."""
        session = self._session
        if session.job is None:
            return None
        if session.wait is not None and session.wait.limit > 0:
            return min(session.wait.elapsed / session.wait.limit, 1.0)
        if session.job is Job.APPLY and session.carried_out is not None and not session.verifying:
            return len(session.reports) / max(len(session.carried_out.entries), 1)
        if session.job is Job.UNDO and session.preview.codes:
            return min(len(session.reports) / len(session.preview.codes), 1.0)
        return None

    def _show(self, share: float | None) -> None:
        if share == self._share or self._desktop is None:
            return
        self._share = share
        desktop, window = self._desktop, int(self._window.winId())
        self._worker.call(desktop.show_progress, window, share)

    def _on_finished(self, name: str) -> None:
        job, since = Job(name), self._since
        self._since = None
        self._show(None)
        long = since is not None and time.monotonic() - since >= LONG_S
        if job in ENDED and (long or job in SIGN_INS) and QApplication.activeWindow() is None:
            self.say(ENDED[job] if self._session.trouble is None else STOPPED)

    def say(self, text: Text) -> None:
        """Tell it on the desktop, and mark the window in the taskbar."""
        title, said = self._kit.say(words.PRODUCT), self._kit.say(text)
        QApplication.alert(self._window)
        from PySide6.QtWidgets import QSystemTrayIcon

        desktop = self._desktop
        if desktop is not None and desktop.notifies:
            self._worker.call(desktop.notify, title, said)
        elif QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self.tray = self.tray or QSystemTrayIcon(self._kit.icons.program(), self)
            self.tray.show()
            self.tray.showMessage(title, said, self._kit.icons.program(), SHOWN_MS)
            QTimer.singleShot(SHOWN_MS, self.tray.hide)
