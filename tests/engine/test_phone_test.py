# SPDX-License-Identifier: MIT
"""While somebody tries the address with a phone, what begins to play is told, and nothing else is taken for it."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Event, Viewers
from setup_assistant.core.facts import Watching
from setup_assistant.engine import phone_test
from setup_assistant.host.simulated.clock import InstantLoop
from setup_assistant.services.plex_server import PlexServer

TV = Watching("192.168.1.20", location="lan", key="1", app="Plex Web", state="playing")
PHONE = Watching("198.51.100.7", location="wan", key="2", app="Plex for Android", state="playing")
SILENT = HostError(Trouble.TIMED_OUT, what="Plex")


class Plex:
    """Says one thing after the other, and the last one from then on."""

    def __init__(self, *said: tuple[Watching, ...] | HostError) -> None:
        self.said = list(said)
        self.asked: list[float] = []

    async def sessions(self) -> tuple[Watching, ...]:
        self.asked.append(asyncio.get_running_loop().time())
        answer = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(answer, HostError):
            raise answer
        return answer


def told(plex: Plex) -> list[Viewers]:
    events: list[Event] = []
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        runner.run(phone_test.watch(cast(PlexServer, plex), events.append))
    return [event for event in events if isinstance(event, Viewers)]


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ([()], [Viewers(())]),
        ([(), (PHONE,)], [Viewers(()), Viewers((PHONE,))]),
        ([(TV,), (TV,), (TV, PHONE), (TV,)], [Viewers((), 1), Viewers((PHONE,), 1), Viewers((), 1)]),
        ([SILENT, (TV,), (TV, PHONE)], [Viewers((), trouble=SILENT.text), Viewers((), 1), Viewers((PHONE,), 1)]),
        (
            [(), (PHONE,), SILENT, (PHONE,)],
            [Viewers(()), Viewers((PHONE,)), Viewers((PHONE,), trouble=SILENT.text), Viewers((PHONE,))],
        ),
    ],
)
def test_what_begins_is_told_once(said: list[tuple[Watching, ...] | HostError], seen: list[Viewers]) -> None:
    *on_the_way, last = told(Plex(*said))
    assert on_the_way == seen
    assert (last.over, last.new) == (True, seen[-1].new)


def test_plex_is_asked_calmly_and_not_for_ever() -> None:
    plex = Plex(())
    told(plex)
    pauses = [later - earlier for earlier, later in zip(plex.asked, plex.asked[1:], strict=False)]
    assert min(pauses) >= phone_test.LOOK_S
    assert plex.asked[-1] - plex.asked[0] <= phone_test.LIMIT_S + phone_test.LOOK_S
