# SPDX-License-Identifier: MIT
"""How long the window's event loop is ever away while a whole run goes on in the background.

    python3 develop.py test --co -q        # once: installs what the window needs
    .venv/bin/python benchmarks/window.py [SCENARIO ...] [--repeat 5]

A heartbeat in the window's own thread measures the longest pause between two beats: while the scenarios are walked from
Welcome to their end with the simulated host at full speed, and, in the same run, while the whole window is painted anew
as often with nothing going on. Told is the ratio of the two: 1 means that no part of a run holds the window up longer
than one painting of it does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import types
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
# docs/ is no package; its tool for pictures walks the window as a person does.
docs = types.ModuleType("docs")
docs.__path__ = [str(ROOT / "docs")]
sys.modules["docs"] = docs

from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from docs.make_pictures import forward, opened, wait_until  # noqa: E402
from setup_assistant.flow import Intent  # noqa: E402
from setup_assistant.gui.pages.welcome import INTENTS  # noqa: E402
from setup_assistant.gui.window import MainWindow  # noqa: E402

SCENARIOS = ("cgnat-fresh", "all-good", "other-handlers", "public-and-open", "plex-tv-slow", "no-internet")
PAINTINGS = 40


class Heartbeat:
    """The longest pause between two beats, in milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, 1000 * (now - self._last))
        self._last = now


def painting(window: MainWindow) -> float:
    """The longest pause while the whole window is painted again and again, and nothing else happens."""
    QTest.qWait(200)
    heart = Heartbeat()
    for _ in range(PAINTINGS):
        window.grab()
        QTest.qWait(1)
    return heart.longest


def walking(window: MainWindow) -> float:
    """The longest pause on the way from Welcome to where it ends."""
    session, wizard = window.session, window.wizard
    wait_until(lambda: session.job is None)
    wizard.page_shown.choices.choose(INTENTS.index(Intent.SET_UP))  # type: ignore[attr-defined]
    heart = Heartbeat()
    while True:
        wait_until(lambda: session.job is None)
        step, button = wizard.step, forward(wizard)
        if button is None or wizard.page_shown.nextId() == -1:
            return heart.longest
        button.click()
        wait_until(lambda step=step: wizard.step is not step, seconds=5)  # type: ignore[misc]


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--repeat", type=int, default=5, help="walks of each scenario (default: 5)")
    options = parser.parse_args(arguments)
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    print(f"{'scenario':<20}{'painting ms':>12}{'a run ms: min':>15}{'median':>9}{'max':>8}{'median ratio':>14}")
    for scenario in options.scenarios:
        paintings, walks = [], []
        for _ in range(options.repeat):
            with tempfile.TemporaryDirectory() as state, opened(scenario, Path(state), fast=True) as window:
                paintings.append(painting(window))
                walks.append(walking(window))
        ratio = statistics.median(walks) / statistics.median(paintings)
        print(
            f"{scenario:<20}{statistics.median(paintings):>12.1f}{min(walks):>15.1f}"
            f"{statistics.median(walks):>9.1f}{max(walks):>8.1f}{ratio:>14.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
