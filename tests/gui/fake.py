# SPDX-License-Identifier: MIT
"""A stand-in for the engine: it emits the same events and returns the core's own types."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from setup_assistant.core.aim import Aim
from setup_assistant.core.changes import ChangeReport, Plan, PlannedChange, Result, Snapshot, Taken, UndoResult
from setup_assistant.core.connection import Binding, ConnectionFacts, Gateway, WanAnswer
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import (
    ChangeFinished,
    ChangeStarted,
    Found,
    Listener,
    Phase,
    PhaseStarted,
    Planned,
    SignedIn,
    SignInOffered,
    Viewers,
    WaitEnded,
    Waiting,
)
from setup_assistant.core.facts import (
    AccountFacts,
    Answer,
    Fetch,
    HistoryFacts,
    HostFacts,
    KeyringState,
    OperatingSystem,
    OutsideFacts,
    PlexAnswer,
    PlexFacts,
    SystemFacts,
    TailscaleFacts,
    TokenState,
)
from setup_assistant.core.findings import Evidence, Finding
from setup_assistant.core.questions import ALWAYS_ASKED
from setup_assistant.core.texts import Text
from setup_assistant.core.words import CASES, TITLES, case
from setup_assistant.core.words.changes import LEFT_ALONE
from setup_assistant.engine.assistant import Look
from setup_assistant.engine.lock import AnotherRun

NAME = "plexbox.tail1234.ts.net"
URL = f"https://{NAME}:443"
NAMES = {
    name
    for entry in CASES.values()
    for message in (entry.seen, entry.why, *(one.message + (one.link or "") for one in entry.remedies))
    for _, name, _, _ in Formatter().parse(message)
    if name
}
"""Every value that any answer can have."""
VALUES: Mapping[str, object] = {
    **dict.fromkeys(sorted(NAMES), "7"),
    "reason": Text("The router’s own address, 100.64.12.34, is one that providers share out."),
    "version": "1.102.3",
    "program": "/usr/bin/tailscale",
    "tailnet": "tail1234.ts.net",
    "name": NAME,
    "url": URL,
    "places": "Frankfurt, Ashburn and Singapore",
    "detail": "",
    "entries": "127.0.0.1",
    "link": "https://login.tailscale.com/f/funnel",
    "days": 40,
    "others": "https://plexbox.tail1234.ts.net:8443",
    "port": 443,
    "where": "192.168.1.20",
    "hint": "",
}
CHANGES: Mapping[str, tuple[Text, Text, Text]] = {
    "funnel": (
        Text("Make Plex reachable at {url}", {"url": URL}),
        Text("nothing on port 443"),
        Text("https://plexbox.tail1234.ts.net:443 leads to localhost:32400, open to the internet"),
    ),
    "plex_url": (
        Text("Let Plex tell its apps this address"),
        Text("Custom server access URLs: empty"),
        Text("Custom server access URLs: https://plexbox.tail1234.ts.net:443"),
    ),
    "plex_remote_access": (Text("Switch Plex’s own Remote Access off"), Text("on"), Text("off")),
}
PROBLEMS = {
    "funnel": ("funnel_shape", "missing"),
    "plex_url": ("plex_url", "missing"),
    "plex_remote_access": ("plex_remote_access", "on"),
}


@dataclass
class FakeChange:
    """A change that only has words."""

    code: str
    summary: Text
    setting: str = ""
    reversible: bool = True
    args: Mapping[str, Any] = field(default_factory=dict)

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        return CHANGES[self.code][1:]

    def needs_admin(self, facts: HostFacts) -> bool:
        return False

    def is_satisfied(self, facts: HostFacts) -> bool:
        return False

    async def snapshot(self) -> Snapshot:
        return {}

    def is_done(self, snapshot: Snapshot) -> bool:
        return False

    async def apply(self, before: Snapshot) -> None: ...

    def reopens(self, taken: Sequence[Taken]) -> bool:
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        return UndoResult.RESTORED


@dataclass
class FakeHost:
    """What the stand-in finds; changed by what is done to it."""

    causes: dict[str, str | None] = field(default_factory=dict)
    signed_in: bool = True
    done: bool = False
    admin: bool = False
    pause: float = 0.0
    long_wait: float = 0.0
    refuses: str | None = None
    breaks_at: str | None = None
    """The change in the middle of which the engine comes to its end."""
    held: bool = False
    mistake: Exception | None = None
    entered: list[str] = field(default_factory=list)
    consent: bool | None = None
    typed_wan: str = ""
    code: str | None = None
    never_signs_in: bool = False
    right_account_after_sign_in: bool = False
    sign_in_trouble: HostError | None = None
    sign_out_trouble: HostError | None = None
    preview_trouble: HostError | None = None
    until_stopped: bool = False
    """Whether the first change takes until the person wants to stop."""
    begun: bool = False
    """Whether an earlier run has left a change of ours."""
    cancelled: list[str] = field(default_factory=list)
    look_trouble: Exception | None = None
    look_breaks_after: int = 0
    """How many answers come before ``look_trouble``."""
    holds_verify: bool = False
    """Whether the look at what was made does not come to its end."""
    holds_look: bool = False
    """Whether the last answer of a look, about what is left over, does not come."""
    waits_first: bool = False
    """Whether a change waits for the world after it has begun."""
    closed_again: str | None = ""
    """What is seen of the address after an undo; empty: nothing is asked."""
    leaves_alone: str | None = None
    """The change that somebody else has made another since."""
    ours: tuple[str, ...] | None = None
    """What the record of an earlier run holds; None: what is done."""
    plays: tuple[Viewers, ...] = ()
    """What is told while a phone is being tested."""
    key_expiry: datetime | None = None
    port: int | None = None
    person: threading.Event | None = None
    """Set when the person has done elsewhere what is waited for; None: never."""
    waits_in_vain: bool = False
    """Whether the wait for that ends before."""
    name: str = "plexbox"
    rename_trouble: HostError | None = None
    hangs_until: threading.Event | None = None
    """Holds the background thread itself, as a system call does that cannot be cancelled."""

    @contextmanager
    def watched(self, name: str) -> Iterator[None]:
        """Note a cancellation."""
        try:
            yield
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise


class FakeAssistant:
    """One run over a `FakeHost`."""

    def __init__(self, host: FakeHost, listen: Listener) -> None:
        self.host = host
        self.listen = listen
        self.stopped = False
        self.undone = False
        self.made: set[str] = set()

    def set_consent(self, consent: bool | None) -> None:
        self.host.consent = consent

    def set_typed_wan(self, address: str) -> None:
        self.host.typed_wan = address

    def set_port(self, port: int | None) -> None:
        self.host.port = port

    def stop_after_change(self) -> None:
        self.stopped = True

    @contextmanager
    def alone(self) -> Iterator[None]:
        if self.host.held:
            raise AnotherRun
        yield

    def _causes(self) -> dict[str, str | None]:
        causes: dict[str, str | None] = {"connection": "cgnat", "stays_up": "linux", **self.host.causes}
        if not self.host.signed_in:
            causes["plex_sign_in"] = "signed_out"
        if not self.host.done:
            causes.update(problem for code, problem in PROBLEMS.items() if code not in self.made)
            causes.setdefault("certificate_name", "first_time")
        return causes

    def _findings(self) -> tuple[Finding, ...]:
        causes = self._causes()
        found = []
        for code, title in TITLES.items():
            if code not in ALWAYS_ASKED:
                continue
            verdict = case(code, causes.get(code)).verdict(
                **VALUES, evidence=(Evidence(Text("Asked"), "the router"), Evidence(Text("Answer"), "100.64.12.34"))
            )
            found.append(Finding(code, title, verdict))
        if self.undone and self.host.closed_again != "":
            closed = case("closed_again", self.host.closed_again).verdict(**VALUES, evidence=())
            found.append(Finding("closed_again", TITLES["closed_again"], closed))
        if self.host.done and self.host.consent is not True:
            refused = case("outside", "no_consent").verdict(**VALUES, evidence=())
            found = [Finding(one.code, one.title, refused) if one.code == "outside" else one for one in found]
        if not self.host.signed_in or not self.host.done:
            found = [
                Finding(one.code, one.title, case("public_dns", "not_yet").verdict()) if one.code == "outside" else one
                for one in found
            ]
        return tuple(found)

    def _plan(self) -> Plan:
        if not self.host.signed_in:
            return Plan()
        return Plan(
            tuple(
                PlannedChange(
                    FakeChange(code, texts[0]), (), self.host.done, self.host.admin and code == "funnel", *texts[1:]
                )
                for code, texts in CHANGES.items()
            )
        )

    def _facts(self) -> HostFacts:
        probes = tuple(
            Fetch(Answer.PLEX, place=place, milliseconds=time)
            for place, time in (("Frankfurt, DE", 61), ("Ashburn, US", 134), ("Singapore, SG", 288))
        )
        return HostFacts(
            observed_at=datetime(2026, 11, 22, tzinfo=UTC),
            system=SystemFacts(OperatingSystem.LINUX, "12", "plexbox", "anna", False),
            connection=ConnectionFacts(
                gateway=Gateway("192.168.1.1", "eth0", "192.168.1.50"),
                wan=(WanAnswer("upnp", "100.64.12.34"),),
                bindings=(Binding("stun.example.org:3478", "81.2.69.10", 40000),),
                web_addresses=("81.2.69.10",),
            ),
            tailscale=TailscaleFacts(
                "/usr/bin/tailscale", backend="Running", dns_name=NAME, key_expiry=self.host.key_expiry
            ),
            plex=PlexFacts(PlexAnswer.PLEX, "http://localhost:32400", 32400, machine_identifier="a" * 40),
            account=AccountFacts(TokenState.VALID, KeyringState.READY),
            outside=OutsideFacts(URL, probes=probes if self.host.done else None, consent=True),
            history=HistoryFacts(),
        )

    async def look(self, phase: Phase = Phase.OBSERVE) -> Look:
        self.host.entered.append("look")
        if self.host.hangs_until is not None:
            self.host.hangs_until.wait()
        if self.host.mistake is not None:
            raise self.host.mistake
        self.listen(PhaseStarted(phase))
        findings = self._findings()
        for number, finding in enumerate(findings):
            if self.host.look_trouble is not None and number == self.host.look_breaks_after:
                raise self.host.look_trouble
            await asyncio.sleep(self.host.pause)
            self.listen(Found(finding))
        while self.host.holds_look or (phase is Phase.VERIFY and self.host.holds_verify):
            await asyncio.sleep(0.01)
        plan = self._plan()
        self.listen(Planned(plan))
        return Look(self._facts(), Aim(NAME, 443, URL, "localhost:32400"), findings, plan)

    async def carry_out(self, look: Look) -> Look:
        self.host.entered.append("carry_out")
        with self.host.watched("carry_out"):
            return await self._carry_out(look)

    async def _carry_out(self, look: Look) -> Look:
        if not look.plan.pending:
            return look
        self.listen(PhaseStarted(Phase.APPLY))
        stuck = False
        for entry in look.plan.entries:
            code = entry.change.code
            if self.stopped or stuck:
                self.listen(ChangeFinished(ChangeReport(code, Result.SKIPPED, Text("Not started."))))
                stuck = True
                continue
            self.listen(ChangeStarted(code, entry.change.summary))
            await asyncio.sleep(self.host.pause)
            if self.host.waits_first:
                self.listen(Waiting("public_path", Text("Waiting for the name."), 0.0, 900.0))
                while self.host.waits_first:
                    await asyncio.sleep(0.01)
                self.listen(WaitEnded("public_path", came=True))
            while self.host.until_stopped and not self.stopped:
                await asyncio.sleep(0.01)
            for second in range(int(self.host.long_wait)):
                self.listen(Waiting("public_path", Text("Waiting for the name."), float(second), 900.0))
                await asyncio.sleep(1)
            if self.host.long_wait:
                self.listen(WaitEnded("public_path", came=True))
            if self.host.breaks_at == code:
                raise HostError(Trouble.UNREACHABLE, what="Plex")
            if self.host.refuses == code:
                self.listen(ChangeFinished(ChangeReport(code, Result.FAILED, Text("It did not take the new value."))))
                stuck = True
            else:
                self.made.add(code)
                self.listen(ChangeFinished(ChangeReport(code, Result.APPLIED, Text("Done, and read back."))))
        self.host.done = not stuck
        return await self.look(Phase.VERIFY)

    def undo_preview(self) -> tuple[str, ...]:
        if self.host.preview_trouble is not None:
            raise self.host.preview_trouble
        if self.host.ours is not None:
            return self.host.ours
        if self.host.begun and not self.host.done:
            return ("funnel",)
        return tuple(reversed(list(CHANGES))) if self.host.done else ()

    def undo_summaries(self) -> tuple[Text, ...]:
        return tuple(CHANGES[code][0] for code in self.undo_preview())

    async def undo(self) -> Look:
        self.host.entered.append("undo")
        self.listen(PhaseStarted(Phase.UNDO))
        for code in self.undo_preview():
            self.listen(ChangeStarted(code, CHANGES[code][0]))
            await asyncio.sleep(self.host.pause)
            if self.host.leaves_alone == code:
                self.listen(ChangeFinished(ChangeReport(code, Result.LEFT_ALONE, LEFT_ALONE)))
            else:
                self.listen(ChangeFinished(ChangeReport(code, Result.UNDONE, Text("Taken back."))))
        self.host.done = False
        self.undone = True
        return await self.look(Phase.VERIFY)

    async def sign_in_plex(self) -> None:
        self.host.entered.append("sign_in_plex")
        self.listen(PhaseStarted(Phase.SIGN_IN))
        if self.host.sign_in_trouble is not None:
            raise self.host.sign_in_trouble
        link = "https://app.plex.tv/auth#?code=abcdef&clientID=12345"
        with self.host.watched("sign_in_plex"):
            self.listen(SignInOffered("plex", link, self.host.code, 1800.0))
            await asyncio.sleep(self.host.pause * 10)
            if self.host.never_signs_in:
                await asyncio.get_running_loop().create_future()
        self.host.signed_in = True
        if self.host.right_account_after_sign_in:
            self.host.causes.pop("plex_owner", None)
        self.listen(SignedIn("plex"))

    async def sign_out(self) -> bool:
        self.host.entered.append("sign_out")
        if self.host.sign_out_trouble is not None:
            raise self.host.sign_out_trouble
        return self.host.signed_in

    async def sign_in_tailscale(self) -> None:
        self.listen(SignInOffered("tailscale", "https://login.tailscale.com/a/0123456789", None, 600.0))
        if self.host.never_signs_in:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(self.host.pause * 10)
        self.host.causes.pop("tailscale_signed_in", None)
        self.listen(SignedIn("tailscale"))

    async def wait_for_plex(self) -> None: ...

    async def watch_viewers(self) -> None:
        with self.host.watched("watch_viewers"):
            for seen in self.host.plays:
                self.listen(seen)
            await asyncio.get_running_loop().create_future()

    async def wait_for_person(self, finding: Finding) -> bool:
        self.host.entered.append(f"wait_for {finding.code}")
        self.listen(Waiting(finding.code, Text("Waiting for the person."), 0.0, 900.0))
        if self.host.person is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.to_thread(self.host.person.wait)
        if self.host.waits_in_vain:
            return False
        self.host.causes.pop(finding.code, None)
        return True

    async def rename(self, name: str) -> None:
        self.host.entered.append(f"rename {name}")
        if self.host.rename_trouble is not None:
            raise self.host.rename_trouble
        self.host.name = name
