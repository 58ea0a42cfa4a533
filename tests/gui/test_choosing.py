# SPDX-License-Identifier: MIT
"""What a person may decide before the yes, and what they do elsewhere while the window is open."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import resources_folder
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.naming import NameNote
from setup_assistant.gui.notes import WaitNote
from setup_assistant.gui.ports import PortQuestion
from setup_assistant.gui.window import MainWindow
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker, opened

NAME = "plexbox.tail1234.ts.net"


def port_question(window: MainWindow) -> PortQuestion:
    return next(one for one in window.wizard.page_shown.findChildren(PortQuestion) if one.isVisible())


def name_note(window: MainWindow) -> NameNote:
    return next(one for one in window.wizard.page_shown.findChildren(NameNote) if one.isVisible())


def texts(widget: PortQuestion) -> list[str]:
    return [card.explanation.text().replace("\u200b", "") for card in widget.choices.cards]


# The port


def test_443_is_taken_over_when_it_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "other-handlers", tmp_path) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        question = port_question(window)
        assert [card.button.text() for card in question.choices.cards] == [
            "Port 10000, free",
            "Port 443, taken over",
        ]
        assert question.choices.current == 0
        assert "/notes → http://127.0.0.1:8080" in texts(question)[1]
        assert "A copy of the configuration is kept first" in texts(question)[1]
        QTest.mouseClick(question.choices.cards[1].button, Qt.MouseButton.LeftButton)
        walker.settle()
        assert port_question(window).choices.current == 1
        walker.wait(lambda: walker.focused() is walker.forward())
        while walker.goes_on():
            walker.go_on()
            walker.settle()
        answer = walker.answer()
        assert (answer.exit, answer.document["public_url"]) == (0, f"https://{NAME}:443")
        assert answer.document["changes"][0] == {
            "change": "funnel",
            "result": "applied",
            "detail": "Done, and read back.",
        }
    assert list((tmp_path / "state").rglob("*tailscale-serve-config*"))


def test_without_a_free_port_nothing_is_planned_until_one_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    content = (resources_folder() / "scenarios" / "other-handlers.toml").read_text(encoding="utf-8")
    key = f'"{NAME}:8443" = '
    third = f'"{NAME}:10000" = {{ Handlers = {{ "/" = {{ Proxy = "http://127.0.0.1:3001" }} }} }}\n'
    scenario = tmp_path / "no-free-port.toml"
    scenario.write_text(content.replace(key, third + key), encoding="utf-8")
    with opened(qtbot, str(scenario), tmp_path) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        question = port_question(window)
        assert (len(question.choices.cards), question.choices.current) == (3, -1)
        assert not window.wizard.page_shown.isComplete()
        QTest.mouseClick(question.choices.cards[1].button, Qt.MouseButton.LeftButton)
        walker.settle()
        assert window.wizard.page_shown.isComplete()
        assert next(entry.change.summary.render() for entry in window.session.pending) == (
            f"Make Plex reachable at https://{NAME}:8443"
        )


# The name


def test_another_name_is_given_before_it_becomes_public(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        note = name_note(window)
        assert (note.field.text(), note.use.isEnabled()) == ("plexbox", False)
        note.field.setText("my computer")
        assert (note.use.isEnabled(), note.hint.isVisible()) == (False, True)
        note.field.setText("Den-1")
        QTest.keyClick(note.field, Qt.Key.Key_Return)
        walker.wait(lambda: host.name == "den-1" and host.entered[-1] == "look")
        walker.settle()
        assert host.entered.count("look") == 2
        assert window.wizard.step is Step.REVIEW
        assert "carry_out" not in host.entered


def test_a_name_that_the_tailnet_keeps_is_said(qtbot: QtBot) -> None:
    kept = HostError(Trouble.NAME_KEPT, what="Tailscale")
    host = FakeHost(rename_trouble=kept)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        note = name_note(window)
        note.field.setText("den")
        note.use.click()
        walker.wait(lambda: window.session.trouble is not None)
        walker.settle()
        assert window.session.trouble == kept.text
        assert window.wizard.page_shown.isComplete(), "the plan still stands"


# What is done elsewhere


@pytest.mark.parametrize(
    ("code", "cause"),
    [("tailscale_installed", "missing"), ("funnel_allowed", "not_allowed"), ("tailscale_signed_in", "needs_approval")],
)
def test_the_window_goes_on_by_itself(qtbot: QtBot, code: str, cause: str) -> None:
    host = FakeHost(causes={code: cause}, person=threading.Event())
    assert host.person is not None
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        walker.wait(lambda: window.session.wait is not None)
        note = next(one for one in window.wizard.page_shown.findChildren(WaitNote) if one.isVisible())
        assert note.text.text() == "Waiting for the person."
        assert host.entered == ["look", f"wait_for {code}"]
        host.person.set()
        walker.wait(lambda: host.entered.count("look") == 2)
        walker.settle()
        assert window.session.findings[code].cause is None
        assert not note.isVisible()


def test_a_wait_in_vain_ends_quietly(qtbot: QtBot) -> None:
    host = FakeHost(causes={"funnel_allowed": "not_allowed"}, person=threading.Event(), waits_in_vain=True)
    assert host.person is not None
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        walker.wait(lambda: window.session.wait is not None)
        host.person.set()
        walker.wait(lambda: window.session.watched is None and window.session.wait is None)
        assert window.session.look is not None
        assert host.entered.count("look") == 1


def test_what_is_waited_for_is_spoken_of_where_its_question_stands(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(causes={"funnel_allowed": "not_allowed"})) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        walker.wait(lambda: window.session.wait is not None)
        assert not any(note.isVisible() for note in window.findChildren(WaitNote))
        walker.go_on()
        walker.wait(lambda: any(note.isVisible() for note in window.findChildren(WaitNote)))


def test_what_the_person_begins_comes_before_what_is_waited_for(qtbot: QtBot) -> None:
    host = FakeHost(causes={"funnel_allowed": "not_allowed"}, signed_in=False, pause=0.01)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        walker.wait(lambda: window.session.watched is not None)
        window.session.begin_look()
        assert (window.session.watched, window.session.wait) == (None, None)
        walker.wait(lambda: window.session.job is None and window.session.watched is not None)
        window.session.cancel()
        assert window.session.watched is None
        walker.wait(lambda: window.session.wait is None)


def test_the_name_says_what_undo_leaves(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(causes={"tailscale_permission": "needs_admin"})) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.REVIEW)
        said = " ".join(one.text() for one in name_note(window).findChildren(QLabel))
        assert "Undo does not change it back" in said
        assert "administrator password" in said
