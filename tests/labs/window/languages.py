# SPDX-License-Identifier: MIT
"""A whole set-up in a language with long words, in one from right to left, and in those that are shipped.

test_every_page.py runs this file; alone it is run with ``pytest -m lab tests/labs/window/languages.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import languages
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.window import MainWindow
from tests.gui.measuring import misfits
from tests.gui.opening import Walker, opened
from tests.gui.pseudo import LANGUAGES, spoken
from tests.gui.test_languages import OTHER_WAYS, looking


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_page_of_a_set_up_speaks_another_language(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    with (
        spoken(monkeypatch, *LANGUAGES[name]) as pseudo,
        opened(qtbot, "cgnat-fresh", tmp_path, translate=pseudo.translate, consent=None) as window,
    ):
        walker, found = looking(qtbot, window, pseudo)
        walker.walk(Intent.SET_UP)
    assert not found
    assert set(walker.seen) == set(Step) - OTHER_WAYS - {Step.PLEX_SIGN_IN, Step.TAILSCALE_SIGN_IN}


@pytest.mark.parametrize("code", [code for code in languages().codes if code != "en"])
@pytest.mark.parametrize("zoom", [1.0, 1.5])
def test_every_page_fits_in_every_language(qtbot: QtBot, tmp_path: Path, code: str, zoom: float) -> None:
    found: list[str] = []
    words = languages().words(code)
    for intent in (Intent.SET_UP, Intent.UNDO):
        with opened(qtbot, "cgnat-fresh", tmp_path, translate=words) as window:
            window.resize(800, 600)
            window.kit.wear(window.kit.scheme, zoom)
            walker = Walker(qtbot, window)
            walker.looked_at = lambda step, window=window: found.extend([*misfits(window), *shared_letters(window)])  # type: ignore[misc]
            walker.walk(intent)
    assert not found


def shared_letters(window: MainWindow) -> list[str]:
    """The letters that press more than one button."""
    buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
    letters = [QKeySequence.mnemonic(one.text()).toString() for one in buttons]
    return [f"{window.wizard.step}: {letter}" for letter in set(letters) if letter and letters.count(letter) > 1]
