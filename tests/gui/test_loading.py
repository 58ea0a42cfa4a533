# SPDX-License-Identifier: MIT
"""What the first page does without, and what comes while somebody reads it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Step
from setup_assistant.gui.loading import LATER, SOON
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over

HEAVY = (
    "setup_assistant.cli_parser",
    "asyncio",
    "httpx",
    "keyring",
    "psutil",
    "segno",
    "stun",
    "tomlkit",
    "setup_assistant.cli",
    "setup_assistant.core.facts",
    "setup_assistant.core.words",
    "setup_assistant.engine.assistant",
    "setup_assistant.host.real",
    "setup_assistant.services",
)


def test_a_double_click_waits_for_nothing_it_does_not_need() -> None:
    program = (
        "import sys; import setup_assistant.__main__, setup_assistant.gui.app; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert told.split() == []


@pytest.mark.parametrize("name", [*SOON, *LATER])
def test_what_is_loaded_later_is_there(name: str) -> None:
    assert find_spec(name) is not None


def test_only_the_first_page_is_made_at_first(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        assert list(window.wizard.pages) == [Step.WELCOME]


def test_after_an_earlier_run_the_overview_is_made_ahead(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(done=True)) as window:
        qtbot.waitUntil(lambda: Step.HEALTH in window.wizard.pages)
        assert window.wizard.step is Step.WELCOME
