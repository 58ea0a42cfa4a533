# SPDX-License-Identifier: MIT
"""What the pages say and offer where a run does not go by the book: broken looks, refused consent, stops, an undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget, QWizard
from pytestqt.qtbot import QtBot

from setup_assistant.core.changes import Result
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.findings import Finding, Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words.changes import SUMMARIES
from setup_assistant.flow import Intent, Step
from setup_assistant.gui import areas, words
from setup_assistant.gui.pages import done, health, undo, work
from setup_assistant.gui.pages.base import Page
from setup_assistant.gui.rows import CheckRow
from setup_assistant.gui.scene import NO_WAY_AROUND, SCENES, in_words
from setup_assistant.gui.window import MainWindow
from tests.gui.fake import CHANGES, FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker, opened

OFF_LINE = HostError(Trouble.UNREACHABLE, what="Tailscale")


def side_button(window: MainWindow) -> QPushButton:
    button = window.wizard.button(QWizard.WizardButton.CustomButton1)
    assert isinstance(button, QPushButton)
    return button


def said(page: QWidget) -> str:
    """All words that are shown."""
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    return "\n".join(texts).replace("\u200b", "")


def tone(page: Page) -> object:
    return page.state.property("tone")  # type: ignore[attr-defined]


def primary(window: MainWindow) -> str:
    """The words of the side action, if that is the obvious next step."""
    action = window.wizard.page_shown.side_action()
    return action.text.message if action is not None and action.primary and action.enabled else ""


def press_side(walker: Walker) -> None:
    walker.wait(lambda: walker.focused() is side_button(walker.window))
    QTest.keyClick(walker.focused(), Qt.Key.Key_Return)
    walker.settle()


@pytest.mark.parametrize("answers", [0, 4])
@pytest.mark.parametrize(
    "step", [Step.CONNECTION, Step.TAILSCALE, Step.PLEX, Step.REVIEW, Step.HEALTH, Step.UNDO_REVIEW]
)
def test_a_look_that_breaks_off_can_be_begun_again(qtbot: QtBot, step: Step, answers: int) -> None:
    intent = {Step.HEALTH: Intent.LOOK, Step.UNDO_REVIEW: Intent.UNDO}.get(step, Intent.SET_UP)
    host = FakeHost(done=intent is Intent.UNDO)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(intent, until=step)
        host.look_trouble, host.look_breaks_after = OFF_LINE, answers
        window.session.begin_look()
        window.wizard.settle_focus_soon()
        walker.settle()
        page = window.wizard.page_shown
        assert window.kit.say(OFF_LINE.text) in said(page)
        assert primary(window) == words.LOOK_AGAIN.message
        shown = [row.word.text() for row in page.findChildren(CheckRow)]
        assert words.LOOKING.message not in shown, "no row waits for an answer that does not come"
        assert "Looking" not in said(page)
        host.look_trouble = None
        press_side(walker)
        assert window.session.look is not None
        assert walker.forward().isEnabled()


@pytest.mark.parametrize("step", [Step.REVIEW, Step.HEALTH])
def test_a_look_that_breaks_off_is_said_in_words(qtbot: QtBot, step: Step) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK if step is Step.HEALTH else Intent.SET_UP, until=step)
        host.look_trouble = OFF_LINE
        window.session.begin_look()
        walker.settle()
        assert words.NOT_AT_ITS_END.message in said(window.wizard.page_shown)


def test_a_look_cut_by_a_sign_in_can_be_begun_again(qtbot: QtBot) -> None:
    host = FakeHost(signed_in=False, never_signs_in=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)
        host.holds_look = True
        window.session.begin_look()
        window.session.asking.add("closed_again")
        walker.wait(lambda: window.session.signed_out("plex") and window.wizard.page_shown.isComplete())
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.offer is not None)
        assert not window.session.asking
        QTest.mouseClick(window.wizard.button(QWizard.WizardButton.BackButton), Qt.MouseButton.LeftButton)
        walker.settle()
        assert window.session.look is None
        assert side_button(window).isEnabled()
        assert walker.forward().isEnabled(), "what the look had found until then still leads to the sign-in"


@pytest.mark.parametrize(
    ("cause", "text", "shown"),
    [
        ("", undo.ALL_BACK, "ok"),
        (None, undo.ALL_BACK, "ok"),
        ("from_here", undo.AS_SEEN_FROM_HERE, "notice"),
        ("not_seen", undo.NOT_SEEN, "unknown"),
        ("still_open", undo.STILL_OPEN, "problem"),
    ],
)
def test_undo_tells_only_what_was_seen(qtbot: QtBot, cause: str | None, text: object, shown: str) -> None:
    host = FakeHost(done=True, closed_again=cause, holds_verify=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.UNDO, until=Step.UNDO_REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.verifying)
        page = window.wizard.page_shown
        assert window.wizard.step is Step.UNDO
        assert not page.isComplete(), "whether it is closed is not known yet"
        assert work.LOOKING_AFTER.message in said(page)
        host.holds_verify = False
        walker.settle()
        walker.go_on()
        walker.settle()
        page = window.wizard.page_shown
        assert str(text) in said(page)
        assert tone(page) == shown
        assert ("The address is closed again" in said(page)) is (cause != "")


def test_the_last_page_of_undo_follows_a_late_answer(qtbot: QtBot) -> None:
    host = FakeHost(done=True, closed_again="still_open")
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.UNDO)
        late = window.session.findings.pop("closed_again")
        window.wizard.page_shown.refresh()
        assert undo.ALL_BACK.message in said(window.wizard.page_shown)
        window.session.findings["closed_again"] = late
        window.session.changed.emit()
        assert tone(window.wizard.page_shown) == "problem"


def test_undo_shows_what_will_happen_and_names_what_was_left_alone(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(done=True, leaves_alone="plex_url")) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.UNDO, until=Step.UNDO_REVIEW)
        expected = [words.UNDOINGS[code].message for code in CHANGES]
        assert all(line in said(window.wizard.page_shown) for line in expected)
        assert SUMMARIES["plex_remote_access"] not in said(window.wizard.page_shown)
        walker.go_on()
        walker.settle()
        assert all(line in said(window.wizard.page_shown) for line in expected)
        walker.go_on()
        walker.settle()
        text = said(window.wizard.page_shown)
        assert words.UNDOINGS["plex_url"].message in text
        assert "somebody else has changed it since" in text
        assert words.UNDOINGS["funnel"].message not in text, "what went as it should needs no row"


def test_a_change_without_words_of_its_own_is_told_by_its_summary() -> None:
    summary = CHANGES["funnel"][0]
    assert words.undoing("something_new", summary) is summary


@pytest.mark.parametrize("step", [Step.HEALTH, Step.PROOF, Step.DONE])
def test_a_refused_check_from_outside_can_be_agreed_to(qtbot: QtBot, step: Step) -> None:
    kept: list[bool] = []
    host = FakeHost(done=step is Step.HEALTH)
    with window_over(qtbot, host, consent=False, keep_consent=kept.append) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK if step is Step.HEALTH else Intent.SET_UP, until=step)
        assert window.session.findings["outside"].cause == "no_consent"
        assert primary(window) == words.CHECK_FROM_OUTSIDE.message
        press_side(walker)
        assert kept == [True]
        assert host.consent is True
        assert window.wizard.step is Step.HEALTH
        assert window.session.findings["outside"].cause is None
        assert primary(window) == ""


def test_only_the_door_was_closed(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "public-and-unclaimed", tmp_path) as window:
        walker = Walker(qtbot, window)
        pages: dict[Step, str] = {}

        def look(step: Step) -> None:
            pages[step] = said(window)

        walker.looked_at = look
        walker.walk(Intent.SET_UP)
    assert "Your line is not the trouble; the open door is." in pages[Step.CONNECTION]
    assert "All is fine" not in pages[Step.CONNECTION]
    assert words.DOOR_CLOSED.message in pages[Step.APPLY]
    assert words.DOOR_CLOSED.message in pages[Step.PROOF]
    assert "nothing to prove yet" not in pages[Step.PROOF]
    assert done.CLOSED_LEAD.message in pages[Step.DONE]
    assert "claim the server" in pages[Step.DONE]
    stages = [text.text() for _, _, _, text in window.rail._entries]
    assert stages == ["Welcome", "Your connection", "Review", "Apply", "Proof", "Done"], (
        "what was passed over is not there"
    )


def test_an_open_door_is_called_one(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "public-and-open", tmp_path) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK, until=Step.HEALTH)
        assert "Open door" in said(window)
        assert "Needs you" not in said(window)
        walker.go_on()
        walker.settle()
        assert "It opens again only once Plex asks everyone to sign in." in said(window)


def test_another_run_at_work_leads_to_an_honest_end(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        host.held = True
        walker.go_on()
        walker.settle()
        page = window.wizard.page_shown
        assert isinstance(page, work.WorkPage)
        assert {row.word.text() for row in page.rows.values()} == {words.RESULTS[Result.SKIPPED].message}
        assert work.NONE_MADE.message in said(page)
        assert "What is done stays" not in said(page)
        walker.go_on()
        assert window.wizard.step is Step.DONE, "there is nothing to prove"
        assert done.UNTOUCHED.message in said(window)
        assert done.HOW_UNDO_NOW.message not in said(window)


def test_work_that_breaks_off_leaves_no_row_under_way(qtbot: QtBot) -> None:
    host = FakeHost(breaks_at="plex_url")
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.APPLY)
        page = window.wizard.page_shown
        assert isinstance(page, work.WorkPage)
        results = [words.RESULTS[one].message for one in (Result.APPLIED, Result.FAILED, Result.SKIPPED)]
        assert [row.word.text() for row in page.rows.values()] == results


def test_a_stop_is_no_alarm(qtbot: QtBot) -> None:
    host = FakeHost(until_stopped=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.current_change is not None)
        window.session.stop_after_change()
        walker.settle()
        page = window.wizard.page_shown
        assert work.STOPPED.message in said(page)
        assert tone(page) == "plain"


def test_a_change_that_waits_says_so(qtbot: QtBot) -> None:
    host = FakeHost(waits_first=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.wait is not None)
        page = window.wizard.page_shown
        assert isinstance(page, work.WorkPage)
        states = [row.word.text() for row in page.rows.values()]
        assert states == [words.HELD.message, words.STILL_TO_COME.message, words.STILL_TO_COME.message]
        host.until_stopped, host.waits_first = True, False
        walker.wait(lambda: window.session.wait is None)
        assert page.rows["funnel"].word.text() == words.UNDER_WAY.message
        host.until_stopped = False
        walker.settle()


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        (("funnel",), health.UNFINISHED),
        (("plex_url", "funnel"), health.UNFINISHED),
        (("plex_remote_access", "plex_url", "funnel"), health.DRIFTED),
    ],
)
def test_a_set_up_that_was_never_finished_is_not_called_drifted(
    qtbot: QtBot, ours: tuple[str, ...], text: object
) -> None:
    with window_over(qtbot, FakeHost(ours=ours)) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.HEALTH)
        assert str(text) in said(window)


def test_nobody_has_to_type_it_only_where_plex_tells_it(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert done.NO_NEED.message in said(window)
    with window_over(qtbot, FakeHost(refuses="plex_url")) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert "The public address of your Plex" in said(window)
        assert done.NO_NEED.message not in said(window)


def test_places_are_not_shown_where_there_is_nothing_to_check(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.PROOF)
        assert "Where it was checked from" in said(window)
        outside = window.session.findings["outside"]
        waits = Verdict(Status.BLOCKED, Text("This waits for something else."))
        window.session.findings["outside"] = replace(outside, verdict=waits)
        window.wizard.page_shown.refresh()
        assert "Where it was checked from" not in said(window)


def test_the_rail_ends_where_the_way_ends(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "all-good", tmp_path) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.HEALTH)
        stages = [text.text() for _, _, _, text in window.rail._entries]
        assert stages == ["Welcome", "Your connection", "Tailscale", "Plex", "Overview"]
        assert window.rail.accessibleName() == "Step 5 of 5: Overview"


def icons_on_the_rail(window: MainWindow) -> dict[str, str]:
    return {text.text(): glyph.name for _, _, glyph, text in window.rail._entries}


def test_the_rail_ticks_only_what_came_to_a_good_end(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "outside-unreachable", tmp_path) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert window.wizard.step is Step.DONE
        assert icons_on_the_rail(window) == {
            "Welcome": "ok",
            "Your connection": "ok",
            "Tailscale": "ok",
            "Plex": "ok",
            "Review": "ok",
            "Apply": "notice",
            "Proof": "notice",
            "Done": "here",
        }
        told = [holder.accessibleName() for _, holder, _, _ in window.rail._entries]
        assert told[6] == "Step 7 of 8: Proof. Something is open there."
        assert told[5].endswith("open there.")
        assert told[3] == "Step 4 of 8: Plex"


def test_the_rail_forgets_what_was_open_once_it_is_not(qtbot: QtBot) -> None:
    host = FakeHost(causes={"https_certificates": "off"})
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)
        assert icons_on_the_rail(window)["Tailscale"] == "notice"
        host.causes.clear()
        window.session.begin_look()
        walker.settle()
        assert icons_on_the_rail(window)["Tailscale"] == "ok"


def test_what_needs_the_person_is_read_first_on_the_last_page(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "outside-unreachable", tmp_path) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        needs, address, phone = (
            said(window).index(words_of_it)
            for words_of_it in (
                "The public entrance leads to Plex",
                done.ADDRESS.message,
                "Test it yourself with a phone",
            )
        )
        assert needs < address < phone


def test_an_area_that_opens_by_itself_leaves_out_what_needs_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot, "plex-missing", tmp_path) as window:
        Walker(qtbot, window).walk(Intent.LOOK, until=Step.HEALTH)
        page = window.wizard.page_shown
        assert isinstance(page, health.HealthPage)
        by_itself = next(group for group in page.groups if group.list is not None and group.list.isVisible())
        assert by_itself.list is not None
        assert [code for code, row in by_itself.list.rows.items() if row.isVisible()] == ["plex_server"]
        assert by_itself.list.more.isVisible()
        by_hand = next(group for group in page.groups if group.list is None)
        by_hand.toggle.click()
        qtbot.waitUntil(lambda: window.kit.turns.are_over)
        assert by_hand.list is not None
        assert all(row.isVisible() for row in by_hand.list.rows.values()), "who asks for it sees all of it"


def test_without_the_internet_nothing_leads_around_it() -> None:
    _, way = in_words(SCENES["offline"])
    assert way == NO_WAY_AROUND
    assert "around it" not in str(way)
    assert [name for name, shown in SCENES.items() if not shown.leads_around] == ["offline"]


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        ((Status.BLOCKED, Status.BLOCKED), areas.WAITS_ALL),
        ((Status.OK, Status.BLOCKED), areas.WAITS),
        ((Status.NOTICE, Status.BLOCKED), areas.WAITS),
    ],
)
def test_an_area_is_fine_so_far_only_where_something_is(statuses: tuple[Status, ...], text: Text) -> None:
    title = Text("A question")
    found = [Finding("exit_node", title, Verdict(status, title)) for status in statuses]
    assert areas._sum_up(found)[0] == text


def test_what_cannot_be_taken_back_is_read_before_the_yes(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        window.resize(800, 600)
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.REVIEW)
        page = window.wizard.page_shown
        rename = next(one for one in page.findChildren(QLabel) if one.isVisible() and "another name?" in one.text())
        below = rename.mapTo(page, rename.rect().bottomLeft()).y()
        assert below < page.height(), "it is in sight while the yes has the focus"


@pytest.mark.parametrize("step", [Step.WELCOME, Step.CONSENT, Step.HEALTH, Step.REVIEW, Step.PROOF, Step.DONE])
def test_every_letter_presses_one_button_only(qtbot: QtBot, step: Step) -> None:
    host = FakeHost(refuses="plex_url" if step is Step.DONE else None)
    with window_over(qtbot, host, consent=None if step is Step.CONSENT else False) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.LOOK if step is Step.HEALTH else Intent.SET_UP, until=step)
        if step is Step.REVIEW:
            window.session.trouble = words.ANOTHER_RUN
            window.session.changed.emit()
        buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
        letters = [QKeySequence.mnemonic(one.text()).toString() for one in buttons]
        used = [letter for letter in letters if letter]
        assert len(used) == len(set(used)), used


def test_buttons_of_the_overview_are_told_apart_from_the_start(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        page = window.wizard.page_of(Step.HEALTH)
        assert isinstance(page, health.HealthPage)
        names = [group.toggle.accessibleName() for group in page.groups]
    assert names == ["Show: Your connection", "Show: Tailscale", "Show: Plex", "Show: Proof"]
