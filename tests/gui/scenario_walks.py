# SPDX-License-Identifier: MIT
"""A scenario from one end to the other in the window, held to its ``[expect]``."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from tests.gui.opening import Heartbeat, Walker, opened
from tests.scenarios.running import differences, expectations


def walk(qtbot: QtBot, path: Path, folder: Path, intent: Intent, heart: Heartbeat | None = None) -> Walker:
    """Open the window, walk it to its end, close it; ``heart`` beats while it is open."""
    heart = heart or Heartbeat()
    with opened(qtbot, path.stem, folder) as window:
        heart.start()
        walker = Walker(qtbot, window)
        walker.walk(intent, until=Step.HEALTH if intent is Intent.LOOK else None)
        if intent is Intent.UNDO:
            window.session.begin_preview()
            walker.settle()
        heart.stop()
    return walker


def set_up_again_and_undo(qtbot: QtBot, path: Path, folder: Path) -> float:
    """Set up, set up again and undo, each in a window of its own; return the longest stall of one, in seconds."""
    expected = expectations(path)
    hearts = [Heartbeat() for _ in range(3)]
    for stage, heart in zip(("apply", "again"), hearts, strict=False):
        walker = walk(qtbot, path, folder, Intent.SET_UP, heart)
        assert not differences(walker.answer(), expected[stage]), (stage, walker.seen)
    walker = walk(qtbot, path, folder, Intent.UNDO, hearts[-1])
    changes = {code: report.result.value for code, report in walker.session.reports.items()}
    assert changes == expected["undo"]["changes"], walker.seen
    assert (0 if not walker.session.preview.codes else 1) == expected["undo"]["exit"]
    return max(heart.longest for heart in hearts)
