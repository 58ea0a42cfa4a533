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


@pytest.mark.parametrize(
    ("host", "consent", "following"),
    [
        (FakeHost(), True, Step.CONNECTION),
        (FakeHost(), None, Step.CONSENT),
        (FakeHost(done=True), True, Step.HEALTH),
    ],
    ids=["first time", "not asked yet", "after an earlier run"],
)
def test_the_next_page_is_made_while_the_first_is_read(
    qtbot: QtBot, host: FakeHost, consent: bool | None, following: Step
) -> None:
    with window_over(qtbot, host, consent=consent) as window:
        qtbot.waitUntil(lambda: len(window.wizard.pages) == 2)
        assert list(window.wizard.pages) == [Step.WELCOME, following]
        assert window.wizard.step is Step.WELCOME
