# SPDX-License-Identifier: MIT
"""What the window does on the way: consent, signing in, stopping, closing, and coming back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget, QWizard
from pytestqt.qtbot import QtBot

from setup_assistant.core.changes import Result
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Waiting
from setup_assistant.core.texts import Text
from setup_assistant.flow import Intent, Step
from setup_assistant.gui import words
from setup_assistant.gui.crash import CrashDialog
from setup_assistant.gui.help import HelpDialog
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.pages.sign_in import SignInPage
from setup_assistant.gui.pages.undo import UndonePage
from setup_assistant.gui.pages.work import WorkPage
from setup_assistant.gui.theme import Scheme
from setup_assistant.gui.window import MainWindow
from tests.conftest import LogWatch
from tests.gui.fake import FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker

FIRST_TIME = [
    Step.WELCOME,
    Step.CONNECTION,
    Step.TAILSCALE,
    Step.PLEX,
    Step.REVIEW,
    Step.APPLY,
    Step.PROOF,
    Step.DONE,
]


def at(window: MainWindow) -> Step:
    return window.wizard.step


def side_button(window: MainWindow) -> QPushButton:
    button = window.wizard.button(QWizard.WizardButton.CustomButton1)
    assert isinstance(button, QPushButton)
    return button


def visible_questions(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def test_the_first_time_leads_through_every_page(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        assert Walker(qtbot, window).walk(Intent.SET_UP) == FIRST_TIME
        assert window.session.reports["funnel"].result is Result.APPLIED
    assert host.done


def test_nothing_is_carried_out_before_the_yes(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.REVIEW)
        assert not window.session.reports
    assert "carry_out" not in host.entered
    assert "undo" not in host.entered


def test_all_right_leads_to_the_overview_and_ends(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(done=True)) as window:
        assert Walker(qtbot, window).walk(Intent.SET_UP) == [Step.WELCOME, Step.HEALTH]


@pytest.mark.parametrize(("number", "consent"), [(0, True), (1, False)])
def test_consent_is_asked_once_and_kept(qtbot: QtBot, number: int, consent: bool) -> None:
    kept: list[bool] = []
    host = FakeHost()
    with window_over(qtbot, host, consent=None, keep_consent=kept.append) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONSENT)
        page = window.wizard.page_shown
        assert not page.isComplete(), "nothing is chosen beforehand"
        page.choices.choose(number)  # type: ignore[attr-defined]
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.settle()
        assert at(window) is Step.CONNECTION
    assert kept == [consent]
    assert host.consent is consent


def test_a_consent_that_cannot_be_kept_holds_for_this_run(qtbot: QtBot) -> None:
    def refuse(consent: bool) -> None:
        raise PermissionError("read-only")

    host = FakeHost()
    with window_over(qtbot, host, consent=None, keep_consent=refuse) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.CONNECTION)
    assert host.consent is True


@pytest.mark.parametrize("stop", [*FIRST_TIME, Step.HEALTH, Step.PLEX_SIGN_IN])
def test_closing_and_opening_again_on_every_page(qtbot: QtBot, stop: Step) -> None:
    signs_in = stop is Step.PLEX_SIGN_IN
    host = FakeHost(signed_in=not signs_in, never_signs_in=signs_in)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        if signs_in:
            walker.walk(Intent.SET_UP, until=Step.PLEX)
            QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
            walker.wait(lambda: window.session.offer is not None)
        else:
            intent = Intent.LOOK if stop is Step.HEALTH else Intent.SET_UP
            walker.walk(intent, until=stop)
        assert at(window) is stop
    host.never_signs_in = False
    with window_over(qtbot, host) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert host.done
        assert window.session.outcome is not None


def test_signing_in_goes_on_by_itself(qtbot: QtBot) -> None:
    host = FakeHost(signed_in=False)
    with window_over(qtbot, host) as window:
        seen = Walker(qtbot, window).walk(Intent.SET_UP)
    assert seen == FIRST_TIME, "the sign-in page led back to where it came from"
    assert host.entered.count("sign_in_plex") == 1


def test_the_sign_in_page_shows_link_code_and_time(qtbot: QtBot) -> None:
    opened: list[str] = []
    host = FakeHost(signed_in=False, never_signs_in=True, code="ABCD")
    with window_over(qtbot, host, real_time=True, open_link=opened.append) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.offer is not None)
        page = window.wizard.page_shown
        assert isinstance(page, SignInPage)
        offer = window.session.offer
        assert offer is not None
        assert page.qr.link == offer.link
        assert page.link.text() == offer.link
        assert page.code.text() == "ABCD"
        assert "30:00" in page.left.text()
        QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
        QTest.mouseClick(page.copy, Qt.MouseButton.LeftButton)
        assert opened == [offer.link]
        assert QApplication.clipboard().text() == offer.link
        QTest.mouseClick(window.wizard.button(QWizard.WizardButton.BackButton), Qt.MouseButton.LeftButton)
        assert at(window) is Step.PLEX
        walker.wait(lambda: window.session.job is None)
    assert host.cancelled == ["sign_in_plex"]


def test_a_sign_in_that_is_refused_can_be_tried_again(qtbot: QtBot) -> None:
    host = FakeHost(signed_in=False, sign_in_trouble=HostError(Trouble.SIGN_IN_EXPIRED))
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP)
        assert at(window) is Step.PLEX_SIGN_IN
        assert side_button(window).isEnabled()
        host.sign_in_trouble = None
        QTest.mouseClick(side_button(window), Qt.MouseButton.LeftButton)
        walker.settle()
        assert at(window) is Step.PLEX
        assert not window.session.signed_out("plex")


def test_looking_again_after_the_person_has_done_their_part(qtbot: QtBot) -> None:
    host = FakeHost(causes={"https_certificates": "off"})
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        assert walker.focused() is side_button(window), "looking again is the obvious next step"
        host.causes.clear()
        QTest.keyClick(walker.focused(), Qt.Key.Key_Return)
        walker.settle()
        walker.wait(lambda: walker.focused() is walker.forward())
        assert at(window) is Step.TAILSCALE


def test_stopping_between_changes(qtbot: QtBot) -> None:
    host = FakeHost(until_stopped=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.current_change is not None)
        QTest.mouseClick(side_button(window), Qt.MouseButton.LeftButton)
        assert not side_button(window).isEnabled()
        walker.settle()
        page = window.wizard.page_shown
        assert isinstance(page, WorkPage)
        assert not page.went_well
        results = [report.result for report in window.session.reports.values()]
        assert results == [Result.APPLIED, Result.SKIPPED, Result.SKIPPED]
        while at(window) is not Step.DONE:
            walker.go_on()
            walker.settle()
        assert walker.focused() is side_button(window)
        QTest.keyClick(walker.focused(), Qt.Key.Key_Return)
        walker.settle()
        assert at(window) is Step.HEALTH, "it goes on from here"


def test_a_refused_change_is_told_and_leads_on(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(refuses="plex_url")) as window:
        walker = Walker(qtbot, window)
        assert walker.walk(Intent.SET_UP)[-1] is Step.DONE
        assert window.wizard.page_shown.heading.text() == "Not finished yet"


def test_closing_in_the_middle_of_a_change_asks_first(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host, real_time=True) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.REVIEW)
        host.pause = 3600.0
        window.session.begin_apply()
        assert window.session.job is Job.APPLY
        window.close()
        question = window.closing_question
        assert isinstance(question, QMessageBox)
        assert window.isVisible()
        QTest.keyClick(question, Qt.Key.Key_Escape)
        assert window.isVisible(), "Escape keeps going"


def test_closing_all_the_same_ends_the_work(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        host.pause = 3600.0
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.current_change is not None)
        window.close()
        question = window.closing_question
        assert question is not None
        leave = next(button for button in question.buttons() if "all the same" in button.text())
        leave.click()
        assert not window.isVisible()
    assert host.cancelled == ["carry_out"]
    assert not host.done


def test_a_long_wait_may_be_closed_and_goes_on_when_opened_again(qtbot: QtBot) -> None:
    host = FakeHost(long_wait=600)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.wait is not None)
        page = window.wizard.page_shown
        assert isinstance(page, WorkPage)
        assert page.wait.isVisible()
        assert page.wait.left.text() == "At most 15:00 more"
        window.close()
        assert not window.isVisible(), "nothing is asked while it only waits"
    assert host.cancelled == ["carry_out"]
    host.long_wait = 0
    host.begun = True
    with window_over(qtbot, host) as window:
        assert Walker(qtbot, window).walk(Intent.SET_UP)[1] is Step.HEALTH
        assert host.done


def test_another_run_is_told_and_disturbs_nothing(qtbot: QtBot) -> None:
    host = FakeHost()
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        host.held = True
        walker.go_on()
        walker.settle()
        assert window.session.trouble is not None
        assert "Another run" in str(window.session.trouble)
    assert "carry_out" not in host.entered


def test_a_mistake_of_ours_shows_the_report(qtbot: QtBot, tmp_path: Path, expected_logs: LogWatch) -> None:
    expected_logs.allow("the run ended on a mistake of ours")
    host = FakeHost(mistake=ZeroDivisionError("seven"))
    with window_over(qtbot, host, make_report=lambda look, mistake: f"the report\n{mistake}") as window:
        walker = Walker(qtbot, window)
        walker.wait(lambda: window.session.job is None)
        walker.go_on()
        walker.wait(lambda: bool(window.findChildren(CrashDialog)))
        dialog = window.findChildren(CrashDialog)[0]
        assert "ZeroDivisionError: seven" in dialog.details
        dialog.save_to(tmp_path / "report.txt")
        report = (tmp_path / "report.txt").read_text(encoding="utf-8")
        assert report.startswith("the report")
        assert "ZeroDivisionError: seven" in report
        dialog.save_to(tmp_path / "no such folder" / "report.txt")
        assert "could not be saved" in dialog.said.text()
        dialog.close()
        assert window.isVisible(), "the window stays"


def test_an_unreadable_record_is_no_empty_record(qtbot: QtBot) -> None:
    host = FakeHost(preview_trouble=HostError(Trouble.JOURNAL_UNREADABLE))
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.UNDO)
        assert at(window) is Step.UNDO_REVIEW
        assert window.session.preview.unreadable == HostError(Trouble.JOURNAL_UNREADABLE).text


def test_undo_takes_back_and_says_so(qtbot: QtBot) -> None:
    host = FakeHost(done=True)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        assert walker.walk(Intent.UNDO) == [Step.WELCOME, Step.UNDO_REVIEW, Step.UNDO, Step.UNDONE]
    assert not host.done


def undone(walker: Walker) -> UndonePage:
    """Walk to where an undo ends."""
    walker.walk(Intent.UNDO)
    page = walker.wizard.page_shown
    assert isinstance(page, UndonePage)
    return page


def sign_out(walker: Walker, page: UndonePage) -> str:
    """Sign out there, and return what is told of it."""
    action = page.side_action()
    assert action is not None
    action.press()
    walker.wait(lambda: walker.session.job is None)
    walker.wait(page.signed_out.isVisible)
    return page.signed_out.accessibleName()


def test_after_an_undo_one_may_sign_out_too(qtbot: QtBot) -> None:
    host = FakeHost(done=True, sign_out_trouble=HostError(Trouble.NOT_REVOKED, what="plex.tv"))
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        page = undone(walker)
        told = page.state.accessibleName()
        assert "Authorized Devices" in sign_out(walker, page)
        host.sign_out_trouble = None
        assert "revoked and forgotten" in sign_out(walker, page)
        assert page.side_action() is None
        assert page.state.accessibleName() == told, "what was told of the undo stays"


def test_signing_out_where_nobody_is_signed_in_takes_nothing_back(qtbot: QtBot) -> None:
    host = FakeHost(done=True)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        page = undone(walker)
        host.signed_in = False
        assert sign_out(walker, page) == words.NO_SIGN_IN.message
        assert page.side_action() is None


def test_light_and_dark_are_kept_and_leave_the_focus_alone(qtbot: QtBot, tmp_path: Path) -> None:
    preferences = tmp_path / "window.ini"
    with window_over(qtbot, FakeHost(), preferences=preferences) as window:
        walker = Walker(qtbot, window)
        walker.wait(lambda: QApplication.focusWidget() is not None)
        before = walker.focused()
        first = window.kit.scheme
        window.change_scheme()
        assert walker.focused() is before
        assert window.kit.scheme is not first
        kept = window.kit.scheme
        window.resize(800, 720)
        window.close()
    with window_over(qtbot, FakeHost(), preferences=preferences) as window:
        assert window.kit.scheme is kept
        assert (window.width(), window.height()) == (800, 720)


def test_preferences_nobody_wrote_are_passed_over(qtbot: QtBot, tmp_path: Path) -> None:
    preferences = tmp_path / "window.ini"
    preferences.write_text("[General]\nscheme=purple\nzoom=much\nwindow=none\n", encoding="utf-8")
    with window_over(qtbot, FakeHost(), preferences=preferences) as window:
        assert window.kit.scheme is Scheme.LIGHT
        assert window.kit.zoom == 1.0


def test_escape_closes_where_nothing_is_under_way(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.TAILSCALE)
        QTest.keyClick(walker.focused(), Qt.Key.Key_Escape)
        assert not window.isVisible()


def test_escape_closes_from_the_rail_too(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.wait(lambda: window.session.job is None)
        window.help_button.setFocus()
        QTest.keyClick(window.help_button, Qt.Key.Key_Escape)
        assert not window.isVisible()


def test_closing_twice_asks_once_and_the_question_goes_with_its_reason(qtbot: QtBot) -> None:
    host = FakeHost(until_stopped=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.current_change is not None)
        window.close()
        window.close()
        assert len(visible_questions(window)) == 1
        window.session.stop_after_change()
        walker.settle()
        assert not visible_questions(window)
        assert window.closing_question is None
        assert window.isVisible()


@pytest.mark.parametrize("intent", [Intent.SET_UP, Intent.UNDO])
def test_closing_while_one_only_looks_asks_nothing(qtbot: QtBot, intent: Intent) -> None:
    host = FakeHost(done=intent is Intent.UNDO, holds_verify=True)
    with window_over(qtbot, host, real_time=True) as window:
        walker = Walker(qtbot, window)
        walker.walk(intent, until=Step.REVIEW if intent is Intent.SET_UP else Step.UNDO_REVIEW)
        QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
        walker.wait(lambda: window.session.verifying)
        if intent is Intent.SET_UP:
            walker.wait(lambda: walker.forward().isEnabled())
            QTest.mouseClick(walker.forward(), Qt.MouseButton.LeftButton)
            assert at(window) is Step.PROOF
        window.close()
        assert not window.isVisible()
        assert window.closing_question is None


def test_a_second_set_of_changes_asks_again(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(refuses="plex_url"), real_time=True) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert window.closes_at_once
        window.session.begin_apply()
        assert not window.closes_at_once, "what was looked at after the first changes says nothing about these"


def test_nobody_watches_the_window_wait_for_an_engine_that_hangs(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    joined: list[bool] = []
    with window_over(qtbot, FakeHost()) as window:
        thread = window.worker._thread
        join = thread.join

        def watched(seconds: float | None = None) -> None:
            joined.append(window.isVisible())
            join(seconds)

        monkeypatch.setattr(thread, "join", watched)
        window.close()
        assert not joined, "the window's thread goes on at once"
        assert window.worker.close()
    assert joined
    assert not any(joined)


def test_nothing_begins_before_the_record_is_read(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost(begun=True)) as window:
        assert window.session.job is Job.PREVIEW
        window.wizard.update_buttons()
        assert not window.wizard.page_shown.isComplete()
        assert not window.wizard.button(QWizard.WizardButton.NextButton).isEnabled()
        walker = Walker(qtbot, window)
        walker.wait(lambda: window.session.job is None)
        walker.wait(lambda: window.wizard.button(QWizard.WizardButton.NextButton).isEnabled())
        walker.go_on()
        assert at(window) is Step.HEALTH


def test_help_speaks_of_the_page_first(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        Walker(qtbot, window).walk(Intent.SET_UP, until=Step.CONNECTION)
        QTest.mouseClick(window.help_button, Qt.MouseButton.LeftButton)
        dialog = window.findChildren(HelpDialog)[0]
        assert dialog.isVisible()
        dialog.accept()


def test_words_go_through_the_translation(qtbot: QtBot) -> None:
    asked: set[str] = set()

    def shout(message: str, plural: str = "", count: int = 1, /) -> str:
        asked.add(message)
        return message.upper() if "{" not in message else message

    with window_over(qtbot, FakeHost(), translate=shout) as window:
        Walker(qtbot, window).walk(Intent.SET_UP)
        assert window.wizard.page_shown.heading.text() == "PLEX CAN BE WATCHED FROM ANYWHERE"
    assert Text("&Continue").message in asked


def test_the_wrong_plex_account_can_be_changed(qtbot: QtBot) -> None:
    host = FakeHost(causes={"plex_owner": "not_owner"}, right_account_after_sign_in=True)
    with window_over(qtbot, host) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PLEX)
        assert walker.focused() is side_button(window)
        QTest.keyClick(walker.focused(), Qt.Key.Key_Return)
        walker.wait(lambda: "sign_in_plex" in host.entered)
        walker.settle()
        assert at(window) is Step.PLEX
        assert window.session.findings["plex_owner"].cause is None


class Strays(QObject):
    """Widgets that came up as windows of their own, and took the focus from ours for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


