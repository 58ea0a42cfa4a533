# SPDX-License-Identifier: MIT
"""Two languages nobody speaks: one with long words, one that is written from right to left.

Every letter of a translated word carries an accent. A plain one on the screen was never translated, unless it came
from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from setup_assistant.core import texts
from setup_assistant.core.texts import Translate, in_english
from setup_assistant.gui import kit
from setup_assistant.gui.window import MainWindow

_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçďéƒğĥíĵķĺṁñóṕɋŕšťúṽŵẋýžÁƁÇĎÉƑĞĤÍĴĶĹṀÑÓṔɊŔŠŤÚṼŴẊÝŽ"
)
_PLACE = re.compile(r"(\{\w*\}|&)")
_PLAIN = re.compile(r"[A-Za-z]{2,}")
_FROM_RIGHT, _END = "\u202e", "\u202c"
"""What lies between is written from right to left, whatever letters it has (Unicode, UAX 9)."""


def long_words(message: str, plural: str = "", count: int = 1, /) -> str:
    """A language that takes half as much room again."""
    words = in_english(message, plural, count)
    more = _PLACE.sub("", words)[: len(words) // 2].strip()
    return _accented(words) + (f" {_accented(more)}" if LETTERS.search(more) else "")


def from_right(message: str, plural: str = "", count: int = 1, /) -> str:
    """A language that is written from right to left."""
    accented = _accented(in_english(message, plural, count))
    return re.sub(r"[^\s{}&]+(?![^{]*\})", lambda found: f"{_FROM_RIGHT}{found[0]}{_END}", accented)


LETTERS = re.compile(r"[^\W\d_]")
LEFT, RIGHT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft
LANGUAGES = {"long words": (long_words, LEFT), "right to left": (from_right, RIGHT)}
OF_NO_LANGUAGE = {"English", "Plex", "Tailscale", "test", "/identity"}
"""Names that stand there as they are."""


def _accented(words: str) -> str:
    return "".join(part if _PLACE.fullmatch(part) else part.translate(_ACCENTS) for part in _PLACE.split(words) if part)


@dataclass
class Pseudo:
    """One of the two, as it is spoken in a test."""

    translate: Translate
    direction: Qt.LayoutDirection
    values: set[str] = field(default_factory=set)
    """What came from outside and was put into sentences."""

    def untranslated(self, window: MainWindow) -> list[str]:
        """The words on the page, and for screen readers, that no catalogue was asked for."""
        return sorted({f"{window.wizard.step}: {words}" for words in _words_on(window) if self._is_plain(words)})

    def _is_plain(self, words: str) -> bool:
        left = words.replace("\u200b", "")
        for value in sorted(self.values, key=len, reverse=True):
            left = left.replace(value, "")
        return _PLAIN.search(left) is not None


@contextmanager
def spoken(monkeypatch: pytest.MonkeyPatch, translate: Translate, direction: Qt.LayoutDirection) -> Iterator[Pseudo]:
    """Speak a language; what values sentences get is seen."""
    pseudo = Pseudo(translate, direction, set(OF_NO_LANGUAGE))
    really = texts.rendered

    def seen(value: object, translate: Translate = in_english) -> object:
        if isinstance(value, str):
            pseudo.values.update((value, value.upper()))
        return really(value, translate)

    monkeypatch.setattr(texts, "rendered", seen)
    monkeypatch.setattr(kit, "rendered", seen)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setLayoutDirection(direction)
    try:
        yield pseudo
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _words_on(window: MainWindow) -> Iterator[str]:
    yield window.windowTitle()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        yield widget.accessibleName()
