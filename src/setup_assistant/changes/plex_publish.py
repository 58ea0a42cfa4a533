# SPDX-License-Identifier: MIT
"""Makes Plex tell plex.tv again where it can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.changes.plex_settings import PUBLISH, URLS
from setup_assistant.core import custom_urls
from setup_assistant.core.changes import Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Listener, Wait, unheard
from setup_assistant.core.facts import AccountFacts, HostFacts
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.plex_account import PlexAccount
from setup_assistant.services.plex_messages import SettingValue
from setup_assistant.services.plex_server import PlexServer

HEARD_S = 30.0
LISTED_S = 180.0
"""Seconds to wait for plex.tv: between the two halves, and at the end (facts: plex, section 3)."""


class PlexRepublish:
    """Switches Remote Access on and off again; while it is on, it takes our URL out and puts it in again instead.

    Each of the two may be cut off in the middle: then Remote Access is on, or our URL is missing, and the host is as
    reachable as before. Switching Remote Access off and on would leave it off, and with it Relay. Not journalled:
    at the end every setting is as it was.
    """

    code = "plex_republish"
    setting = "plex.published"
    reversible = False

    def __init__(self, plex: PlexServer, account: PlexAccount, url: str, listen: Listener = unheard) -> None:
        self._plex = plex
        self._account = account
        self.url = url
        self._listen = listen

    @property
    def args(self) -> Mapping[str, Any]:
        return {"url": self.url}

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        values = {"url": self.url}
        return words.PLEX_NOT_LISTED.filled(**values), words.PLEX_LISTED.filled(**values)

    def needs_admin(self, facts: HostFacts) -> bool:
        return False

    def is_satisfied(self, facts: HostFacts) -> bool:
        return isinstance(facts.account, AccountFacts) and custom_urls.lists(facts.account.connections, self.url)

    async def snapshot(self) -> Snapshot:
        return {"listed": await is_listed(self._plex, self._account, self.url)}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get("listed") is True

    async def apply(self, before: Snapshot) -> None:
        settings = await self._plex.read_settings()
        for_now: dict[str, SettingValue] = {PUBLISH: True}
        at_the_end: dict[str, SettingValue] = {PUBLISH: False}
        if settings.publish:
            rest = [
                piece for piece in settings.custom_connections.split(",") if custom_urls.fault(piece, self.url) != ""
            ]
            for_now, at_the_end = {URLS: ",".join(rest)}, {URLS: settings.custom_connections}
        await self._plex.write_settings(for_now)
        try:
            await self._wait(HEARD_S if not settings.publish else 2.0)
        finally:
            # Also where the person stops here: every setting is as it was.
            await self._plex.write_settings(at_the_end)
        await self._wait(LISTED_S)

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """What is public stays what it is."""
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """There is nothing to take back."""
        return UndoResult.NOTHING_TO_DO

    async def _wait(self, limit: float) -> None:
        await wait_until_listed(self._plex, self._account, self.url, limit, self._listen)


async def is_listed(plex: PlexServer, account: PlexAccount, url: str) -> bool:
    """Ask plex.tv whether it lists ``url`` for this server. Raises HostError."""
    return custom_urls.lists(await account.published(await plex.machine_identifier()), url)


async def wait_until_listed(
    plex: PlexServer, account: PlexAccount, url: str, limit: float, listen: Listener = unheard
) -> None:
    """Wait until plex.tv lists ``url``, every 2 s at first, then every 10 s; a missed answer is asked for again."""
    clock = asyncio.get_running_loop().time
    began = clock()
    with Wait(listen, "plex_published", words.WAIT_LISTED) as wait:
        while (elapsed := clock() - began) < limit:
            wait(elapsed, limit)
            await asyncio.sleep(2.0 if elapsed < 30 else 10.0)
            try:
                if await is_listed(plex, account, url):
                    return
            except HostError as error:
                if error.trouble in (Trouble.UNAUTHORIZED, Trouble.SIGN_IN_NEEDED, Trouble.TLS):
                    raise
