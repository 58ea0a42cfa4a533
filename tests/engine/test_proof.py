# SPDX-License-Identifier: MIT
"""What is worth waiting for between two changes, and what time alone cannot bring."""

from __future__ import annotations

import asyncio

import pytest

from setup_assistant.core.events import Event, WaitEnded, Waiting
from setup_assistant.core.findings import Finding, Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.engine.proof import path_state, wait_for
from setup_assistant.host.simulated.clock import InstantLoop

LAYERS = ("own_address", "public_dns", "public_entrance")


def finding(code: str, status: Status, cause: str | None = None, blocked_by: str | None = None) -> Finding:
    return Finding(code, Text(code), Verdict(status, Text("seen"), cause=cause), blocked_by)


def state(*others: Finding, **layers: Finding) -> tuple[bool, bool, str | None]:
    """(proven, worth waiting, what stands in the way); a layer not named is fine."""
    found = {code: layers.get(code, finding(code, Status.OK)) for code in LAYERS}
    proven, hopeful, in_the_way = path_state({**found, **{other.code: other for other in others}})
    return proven, hopeful, in_the_way.code if in_the_way is not None else None


def test_an_entrance_that_leads_to_plex_is_the_proof() -> None:
    assert state(public_dns=finding("public_dns", Status.PROBLEM, "private_answer")) == (True, False, None)


def test_a_name_that_is_not_published_yet_is_waited_for() -> None:
    assert state(
        public_dns=finding("public_dns", Status.PROBLEM, "not_yet"),
        public_entrance=finding("public_entrance", Status.BLOCKED, blocked_by="public_dns"),
    ) == (False, True, "public_dns")


@pytest.mark.parametrize(
    ("code", "cause", "hopeful"),
    [
        ("funnel_shape", "foreground_session", False),
        ("tailscale_running", "service_stopped", False),
        ("plex_server", "stopped", False),
        ("plex_server", "starting", True),
    ],
)
def test_layers_that_wait_for_something_else(code: str, cause: str, hopeful: bool) -> None:
    """However many questions lie between."""
    waiting = {layer: finding(layer, Status.BLOCKED, blocked_by="between") for layer in LAYERS}
    between = finding("between", Status.BLOCKED, blocked_by=code)
    proven, waits, in_the_way = state(between, finding(code, Status.PROBLEM, cause), **waiting)
    assert (proven, waits) == (False, hopeful)
    assert hopeful or in_the_way == code


def test_a_wait_that_is_stopped_ends_within_a_second_and_looks_no_more() -> None:
    looks: list[float] = []
    events: list[Event] = []

    async def stop_at(moment: float) -> float:
        loop = asyncio.get_running_loop()

        async def look() -> tuple[bool, bool]:
            looks.append(loop.time())
            return False, True

        came = await wait_for("own_address", Text("…"), 900.0, look, events.append, lambda: loop.time() >= moment)
        assert not came
        return loop.time()

    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        ended = runner.run(stop_at(400.5))
    assert 400.5 <= ended <= 401.5
    assert max(looks) < 400.5
    assert events[-1] == WaitEnded("own_address", came=False)
    waits = [event for event in events if isinstance(event, Waiting)]
    left = [wait.limit - wait.elapsed for wait in waits]
    assert left == sorted(left, reverse=True), "a countdown"
    assert len(waits) >= 400