@pytest.mark.parametrize("host", [FakeHost(), FakeHost(refuses="plex_url")], ids=["ready", "refused"])
def test_no_part_of_a_page_comes_up_as_a_window_of_its_own(qtbot: QtBot, host: FakeHost) -> None:
    strays = Strays()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(strays)
    try:
        with window_over(qtbot, host) as window:
            Walker(qtbot, window).walk(Intent.SET_UP)
            assert window.wizard.step is Step.DONE
    finally:
        app.removeEventFilter(strays)
    assert strays.seen == ["MainWindow"]


class Shows(QObject):
    """Sees every window that comes up."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_a_page_that_is_made_late_stays_inside_the_window(qtbot: QtBot) -> None:
    """A widget that shows itself before it has a place would come up as a window of its own, and take the focus."""
    with window_over(qtbot, FakeHost(causes={"https_certificates": "off"})) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.CONNECTION)
        walker.settle()
        window.session.wait = Waiting("funnel_allowed", Text("Waiting"), 1.0, 60.0)
        window.session.trouble = Text("Plex does not answer.")
        shows = Shows()
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(shows)
        late = [window.wizard.page_of(step) for step in Step if step not in window.wizard.pages]
        app.removeEventFilter(shows)
        assert len(late) > 10
        assert not shows.seen
