# SPDX-License-Identifier: MIT
"""How long the window's event loop is ever away while a whole run goes on in the background.

    python3 develop.py test --co -q        # once: installs what the window needs
    .venv/bin/python benchmarks/window.py [SCENARIO ...] [--repeat 3]

benchmarks/README.md tells how it measures, and what it measured.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
# docs/ is no package; its tool for pictures opens the window over a scenario.
docs = types.ModuleType("docs")
docs.__path__ = [str(ROOT / "docs")]
sys.modules["docs"] = docs

from PySide6.QtCore import QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from docs.make_pictures import SIGN_INS, forward, opened  # noqa: E402
from setup_assistant.flow import Step  # noqa: E402
from setup_assistant.gui.app import SWITCH_S  # noqa: E402
from setup_assistant.gui.collector import Collector  # noqa: E402
from setup_assistant.gui.window import MainWindow  # noqa: E402

SCENARIOS = tuple(sorted(file.stem for file in (ROOT / "resources" / "scenarios").glob("*.toml")))
BEAT_MS = 1
PRESS_MS = 100
"""How often the person looks whether there is something to press: nobody is as quick."""
REPAINT_MS = 10
PAINTINGS = 40


@dataclass
class Pause:
    """Between two beats."""

    milliseconds: float = 0.0
    work: float = 0.0
    """Of these, the ones in which the window's thread had a processor; in the rest it waited for one, or for Python."""
    page: str = ""


class Heartbeat(QObject):
    """The longest pause between two beats of a timer in the window's own thread, and the one with most work in it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.longest = Pause()
        self.hardest = Pause()
        self._last = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        away, work = (1000 * (after - before) for after, before in zip(now, self._last, strict=True))
        if away > self.longest.milliseconds:
            self.longest = Pause(away, work, self._window.wizard.step)
        if work > self.hardest.work:
            self.hardest = Pause(away, work, self._window.wizard.step)
        self._last = now

    def stop(self) -> tuple[Pause, Pause]:
        """End, and return the longest pause and the one with most work."""
        self._timer.stop()
        return self.longest, self.hardest


def painting(app: QApplication, window: MainWindow) -> tuple[Pause, Pause]:
    """The longest pause while the whole window is painted again and again, and nothing else happens."""
    heart, left = Heartbeat(window), [PAINTINGS]
    painter = QTimer()

    def paint() -> None:
        window.repaint()
        left[0] -= 1
        if not left[0]:
            app.exit()

    painter.timeout.connect(paint)
    painter.start(REPAINT_MS)
    app.exec()
    return heart.stop()


def walking(app: QApplication, window: MainWindow) -> tuple[Pause, Pause]:
    """The longest pause on the way from Welcome to where it ends, with somebody who presses at once what can be."""
    session, wizard = window.session, window.wizard
    heart, pressed = Heartbeat(window), [Step.DONE]
    person = QTimer()

    def press() -> None:
        if session.job is not None or (wizard.step in SIGN_INS and session.trouble is None):
            return
        button = forward(wizard)
        if button is None or wizard.page_shown.nextId() == -1 or wizard.step is pressed[0]:
            app.exit()
        else:
            pressed[0] = wizard.step
            button.click()

    person.timeout.connect(press)
    person.start(PRESS_MS)
    app.exec()
    return heart.stop()


def walk_once(scenario: str, *, full_speed: bool) -> dict[str, Pause]:
    """Walk one scenario, in a process of its own as a person has one."""
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    sys.setswitchinterval(SWITCH_S)
    collector = Collector()
    with tempfile.TemporaryDirectory() as state, opened(scenario, Path(state), fast=full_speed) as window:
        longest, hardest = walking(app, window)
        painted, _ = painting(app, window)
    collector.stop()
    return {"painting": painted, "longest": longest, "hardest": hardest}


def in_a_process(scenario: str, *, full_speed: bool) -> dict[str, Pause]:
    """Have one walk done elsewhere."""
    command = [sys.executable, __file__, scenario, "--once", *(["--full-speed"] if full_speed else [])]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {name: Pause(**pause) for name, pause in told.items()}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--repeat", type=int, default=3, help="walks of each scenario (default: 3)")
    parser.add_argument("--full-speed", action="store_true", help="let every wait pass in no time")
    parser.add_argument("--once", action="store_true", help="walk the first scenario here, and tell it as JSON")
    options = parser.parse_args(arguments)
    if options.once:
        walked = walk_once(options.scenarios[0], full_speed=options.full_speed)
        print(json.dumps({name: asdict(pause) for name, pause in walked.items()}))
        return 0
    print(f"{'scenario':<24}{'painting':>9}{'longest: median':>17}{'max':>7}{'most work':>11}  on page")
    walks: list[dict[str, Pause]] = []
    for scenario in options.scenarios:
        here = [in_a_process(scenario, full_speed=options.full_speed) for _ in range(options.repeat)]
        paintings = [walk["painting"].milliseconds for walk in here]
        longest = max((walk["longest"] for walk in here), key=lambda pause: pause.milliseconds)
        median = statistics.median(walk["longest"].milliseconds for walk in here)
        work = max(walk["hardest"].work for walk in here)
        walks += here
        print(
            f"{scenario:<24}{statistics.median(paintings):>9.1f}{median:>17.1f}{longest.milliseconds:>7.1f}"
            f"{work:>11.1f}  {longest.page}",
            flush=True,
        )
    longest_of_all = max(walk["longest"].milliseconds for walk in walks)
    most_work = max(walk["hardest"].work for walk in walks)
    print(f"Milliseconds. The longest of all: {longest_of_all:.1f}; the most work: {most_work:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
