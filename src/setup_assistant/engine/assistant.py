# SPDX-License-Identifier: MIT
"""The engine's face: look, carry out, undo, sign in. It emits events and never asks a question."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from setup_assistant.checks.aim import aim
from setup_assistant.checks.plex_gate import is_public
from setup_assistant.core.changes import ChangeReport, PlannedChange, Result
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Found, Listener, Phase, PhaseStarted, Planned, SignedIn, SignInOffered
from setup_assistant.core.facts import HostFacts, PlexAnswer
from setup_assistant.core.findings import Finding, Outcome, Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.engine import phone_test, proof
from setup_assistant.engine.aftermath import Aftermath
from setup_assistant.engine.apply import Progress, Recorder, carry_out, close_address, gate_report, settle
from setup_assistant.engine.backup import back_up
from setup_assistant.engine.judge import judge
from setup_assistant.engine.lock import RunLock
from setup_assistant.engine.look import Look, plex_is_starting, sign_in_needed
from setup_assistant.engine.observe import Observer
from setup_assistant.engine.parts import ALL_CHECKS, OUTSIDE_CODES, build_change
from setup_assistant.engine.person import WINDOW_LIMIT_S, wait_for_person
from setup_assistant.engine.plan import STARTS, make_plan
from setup_assistant.engine.steps import Steps
from setup_assistant.engine.store import Store
from setup_assistant.engine.undo import Undo
from setup_assistant.services import Services

__all__ = ["Assistant", "Look", "plex_is_starting", "sign_in_needed"]


class Assistant:
    """One run over one host. Coroutines may be cancelled at any await; what was begun is in the journal."""

    def __init__(
        self,
        services: Services,
        store: Store,
        lock: RunLock,
        listen: Listener,
        *,
        consent: bool | None,
        port: int | None,
    ) -> None:
        self._services = services
        self._store = store
        self._lock = lock
        self._listen = listen
        self._observer = Observer(services, store, listen, consent=consent, port=port)
        self._aftermath = Aftermath(services)
        self._undo = Undo(services, store, listen)
        self._steps = Steps(self._observer, listen)
        self.look_so_far: Look | None = None
        self.reports_so_far: tuple[ChangeReport, ...] | None = None
        self.timings: dict[str, int] = {}

    @property
    def services(self) -> Services:
        """The clients, for the parts of a front end that show live state."""
        return self._services

    @property
    def store(self) -> Store:
        """The state folder."""
        return self._store

    def set_consent(self, consent: bool | None) -> None:
        """Whether a public checking service may be told the public name."""
        self._observer.consent = consent

    def set_port(self, port: int | None) -> None:
        """The Funnel port the user asked for."""
        self._observer.port = port

    def set_typed_wan(self, address: str) -> None:
        """The router's WAN address as a person read it from the router's page; empty: not known."""
        self._observer.typed_wan = address

    def stop_after_change(self) -> None:
        """End politely: the change under way is finished, the rest is skipped."""
        self._steps.stopped = True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of this user's state folder. Raises AnotherRun, or HostError STATE_NOT_WRITABLE."""
        self._store.prepare()
        with self._lock.hold():
            yield

    @contextmanager
    def _phase(self, phase: Phase) -> Iterator[None]:
        self._listen(PhaseStarted(phase))
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        finally:
            spent = int((loop.time() - began) * 1000)
            self.timings[phase.value] = self.timings.get(phase.value, 0) + spent

    async def look(self, phase: Phase = Phase.OBSERVE) -> Look:
        """Observe, judge and plan; changes nothing."""
        with self._phase(phase):
            told: dict[str, Finding] = {}

            def early(facts: HostFacts) -> None:
                for finding in judge(ALL_CHECKS, facts):
                    if finding.code not in OUTSIDE_CODES:
                        told[finding.code] = finding
                        self._listen(Found(finding))

            facts = await self._observer.observe(early)
            look = self._judge(await self._aftermath.closing(facts, consent=self._observer.consent))
            if look.outcome is Outcome.READY:
                look = self._judge(await self._aftermath.audit(look.facts))
            for finding in look.findings:
                if told.get(finding.code) != finding or phase is not Phase.OBSERVE:
                    self._listen(Found(finding))
            self.look_so_far = look
            self._listen(Planned(look.plan))
            return look

    def _judge(self, facts: HostFacts) -> Look:
        findings = judge(ALL_CHECKS, facts)
        plan = make_plan(ALL_CHECKS, findings, facts, lambda code, seen: build_change(code, self._services, seen))
        return Look(facts, aim(facts), findings, plan)

    async def sign_in_plex(self) -> None:
        """Sign in to Plex in the browser. Raises HostError."""
        with self._phase(Phase.SIGN_IN):
            self._store.keep_client_identifier()
            await self._services.account.sign_in(self._offer("plex"))
            self._listen(SignedIn("plex", self._services.account.not_kept))

    async def sign_in_tailscale(self) -> None:
        """Sign in to Tailscale in the browser. Raises HostError."""
        with self._phase(Phase.SIGN_IN):
            await self._services.tailscale.sign_in(self._offer("tailscale"))
            self._listen(SignedIn("tailscale"))

    async def rename(self, name: str) -> None:
        """Give this computer another name in its tailnet, before that becomes public. Raises HostError.

        The person asked for it by name; undo leaves it. Holds no lock: use `alone`.
        """
        await self._services.tailscale.set_host_name(name)

    async def wait_for_person(self, finding: Finding) -> bool:
        """Wait until what `awaits_person` names is there, or as long as one waits for that; changes nothing."""
        return await wait_for_person(self._services.tailscale, finding, self._listen, WINDOW_LIMIT_S)

    async def sign_out(self) -> bool:
        """Revoke the Plex token at plex.tv and forget it; False where there was none. Raises HostError."""
        return await self._services.account.sign_out()

    def _offer(self, service: str) -> Callable[[str, str | None, float], None]:
        return lambda link, code, seconds: self._listen(SignInOffered(service, link, code, seconds))

    async def wait_for_plex(self) -> None:
        """While Plex is just starting, wait for it; changes nothing."""

        async def look() -> tuple[bool, bool]:
            try:
                plex = await self._services.plex.observe()
            except HostError:
                return False, False
            return plex.answer is PlexAnswer.PLEX, plex.answer is PlexAnswer.STARTING

        await proof.wait_for("plex_server", words.WAIT_PLEX, proof.PLEX_START_LIMIT_S, look, self._listen)

    async def watch_viewers(self) -> None:
        """While the person tries the address with a phone: tell what Plex plays. Ends by itself, or is cancelled."""
        await phone_test.watch(self._services.plex, self._listen)

    async def carry_out(self, look: Look) -> Look:
        """Carry out the plan of ``look`` (the user said yes to it) and verify. Holds no lock: use `alone`."""
        run = uuid.uuid4().hex[:12]
        progress = Progress(look.plan, self._listen)
        self.reports_so_far = ()
        if look.plan.pending:
            try:
                with self._phase(Phase.APPLY):
                    await self._carry_out(look, progress, Recorder(self._store, run, self._services.host.clock.now))
            except asyncio.CancelledError:
                progress.skip_rest(words.SKIPPED_STOPPED)
                self.reports_so_far = progress.reports()
                raise
        else:
            for entry in look.plan.entries:
                progress.end(ChangeReport(entry.change.code, Result.ALREADY, words.ALREADY))
        self.reports_so_far = progress.reports()
        if not look.plan.pending:
            self._remember(look)
            return look
        after = await self.look(Phase.VERIFY)
        self._remember(after)
        return after

    def _remember(self, look: Look) -> None:
        finding = look.finding("connection")
        # A VPN hides the line; what is known of it stays.
        if finding.status is Status.NOTICE and finding.cause not in (None, "vpn"):
            self._store.remember_verdict("cgnat" if finding.cause == "moved_to_cgnat" else finding.cause)

    async def _carry_out(self, look: Look, progress: Progress, recorder: Recorder) -> None:
        announced = [entry.change.code for entry in look.plan.entries]
        current = look
        if any(entry.change.reversible for entry in look.plan.pending):
            try:
                await back_up(self._services, self._store, recorder.run)
            except HostError as error:
                progress.skip_rest(words.SKIPPED_WAIT.filled(why=error.text))
                return
        for code in announced:
            await settle()
            entry = next((one for one in current.plan.entries if one.change.code == code), None)
            if self._steps.stopped:
                progress.skip_rest(words.SKIPPED_STOPPED)
            elif entry is None or progress.stuck:
                progress.skip_rest(words.SKIPPED)
            else:
                current = await self._entry(entry, current, progress, recorder)
            self.reports_so_far = progress.reports()
            if progress.stuck:
                progress.skip_rest(words.SKIPPED)
                self.reports_so_far = progress.reports()
                return

    async def _entry(self, entry: PlannedChange, current: Look, progress: Progress, recorder: Recorder) -> Look:
        code = entry.change.code
        progress.begin(entry)
        if not entry.already_satisfied:
            if code == "funnel" and not (gate := await self._steps.gate()).holds:
                progress.end(gate_report(code, gate))
                return current
            why = await self._steps.before(code)
            if why is not None:
                progress.end(ChangeReport(code, Result.SKIPPED, words.SKIPPED_WAIT.filled(why=why)))
                return current
        try:
            report = await carry_out(entry.change, recorder)
        except asyncio.CancelledError:
            progress.end(ChangeReport(code, Result.FAILED, words.STOPPED_MIDWAY))
            raise
        progress.end(report)
        if code in ("funnel", "close_funnel") and report.result is Result.APPLIED:
            self._observer.forget_proof()
        if code == "funnel" and report.result is not Result.FAILED:
            gate = await self._steps.gate()
            # What stood before this run with a gate that held is not closed because one look did not come.
            if gate.fails or (report.result is Result.APPLIED and not gate.holds):
                await close_address(self._services, await self._steps.facts(), recorder)
                progress.end(gate_report(code, gate))
            else:
                await self._steps.fetch_certificate()
        if code == "plex_url" and report.result is Result.APPLIED:
            # What does not come is told by the look that follows, and keeps Remote Access on.
            await self._steps.listed()
        if code in STARTS and report.result is Result.APPLIED:
            current = await self.look(Phase.APPLY)
            if is_public(current.facts) and current.finding("safety_gate").status is not Status.OK:
                await close_address(self._services, await self._steps.facts(), recorder)
                progress.end(ChangeReport(code, Result.APPLIED, words.CLOSED_AFTER_START))
                progress.skip_rest(HostError(Trouble.GATE_OPEN).text)
        return current

    def undo_preview(self) -> tuple[str, ...]:
        """Codes of what `undo` would take back, in its order. Raises JournalUnreadable."""
        return self._undo.preview()

    def undo_summaries(self) -> tuple[Text, ...]:
        """The same in words. Raises JournalUnreadable."""
        return self._undo.summaries()

    async def undo(self) -> Look:
        """Take back all that is ours, newest first, and verify. Holds no lock: use `alone`."""
        self.reports_so_far = ()
        if self.look_so_far is not None:
            self._aftermath.will_close(self.look_so_far.facts)
        with self._phase(Phase.UNDO):

            def told(reports: tuple[ChangeReport, ...]) -> None:
                self.reports_so_far = reports

            run = uuid.uuid4().hex[:12]
            await self._undo.run(Recorder(self._store, run, self._services.host.clock.now), self._steps, told)
        self._observer.forget_proof()
        return await self.look(Phase.VERIFY)

    @property
    def nothing_of_ours(self) -> bool:
        """Whether no change of ours is open. Raises JournalUnreadable."""
        return not self._undo.preview()
