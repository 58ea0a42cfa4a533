# SPDX-License-Identifier: MIT
"""The window by keyboard alone: pages are read to their end, and Tab goes from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from setup_assistant.gui.pages.consent import ConsentPage
from setup_assistant.gui.wan import WanQuestion
from setup_assistant.gui.window import MainWindow
from setup_assistant.gui.wizard import FOOTER
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker, check_list, opened
from tests.gui.test_wan import unsure

Key = Qt.Key


def place(window: MainWindow) -> tuple[int, int]:
    """Where the page is scrolled to, and how far it could be."""
    bar = window.wizard.page_shown.area.verticalScrollBar()
    return bar.value(), bar.maximum()


def in_sight(window: MainWindow, widget: QWidget) -> bool:
    """Whether the page shows the whole widget."""
    port = window.wizard.page_shown.area.viewport()
    top = widget.mapTo(port, QPoint(0, 0)).y()
    return top >= 0 and top + widget.height() <= port.height()


def tabbed(walker: Walker) -> Iterator[QWidget]:
    """Everything Tab leads to, once around."""
    first = walker.focused()
    yield first
    while True:
        QTest.keyClick(walker.focused(), Key.Key_Tab)
        if walker.focused() is first:
            return
        yield walker.focused()


@pytest.mark.parametrize("step", [Step.REVIEW, Step.DONE])
def test_a_page_is_read_to_its_end_by_keyboard(qtbot: QtBot, tmp_path: Path, step: Step) -> None:
    with opened(qtbot, "cgnat-fresh", tmp_path) as window:
        window.resize(800, 600)
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=step)
        walker.wait(lambda: walker.focused() is walker.forward())
        button = walker.forward()
        # The page is longer than the window, as soon as it has been laid out.
        walker.wait(lambda: place(window)[1] > 0)
        end = place(window)[1]
        for key, expected in (
            (Key.Key_End, end),
            (Key.Key_Home, 0),
            (Key.Key_PageDown, min(end, window.wizard.page_shown.area.verticalScrollBar().pageStep())),
            (Key.Key_PageUp, 0),
        ):
            QTest.keyClick(walker.focused(), key)
            assert place(window)[0] == expected, key
        while place(window)[0] < end:
            before = place(window)[0]
            QTest.keyClick(walker.focused(), Key.Key_Down)
            assert place(window)[0] > before
        inside = window.wizard.page_shown.area.widget()
        assert inside is not None
        last = [shown for shown in inside.findChildren(QLabel) if shown.isVisible()][-1]
        assert in_sight(window, last)
        for key in (Key.Key_Up, Key.Key_Left, Key.Key_Right):
            QTest.keyClick(walker.focused(), key)
        assert place(window)[0] < end
        assert walker.focused() is button, "no arrow key went to another button"
        assert window.wizard.step is step


def test_arrows_never_lead_to_cancel(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        walker.wait(lambda: walker.focused() is walker.forward())
        QTest.keyClick(walker.focused(), Key.Key_Down)
        QTest.keyClick(walker.focused(), Key.Key_Return)
        assert window.isVisible()
        assert window.wizard.step is Step.APPLY


def test_fields_and_choices_keep_their_own_keys(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, unsure(tmp_path), tmp_path / "home") as window:
        window.resize(800, 600)
        walker = Walker(qtbot, window)
        walker.wait(lambda: isinstance(QApplication.focusWidget(), QRadioButton))
        QTest.keyClick(walker.focused(), Key.Key_Down)
        assert window.session.intent is Intent.LOOK
        QTest.keyClick(walker.focused(), Key.Key_Up)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        field = window.wizard.page_shown.findChild(QLineEdit)
        assert field is not None
        field.setText("100.64.12.34")
        field.setFocus()
        QTest.keyClick(field, Key.Key_Home)
        assert field.cursorPosition() == 0
        QTest.keyClick(field, Key.Key_End)
        assert field.cursorPosition() == len(field.text())
        QTest.keyClick(field, Key.Key_PageUp)
        assert place(window)[0] == 0, "what a field has no use for scrolls"


def test_what_tab_reaches_comes_into_sight(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "other-handlers", tmp_path) as window:
        window.resize(800, 600)
        window.kit.wear(window.kit.scheme, 1.5)
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        check_list(window).more.click()
        inside = window.wizard.page_shown.area.widget()
        assert inside is not None
        reached = [widget for widget in tabbed(walker) if inside.isAncestorOf(widget) and in_sight(window, widget)]
        assert len(reached) >= 5
        assert place(window)[1] > 0
        for widget in tabbed(walker):
            assert not inside.isAncestorOf(widget) or in_sight(window, widget)


def order_of(window: MainWindow, widgets: list[QWidget]) -> list[str]:
    """Complaints about the order in which Tab reaches the widgets."""
    page, rail = window.wizard.page_shown, window.rail
    inside = page.area.widget()
    assert inside is not None
    buttons = [window.wizard.button(which) for which in FOOTER]

    def rank(widget: QWidget) -> tuple[int, int, int]:
        if inside.isAncestorOf(widget):
            middle = widget.mapTo(inside, widget.rect().center())
            # What stands in one line differs in height.
            return 0, middle.y() // 12, middle.x()
        return (1, buttons.index(widget), 0) if widget in buttons else (2, int(rail.isAncestorOf(widget)), 0)

    ranks = [rank(widget) for widget in widgets]
    start = ranks.index(min(ranks))
    turned = widgets[start:] + widgets[:start]
    return [f"{page.step}: {after} after {before}" for before, after in pairwise(turned) if rank(after) < rank(before)]


@pytest.mark.parametrize("scenario", ["cgnat-fresh", "other-handlers", "https-off"])
def test_tab_goes_from_top_to_bottom_on_every_page(qtbot: QtBot, tmp_path: Path, scenario: str) -> None:
    wrong: list[str] = []
    with opened(qtbot, scenario, tmp_path) as window:
        walker = Walker(qtbot, window)

        def look(step: Step) -> None:
            walker.wait(lambda: isinstance(QApplication.focusWidget(), QAbstractButton))
            began = walker.focused()
            widgets = list(tabbed(walker))
            assert window.scheme_button in widgets
            wrong.extend(order_of(window, widgets))
            began.setFocus()

        walker.looked_at = look
        walker.walk(Intent.SET_UP)
        assert Step.TAILSCALE in walker.seen
    assert not wrong


def test_tab_follows_the_rows_that_a_new_look_has_sorted(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        for causes in ({"https_certificates": "off"}, {"funnel_allowed": "not_allowed"}, {}):
            host.causes = dict(causes)
            window.session.begin_look()
            walker.settle()
            window.help_button.setFocus()
            assert not order_of(window, list(tabbed(walker)))


def test_the_address_to_type_in_comes_after_the_details_above_it(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, unsure(tmp_path), tmp_path / "home") as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        question = window.wizard.page_shown.findChild(WanQuestion)
        assert question is not None
        widgets = list(tabbed(walker))
        assert question.use in widgets
        assert not order_of(window, widgets)


@pytest.mark.parametrize(
    ("keys", "number"),
    [((Key.Key_Return,), 0), ((Key.Key_Space,), 0), ((Key.Key_Down,), 1), ((Key.Key_Down, Key.Key_Up), 0)],
    ids=["Enter", "Space", "Down", "Down and up"],
)
def test_keys_choose_where_nothing_is_chosen_yet(qtbot: QtBot, keys: tuple[Qt.Key, ...], number: int) -> None:
    with window_over(qtbot, FakeHost(), consent=None) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONSENT)
        choices = window.wizard.page_shown.choices  # type: ignore[attr-defined]
        walker.wait(lambda: walker.focused() is choices.cards[0].button)
        assert choices.current == -1
        for key in keys:
            QTest.keyClick(walker.focused(), key)
        assert choices.current == number
        assert isinstance(window.wizard.page_shown, ConsentPage), "choosing does not go on yet"
        QTest.keyClick(walker.focused(), Key.Key_Return)
        walker.wait(lambda: window.wizard.step is Step.CONNECTION)


@pytest.mark.parametrize("step", [Step.WELCOME, Step.CONSENT])
def test_one_sees_which_choice_has_the_focus(qtbot: QtBot, step: Step) -> None:
    with window_over(qtbot, FakeHost(), consent=None) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=step)
        walker.wait(lambda: isinstance(QApplication.focusWidget(), QRadioButton))
        button = walker.focused()
        with_focus = button.grab().toImage()
        window.help_button.setFocus()
        assert button.grab().toImage() != with_focus


def test_enter_goes_on_after_tab_has_been_around(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.wait(lambda: isinstance(QApplication.focusWidget(), QRadioButton))
        assert len(list(tabbed(walker))) >= 4
        walker.wait(lambda: window.session.job is None)
        QTest.keyClick(walker.focused(), Key.Key_Return)
        assert window.wizard.step is Step.CONNECTION


def test_the_focus_stays_with_the_page_while_it_looks_after_signing_in(qtbot: QtBot) -> None:
    strays: list[str] = []
    with window_over(qtbot, FakeHost(signed_in=False)) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)

        def look() -> None:
            focused = QApplication.focusWidget()
            if window.wizard.step is Step.PLEX and window.session.job is not None and focused is not None:
                strays.extend([str(focused)] if window.rail.isAncestorOf(focused) else [])

        walker.go_on()
        window.session.changed.connect(look)
        walker.settle()
        assert [window.wizard.step] == [Step.PLEX]
        walker.wait(lambda: walker.focused() is walker.forward())
    assert not strays
