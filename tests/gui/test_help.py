# SPDX-License-Identifier: MIT
"""What is explained in the window itself, without a browser, and what the program tells about itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, qVersion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Step
from setup_assistant.gui.about import AboutDialog, parts
from setup_assistant.gui.help import HelpDialog
from setup_assistant.gui.help_texts import ALL, FIRST
from setup_assistant.gui.window import MainWindow
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over

DOCS = Path(__file__).parents[2] / "docs"


def texts(dialog: QDialog) -> list[str]:
    return [shown.text() for shown in dialog.findChildren(QLabel)]


def only(window: MainWindow, kind: type[QDialog]) -> QDialog:
    found = window.findChildren(kind)
    assert len(found) == 1
    return found[0]


def test_the_page_in_docs_is_what_the_window_says() -> None:
    spec = importlib.util.spec_from_file_location("make_help", DOCS / "make_help.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    written = (DOCS / "help.md").read_text(encoding="utf-8")
    assert written == page.render(), "docs/help.md is out of date: run `nox -s docs` and commit it first"


def test_every_page_has_its_own_explanation_first(qtbot: QtBot) -> None:
    assert set(FIRST) == set(Step)
    with window_over(qtbot, FakeHost()) as window:
        for step in (Step.WELCOME, Step.CONNECTION, Step.DONE):
            dialog = HelpDialog(window.kit, step, window)
            shown = texts(dialog)
            assert shown[0] == FIRST[step].heading.message
            assert all(paragraph.message in shown for subject in ALL for paragraph in subject.paragraphs)
            dialog.deleteLater()


def test_escape_closes_the_help_and_not_the_window(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        window.help_button.click()
        dialog = only(window, HelpDialog)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert window.isVisible()


def test_about_tells_versions_and_licences(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        window.about_button.click()
        said = texts(only(window, AboutDialog))
        assert "Version test" in said
        assert qVersion() in said
        assert all(name in said and licence in said for name, _, licence in parts())
        assert {"httpx", "keyring", "segno", "Inter"} <= {name for name, _, _ in parts()}


@pytest.mark.parametrize("zoom", [1.0, 1.5])
@pytest.mark.parametrize("kind", [HelpDialog, AboutDialog])
def test_nothing_scrolls_sideways(qtbot: QtBot, kind: type[QDialog], zoom: float) -> None:
    with window_over(qtbot, FakeHost()) as window:
        window.resize(800, 600)
        window.kit.wear(window.kit.scheme, zoom)
        (window.show_help if kind is HelpDialog else window.show_about)()
        area = only(window, kind).findChild(QScrollArea)
        assert area is not None
        inside = area.widget()
        assert inside is not None
        assert inside.minimumSizeHint().width() <= area.viewport().width()
