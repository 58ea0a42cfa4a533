# SPDX-License-Identifier: MIT
"""Opens the window over a simulated host, as the program does, and walks it by keys."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWizard
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import Wiring, resources_folder
from setup_assistant.cli_options import Options
from setup_assistant.core.changes import ChangeReport, Result
from setup_assistant.core.events import Listener
from setup_assistant.core.findings import Outcome
from setup_assistant.core.words import changes as change_words
from setup_assistant.engine.assistant import Assistant
from setup_assistant.engine.output import as_json
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.app import SWITCH_S, make_window
from setup_assistant.gui.areas import CheckList
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.pages.checks import ChecksPage
from setup_assistant.gui.pages.welcome import INTENTS
from setup_assistant.gui.window import MainWindow
from setup_assistant.host.lock import FolderLock
from setup_assistant.settings_file import read_settings
from tests.scenarios.running import Answer

LONGEST_MS = 15_000
FORWARD = (QWizard.WizardButton.NextButton, QWizard.WizardButton.CommitButton, QWizard.WizardButton.FinishButton)
EXITS = {Outcome.READY: 0, Outcome.UNKNOWN: 3}


@contextmanager
def opened(qtbot: QtBot, scenario: str, folder: Path, **changes: Any) -> Iterator[MainWindow]:
    """Open the window over a scenario whose world is kept in ``folder``; close it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.toml"
    settings.write_text(f"[paths]\nstate_dir = {json.dumps(str(folder / 'state'))}\n", encoding="utf-8")
    options = Options(demo=scenario, settings=settings)
    wiring = Wiring(options, read_settings(options.settings))
    with wiring.lasting():
        window = make_window(services_of(wiring, **changes))
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        try:
            yield window
        finally:
            assert window.worker.close(), "no thread stays behind"
            window.close()


def check_list(window: MainWindow) -> CheckList:
    """The answers on the page of checks that is shown."""
    page = window.wizard.page_shown
    assert isinstance(page, ChecksPage)
    return page.list


def services_of(wiring: Wiring, **changes: Any) -> WindowServices:
    """What the program hands to the window; each assistant is over the same services."""
    first: list[Assistant] = []

    def make(listen: Listener) -> Assistant:
        if not first:
            first.append(wiring.make_assistant(listen))
            return first[0]
        services, store = first[0].services, first[0].store
        return Assistant(services, store, FolderLock(store.folder), listen, consent=wiring.consent, port=None)

    given: dict[str, Any] = {
        "make_assistant": make,
        "loop_factory": wiring.loop_factory,
        "resources": resources_folder(),
        "version": "test",
        "consent": wiring.consent,
        "open_link": lambda link: None,
        "demo": wiring.options.demo,
    }
    return WindowServices(**{**given, **changes})


@dataclass
class Heartbeat:
    """Measures how long the window's event loop was ever away, with Python set up as the program sets it up."""

    longest: float = 0.0
    _last: float = field(default_factory=time.perf_counter)
    _timer: QTimer = field(default_factory=QTimer)

    def start(self) -> None:
        # What the tests keep is no part of the window, and Python would go through all of it now and then.
        gc.collect()
        gc.freeze()
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._last = time.perf_counter()
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def stop(self) -> None:
        self._timer.stop()
        sys.setswitchinterval(self._interval)
        gc.unfreeze()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


class Walker:
    """A person at the keyboard."""

    def __init__(self, qtbot: QtBot, window: MainWindow, *, tailscale: bool = False) -> None:
        self.qtbot = qtbot
        self.window = window
        self.wizard = window.wizard
        self.session = window.session
        self.signs_in_to_tailscale = tailscale
        self.seen: list[Step] = []
        self.looked_at: Callable[[Step], None] = lambda step: None

    def walk(self, intent: Intent, until: Step | None = None) -> list[Step]:
        """From Welcome to where the way ends, or to ``until``; returns the pages in order."""
        self.wait(lambda: self.session.job is None)
        self.choose(intent)
        while True:
            self.settle()
            step = self.wizard.step
            if not self.seen or self.seen[-1] is not step:
                self.seen.append(step)
            self.looked_at(step)
            if step is until or not self.goes_on():
                return self.seen
            self.go_on()

    def choose(self, intent: Intent) -> None:
        """Choose on the Welcome page with the arrow keys."""
        self.wait(lambda: QApplication.focusWidget() is not None)
        for _ in range(INTENTS.index(intent)):
            QTest.keyClick(self.focused(), Qt.Key.Key_Down)
        assert self.session.intent is intent

    def settle(self) -> None:
        """Wait until the page has come to rest: nothing on the way, and the focus where it belongs."""
        signing_in = (Step.PLEX_SIGN_IN, Step.TAILSCALE_SIGN_IN)
        self.wait(lambda: self.wizard.step not in signing_in or self.session.trouble is not None)
        self.wait(lambda: self.session.job is None)
        self.wait(lambda: self.window.kit.turns.are_over)
        QTest.qWait(1)

    def goes_on(self) -> bool:
        """Whether there is a further page for this person."""
        page = self.wizard.page_shown
        if page.nextId() == -1 or self.wizard.step in (Step.PLEX_SIGN_IN, Step.TAILSCALE_SIGN_IN):
            return False
        if self.session.situation.tailscale_signed_out and not self.signs_in_to_tailscale:
            return self.wizard.step in (Step.WELCOME, Step.CONNECTION)
        return page.isComplete() or self.wizard.step is Step.CONSENT

    def go_on(self) -> None:
        """Press what goes on: Enter where the focus is on it, as it should be; its shortcut elsewhere."""
        step = self.wizard.step
        if step is Step.CONSENT:
            QTest.keyClick(self.focused(), Qt.Key.Key_Space)
        button = self.forward()
        action = self.wizard.page_shown.side_action()
        if action is not None and action.primary:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            self.wait(lambda: self.focused() is button or step in (Step.WELCOME, Step.CONSENT))
            QTest.keyClick(self.focused(), Qt.Key.Key_Return)
        self.wait(lambda: self.wizard.step is not step)

    def forward(self) -> QPushButton:
        """The button that goes on."""
        for which in FORWARD:
            button = self.wizard.button(which)
            if isinstance(button, QPushButton) and button.isVisible() and button.isEnabled():
                return button
        raise AssertionError(f"nothing goes on from {self.wizard.step}")

    def focused(self) -> Any:
        """The widget that gets the keys."""
        widget = QApplication.focusWidget()
        assert widget is not None, f"the focus is nowhere on {self.wizard.step}"
        return widget

    def wait(self, until: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(until, timeout=LONGEST_MS)

    def answer(self) -> Answer:
        """What the window came to, in the shape of the command line's answer."""
        look = self.session.look
        assert look is not None
        reports = tuple(self.session.reports.values())
        if not reports and not look.plan.pending:
            reports = tuple(
                ChangeReport(entry.change.code, Result.ALREADY, change_words.ALREADY) for entry in look.plan.entries
            )
        return Answer(EXITS.get(look.outcome, 1), as_json(look, changes=reports))
