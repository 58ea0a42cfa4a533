# SPDX-License-Identifier: MIT
"""Starts Qt, shows the window, and turns a mistake nobody expected into a dialog."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from dataclasses import replace
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTimer, QTranslator, Signal
from PySide6.QtWidgets import QApplication

from setup_assistant.gui.collector import Collector
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.window import MainWindow

log = logging.getLogger(__name__)

SWITCH_S = 0.0001
"""How long Python lets the engine's thread run on while the window wants to, in seconds; by itself it is fifty times as
much, at each of the many calls of which a page is made."""


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


class QtWords(QObject):
    """Qt's own words (its menus, its buttons, what screen readers say of them), and the direction of writing."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._translator: QTranslator | None = None

    def speak(self, code: str) -> None:
        """Speak a language, as far as Qt knows it; its English needs no catalogue."""
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator = None
        language = QLocale(code)
        QLocale.setDefault(language)
        translator = QTranslator(self)
        if translator.load(language, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._app.installTranslator(translator)
            self._translator = translator
        self._app.setLayoutDirection(language.textDirection())


class Shown(QObject):
    """The window that is shown; choosing another language builds it anew."""

    def __init__(self, services: WindowServices, app: QApplication, mistakes: Mistakes) -> None:
        super().__init__(app)
        self._services = services
        self._mistakes = mistakes
        self._qt = QtWords(app)
        self.window = self._build()

    def _build(self) -> MainWindow:
        self._qt.speak(self._services.language)
        window = make_window(self._services)
        window.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
        window.language_chosen.connect(self._speak, Qt.ConnectionType.QueuedConnection)
        self._mistakes.met.connect(window.show_crash)
        return window

    def _speak(self, code: str) -> None:
        former = self.window
        words = self._services.choose_language(code)
        # A simulated host lives on one loop at a time.
        former.worker.close()
        self._services = replace(self._services, translate=words, language=code, consent=former.session.consent)
        self.window = self._build()
        self.window.setGeometry(former.geometry())
        self.window.show()
        self._mistakes.met.disconnect(former.show_crash)
        former.close()
        former.deleteLater()


def show_error(words: str) -> None:
    """Say why the program does not start, in a window of its own: for who has started it without a terminal."""
    from PySide6.QtWidgets import QMessageBox

    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("setup-assistant")
    QMessageBox.warning(None, "Setup Assistant for Plex", words)


def make_window(services: WindowServices) -> MainWindow:
    """Build the window over an application that exists; the caller shows it."""
    kit = Kit(services.resources, services.translate, services.open_link)
    kit.load_fonts()
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
    mistakes = Mistakes()
    shown = Shown(services, app, mistakes)
    hooks = sys.excepthook, threading.excepthook
    mistakes.install()
    # Python sees Ctrl-C only while its own code runs, so it gets a moment now and then.
    former = signal.signal(signal.SIGINT, lambda *_: shown.window.close())
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(300)
    sys.setswitchinterval(SWITCH_S)
    shown.window.show()
    try:
        return app.exec()
    finally:
        pulse.stop()
        shown.window.worker.close()
        collector.stop()
        signal.signal(signal.SIGINT, former)
        sys.excepthook, threading.excepthook = hooks
