# SPDX-License-Identifier: MIT
"""Every scenario passes through the window as it does through the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from tests.gui.opening import Heartbeat, Walker, opened
from tests.scenarios.running import SCENARIOS, differences, expectations


def walk(qtbot: QtBot, path: Path, folder: Path, intent: Intent) -> Walker:
    """Open the window, walk it to its end, close it."""
    with opened(qtbot, path.stem, folder) as window:
        walker = Walker(qtbot, window)
        walker.walk(intent, until=Step.HEALTH if intent is Intent.LOOK else None)
        if intent is Intent.UNDO:
            window.session.begin_preview()
            walker.settle()
    return walker


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_looking_finds_what_the_scenario_expects(qtbot: QtBot, path: Path, tmp_path: Path) -> None:
    walker = walk(qtbot, path, tmp_path, Intent.LOOK)
    assert walker.seen == [Step.WELCOME, Step.HEALTH]
    first = expectations(path)["check"]
    assert not differences(walker.answer(), first)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_setting_up_again_and_undo(
    qtbot: QtBot, path: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    expected = expectations(path)
    heart = Heartbeat()
    heart.start()
    for stage in ("apply", "again"):
        walker = walk(qtbot, path, tmp_path, Intent.SET_UP)
        assert not differences(walker.answer(), expected[stage]), (stage, walker.seen)
    walker = walk(qtbot, path, tmp_path, Intent.UNDO)
    changes = {code: report.result.value for code, report in walker.session.reports.items()}
    assert changes == expected["undo"]["changes"], walker.seen
    assert (0 if not walker.session.preview.codes else 1) == expected["undo"]["exit"]
    record_property("longest_stall_ms", round(heart.longest * 1000))
