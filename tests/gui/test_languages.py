# SPDX-License-Identifier: MIT
"""Pages in a language with long words and in one from right to left, and how a language is chosen.

The lab of the window (tests/labs/window/languages.py) walks a whole set-up in them, and in those that are shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTranslator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import languages, resources_folder
from setup_assistant.core.texts import Translate
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.app import Mistakes, QtWords, Shown
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.window import MainWindow
from setup_assistant.host.simulated.clock import InstantLoop
from tests.gui.fake import FakeAssistant, FakeHost
from tests.gui.faking import window_over
from tests.gui.measuring import clipped
from tests.gui.opening import Walker, opened
from tests.gui.pseudo import LANGUAGES, LEFT, RIGHT, Pseudo, spoken

OTHER_WAYS = {Step.HEALTH, Step.UNDO_REVIEW, Step.UNDO, Step.UNDONE}
"""Pages that a first set-up does not come by."""


@pytest.fixture(params=LANGUAGES.values(), ids=list(LANGUAGES))
def pseudo(request: pytest.FixtureRequest, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Any:
    with spoken(monkeypatch, *request.param) as made:
        yield made


def test_a_look_speaks_another_language(qtbot: QtBot, pseudo: Pseudo, tmp_path: Path) -> None:
    with opened(qtbot, "cgnat-fresh", tmp_path, translate=pseudo.translate, consent=None) as window:
        walker, found = looking(qtbot, window, pseudo)
        walker.walk(Intent.LOOK, until=Step.HEALTH)
    assert not found
    assert set(walker.seen) == {Step.WELCOME, Step.CONSENT, Step.HEALTH}


def test_taking_back_speaks_another_language(qtbot: QtBot, pseudo: Pseudo) -> None:
    with window_over(qtbot, FakeHost(done=True), translate=pseudo.translate) as window:
        walker, found = looking(qtbot, window, pseudo)
        walker.walk(Intent.UNDO)
    assert not found
    assert set(walker.seen) == {Step.WELCOME, *OTHER_WAYS} - {Step.HEALTH}


@pytest.mark.parametrize("service", ["plex", "tailscale"])
def test_signing_in_speaks_another_language(qtbot: QtBot, pseudo: Pseudo, service: str) -> None:
    causes: dict[str, str | None] = {"tailscale_signed_in": "signed_out"} if service == "tailscale" else {}
    host = FakeHost(signed_in=service != "plex", causes=causes, never_signs_in=True, code="ABCD")
    with window_over(qtbot, host, real_time=True, translate=pseudo.translate) as window:
        walker, found = looking(qtbot, window, pseudo)
        walker.walk(Intent.SET_UP, until=Step(service))
        walker.forward().click()
        walker.wait(lambda: window.session.offer is not None)
        offer = window.session.offer
        assert offer is not None
        pseudo.values.update((offer.link, offer.code or ""))
        walker.looked_at(window.wizard.step)
    assert not found


def looking(qtbot: QtBot, window: MainWindow, pseudo: Pseudo) -> tuple[Walker, list[str]]:
    """Return a walker in the smallest window, and what it finds on each page."""
    found: list[str] = []
    window.resize(800, 600)
    walker = Walker(qtbot, window, tailscale=True)

    def look(step: Step) -> None:
        qtbot.wait(20)
        found.extend([*pseudo.untranslated(window), *clipped(window), *against(window, pseudo.direction)])

    walker.looked_at = look
    return walker, found


def against(window: MainWindow, direction: Qt.LayoutDirection) -> list[str]:
    """What stands on the other side than the direction of writing wants."""
    right = direction is RIGHT
    rail, page = (one.mapTo(window, QPoint(0, 0)).x() for one in (window.rail, window.wizard))
    found = [] if (rail > page) is right else ["the rail is on the other side"]
    for row in window.wizard.page_shown.findChildren(QWidget):
        if row.isVisible() and row.layoutDirection() is not direction:
            found.append(f"{type(row).__name__} goes the other way")
    return found


@pytest.fixture
def as_before(qtbot: QtBot) -> Iterator[None]:
    """Take Qt's words back afterwards, which are the whole program's."""
    yield
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
    QtWords(app).speak("en")


@pytest.mark.usefixtures("as_before")
def test_another_language_is_chosen_on_the_first_page(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    chosen: list[str] = []

    def choose(code: str) -> Translate:
        chosen.append(code)
        return languages().words(code)

    services = WindowServices(
        make_assistant=lambda listen: FakeAssistant(FakeHost(), listen),
        loop_factory=InstantLoop,
        resources=resources_folder(),
        version="test",
        languages=languages(),
        choose_language=choose,
    )
    shown = Shown(services, app, Mistakes())
    first = shown.window
    first.show()
    menu = first.language_button.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == list(languages().names.values())
    menu.actions()[0].trigger()
    QTest.qWait(1)
    assert shown.window is first, "it speaks that language already"
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: shown.window is not first)
    qtbot.addWidget(shown.window)
    assert chosen == ["de"]
    assert shown.window.isVisible()
    assert shown.window.language_button.text() == "Deutsch"
    assert shown.window.wizard.page_shown.heading.text() == "Ihr Plex von überall sehen"
    assert cancel_of_qt() == "Abbrechen"
    walker = Walker(qtbot, shown.window)
    walker.walk(Intent.SET_UP, until=Step.CONNECTION)
    assert not shown.window.language_button.isVisible(), "what was seen would be lost"
    assert shown.window.worker.close()
    shown.window.close()


@pytest.mark.parametrize(
    ("code", "cancel", "direction"),
    [("de", "Abbrechen", LEFT), ("en", "Cancel", LEFT), ("he", "ביטול", RIGHT), ("xx", "Cancel", LEFT)],
)
def test_qt_speaks_the_same_language(qtbot: QtBot, code: str, cancel: str, direction: Qt.LayoutDirection) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    words = QtWords(app)
    try:
        words.speak(code)
        assert cancel_of_qt() == cancel
        assert app.layoutDirection() is direction
    finally:
        words.speak("en")


def cancel_of_qt() -> str:
    """What Qt itself writes on a button that cancels."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    return box.buttons()[0].text().replace("&", "")
