# SPDX-License-Identifier: MIT
"""Waits for a check that runs elsewhere, as seldom as its service asks for."""

from __future__ import annotations

import asyncio
from typing import Protocol

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Http, Reply

REQUEST_S = 10.0
LONGEST_PAUSE_S = 10.0


class Polled(Protocol):
    """What the modules of the polled services have in common; times in seconds."""

    @property
    def NAME(self) -> str: ...  # noqa: N802
    @property
    def POLL_S(self) -> float: ...  # noqa: N802
    @property
    def DEADLINE_S(self) -> float: ...  # noqa: N802

    def is_running(self, reply: Reply, /) -> bool:
        """Whether the check still runs. Raises HostError where the reply is none."""
        ...


async def poll(http: Http, place: str, service: Polled) -> Reply:
    """Return the finished check, or what there is of it at the deadline.

    Asks ``POLL_S`` after each reply, or as late as the service wishes; one poll lost on the way says nothing.
    Raises HostError where the deadline comes before any reply, and HTTP_STATUS where the check is not there.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + service.DEADLINE_S
    last: Reply | None = None
    trouble = HostError(Trouble.TIMED_OUT, what=service.NAME)
    pause = service.POLL_S
    while clock() + pause < ends:
        await asyncio.sleep(pause)
        pause = service.POLL_S
        try:
            reply = await http.request("GET", place, headers={"Accept": "application/json"}, timeout=REQUEST_S)
            if not service.is_running(reply):
                return reply
            last = reply
        except HostError as error:
            if error.status is not None and 400 <= error.status < 500 and error.status != 429:
                raise
            trouble = error
            pause = max(pause, min(error.retry_after or 0.0, LONGEST_PAUSE_S))
    if last is None:
        raise trouble
    return last
