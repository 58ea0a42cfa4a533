# SPDX-License-Identifier: MIT
"""Sets up, sets up again and undoes every scenario through the window, held to its ``[expect]``.

test_every_page.py runs this file; alone it is run with ``pytest -m lab tests/labs/window/walks.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.scenario_walks import set_up_again_and_undo
from tests.scenarios.running import SCENARIOS


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_setting_up_again_and_undo(
    qtbot: QtBot, path: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("longest_stall_ms", round(set_up_again_and_undo(qtbot, path, tmp_path) * 1000))
