# SPDX-License-Identifier: MIT
"""What runs on the background thread: each job is one coroutine over the engine's face."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from setup_assistant.core.errors import HostError
from setup_assistant.core.findings import Finding
from setup_assistant.core.texts import Text
from setup_assistant.engine.lock import AnotherRun
from setup_assistant.gui.contract import WindowAssistant, WindowServices

if TYPE_CHECKING:
    import asyncio

    from setup_assistant.core.events import Listener
    from setup_assistant.engine.assistant import Look

log = logging.getLogger(__name__)


class Job(StrEnum):
    """What the background thread can be doing."""

    PREVIEW = "preview"
    LOOK = "look"
    WATCH = "watch"
    RENAME = "rename"
    SIGN_IN_TAILSCALE = "sign_in_tailscale"
    SIGN_IN_PLEX = "sign_in_plex"
    SIGN_OUT = "sign_out"
    APPLY = "apply"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Told:
    """What the person has told: ``wan`` is the router's address, empty for not told; None: not asked."""

    consent: bool | None
    wan: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What undo would take back: codes of changes, and each in words."""

    codes: tuple[str, ...] = ()
    summaries: tuple[Text, ...] = ()
    unreadable: Text | None = None
    """Why our own record could not be read; then nothing is known of what could be taken back."""


class Jobs:
    """Holds the assistant of the run; a fresh look begins a new one. Lives on the background thread."""

    def __init__(self, services: WindowServices, listen: Callable[[object], None]) -> None:
        self._services = services
        self._listen: Listener = listen
        self._assistant: WindowAssistant | None = None
        self._watch: asyncio.Task[None] | None = None

    def _fresh(self, consent: bool | None) -> WindowAssistant:
        self._assistant = self._services.make_assistant(self._listen)
        self._assistant.set_consent(consent)
        return self._assistant

    def _current(self) -> WindowAssistant:
        if self._assistant is None:
            self._assistant = self._services.make_assistant(self._listen)
        return self._assistant

    async def preview(self) -> Preview:
        """Read our own record. Raises JournalUnreadable."""
        assistant = self._current()
        return Preview(assistant.undo_preview(), assistant.undo_summaries())

    async def look(self, told: Told, *, fresh: bool, patient: bool) -> Look:
        """Look at everything; with ``patient`` wait for a Plex that is just starting, and look again."""
        from setup_assistant.core.facts import PlexAnswer, PlexFacts

        assistant = self._fresh(told.consent) if fresh else self._current()
        assistant.set_typed_wan(told.wan)
        assistant.set_port(told.port)
        look = await assistant.look()
        if patient and isinstance(look.facts.plex, PlexFacts) and look.facts.plex.answer is PlexAnswer.STARTING:
            await assistant.wait_for_plex()
            look = await assistant.look()
        return await _settled(assistant, look) if patient and not look.plan.pending else look

    async def watch(self, finding: Finding) -> bool:
        """Wait for what a person has to do elsewhere; False when it does not come in an hour."""
        return await self._current().wait_for_person(finding)

    async def rename(self, name: str) -> bool:
        """Give this computer another name. Raises HostError or AnotherRun."""
        assistant = self._current()
        with assistant.alone():
            await assistant.rename(name)
        return True

    async def sign_in(self, service: str) -> None:
        """Sign in. Raises HostError."""
        assistant = self._current()
        await (assistant.sign_in_plex() if service == "plex" else assistant.sign_in_tailscale())

    async def sign_out(self) -> bool:
        """Sign out of Plex; False where nobody was signed in. Raises HostError."""
        return await self._current().sign_out()

    async def apply(self, look: Look) -> Look:
        """Carry the plan out and verify. Raises HostError or AnotherRun."""
        assistant = self._current()
        with assistant.alone():
            return await assistant.carry_out(look)

    async def undo(self) -> Look:
        """Take back everything of ours and look again. Raises HostError or AnotherRun."""
        assistant = self._current()
        with assistant.alone():
            return await assistant.undo()

    def watch_viewers(self, watches: bool) -> None:
        """Begin or stop to tell what Plex plays, beside whatever else is under way."""
        import asyncio

        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().create_task(self._current().watch_viewers()) if watches else None

    def stop_after_change(self) -> None:
        """Begin no other change."""
        if self._assistant is not None:
            self._assistant.stop_after_change()


async def _settled(assistant: WindowAssistant, look: Look) -> Look:
    """Carry out a plan with nothing to do: only what was found out about the line is remembered for the next time."""
    try:
        with assistant.alone():
            return await assistant.carry_out(look)
    except (AnotherRun, HostError) as error:
        log.info("what was found out could not be remembered: %s", type(error).__name__)
        return look
