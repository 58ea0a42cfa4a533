# SPDX-License-Identifier: MIT
"""What holds for every test with a window."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.gui.collector import Collector


@pytest.fixture(autouse=True)
def collected_here(qtbot: QtBot) -> Iterator[None]:
    """Collect garbage on this thread only, as the program does; what a test leaves is gone when it ends."""
    collector = Collector()
    yield
    collector.stop()
    gc.collect()
