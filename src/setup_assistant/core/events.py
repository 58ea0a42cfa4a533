# SPDX-License-Identifier: MIT
"""What the engine says while it works; front ends listen and never answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from setup_assistant.core.changes import ChangeReport, Plan
from setup_assistant.core.findings import Finding
from setup_assistant.core.texts import Text

if TYPE_CHECKING:
    from setup_assistant.core.plex_facts import Watching


class Phase(StrEnum):
    """The stages of one run, in order."""

    OBSERVE = "observe"
    SIGN_IN = "sign_in"
    APPLY = "apply"
    VERIFY = "verify"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A stage begins."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class SourceStarted:
    """Reading one source of facts begins (``connection``, ``tailscale``, ``plex``, ``account``, ``outside``)."""

    source: str


@dataclass(frozen=True, slots=True)
class SourceFinished:
    """One source has been read, or could not be read."""

    source: str
    known: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A finding is final for this stage."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made; nothing has been changed yet."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ChangeStarted:
    """One change begins."""

    code: str
    summary: Text


@dataclass(frozen=True, slots=True)
class ChangeFinished:
    """One change ended."""

    report: ChangeReport


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting for the world; ``elapsed`` and ``limit`` are seconds. Sent again as time passes."""

    code: str
    text: Text
    elapsed: float
    limit: float


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """A wait is over; ``came`` tells whether the awaited thing happened."""

    code: str
    came: bool


@dataclass(frozen=True, slots=True)
class SignInOffered:
    """A person must sign in on this page; ``seconds`` until the link ends. Never logged."""

    service: str
    link: str
    code: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The sign-in went through; ``note`` tells where it could not be kept."""

    service: str
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Viewers:
    """What Plex plays right now, while a phone is being tested."""

    new: tuple[Watching, ...]
    """Sessions that were not there when the test began."""
    before: int = 0
    """How many of those that were there already still play."""
    trouble: Text | None = None
    """Why Plex could not be asked this time; the test goes on."""
    over: bool = False
    """The test has ended by itself."""


Event = (
    PhaseStarted
    | SourceStarted
    | SourceFinished
    | Found
    | Planned
    | ChangeStarted
    | ChangeFinished
    | Waiting
    | WaitEnded
    | SignInOffered
    | SignedIn
    | Viewers
)
Listener = Callable[[Event], None]


def unheard(event: Event) -> None:
    """The listener where nobody listens."""


class Wait:
    """Tells of one wait while it lasts; used with ``with``, it tells of its end too. Called with seconds."""

    def __init__(self, listen: Listener, code: str, text: Text) -> None:
        self._listen = listen
        self._code = code
        self._text = text
        self._told = False

    def __call__(self, elapsed: float, limit: float) -> None:
        self._told = True
        self._listen(Waiting(self._code, self._text, elapsed, limit))

    def __enter__(self) -> Wait:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._told:
            self._listen(WaitEnded(self._code, kind is None))
