# SPDX-License-Identifier: MIT
"""What can be seen: contrast, nothing clipped, a name for everything that takes the focus, and pictures in words."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.findings import Status
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.labels import LinkButton, Words
from setup_assistant.gui.picture import Picture
from setup_assistant.gui.scene import SCENES, Way, in_words
from setup_assistant.gui.theme import COLOURS, Colours, Scheme, contrast
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.measuring import clipped, letters_of, nameless, visible
from tests.gui.opening import Walker, check_list

TEXTS = ("text", "muted", "accent", "ok", "notice", "problem", "unknown")
GROUNDS = ("window", "surface", "sunken", "accent_soft")
OWN_GROUNDS = {"ok": "ok_soft", "notice": "notice_soft", "problem": "problem_soft", "unknown": "unknown_soft"}


@pytest.fixture(params=list(Scheme))
def colours(request: pytest.FixtureRequest) -> Colours:
    return COLOURS[request.param]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", TEXTS)
def test_text_can_be_read_on_every_ground_it_stands_on(colours: Colours, ink: str, ground: str) -> None:
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize(("ink", "ground"), OWN_GROUNDS.items())
def test_states_can_be_read_on_their_own_ground(colours: Colours, ink: str, ground: str) -> None:
    for text in (ink, "text", "muted"):
        assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


def test_the_main_button_can_be_read(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, colours.accent_hover) >= 4.5


def test_the_edges_of_controls_can_be_seen(colours: Colours) -> None:
    for ground in ("window", "surface", "sunken"):
        assert contrast(colours.outline, getattr(colours, ground)) >= 3
        assert contrast(colours.accent, getattr(colours, ground)) >= 3


def test_every_status_has_a_colour_and_a_ground(colours: Colours) -> None:
    for status in Status:
        assert re.fullmatch("#[0-9a-f]{6}", colours.of(status))
        assert re.fullmatch("#[0-9a-f]{6}", colours.soft(status))


@pytest.mark.parametrize(
    ("intent", "host"),
    [
        (Intent.SET_UP, FakeHost(admin=True)),
        (Intent.SET_UP, FakeHost(causes={"https_certificates": "off"}, refuses="plex_url")),
        (Intent.UNDO, FakeHost(done=True)),
    ],
    ids=["set up", "stuck", "undo"],
)
def test_nothing_is_clipped_on_the_smallest_window(qtbot: QtBot, intent: Intent, host: FakeHost) -> None:
    host.done = intent is not Intent.SET_UP
    cut: list[str] = []
    with window_over(qtbot, host) as window:
        window.resize(800, 600)
        window.kit.wear(Scheme.LIGHT, 1.5)
        walker = Walker(qtbot, window)

        def look(step: Step) -> None:
            qtbot.wait(20)
            cut.extend(f"{step}: {words}" for words in clipped(window))

        walker.looked_at = look
        walker.walk(intent)
    assert not cut


def test_whatever_takes_the_focus_has_a_name(qtbot: QtBot) -> None:
    found: list[str] = []
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.looked_at = lambda step: found.extend(nameless(window))
        walker.walk(Intent.SET_UP)
    assert not found


def test_rows_say_their_state_in_words(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        rows = check_list(window).rows
        assert rows["tailscale_installed"].accessibleName().startswith("Tailscale is installed. Fine.")
        assert "To be set up" in rows["funnel_shape"].accessibleName()


def test_what_needs_nothing_is_behind_a_button(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        shown = check_list(window)
        fine = [row for row in shown.rows.values() if row.needs_nothing]
        assert not any(row.isVisible() for row in fine)
        assert shown.rows["funnel_shape"].isVisible(), "what is to be set up is in sight"
        assert str(len(fine)) in shown.more.text()
        shown.more.click()
        assert all(row.isVisible() for row in fine)
        window.session.begin_look()
        walker.settle()
        assert all(row.isVisible() for row in fine), "what somebody has opened stays open"


def test_details_open_by_keyboard(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        check_list(window).more.click()
        row = check_list(window).rows["tailscale_installed"]
        assert row.details is not None
        before = len(visible(row, Words))
        row.details.setFocus()
        QTest.keyClick(row.details, Qt.Key.Key_Return)
        assert len(visible(row, Words)) > before
        assert window.wizard.step is Step.TAILSCALE, "Enter opened the details and nothing else"


@pytest.mark.parametrize(
    ("intent", "host"),
    [
        (Intent.SET_UP, FakeHost(causes={"https_certificates": "off"})),
        (Intent.SET_UP, FakeHost(refuses="plex_url")),
        (Intent.SET_UP, FakeHost(begun=True)),
        (Intent.LOOK, FakeHost()),
        (Intent.UNDO, FakeHost(done=True)),
    ],
    ids=["stuck", "refused", "begun", "look", "undo"],
)
def test_mnemonics_of_a_page_differ(qtbot: QtBot, intent: Intent, host: FakeHost) -> None:
    doubled: list[str] = []
    with window_over(qtbot, host, consent=None) as window:
        walker = Walker(qtbot, window)

        def look(step: Step) -> None:
            letters = letters_of(window)
            if len(letters) != len(set(letters)):
                doubled.append(f"{step}: {letters}")

        walker.looked_at = look
        walker.walk(intent, until=Step.HEALTH if intent is Intent.LOOK else None)
    assert not doubled


def test_mnemonics_of_the_sign_in_page_differ(qtbot: QtBot) -> None:
    host = FakeHost(signed_in=False, sign_in_trouble=HostError(Trouble.SIGN_IN_EXPIRED))
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP)
        assert window.wizard.step is Step.PLEX_SIGN_IN
        letters = letters_of(window)
        assert len(letters) == len(set(letters)) >= 4


def test_links_are_told_apart_by_name(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(causes={"https_certificates": "off", "funnel_allowed": "not_allowed"})) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        links = visible(window, LinkButton)
        assert len(links) >= 2
        names = [link.accessibleName() for link in links]
        assert len(names) == len(set(names))
        assert all(name.startswith("Open the page: ") for name in names)


def test_the_picture_tells_itself_in_words(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        picture = visible(window, Picture)[0]
        assert "your provider, who shares one address" in picture.accessibleDescription()
        assert "Your provider 81.2.69.10: a visitor who comes straight ends here." in picture.accessibleDescription()
        assert picture.accessibleDescription().endswith("Your router 100.64.12.34. Plex on this computer.")
        assert [node.detail for node in picture.canvas.shown.nodes] == ["", "", "81.2.69.10", "100.64.12.34", ""]


def test_every_picture_has_words_and_can_be_drawn(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        picture = window.wizard.page_of(Step.HEALTH).findChildren(Picture)[0]
        for scene, way in product(SCENES.values(), Way):
            shown = replace(scene, way=way)
            assert all(text.message for text in in_words(shown))
            picture.canvas.show_scene(shown)
            assert not picture.canvas.grab().isNull()
