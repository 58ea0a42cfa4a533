# SPDX-License-Identifier: MIT
"""What a person who looks elsewhere is told: how far it is, and that a long wait has ended."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from setup_assistant.gui import attention
from setup_assistant.gui.jobs import Job
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker


@dataclass
class Desktop:
    notifies: bool = True
    shares: list[float | None] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def show_progress(self, window: int, share: float | None) -> None:
        assert window
        self.shares.append(share)

    def notify(self, title: str, text: str) -> None:
        self.said.append(text)


def test_the_taskbar_shows_how_far_the_changes_are(qtbot: QtBot) -> None:
    desktop = Desktop()
    with window_over(qtbot, FakeHost(), desktop=desktop) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PROOF)
        walker.wait(lambda: desktop.shares[-1:] == [None])
    shown = [share for share in desktop.shares if share is not None]
    assert shown, "something was shown while the changes were made"
    assert all(0 <= share <= 1 for share in shown)


@pytest.mark.parametrize("before_them", [False, True])
def test_a_long_job_tells_its_end_to_those_who_look_elsewhere(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, before_them: bool
) -> None:
    monkeypatch.setattr(attention, "LONG_S", 0.0)
    desktop = Desktop()
    with window_over(qtbot, FakeHost(), desktop=desktop) as window:
        monkeypatch.setattr(QApplication, "activeWindow", lambda: window if before_them else None)
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.DONE)
    assert (str(attention.ENDED[Job.APPLY]) in desktop.said) is not before_them


def test_a_short_job_says_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    with window_over(qtbot, FakeHost(), desktop=desktop) as window:
        monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.DONE)
    assert not desktop.said
