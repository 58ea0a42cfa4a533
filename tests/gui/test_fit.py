# SPDX-License-Identifier: MIT
"""Every page fits into the smallest window, however large the text is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from setup_assistant.flow import Intent, Step
from setup_assistant.gui.canvas import TILE, Canvas
from setup_assistant.gui.kit import LARGEST_TEXT, ZOOM_STEP
from setup_assistant.gui.labels import font
from setup_assistant.gui.pages.sign_in import SignInPage
from setup_assistant.gui.picture import Picture
from setup_assistant.gui.scene import SCENES
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.measuring import misfits
from tests.gui.opening import Walker, opened

AS_LARGE_AS_IT_GETS = 9.0


# tests/gui/test_looks.py walks with usual text; here it is as large as it gets.
@pytest.mark.parametrize(
    ("scenario", "intents"),
    [
        ("cgnat-fresh", (Intent.SET_UP, Intent.UNDO)),
        ("other-handlers", (Intent.LOOK,)),
    ],
)
def test_every_page_fits_however_large_the_text_is(
    qtbot: QtBot, tmp_path: Path, scenario: str, intents: tuple[Intent, ...]
) -> None:
    found: list[str] = []
    for intent in intents:
        with opened(qtbot, scenario, tmp_path) as window:
            window.resize(800, 600)
            window.kit.wear(window.kit.scheme, AS_LARGE_AS_IT_GETS)
            walker = Walker(qtbot, window, tailscale=True)
            walker.looked_at = lambda step, window=window: found.extend(misfits(window))  # type: ignore[misc]
            assert len(walker.walk(intent, until=Step.HEALTH if intent is Intent.LOOK else None)) >= 2
    assert not found


@pytest.mark.parametrize("code", [None, "ABCD"])
def test_the_sign_in_page_fits_at_every_size_of_text(qtbot: QtBot, code: str | None) -> None:
    host = FakeHost(signed_in=False, never_signs_in=True, code=code)
    with window_over(qtbot, host, real_time=True) as window:
        window.resize(800, 600)
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)
        walker.forward().click()
        walker.wait(lambda: window.session.offer is not None)
        page = window.wizard.page_shown
        assert isinstance(page, SignInPage)
        for zoom in (0.1, 1.0, ZOOM_STEP**2, AS_LARGE_AS_IT_GETS):
            window.kit.wear(window.kit.scheme, zoom)
            assert not misfits(window)
        window.kit.wear(window.kit.scheme, 1.0)
        assert not misfits(window)
        assert beside_the_text(page)
        window.kit.wear(window.kit.scheme, 1.5)
        walker.wait(lambda: not beside_the_text(page))
        assert page.qr.mapTo(page.area.viewport(), page.qr.rect().topRight()).x() < page.area.viewport().width()
        window.resize(1400, 900)
        walker.wait(lambda: beside_the_text(page))


def beside_the_text(page: SignInPage) -> bool:
    """Whether the QR code stands at the side of the buttons, and not below."""
    buttons = page.copy.mapTo(page, page.copy.rect().topRight())
    return page.qr.mapTo(page, QPoint(0, 0)).x() > buttons.x()


def test_text_grows_with_the_room_for_it(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        window.resize(1400, 900)
        QTest.qWait(1)
        window.kit.wear(window.kit.scheme, AS_LARGE_AS_IT_GETS)
        assert window.kit.sizes.body == round(LARGEST_TEXT)
        window.resize(800, 600)
        qtbot.waitUntil(lambda: window.kit.sizes.body < round(LARGEST_TEXT))
        assert window.kit.zoom >= 1.4
        smaller = window.kit.zoom / ZOOM_STEP
        window.resize(1400, 900)
        qtbot.waitUntil(lambda: window.kit.sizes.body == round(LARGEST_TEXT))
        window.resize(800, 600)
        qtbot.waitUntil(lambda: window.kit.sizes.body < round(LARGEST_TEXT))
        window.kit.wear(window.kit.scheme, smaller)
        assert window.kit.zoom == pytest.approx(smaller), "one step smaller is smaller at once"


def test_the_picture_leaves_nothing_out(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        canvas = window.wizard.page_of(Step.HEALTH).findChildren(Picture)[0].canvas
        for zoom in (0.1, 1.0, 1.5):
            window.kit.wear(window.kit.scheme, zoom)
            for scene in SCENES.values():
                nodes = tuple(replace(node, detail="100.127.112.234") for node in scene.nodes)
                canvas.show_scene(replace(scene, nodes=nodes))
                for width in (380, 420, 478, 640):
                    check_plan(canvas, width)


def check_plan(canvas: Canvas, width: int) -> None:
    """Each name and address is there as a whole, and in its own column."""
    nodes = canvas.shown.nodes
    plan, column = canvas.plan(width), width / len(nodes)
    usual, strong = QFontMetricsF(font(plan.text)), QFontMetricsF(font(plan.text, strong=True))
    assert TILE * plan.unit < column - 10 * plan.unit, "there is room for an arrow between the tiles"
    for node, (name, address) in zip(nodes, plan.captions, strict=True):
        assert " ".join(name) == str(node.name)
        assert "".join(address) == node.detail
        assert all(strong.horizontalAdvance(line) <= column for line in name)
        assert all(usual.horizontalAdvance(line) <= column for line in address)
    lines = max(len(name) + len(address) for name, address in plan.captions)
    assert lines * usual.lineSpacing() <= plan.height - (canvas.middle + TILE / 2) * plan.unit


def test_the_picture_gets_the_height_it_needs(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "cgnat-fresh", tmp_path) as window:
        window.resize(800, 600)
        window.kit.wear(window.kit.scheme, 1.5)
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.CONNECTION)
        QApplication.processEvents()
        canvas = window.wizard.page_shown.findChildren(Picture)[0].canvas
        assert canvas.height() == canvas.plan(canvas.width()).height
        assert any("".join(address) == "100.64.12.34" for _, address in canvas.plan(canvas.width()).captions)
