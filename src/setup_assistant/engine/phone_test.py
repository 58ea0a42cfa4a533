# SPDX-License-Identifier: MIT
"""While a person tries the address with a phone: what Plex plays, told as it begins."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from setup_assistant.core.errors import HostError
from setup_assistant.core.events import Listener, Viewers
from setup_assistant.services.plex_server import PlexServer

LOOK_S = 2.0
"""Pause between two looks: one small request to the Plex on this computer."""
LIMIT_S = 10 * 60.0


async def watch(plex: PlexServer, listen: Listener) -> None:
    """Tell what plays, each time that it has changed, for `LIMIT_S` seconds or until cancelled.

    A session counts as new when it was not there at the first look that Plex answered.
    """
    known: frozenset[str] | None = None
    told: Viewers | None = None
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIMIT_S
    while True:
        try:
            sessions = await plex.sessions()
        except HostError as error:
            seen = Viewers(new=told.new if told is not None else (), trouble=error.text)
        else:
            if known is None:
                known = frozenset(one.key for one in sessions)
            new = tuple(one for one in sessions if one.key not in known)
            seen = Viewers(new, before=len(sessions) - len(new))
        if seen != told:
            told = seen
            listen(seen)
        if loop.time() >= ends:
            listen(replace(seen, over=True))
            return
        await asyncio.sleep(LOOK_S)
