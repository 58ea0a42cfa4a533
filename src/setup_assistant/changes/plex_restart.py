# SPDX-License-Identifier: MIT
"""Restarts Plex where plex.tv has not heard of the address in any gentler way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.changes.plex_publish import LISTED_S, is_listed, wait_until_listed
from setup_assistant.core import custom_urls
from setup_assistant.core.changes import Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Listener, Wait, unheard
from setup_assistant.core.facts import AccountFacts, HostFacts, PlexFacts
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.plex_account import PlexAccount
from setup_assistant.services.plex_messages import SERVER
from setup_assistant.services.plex_server import PlexServer


class RestartPlex:
    """Stops and starts Plex, once, and waits until the same server answers and plex.tv lists our URL.

    ``viewers`` is how many people the person was told would be interrupted, None where it was not known; with more
    than these it does nothing. Not journalled: nothing of it stays.
    """

    code = "restart_plex"
    setting = "plex.restarted"
    reversible = False

    def __init__(
        self, plex: PlexServer, account: PlexAccount, url: str, viewers: int | None, listen: Listener = unheard
    ) -> None:
        self._plex = plex
        self._account = account
        self.url = url
        self.viewers = viewers
        self._listen = listen

    @property
    def args(self) -> Mapping[str, Any]:
        return {"url": self.url}

    @property
    def summary(self) -> Text:
        """How many are watching is part of what the person agrees to."""
        if self.viewers is None:
            return words.RESTART_UNSEEN
        return words.RESTART_WATCHED.filled(count=self.viewers) if self.viewers else words.RESTART_IDLE

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        return words.PLEX_NOT_LISTED.filled(url=self.url), words.RESTARTED

    def needs_admin(self, facts: HostFacts) -> bool:
        return isinstance(facts.plex, PlexFacts) and facts.plex.restart_needs_admin and not facts.system.is_admin

    def is_satisfied(self, facts: HostFacts) -> bool:
        return isinstance(facts.account, AccountFacts) and custom_urls.lists(facts.account.connections, self.url)

    async def snapshot(self) -> Snapshot:
        return {"listed": await is_listed(self._plex, self._account, self.url)}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get("listed") is True

    async def apply(self, before: Snapshot) -> None:
        if self.viewers is not None and await self._plex.viewers() > self.viewers:
            raise HostError(Trouble.MORE_WATCHING, what=SERVER)
        with Wait(self._listen, "plex_server", words.WAIT_PLEX) as wait:
            await self._plex.restart(wait)
        await wait_until_listed(self._plex, self._account, self.url, LISTED_S, self._listen)

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """What is public stays what it is."""
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """There is nothing to take back."""
        return UndoResult.NOTHING_TO_DO
