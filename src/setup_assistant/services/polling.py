# SPDX-License-Identifier: MIT
"""Waits for a check that runs elsewhere, as seldom as its service asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Http, Reply

REQUEST_S = 10.0
LONGEST_PAUSE_S = 10.0


async def poll(
    http: Http, place: str, is_running: Callable[[Reply], bool], *, pause: float, deadline: float, what: str
) -> Reply:
    """Return the finished check, or what there is of it at the deadline.

    Asks ``pause`` seconds after each reply, or as late as the service wishes; one poll lost on the way says nothing.
    Raises HostError where the deadline comes before any reply, and HTTP_STATUS where the check is not there;
    so does ``is_running`` for a reply that is no state of a check. ``deadline`` in seconds.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + deadline
    last: Reply | None = None
    trouble = HostError(Trouble.TIMED_OUT, what=what)
    wait = pause
    while clock() + wait < ends:
        await asyncio.sleep(wait)
        wait = pause
        try:
            left = min(REQUEST_S, ends - clock())
            reply = await http.request("GET", place, headers={"Accept": "application/json"}, timeout=left)
            if not is_running(reply):
                return reply
            last = reply
        except HostError as error:
            if error.status is not None and 400 <= error.status < 500 and error.status != 429:
                raise
            trouble = error
            wait = max(pause, min(error.retry_after or 0.0, LONGEST_PAUSE_S))
    if last is None:
        raise trouble
    return last
