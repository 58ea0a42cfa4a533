# SPDX-License-Identifier: MIT
"""What can be measured on a page that is shown: text that does not fit, things that cover each other, poor contrast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QProgressBar, QScrollArea, QWidget

from setup_assistant.gui.canvas import Canvas
from setup_assistant.gui.labels import Glyph
from setup_assistant.gui.theme import contrast
from setup_assistant.gui.window import MainWindow

W = TypeVar("W", bound=QWidget)
LONGEST_LAYOUT = 10
"""Turns of the event loop: layouts within layouts pass on what they need one by one."""
LEAVES = (QLabel, QAbstractButton, QLineEdit, QProgressBar, Glyph, Canvas)
"""What is drawn itself and holds nothing else."""
FRAME = 3
"""What the edge of a button and the mark of the focus take, in pixels."""
READABLE = 4.5
"""WCAG 2.2, level AA, for text of usual size."""


def visible(window: QWidget, kind: type[W]) -> list[W]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


def misfits(window: MainWindow) -> list[str]:
    """What does not fit on the page that is shown, once it has been laid out."""
    turns = LONGEST_LAYOUT
    while (found := _misfits_now(window)) and turns > 0:
        QTest.qWait(1)
        turns -= 1
    return found


def _misfits_now(window: MainWindow) -> list[str]:
    QApplication.processEvents()
    area = window.wizard.page_shown.area
    inside = area.widget()
    assert inside is not None
    where = f"{window.wizard.step} at {window.kit.zoom:.2f}"
    needed, there = inside.minimumSizeHint().width(), area.viewport().width()
    found = [f"needs {needed}, has {there}"] if needed > there else []
    if area.horizontalScrollBar().maximum() > 0:
        found.append("scrolls sideways")
    return [f"{where}: {words}" for words in (*found, *clipped(window), *overlapping(window))]


def clipped(window: MainWindow) -> list[str]:
    """The texts that do not fit into their widgets, and widgets that do not fit into the window."""
    found = []
    for label in visible(window, QLabel):
        if not label.text():
            continue
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        if label.height() < needed - 1:
            found.append(f"too low: {label.text()!r}")
        widest = max((QFontMetrics(label.font()).horizontalAdvance(word) for word in words_of(label)), default=0)
        if label.width() < widest - 1:
            found.append(f"too narrow: {label.text()!r}")
    for button in visible(window, QAbstractButton):
        if button.width() < button.sizeHint().width() - 1 and button.text():
            found.append(f"button too narrow: {button.text()!r}")
        right = button.mapTo(window, button.rect().topRight()).x()
        left = button.mapTo(window, button.rect().topLeft()).x()
        if right > window.width() or left < 0:
            found.append(f"outside: {button.text()!r}")
    for area in visible(window, QScrollArea):
        inside = area.widget()
        if inside is not None and inside.width() > area.viewport().width():
            found.append(f"wider than the page: {inside.width()} > {area.viewport().width()}")
    return found


def words_of(label: QLabel) -> list[str]:
    """Where a text can be broken; addresses break at their punctuation."""
    if not label.wordWrap():
        return [label.text()]
    return re.split(r"[\s\u200b/.\-]+", label.text())


def overlapping(window: MainWindow) -> list[str]:
    """Pairs of things that cover each other, on the page and on the rail, and what leaves the card it stands on."""
    found = []
    for ground in (window.wizard.page_shown.area.widget(), window.rail):
        assert ground is not None
        places = [(widget, _place(widget, ground)) for widget in _leaves(ground)]
        for (one, here), (other, there) in combinations(places, 2):
            shared = here.intersected(there)
            if shared.width() > 1 and shared.height() > 1:
                found.append(f"{_called(one)} covers {_called(other)}")
        whole = ground.rect().adjusted(-1, -1, 1, 1)
        found += [f"leaves the page: {_called(widget)}" for widget, place in places if not whole.contains(place)]
    return found


def _leaves(ground: QWidget) -> Iterator[QWidget]:
    for widget in visible(ground, QWidget):
        if isinstance(widget, LEAVES) and widget.width() > 0 and widget.height() > 0:
            yield widget


def _place(widget: QWidget, ground: QWidget) -> QRect:
    return QRect(widget.mapTo(ground, QPoint(0, 0)), widget.size())


def _called(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton | QLineEdit) else ""
    return f"{type(widget).__name__} {text!r}"


def hard_to_read(window: MainWindow) -> list[str]:
    """Labels and buttons whose ink does not stand out enough from the ground that was painted below it."""
    picture, ratio = window.grab().toImage(), window.devicePixelRatioF()
    found = []
    texts: list[QLabel | QAbstractButton] = [*visible(window, QLabel), *visible(window, QAbstractButton)]
    for widget in texts:
        shown = widget.visibleRegion().boundingRect()
        if not widget.text() or shown.isEmpty() or not widget.isEnabled():  # WCAG asks nothing of what is disabled
            continue
        role = QPalette.ColorRole.ButtonText if isinstance(widget, QAbstractButton) else QPalette.ColorRole.WindowText
        ink = widget.palette().color(role).name()
        place = QRect(widget.mapTo(window, shown.topLeft()), shown.size()).adjusted(FRAME, FRAME, -FRAME, -FRAME)
        if place.isEmpty():  # no more than its edge is in sight
            continue
        ground = most_painted(picture, QRect(place.topLeft() * ratio, place.size() * ratio))
        if contrast(ink, ground) < READABLE:
            found.append(f"{_called(widget)}: {ink} on {ground} is {contrast(ink, ground):.2f}")
    return [f"{window.wizard.step} ({window.kit.scheme}): {words}" for words in found]


def most_painted(picture: QImage, place: QRect) -> str:
    """The colour that most points of a grid over the place have: what the text stands on."""
    counted: dict[int, int] = {}
    inner = place.intersected(picture.rect())
    for x in range(inner.left(), inner.right() + 1, max(1, inner.width() // 24)):
        for y in range(inner.top(), inner.bottom() + 1, max(1, inner.height() // 10)):
            pixel = picture.pixel(x, y)
            counted[pixel] = counted.get(pixel, 0) + 1
    return QColor(max(counted, key=lambda pixel: counted[pixel])).name()


def letters_of(window: MainWindow) -> list[str]:
    """The letters that press a button of the page, with Alt."""
    marked = (re.search("&(.)", button.text()) for button in visible(window, QAbstractButton))
    return sorted(match.group(1).lower() for match in marked if match)


def nameless(window: MainWindow) -> list[str]:
    """What takes the focus and has nothing that a screen reader could call it by."""
    found = []
    for widget in visible(window, QWidget):
        text = getattr(widget, "text", str)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not (widget.accessibleName() or text()):
            found.append(f"{window.wizard.step}: {type(widget).__name__} has no name")
    return found


def obvious_steps(window: MainWindow) -> list[QAbstractButton]:
    """Buttons below the page that stand out as the next step, and can be pressed."""
    footer = visible(window.wizard, QAbstractButton)
    page = window.wizard.page_shown
    return [
        button
        for button in footer
        if button.property("primary") == "true" and button.isEnabled() and not page.isAncestorOf(button)
    ]
