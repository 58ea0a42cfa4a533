# SPDX-License-Identifier: MIT
"""What the router tells no program, a person can read on its page and type in."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import resources_folder
from setup_assistant.checks.connection import describe_line
from setup_assistant.core.connection import Confidence, Line
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.session import Session
from setup_assistant.gui.wan import HINT, WRONG, WanQuestion
from tests.gui.opening import Walker, opened


def unsure(folder: Path) -> str:
    """A scenario whose router answers no program and whose provider's router stays silent."""
    text = (resources_folder() / "scenarios" / "cgnat-fresh.toml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("router_wan_ip"):
            text = text.replace(line, 'upnp = false\nhops = ["192.168.1.1", "", "81.2.68.1"]')
    scenario = folder / "unsure.toml"
    scenario.write_text(text, encoding="utf-8")
    return str(scenario)


def line_of(session: Session) -> tuple[Line, Confidence]:
    assert session.look is not None
    verdict = describe_line(session.look.facts).verdict
    return verdict.line, verdict.confidence


def test_a_typed_address_settles_the_line(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, unsure(tmp_path), tmp_path / "home") as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        assert line_of(window.session) == (Line.CGNAT_LIKELY, Confidence.MEDIUM)
        question = window.wizard.page_shown.findChild(WanQuestion)
        assert question is not None
        assert question.isVisible()
        QTest.keyClicks(question.address, "fritz.box")
        QTest.keyClick(question.address, Qt.Key.Key_Return)
        assert question.hint.text() == str(WRONG)
        assert window.session.job is None, "nothing was asked with that"
        question.address.clear()
        QTest.keyClicks(question.address, " 100.64.12.34 ")
        QTest.keyClick(question.address, Qt.Key.Key_Return)
        walker.settle()
        assert line_of(window.session) == (Line.CGNAT, Confidence.HIGH)
        assert question.hint.text() == str(HINT)
        assert question.isVisible(), "what was typed can be taken back"
        walker.go_on()
        walker.settle()
        assert window.wizard.step is Step.TAILSCALE, "Enter in the field did not press the wizard's button"
        window.session.begin_look()
        walker.settle()
        assert line_of(window.session) == (Line.CGNAT, Confidence.HIGH), "it holds for the next look too"


def test_nothing_is_asked_where_the_line_is_known(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "cgnat-fresh", tmp_path) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.CONNECTION)
        question = window.wizard.page_shown.findChild(WanQuestion)
        assert question is not None
        assert not question.isVisible()


@pytest.mark.parametrize("typed", ["127.0.0.1", "0.0.0.0", "224.0.0.1", "fritz.box"])
def test_an_address_no_router_has_is_refused_and_said_aloud(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    said: list[str] = []

    def listen(event: QAccessibleEvent) -> None:
        said.append(getattr(event, "message", str)())

    monkeypatch.setattr(QAccessible, "updateAccessibility", staticmethod(listen))
    with opened(qtbot, unsure(tmp_path), tmp_path / "home") as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        question = window.wizard.page_shown.findChild(WanQuestion)
        assert question is not None
        usual = question.hint.palette().windowText().color()
        said.clear()
        QTest.keyClicks(question.address, typed)
        QTest.keyClick(question.address, Qt.Key.Key_Return)
        assert window.session.typed_wan == ""
        assert window.session.job is None, "nothing was asked with that"
        assert question.hint.text() in said
        assert question.sign.isVisible(), "an icon says so too, not the colour alone"
        assert question.hint.palette().windowText().color().name() == window.kit.colours.problem != usual.name()
        assert question.address.accessibleDescription() == question.hint.text()
        question.address.clear()
        QTest.keyClick(question.address, Qt.Key.Key_Return)
        assert question.hint.text() == str(HINT)
        assert not question.sign.isVisible()
        assert question.hint.palette().windowText().color() == usual
