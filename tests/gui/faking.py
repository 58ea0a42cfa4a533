# SPDX-License-Identifier: MIT
"""Opens the window over the stand-in of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import resources_folder
from setup_assistant.gui.app import make_window
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.window import MainWindow
from setup_assistant.host.simulated.clock import InstantLoop
from tests.gui.fake import FakeAssistant, FakeHost


@contextmanager
def window_over(qtbot: QtBot, host: FakeHost, *, real_time: bool = False, **changes: Any) -> Iterator[MainWindow]:
    """Show the window; at the end it is closed, and no thread stays behind."""
    given: dict[str, Any] = {
        "make_assistant": lambda listen: FakeAssistant(host, listen),
        "loop_factory": asyncio.new_event_loop if real_time else InstantLoop,
        "resources": resources_folder(),
        "version": "test",
        "consent": True,
        "open_link": lambda link: None,
    }
    window = make_window(WindowServices(**{**given, **changes}))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    try:
        yield window
    finally:
        assert window.worker.close(), "no thread stays behind"
        window.close()
