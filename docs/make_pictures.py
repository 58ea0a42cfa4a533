# SPDX-License-Identifier: MIT
"""Walks scenarios through the window and writes a PNG of every page, light and dark.

Usage: ``python docs/make_pictures.py SCENARIO … --output DIR [--size 960x700] [--zoom 1.0] [--scheme light|dark]
[--only PAGE …] [--intent set_up|look|undo] [--undo] [--waits]``. ``nox -s pictures`` makes those of the README with it.
It is a tool for the source tree and no part of the packaged program.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWizard

from setup_assistant.bootstrap import Wiring, resources_folder
from setup_assistant.cli_options import Options
from setup_assistant.core.events import Listener
from setup_assistant.engine.assistant import Assistant
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.app import make_window
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.pages.welcome import INTENTS
from setup_assistant.gui.theme import Scheme
from setup_assistant.gui.window import MainWindow
from setup_assistant.host.lock import FolderLock
from setup_assistant.settings_file import read_settings

FORWARD = (QWizard.WizardButton.NextButton, QWizard.WizardButton.CommitButton, QWizard.WizardButton.FinishButton)
SIGN_INS = (Step.PLEX_SIGN_IN, Step.TAILSCALE_SIGN_IN)
LONGEST_S = 60.0


@contextmanager
def opened(scenario: str, state: Path, *, fast: bool) -> Iterator[MainWindow]:
    """Open the window over a scenario; ``fast`` passes waits in no time, else twenty times as fast."""
    settings = state / "settings.toml"
    settings.write_text(f"[paths]\nstate_dir = {json.dumps(str(state / 'state'))}\n", encoding="utf-8")
    options = Options(demo=scenario, settings=settings)
    wiring = Wiring(options, read_settings(options.settings), window=not fast)
    made: list[Assistant] = []

    def make(listen: Listener) -> Assistant:
        if not made:
            made.append(wiring.make_assistant(listen))
            return made[0]
        services, store = made[0].services, made[0].store
        return Assistant(services, store, FolderLock(store.folder), listen, consent=wiring.consent, port=None)

    services = WindowServices(
        make_assistant=make,
        loop_factory=wiring.loop_factory,
        resources=resources_folder(),
        version="",
        consent=wiring.consent,
        open_link=lambda link: None,
    )
    with wiring.lasting():
        window = make_window(services)
        window.show()
        try:
            yield window
        finally:
            window.worker.close()
            window.close()


class Photographer:
    """Walks the window and takes the pictures."""

    def __init__(
        self, window: MainWindow, folder: Path, name: str, schemes: tuple[Scheme, ...], only: tuple[Step, ...]
    ) -> None:
        """``only``: take these pages as one first sees them, without a number; none: all pages, numbered."""
        self.window = window
        self.folder = folder
        self.name = name
        self.schemes = schemes
        self.only = only
        self.count = 0

    def take(self, note: str = "") -> None:
        """Write the page that is shown, in each scheme."""
        step = self.window.wizard.step
        if self.only and (note or step not in self.only):
            return
        self.count += 1
        kit = self.window.kit
        page = step.value if self.only else f"{self.count:02d}-{step.value}{note}"
        for scheme in self.schemes:
            if kit.scheme is not scheme:
                kit.wear(scheme)
            QTest.qWait(60)
            self.window.grab().save(str(self.folder / f"{self.name}-{page}-{scheme.value}.png"))
        if kit.scheme is not self.schemes[0]:
            kit.wear(self.schemes[0])

    def walk(self, intent: Intent, *, waits: bool) -> None:
        """From Welcome to where the way ends."""
        session, wizard = self.window.session, self.window.wizard
        wait_until(lambda: session.job is None)
        wizard.page_shown.choices.choose(INTENTS.index(intent))  # type: ignore[attr-defined]
        QTest.qWait(50)
        while self._take_page(wizard.step, waits=waits):
            pass

    def _take_page(self, step: Step, *, waits: bool) -> bool:
        """Take one page and go on; False where the way ends."""
        session, wizard = self.window.session, self.window.wizard
        if step in SIGN_INS:
            wait_until(lambda: session.offer is not None or session.trouble is not None or wizard.step is not step)
            if wizard.step is step:
                self.take()
            wait_until(lambda: wizard.step is not step or session.trouble is not None)
            return wizard.step is not step
        if waits and step in (Step.APPLY, Step.UNDO, Step.CONNECTION):
            wait_until(lambda: session.wait is not None or session.job is None, seconds=4)
            if session.job is not None:
                self.take("-working")
        wait_until(lambda: session.job is None)
        wait_until(lambda: self.window.kit.turns.are_over)
        QTest.qWait(80)
        if step is Step.CONSENT:
            wizard.page_shown.choices.choose(0)  # type: ignore[attr-defined]
        self.take()
        bar = wizard.page_shown.area.verticalScrollBar()
        if bar.maximum() > 0:
            bar.setValue(bar.maximum())
            self.take("-below")
        button = forward(wizard)
        if button is None or wizard.page_shown.nextId() == -1:
            return False
        button.click()
        return wait_until(lambda: wizard.step is not step, seconds=5)


def patient(scenario: str, folder: Path) -> str:
    """Return a copy of the scenario in which the person takes their time to sign in, so that the page can be taken."""
    source = Path(scenario) if scenario.endswith(".toml") else resources_folder() / "scenarios" / f"{scenario}.toml"
    text = source.read_text(encoding="utf-8")
    copy = folder / source.name
    copy.write_text(re.sub(r"links_at_poll = \d+", "links_at_poll = 60", text), encoding="utf-8")
    return str(copy)


def forward(wizard: QWizard) -> QPushButton | None:
    """The button that goes on, where one can be pressed."""
    for which in FORWARD:
        button = wizard.button(which)
        if isinstance(button, QPushButton) and button.isVisible() and button.isEnabled():
            return button
    return None


def wait_until(true: Callable[[], bool], seconds: float = LONGEST_S) -> bool:
    """Run the event loop until it is so; return whether it became so."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        QTest.qWait(15)
    return True


def main() -> int:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--size", default="960x700")
    parser.add_argument("--zoom", type=float, default=1.0)
    parser.add_argument("--scheme", choices=[scheme.value for scheme in Scheme])
    parser.add_argument("--only", nargs="+", type=Step, default=[], metavar="PAGE", help="no other pages")
    parser.add_argument("--intent", choices=[intent.value for intent in Intent], default="set_up")
    parser.add_argument("--undo", action="store_true", help="undo afterwards, in a second window")
    parser.add_argument("--waits", action="store_true", help="take pages at work too")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    width, height = (int(part) for part in options.size.split("x"))
    schemes = (Scheme(options.scheme),) if options.scheme else tuple(Scheme)
    for scenario in options.scenarios:
        with tempfile.TemporaryDirectory() as state:
            intents = [Intent(options.intent), *([Intent.UNDO] if options.undo else [])]
            for intent in intents:
                with opened(patient(scenario, Path(state)), Path(state), fast=not options.waits) as window:
                    window.resize(width, height)
                    window.kit.wear(schemes[0], options.zoom)
                    name = Path(scenario).stem + ("" if intent is intents[0] else "-undo")
                    photographer = Photographer(window, options.output, name, schemes, tuple(options.only))
                    photographer.walk(intent, waits=options.waits)
        print(scenario)
    return 0


if __name__ == "__main__":
    sys.exit(main())
