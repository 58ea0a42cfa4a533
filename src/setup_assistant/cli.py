# SPDX-License-Identifier: MIT
"""The command line: the same engine without a window, for people and for programs."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from setup_assistant.cli_options import Options
from setup_assistant.cli_streams import print_json, write
from setup_assistant.cli_text import Console
from setup_assistant.core.errors import HostError, Trouble, UsageError
from setup_assistant.core.events import Listener
from setup_assistant.core.findings import Finding, Outcome, Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words import case
from setup_assistant.engine.assistant import Assistant, Look, plex_is_starting, sign_in_needed
from setup_assistant.engine.lock import AnotherRun
from setup_assistant.engine.output import as_json
from setup_assistant.engine.person import awaited, page_to_open, remedy_of, sign_in_comes_next, wait_for_person
from setup_assistant.engine.report import build_report
from setup_assistant.engine.store import write_private

log = logging.getLogger(__name__)

EXIT_FINE = 0
EXIT_NOT_READY = 1
EXIT_USAGE = 2
EXIT_UNKNOWN = 3
EXIT_STOPPED = 4


def print_error(console: Console, error: UsageError, *, as_object: bool) -> int:
    """Tell of wrong usage or settings; exit 2."""
    console.say(error.text)
    if as_object:
        print_json(as_json(None, error=(error.code, error.text)))
    return EXIT_USAGE


def stopped_early(console: Console, *, as_object: bool) -> int:
    """Tell that nothing had begun yet when the person stopped; exit 4."""
    text = Text("Stopped before anything had begun.")
    console.say(text)
    if as_object:
        print_json(as_json(None, error=("stopped", text)))
    return EXIT_STOPPED


class Wiring(Protocol):
    """What the bootstrap hands over."""

    @property
    def is_demo(self) -> bool: ...

    @property
    def log_file(self) -> Path | None: ...

    def make_assistant(self, listen: Listener) -> Assistant: ...

    def loop_factory(self) -> asyncio.AbstractEventLoop: ...

    def lasting(self) -> AbstractContextManager[None]:
        """Keep what the run leaves behind (a simulated world, temporary folders) in order."""
        ...


def run(options: Options, wiring: Wiring, console: Console) -> int:
    """Run one command and return the exit code."""
    command = _Command(options, wiring, console)
    with wiring.lasting():
        try:
            with asyncio.Runner(loop_factory=wiring.loop_factory) as runner:
                return runner.run(command.run())
        except KeyboardInterrupt:
            return command.stopped()


@contextmanager
def ending_politely() -> Iterator[None]:
    """Take a request to end (SIGTERM, as a service manager sends it) like Ctrl-C."""
    former = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


class _Command:
    def __init__(self, options: Options, wiring: Wiring, console: Console) -> None:
        self._options = options
        self._wiring = wiring
        self._console = console
        self._assistant = wiring.make_assistant(console.listen)
        self._assistant.set_typed_wan(options.router_wan or "")

    async def run(self) -> int:
        work: dict[str | None, Callable[[], Coroutine[Any, Any, int]]] = {
            "check": self._check,
            "apply": self._apply,
            "undo": self._undo,
            "sign-in": self._sign_in,
            "sign-out": self._sign_out,
            "report": self._report,
        }
        try:
            return await work[self._options.command]()
        except AnotherRun:
            text = Text("Another run of this program is changing things right now. Wait for it, then try again.")
            return self._end_early("another_run", text, EXIT_UNKNOWN)
        except HostError as error:
            return self._end_early(error.trouble.value, error.text, EXIT_NOT_READY)
        except (UsageError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("a mistake nobody caught")
            text = Text(
                "A mistake in this program stopped it. What was begun is in the record. Please send us the report."
            )
            return self._end_early("mistake", text, EXIT_UNKNOWN)

    def stopped(self) -> int:
        """End after Ctrl-C: what was done stays in the journal, and is told."""
        text = Text("Stopped. What was begun is in the record; run again to go on, or undo to take it back.")
        return self._end_early("stopped", text, EXIT_STOPPED)

    def _end_early(self, code: str, text: Text, exit_code: int) -> int:
        self._console.say(text)
        if self._options.json:
            assistant = self._assistant
            print_json(
                as_json(
                    assistant.look_so_far,
                    outcome=None if assistant.look_so_far else Outcome.UNKNOWN,
                    changes=assistant.reports_so_far,
                    timings=assistant.timings,
                    error=(code, text),
                )
            )
        return exit_code

    def _tell(self, look: Look) -> None:
        assistant = self._assistant
        if self._options.json:
            print_json(as_json(look, changes=assistant.reports_so_far, timings=assistant.timings))
        else:
            self._console.show_findings(look)
            if self._options.command != "undo":
                self._console.show_plan(look, applied=assistant.reports_so_far is not None)
            self._console.show_reports(assistant.reports_so_far or ())
            self._console.show_outcome(look)
            if self._options.command != "undo":
                self._console.offer_phone_test(look)

    async def _check(self) -> int:
        look = await self._assistant.look()
        self._tell(look)
        return _exit_code(look)

    async def _apply(self) -> int:
        with self._assistant.alone():
            look = await self._assistant.look()
            if plex_is_starting(look):
                await self._assistant.wait_for_plex()
                look = await self._assistant.look()
            if sign_in_needed(look) and (self._wiring.is_demo or self._console.can_show_link):
                look = await self._sign_in_and_look(look)
            if self._options.yes:
                if self._console.can_show_link:
                    look = await self._with_the_person(look)
                self._say_the_name(look)
                look = await self._assistant.carry_out(look)
        self._tell(look)
        if not self._options.yes and look.plan.pending and not self._options.json:
            self._console.say(Text("Nothing was changed. Run again with --yes to carry out this plan."))
        return _exit_code(look)

    def _say_the_name(self, look: Look) -> None:
        """Say which name becomes public for ever, before it does."""
        name = look.finding("certificate_name")
        if name.cause == "first_time" and any(entry.change.code == "funnel" for entry in look.plan.pending):
            for text in (name.verdict.summary, *(remedy.text for remedy in name.verdict.remedies)):
                self._console.say(text)

    async def _with_the_person(self, look: Look) -> Look:
        """Show the person in front of this terminal what only they can do, and go on by itself once it is done."""
        asked: set[tuple[str, str | None]] = set()
        while not look.plan.pending:
            if sign_in_comes_next(look.findings):
                finding = look.finding("tailscale_signed_in")
            else:
                found = awaited(look.findings)
                if found is None:
                    return look
                finding = found
            if (finding.code, finding.cause) in asked:
                return look
            asked.add((finding.code, finding.cause))
            if finding.cause in ("signed_out", "key_expired"):
                self._announce_password(needed=look.finding("tailscale_permission").cause == "needs_admin")
                look = await self._sign_in_and_look(look, self._assistant.sign_in_tailscale)
            elif await self._person_did(finding):
                look = await self._assistant.look()
            else:
                return look
        return look

    async def _person_did(self, finding: Finding) -> bool:
        remedy, page = remedy_of(finding), page_to_open(finding)
        self._console.say(finding.verdict.summary)
        self._console.say(Text("→ {what} {link}", {"what": remedy.text, "link": remedy.link or ""}))
        services = self._assistant.services
        if page is not None:
            services.host.platform.open_browser(page)
        return await wait_for_person(services.tailscale, finding, self._console.listen)

    async def _sign_in_and_look(self, look: Look, sign_in: Callable[[], Awaitable[None]] | None = None) -> Look:
        try:
            await (sign_in or self._assistant.sign_in_plex)()
        except HostError as error:
            if error.trouble in (Trouble.STATE_NOT_WRITABLE,):
                raise
            self._console.say(error.text)
            return look
        return await self._assistant.look()

    async def _undo(self) -> int:
        with self._assistant.alone():
            look = await self._assistant.look()
            if look.finding("journal").status is not Status.OK:
                self._tell(look)
                return EXIT_NOT_READY
            codes = self._assistant.undo_preview()
            if not self._options.yes or not codes:
                if self._options.yes:
                    self._assistant.reports_so_far = ()
                self._tell(look)
                self._console.show_undo(self._assistant.undo_summaries())
                return EXIT_NOT_READY if codes else EXIT_FINE
            if sign_in_needed(look) and (self._wiring.is_demo or self._console.can_show_link):
                await self._sign_in_and_look(look)
            look = await self._assistant.undo()
        self._tell(look)
        return EXIT_FINE if self._assistant.nothing_of_ours else EXIT_NOT_READY

    async def _sign_in(self) -> int:
        if self._options.target == "tailscale":
            tailscale = await self._assistant.services.tailscale.observe()
            self._announce_password(needed=tailscale.may_change is False)
            await self._assistant.sign_in_tailscale()
        else:
            await self._assistant.sign_in_plex()
        self._console.say(Text("Signed in."))
        return EXIT_FINE

    def _announce_password(self, *, needed: bool) -> None:
        """Say beforehand that the system will ask for the administrator password."""
        if needed:
            words = case("tailscale_permission", "needs_admin")
            self._console.say(Text(words.seen))
            self._console.say(Text(words.why))

    async def _sign_out(self) -> int:
        if await self._assistant.sign_out():
            self._console.say(Text("Signed out of Plex; the sign-in is revoked and forgotten here."))
        else:
            self._console.say(Text("No sign-in to Plex was found here, so nothing was taken back."))
        return EXIT_FINE

    async def _report(self) -> int:
        look = await self._assistant.look()
        content = build_report(look, self._assistant.store, self._assistant.timings, self._wiring.log_file)
        if self._options.output is None:
            write(sys.stdout, content)
            return EXIT_FINE
        try:
            write_private(self._options.output, content)
        except OSError as error:
            raise UsageError(
                "output_not_writable",
                Text("The report could not be written to {file}.", {"file": self._options.output}),
            ) from error
        self._console.say(Text("The report is in {file}.", {"file": self._options.output}))
        return EXIT_FINE


def _exit_code(look: Look) -> int:
    match look.outcome:
        case Outcome.READY:
            return EXIT_FINE
        case Outcome.UNKNOWN:
            return EXIT_UNKNOWN
        case _:
            return EXIT_NOT_READY
