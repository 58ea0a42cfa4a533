# SPDX-License-Identifier: MIT
"""The test with a phone: offered wherever the address stands, and what plays is shown as it begins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.core.events import Viewers
from setup_assistant.core.facts import Watching
from setup_assistant.core.texts import Text
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.pages import done
from setup_assistant.gui.phone_test import NOTHING_YET, OVER, PhoneTest
from setup_assistant.gui.window import MainWindow
from tests.gui.fake import URL, FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker, opened
from tests.gui.test_states import said

PHONE = Watching("198.51.100.7", location="wan", key="2", app="Plex for Android", state="playing")


def card_of(window: MainWindow) -> PhoneTest:
    card = window.wizard.page_shown.findChild(PhoneTest)
    assert isinstance(card, PhoneTest)
    return card


@pytest.mark.parametrize(
    ("step", "consent"), [(Step.HEALTH, True), (Step.HEALTH, False), (Step.PROOF, False), (Step.DONE, False)]
)
def test_it_is_always_offered(qtbot: QtBot, step: Step, consent: bool) -> None:
    host = FakeHost(done=step is Step.HEALTH)
    with window_over(qtbot, host, consent=consent) as window:
        Walker(qtbot, window).walk(Intent.LOOK if step is Step.HEALTH else Intent.SET_UP, until=step)
        card = card_of(window)
        assert card.isVisible()
        assert card.qr.link == f"{URL}/identity"
        assert f"{URL}/identity" in said(card)
        assert "Wi-Fi off" in said(card)
        assert not window.session.phone.is_on, "nobody is asked before the person wants it"


def test_without_an_address_there_is_nothing_to_test(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        Walker(qtbot, window).walk(Intent.LOOK, until=Step.HEALTH)
        assert not card_of(window).isVisible()


@pytest.mark.parametrize(
    ("plays", "shown"),
    [
        ((Viewers(()),), NOTHING_YET.message),
        ((Viewers((), 2),), "Watching already: 2."),
        ((Viewers(()), Viewers((PHONE,))), "It plays: Plex for Android, from 198.51.100.7. Plex counts it as away."),
        ((Viewers((Watching(key="3"),)),), "It plays: a Plex app, from not said. Plex counts it as not said."),
        ((Viewers((), trouble=Text("Plex did not answer.")),), "Plex did not tell just now: Plex did not answer."),
        ((Viewers((), over=True),), OVER.message),
    ],
)
def test_what_plays_is_shown_as_it_begins(qtbot: QtBot, plays: tuple[Viewers, ...], shown: str) -> None:
    host = FakeHost(done=True, plays=plays)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK, until=Step.HEALTH)
        card = card_of(window)
        assert not card.live.isVisible()
        card.toggle.click()
        walker.wait(lambda: window.session.phone.seen is not None and shown in said(card))
        if not (plays and plays[-1].over):
            card.toggle.click()
            walker.wait(lambda: host.cancelled == ["watch_viewers"])
        assert not window.session.phone.is_on


def test_a_look_ends_the_test(qtbot: QtBot) -> None:
    host = FakeHost(done=True, plays=(Viewers(()),))
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK, until=Step.HEALTH)
        card_of(window).toggle.click()
        walker.wait(lambda: window.session.phone.seen is not None)
        window.session.begin_look()
        walker.wait(lambda: host.cancelled == ["watch_viewers"])
        walker.settle()
        assert card_of(window).isVisible()


def test_over_a_whole_simulated_home(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "all-good", tmp_path) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK, until=Step.HEALTH)
        card_of(window).toggle.click()
        walker.wait(lambda: "It plays: Plex for Android (Mobile), from 198.51.100.7." in said(card_of(window)))


@pytest.mark.parametrize(
    ("ends", "told"),
    [(None, done.KEY_LASTS.message), (datetime(2027, 5, 3, 9, tzinfo=UTC), "ends on 2027-05-03")],
)
def test_the_last_page_tells_all_that_is_needed_later(qtbot: QtBot, ends: datetime | None, told: str) -> None:
    with window_over(qtbot, FakeHost(key_expiry=ends)) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.DONE)
        words = said(window.wizard.page_shown)
        for part in (URL, told, "Cloudflare Tunnel", "443, 8443 and 10000", "upload", "neither avoids it nor hides it"):
            assert part in words
        for text in (done.RESTART, done.RED_PAGE, done.COME_BACK, done.HOW_UNDO, done.KEEP, done.VIEWERS_NOTHING):
            assert text.message in words
