# SPDX-License-Identifier: MIT
"""What the pages show: the state of one run, fed by the engine's events, and the jobs a person starts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Signal

from setup_assistant.core.changes import ChangeReport, Plan
from setup_assistant.core.findings import Finding
from setup_assistant.core.questions import ALWAYS_ASKED, ASKED
from setup_assistant.core.texts import Text
from setup_assistant.flow import Intent
from setup_assistant.gui import words
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.jobs import Job, Jobs, Preview, Told
from setup_assistant.gui.phone_watch import PhoneWatch
from setup_assistant.gui.reading import Reading
from setup_assistant.gui.worker import Ended, Worker

if TYPE_CHECKING:
    from setup_assistant.core.events import SignInOffered, Waiting
    from setup_assistant.engine.assistant import Look

log = logging.getLogger(__name__)


class Session(QObject, Reading):
    """State for the pages; each signal says what has changed, and the pages read the rest here."""

    changed = Signal()
    """Something that the order of pages or a button rests on."""
    found = Signal(str)
    """One question has a new answer, or is being asked again."""
    reported = Signal(str)
    """One change began or ended."""
    offered = Signal()
    finished = Signal(str)
    """A job ended by itself, well or not; its name."""
    crashed = Signal(object)

    def __init__(self, services: WindowServices, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self._worker = worker
        self._jobs = Jobs(services, worker.tell)
        self.phone = PhoneWatch(worker, self._jobs, self)
        self.intent = Intent.SET_UP
        self.consent = services.consent
        self.typed_wan = ""
        """The router's WAN address, where the person read it from the router's page."""
        self.port: int | None = None
        """The public port that the person chose; None: the one that disturbs nobody."""
        self.watched: Finding | None = None
        """What a person has to do elsewhere, and is being waited for in the background."""
        self._came: Finding | None = None
        """What was waited for and came last."""
        self.job: Job | None = None
        self.verifying = False
        """Whether the changes are over, and it is looked what they have led to."""
        self.findings: dict[str, Finding] = {}
        self.asking: set[str] = set()
        """Questions whose answer is on the way."""
        self.look: Look | None = None
        self.plan = Plan()
        self.carried_out: Plan | None = None
        """The plan that was accepted on Review."""
        self.reports: dict[str, ChangeReport] = {}
        self.current_change: tuple[str, Text] | None = None
        self.wait: Waiting | None = None
        self.offer: SignInOffered | None = None
        self.preview = Preview()
        self.trouble: Text | None = None
        """Why the last job did not go through, in words."""
        self.stopping = False
        self.cut_off = False
        """Whether the changes came to no look at what they had led to."""
        self.changes_account = False
        """Whether the person wants to sign in to Plex with another account."""
        self.sign_out_told: Text | None = None
        """How a sign-out of Plex ended, in words."""
        self._number = 0
        self._change_timer = QTimer(self)
        self._change_timer.setSingleShot(True)
        self._change_timer.setInterval(0)
        self._change_timer.timeout.connect(self.changed)
        worker.happened.connect(self._on_event)
        worker.ended.connect(self._on_ended)

    def begin_preview(self) -> None:
        """Read what an earlier run left, if there is anything to read."""
        if not self.services.changed_before():
            return
        self._begin(Job.PREVIEW)
        self._number = self._worker.start(Job.PREVIEW, self._jobs.preview)

    def begin_look(self, *, fresh: bool = True) -> None:
        """Look at everything; changes nothing. Not ``fresh``: what was seen from outside in this run still counts."""
        self._begin(Job.LOOK)
        self.look, self.plan = None, Plan()
        self._ask_again()
        told, patient = Told(self.consent, self.typed_wan, self.port), self.intent is Intent.SET_UP
        self._number = self._worker.start(Job.LOOK, lambda: self._jobs.look(told, fresh=fresh, patient=patient))

    def choose_port(self, port: int) -> None:
        """Plan with this public port from now on."""
        self.port = port
        self.begin_look(fresh=False)

    def begin_rename(self, name: str) -> None:
        """Give this computer another name in its tailnet, then look again."""
        self._begin(Job.RENAME)
        self._number = self._worker.start(Job.RENAME, lambda: self._jobs.rename(name))

    def _watch(self, finding: Finding | None) -> None:
        """Wait in the background for what a person does elsewhere. This is no job: everything else can begin."""
        # What came, and is said to be missing all the same, is not looked at for ever.
        if finding is not None and finding != self._came:
            self.watched = finding
            self._number = self._worker.start(Job.WATCH, lambda: self._jobs.watch(finding))
        self._came = None

    def begin_sign_in(self, service: str) -> None:
        """Sign in in the browser."""
        job = Job.SIGN_IN_PLEX if service == "plex" else Job.SIGN_IN_TAILSCALE
        self._begin(job)
        self._number = self._worker.start(job, lambda: self._jobs.sign_in(service))

    def begin_sign_out(self) -> None:
        """Take the sign-in to Plex back; what was just told of an undo stays."""
        self._begin(Job.SIGN_OUT)
        self._number = self._worker.start(Job.SIGN_OUT, self._jobs.sign_out)

    def begin_apply(self) -> None:
        """Carry out the plan that was shown; the person said yes to it."""
        if self.look is None:
            return
        look = self.look
        self._begin(Job.APPLY)
        self.carried_out = look.plan
        self._number = self._worker.start(Job.APPLY, lambda: self._jobs.apply(look))

    def begin_undo(self) -> None:
        """Take back everything of ours."""
        self._begin(Job.UNDO)
        self._number = self._worker.start(Job.UNDO, self._jobs.undo)

    def stop_after_change(self) -> None:
        """Let the change under way end, and begin no other."""
        if self.job in (Job.APPLY, Job.UNDO) and not self.stopping:
            self.stopping = True
            self._worker.call(self._jobs.stop_after_change)
            self._touch()

    def cancel(self) -> None:
        """Stop what is under way; nothing has been changed by a look or a sign-in."""
        if self.job is not None or self.watched is not None:
            self.watched = None
            self._worker.cancel()

    def answer_consent(self, consent: bool) -> None:
        """Keep the answer on the check from outside."""
        self.consent = consent
        try:
            self.services.keep_consent(consent)
        except OSError as error:
            # The answer holds for this run all the same; next time the question is asked again.
            log.info("the answer could not be kept: %s", error)
        self._touch()

    def _touch(self) -> None:
        """Tell of a change, once for all changes of this turn of the event loop."""
        self._change_timer.start()

    def _begin(self, job: Job) -> None:
        self.phone.stop()
        self.job = job
        self.watched = None
        self.verifying = False
        self.trouble = None
        self.stopping = False
        self.cut_off = False
        self.wait = None
        self.offer = None
        self.current_change = None
        if job not in (Job.PREVIEW, Job.SIGN_OUT):
            self.sign_out_told = None
            self.reports = {}
        self._stop_asking()
        self._touch()

    def _ask_again(self) -> None:
        """Everything is being looked at once more; the plan that was accepted stays."""
        self.findings = {}
        self.asking = set(ALWAYS_ASKED)
        for code in ASKED:
            self.found.emit(code)

    def _stop_asking(self) -> None:
        """No answer is on the way any more, whether all have come or not."""
        left, self.asking = self.asking, set()
        for code in left:
            self.found.emit(code)

    def _on_event(self, number: int, event: object) -> None:
        if number != self._number:
            return
        from setup_assistant.core import events

        match event:
            case events.PhaseStarted(phase):
                self.verifying = phase is events.Phase.VERIFY
                if self.verifying:
                    self._ask_again()
                self._touch()
            case events.Found(finding):
                self._answer(finding)
            case events.Planned(plan) if self.job is not Job.APPLY:
                self.plan = plan
            case events.ChangeStarted(code, summary):
                self.current_change = (code, summary)
                self.reported.emit(code)
            case events.ChangeFinished(report):
                self.current_change = None
                self.reports[report.code] = report
                self.reported.emit(report.code)
            case events.Waiting():
                self.wait = event
                self._touch()
            case events.WaitEnded():
                self.wait = None
                self._touch()
            case events.SignInOffered():
                self.offer = event
                self.offered.emit()
            case events.SignedIn():
                self.offer = None
                self.offered.emit()

    def _answer(self, finding: Finding) -> None:
        self.findings[finding.code] = finding
        self.asking.discard(finding.code)
        self.found.emit(finding.code)
        self._touch()

    def _on_ended(self, how: Ended) -> None:
        if how.number != self._number:
            return
        job = Job(how.name)
        came, self.job, self.watched = self.watched, None, None
        self.wait = None
        self.current_change = None
        if job in (Job.WATCH, Job.RENAME) and how.result is True:
            self._came = came
            self.begin_look()
            return
        if job is Job.SIGN_OUT and not how.cancelled:
            done = words.SIGNED_OUT if how.result else words.NO_SIGN_IN
            self.sign_out_told = done if how.trouble is None else words.of_trouble(how.trouble)
        if job is Job.SIGN_OUT and self.sign_out_told is not None:
            self._touch()
            return
        if how.trouble is not None:
            self.cut_off = job is Job.APPLY and not self.verifying
            self._take_trouble(how.trouble)
            if job is Job.PREVIEW:
                self.preview = Preview(unreadable=self.trouble)
        elif isinstance(how.result, Preview):
            self.preview = how.result
        elif how.result is not None and job is not Job.WATCH:
            self._take_look(how.result)
        self._stop_asking()
        self._touch()
        if job is Job.LOOK and self.look is not None and self.intent is not Intent.UNDO:
            from setup_assistant.engine.person import awaits_person  # here by now: a look was made

            self._watch(awaits_person(self.look.findings))
        self.finished.emit(job.value)

    def _take_trouble(self, trouble: BaseException) -> None:
        told = words.of_trouble(trouble)
        self.trouble = told or words.CRASHED
        if told is None:
            log.error("the run ended on a mistake of ours", exc_info=trouble)
            self.crashed.emit(trouble)

    def _take_look(self, look: object) -> None:
        seen = cast("Look", look)
        self.look = seen
        self.plan = seen.plan
        for finding in seen.findings:
            self._answer(finding)
