# SPDX-License-Identifier: MIT
"""Every scenario passes through the window as it does through the command line.

All are looked at here; set up and undone are those whose ways through the window differ. The lab of the window
(tests/labs/window/walks.py) sets up and undoes every one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from tests.gui.scenario_walks import set_up_again_and_undo, walk
from tests.scenarios.running import SCENARIOS, differences, expectations

DIFFERENT_WAYS = (
    "cgnat-fresh",
    "checker-down",
    "drifted",
    "keyring-locked",
    "other-handlers",
    "plex-unclaimed",
    "public-and-open",
    "stale-name",
    "tailscale-signed-out",
)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_looking_finds_what_the_scenario_expects(qtbot: QtBot, path: Path, tmp_path: Path) -> None:
    walker = walk(qtbot, path, tmp_path, Intent.LOOK)
    assert walker.seen == [Step.WELCOME, Step.HEALTH]
    first = expectations(path)["check"]
    assert not differences(walker.answer(), first)


@pytest.mark.parametrize("name", DIFFERENT_WAYS)
def test_setting_up_again_and_undo(qtbot: QtBot, name: str, tmp_path: Path) -> None:
    path = next(path for path in SCENARIOS if path.stem == name)
    set_up_again_and_undo(qtbot, path, tmp_path)
