# SPDX-License-Identifier: MIT
"""The changes to Tailscale: start it, switch it on, make Plex public with Funnel, close that again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.changes.close_funnel import CloseFunnel
from setup_assistant.changes.funnel import Funnel
from setup_assistant.changes.funnel_tidy import TidyFunnel
from setup_assistant.core.aim import aim
from setup_assistant.core.changes import Change, Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError
from setup_assistant.core.facts import Daemon, HostFacts, TailscaleFacts
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services import Services
from setup_assistant.services.tailscale import Tailscale


def build(code: str, services: Services, facts: HostFacts) -> Change | None:
    """Return the change for these facts; None for a code of another area."""
    tailscale = services.tailscale
    match code:
        case "start_tailscale":
            return StartTailscale(tailscale)
        case "connect_tailscale":
            return ConnectTailscale(tailscale)
        case "funnel":
            found = aim(facts)
            return None if found is not None and found.taken else Funnel.towards(tailscale, facts)
        case "funnel_tidy":
            return TidyFunnel.of(tailscale, facts)
        case "close_funnel":
            return CloseFunnel.of(tailscale, facts)
    return None


def rebuild(code: str, services: Services, args: Mapping[str, Any]) -> Change | None:
    """Return the change a journal line speaks of; None for a code of another area."""
    match code:
        case "funnel":
            return Funnel.from_args(services.tailscale, args)
        case "funnel_tidy":
            return TidyFunnel.from_args(services.tailscale, args)
        case "close_funnel":
            return CloseFunnel.from_args(services.tailscale, args)
    return None


class _Start:
    """What the two starting changes share: no journal, nothing to take back."""

    code = ""
    setting = "tailscale.running"
    reversible = False

    def __init__(self, tailscale: Tailscale) -> None:
        self._tailscale = tailscale

    @property
    def args(self) -> Mapping[str, Any]:
        return {}

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """Undo leaves it running; what a start may make public is watched in the run that makes it."""
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """A started service is left running."""
        return UndoResult.NOTHING_TO_DO


class StartTailscale(_Start):
    """Starts the service."""

    code = "start_tailscale"

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        return words.SERVICE_STOPPED, words.SERVICE_RUNNING

    def needs_admin(self, facts: HostFacts) -> bool:
        command = self._tailscale.host.platform.start_tailscale()
        return command is not None and command.as_admin and not facts.system.is_admin

    def is_satisfied(self, facts: HostFacts) -> bool:
        return isinstance(facts.tailscale, TailscaleFacts) and facts.tailscale.daemon is Daemon.ANSWERS

    async def snapshot(self) -> Snapshot:
        try:
            await self._tailscale.status()
        except HostError:
            return {"answers": False}
        return {"answers": True}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get("answers") is True

    async def apply(self, before: Snapshot) -> None:
        await self._tailscale.start()


class ConnectTailscale(_Start):
    """Switches a stopped node on."""

    code = "connect_tailscale"

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        return words.SWITCHED_OFF, words.SWITCHED_ON

    def needs_admin(self, facts: HostFacts) -> bool:
        return isinstance(facts.tailscale, TailscaleFacts) and facts.tailscale.may_change is False

    def is_satisfied(self, facts: HostFacts) -> bool:
        return isinstance(facts.tailscale, TailscaleFacts) and facts.tailscale.is_running

    async def snapshot(self) -> Snapshot:
        return {"backend": (await self._tailscale.status()).backend}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get("backend") == "Running"

    async def apply(self, before: Snapshot) -> None:
        await self._tailscale.connect()
