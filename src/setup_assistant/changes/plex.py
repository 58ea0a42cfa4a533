# SPDX-License-Identifier: MIT
"""The changes to Plex: start it, close its open door, its public address, and Remote Access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.changes.plex_publish import PlexRepublish
from setup_assistant.changes.plex_restart import RestartPlex
from setup_assistant.changes.plex_settings import PlexAllowedNetworks, PlexRemoteAccess, PlexUrl
from setup_assistant.core.aim import aim
from setup_assistant.core.changes import Change, Snapshot, Taken, UndoResult
from setup_assistant.core.custom_urls import earlier_names
from setup_assistant.core.events import Listener, Wait, unheard
from setup_assistant.core.facts import HostFacts, PlexAnswer, PlexFacts
from setup_assistant.core.host import Platform
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services import Services
from setup_assistant.services.plex_server import PlexServer


def build(code: str, services: Services, facts: HostFacts) -> Change | None:
    """Return the change for these facts; None for a code of another area, or while the address is not known."""
    found = aim(facts)
    match code:
        case "start_plex":
            return StartPlex(services.plex, services.host.platform, services.listen)
        case "plex_allowed_networks":
            return PlexAllowedNetworks(
                services.plex, container=isinstance(facts.plex, PlexFacts) and facts.plex.may_be_container
            )
        case "plex_url" if found is not None:
            return PlexUrl(services.plex, found.url, tuple(sorted(earlier_names(facts))))
        case "plex_republish" if found is not None:
            return PlexRepublish(services.plex, services.account, found.url, services.listen)
        case "restart_plex" if found is not None:
            viewers = facts.plex.viewers if isinstance(facts.plex, PlexFacts) else None
            return RestartPlex(services.plex, services.account, found.url, viewers, services.listen)
        case "plex_remote_access":
            return PlexRemoteAccess(services.plex)
    return None


def rebuild(code: str, services: Services, args: Mapping[str, Any]) -> Change | None:
    """Return the change a journal line speaks of; None for a code of another area, or args that are not ours."""
    match code:
        case "plex_allowed_networks":
            return PlexAllowedNetworks(services.plex, container=args.get("container") is True)
        case "plex_url":
            return PlexUrl.from_args(services.plex, args)
        case "plex_remote_access":
            return PlexRemoteAccess(services.plex)
    return None


class StartPlex:
    """Starts the server. Not journalled: undo leaves it running."""

    code = "start_plex"
    setting = "plex.running"
    reversible = False

    def __init__(self, plex: PlexServer, platform: Platform, listen: Listener = unheard) -> None:
        self._plex = plex
        self._platform = platform
        self._listen = listen

    @property
    def args(self) -> Mapping[str, Any]:
        return {}

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        return words.PLEX_STOPPED, words.PLEX_RUNNING

    def needs_admin(self, facts: HostFacts) -> bool:
        if not isinstance(facts.plex, PlexFacts) or facts.plex.installation is None:
            return False
        command = self._platform.start_plex(facts.plex.installation)
        return command is not None and command.as_admin and not facts.system.is_admin

    def is_satisfied(self, facts: HostFacts) -> bool:
        return isinstance(facts.plex, PlexFacts) and facts.plex.answer is PlexAnswer.PLEX

    async def snapshot(self) -> Snapshot:
        return {"answer": (await self._plex.answer()).value}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get("answer") == PlexAnswer.PLEX

    async def apply(self, before: Snapshot) -> None:
        with Wait(self._listen, "plex_server", words.WAIT_PLEX) as wait:
            if before.get("answer") == PlexAnswer.STARTING:
                await self._plex.wait_until_ready(progress=wait)
            else:
                await self._plex.start(wait)

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """Undo leaves it running; what a start may make public is watched in the run that makes it."""
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """A started server is left running."""
        return UndoResult.NOTHING_TO_DO
