# SPDX-License-Identifier: MIT
"""The window's event loop goes on whatever the engine does, even where nothing there can be cancelled."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWizard
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker

BEATS = 100


def test_the_window_lives_while_the_engine_hangs(qtbot: QtBot) -> None:
    host = FakeHost(hangs_until=threading.Event())
    assert host.hangs_until is not None
    beats: list[None] = []
    heart = QTimer()
    heart.timeout.connect(lambda: beats.append(None))
    try:
        with window_over(qtbot, host) as window:
            walker = Walker(qtbot, window)
            walker.wait(lambda: window.session.job is None)
            walker.choose(Intent.SET_UP)
            QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
            assert [window.wizard.step] == [Step.CONNECTION]
            walker.wait(lambda: host.entered == ["look"])
            heart.start(1)
            walker.wait(lambda: len(beats) >= BEATS)
            scheme = window.kit.scheme
            window.change_scheme()
            assert window.kit.scheme is not scheme
            QTest.mouseClick(window.wizard.button(QWizard.WizardButton.BackButton), Qt.MouseButton.LeftButton)
            assert [window.wizard.step] == [Step.WELCOME], "there is a way back out of it"
            host.hangs_until.set()
            walker.wait(lambda: window.session.job is None)
    finally:
        host.hangs_until.set()
