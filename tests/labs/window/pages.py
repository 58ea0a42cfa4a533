# SPDX-License-Identifier: MIT
"""Measures every page of every scenario, in the smallest window.

test_every_page.py runs this file once for each way a screen may be; alone it is run with
``pytest -m lab tests/labs/window/pages.py``. WINDOW_ZOOM and WINDOW_SCHEME say how the window looks, QT_SCALE_FACTOR
how the screen does, and WINDOW_INTENTS which ways are walked.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from setup_assistant.gui.areas import CheckList
from setup_assistant.gui.rows import Row
from setup_assistant.gui.theme import Scheme
from setup_assistant.gui.window import SMALLEST, MainWindow
from tests.gui.measuring import hard_to_read, letters_of, misfits, nameless, obvious_steps, visible
from tests.gui.opening import Walker, opened
from tests.scenarios.running import SCENARIOS

ZOOM = float(os.environ.get("WINDOW_ZOOM", "1"))
SCHEME = Scheme(os.environ.get("WINDOW_SCHEME", "light"))
INTENTS = tuple(Intent(name) for name in os.environ.get("WINDOW_INTENTS", "look set_up undo").split())


def measure(window: MainWindow) -> list[str]:
    """All that is wrong with the page that is shown; first as it comes up, then with all details opened."""
    page = window.wizard.page_shown
    letters = letters_of(window)
    found = [*misfits(window), *hard_to_read(window), *nameless(window)]
    if len(letters) != len(set(letters)):
        found.append(f"{page.step}: two buttons share a letter: {letters}")
    if len(steps := obvious_steps(window)) != 1:
        found.append(f"{page.step}: {len(steps)} buttons stand out as the next step: {[one.text() for one in steps]}")
    for folded in visible(window, CheckList):
        folded.more.setChecked(True)
    toggles = [row.details for row in visible(window, Row) if row.details is not None and row.details.isVisible()]
    for toggle in toggles:
        toggle.setChecked(True)
    if toggles:
        found += [f"with details: {words}" for words in (*misfits(window), *hard_to_read(window))]
    for opened_before in (*toggles, *(shown.more for shown in visible(window, CheckList))):
        opened_before.setChecked(False)
    return found


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_pages_of(qtbot: QtBot, path: Path, tmp_path: Path) -> None:
    found: list[str] = []
    for intent in INTENTS:
        with opened(qtbot, path.stem, tmp_path) as window:
            window.resize(*SMALLEST)
            window.kit.wear(SCHEME, ZOOM)
            walker = Walker(qtbot, window, tailscale=True)
            walker.looked_at = lambda step, window=window, intent=intent: found.extend(  # type: ignore[misc]
                f"{intent}: {words}" for words in measure(window)
            )
            walker.walk(intent, until=Step.HEALTH if intent is Intent.LOOK else None)
    assert not found, "\n".join(found)
