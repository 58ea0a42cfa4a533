# SPDX-License-Identifier: MIT
"""The report of a mistake of ours: only what has been cleaned is written, and for its owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import resources_folder
from setup_assistant.core.texts import in_english
from setup_assistant.gui.crash import CrashDialog
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import CopyButton

SECRET = "/home/ada: token 12345"


@pytest.fixture
def dialog(qtbot: QtBot) -> CrashDialog:
    made = CrashDialog(Kit(resources_folder(), in_english), ValueError(SECRET), lambda: "the cleaned report")
    qtbot.addWidget(made)
    return made


def test_only_the_cleaned_report_is_written(dialog: CrashDialog, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    dialog.save_to(file)
    assert file.read_text(encoding="utf-8") == "the cleaned report"
    assert str(file) in dialog.said.text()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a file private by where it is")
def test_nobody_else_can_read_the_report(dialog: CrashDialog, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    dialog.save_to(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_report_that_cannot_be_written_is_told(dialog: CrashDialog, tmp_path: Path) -> None:
    dialog.save_to(tmp_path / "none" / "report.txt")
    assert "could not be saved" in dialog.said.text()


def test_the_details_can_be_copied_as_they_are(dialog: CrashDialog) -> None:
    copy = dialog.findChild(CopyButton)
    assert copy is not None
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert SECRET in QApplication.clipboard().text()
