# SPDX-License-Identifier: MIT
"""Starts Qt, shows the window, and turns a mistake nobody expected into a dialog."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from setup_assistant.gui.collector import Collector
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.window import MainWindow

log = logging.getLogger(__name__)


class Mistakes(QObject):
    """Brings exceptions that nobody caught, on whatever thread, to the window."""

    met = Signal(object)

    def install(self) -> None:
        """Take the place of Python's own hooks, which print where nobody looks."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def _on_exception(self, kind: type[BaseException], trouble: BaseException, where: TracebackType | None) -> None:
        if isinstance(trouble, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("a mistake nobody caught", exc_info=(kind, trouble, where))
        self.met.emit(trouble)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            log.error("a mistake nobody caught, on a thread", exc_info=arguments.exc_value)
            self.met.emit(arguments.exc_value)


def make_window(services: WindowServices) -> MainWindow:
    """Build the window over an application that exists; the caller shows it."""
    kit = Kit(services.resources, services.translate, services.open_link)
    kit.load_fonts()
    kit.wear(kit.system_scheme())
    window = MainWindow(services, kit)
    kit.setParent(window)
    return window


def run(services: WindowServices) -> int:
    """Show the window until it is closed, and return the exit code."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("setup-assistant")
    app.setApplicationVersion(services.version)
    app.setDesktopFileName("setup-assistant")
    app.setStyle("Fusion")
    collector = Collector()
    window = make_window(services)
    mistakes = Mistakes()
    mistakes.met.connect(window.show_crash)
    hooks = sys.excepthook, threading.excepthook
    mistakes.install()
    # Python sees Ctrl-C only while its own code runs, so it gets a moment now and then.
    former = signal.signal(signal.SIGINT, lambda *_: window.close())
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(300)
    window.show()
    try:
        return app.exec()
    finally:
        pulse.stop()
        window.worker.close()
        collector.stop()
        signal.signal(signal.SIGINT, former)
        sys.excepthook, threading.excepthook = hooks
