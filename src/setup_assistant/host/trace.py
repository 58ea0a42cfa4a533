# SPDX-License-Identifier: MIT
"""The first routers on the way out, and who answers a packet to our own public address."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from setup_assistant.core.addresses import is_public
from setup_assistant.core.connection import Hop, SelfTrace
from setup_assistant.core.host import Commands
from setup_assistant.host.paths import Path

FARTHEST = 6
RESEND_S = 0.35
WAIT_S = 0.7
WAIT_FAR_S = 1.4
"""How long a router may take; the longer on lines whose round trips are long (satellites)."""
_DEEPEST = 4
_TRIES_S = (0.0, 0.4)
"""Pauses before each try. Where nothing at all comes back, the router may have used up its error messages: Linux sends
six at once and then one a second (net.ipv4.icmp_ratelimit), and they may have gone to an earlier look."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one packet: from the holder of its target, or from a router where it expired."""

    sender: str
    is_delivered: bool
    milliseconds: float | None = None
    is_dead_end: bool = False
    """Whether a router said that it knows no way there."""


Probe = Callable[[str, int, Callable[[], float]], Awaitable[Answer | None]]
"""Sends one packet to a target that expires after so many routers; see `Tracer.probe`."""


class Tracer(Protocol):
    """Sends packets with a small time to live. ``limit`` gives the seconds to wait, asked again as time passes."""

    sees_expiry: bool
    """Whether this system tells unprivileged programs where a packet expired."""

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        """Send one packet (and once more after a while) that expires after ``distance`` routers."""
        ...

    async def way_out(
        self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
    ) -> None:
        """Tell each hop as soon as it is seen, silent ones (address None) at the end; ``known`` ones are left out."""
        ...


def tracer_for(path: Path, commands: Commands) -> Tracer:
    """Return what this operating system offers."""
    if sys.platform == "win32":
        from setup_assistant.host.trace_windows import WindowsTracer

        return WindowsTracer(path)
    if sys.platform == "darwin":
        from setup_assistant.host.trace_macos import MacTracer

        return MacTracer(path, commands)
    from setup_assistant.host.trace_linux import LinuxTracer

    return LinuxTracer(path)


async def way_out_by_probes(
    probe: Probe, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
) -> None:
    """Probe all distances at once; stop as soon as every hop up to the first public one is known."""
    hops = {hop.distance: hop for hop in known}
    complete = asyncio.Event()

    async def one(distance: int) -> None:
        answer = await probe(target, distance, limit)
        is_hop = answer is not None and not answer.is_dead_end
        hop = Hop(distance, answer.sender, answer.milliseconds) if answer and is_hop else Hop(distance, None)
        hops[distance] = hop
        if hop.address is not None:
            seen(hop)
        if is_complete(hops.values(), target):
            complete.set()

    tasks = [asyncio.ensure_future(one(distance)) for distance in range(1, FARTHEST + 1) if distance not in hops]
    waiting = asyncio.ensure_future(complete.wait())
    try:
        await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        while not complete.is_set() and not all(task.done() for task in tasks):
            await asyncio.wait([*(task for task in tasks if not task.done()), waiting], return_when="FIRST_COMPLETED")
    finally:
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)
    for hop in silent_between(hops.values()):
        seen(hop)


def is_complete(hops: Iterable[Hop], target: str) -> bool:
    """Whether nothing more that matters can come: every hop before the first public one is known."""
    by_distance = {hop.distance: hop for hop in hops}
    for distance in range(1, FARTHEST + 1):
        hop = by_distance.get(distance)
        if hop is None:
            return False
        if hop.address is not None and (is_public(hop.address) or hop.address == target):
            return True
    return True


def silent_between(hops: Iterable[Hop]) -> list[Hop]:
    """The silent hops before the last one that answered."""
    answered = {hop.distance for hop in hops if hop.address is not None}
    return [Hop(distance, None) for distance in range(1, max(answered, default=0)) if distance not in answered]


@dataclass(slots=True)
class OwnTrace:
    """What is known so far about who holds the public address."""

    changed: Callable[[], None]
    result: SelfTrace = SelfTrace.NOT_TRIED
    depth: int | None = None
    neutral_expired: bool = False
    senders: list[str] = field(default_factory=list)


async def trace_ourselves(
    tracer: Tracer, public: str, neutral: str, trace: OwnTrace, limit: Callable[[], float]
) -> None:
    """Ask who holds the public address: one packet that must not go farther than the router, then a little farther."""
    if not tracer.sees_expiry:
        await _by_replies(tracer, public, trace, limit)
        return
    answer, expires_elsewhere = None, False
    for pause in _TRIES_S:
        await asyncio.sleep(pause)
        comparing = asyncio.ensure_future(_compare(tracer, neutral, limit))
        try:
            answer = _useful(await tracer.probe(public, 1, limit))
            expires_elsewhere = answer is None and await comparing
        finally:
            comparing.cancel()
        if answer is not None or expires_elsewhere:
            break
    if answer is None:
        trace.neutral_expired = expires_elsewhere
        trace.result = SelfTrace.SILENT
        return
    trace.senders.append(answer.sender)
    if answer.is_delivered or answer.sender == public:
        trace.result = SelfTrace.ROUTER_ANSWERED if answer.is_delivered else SelfTrace.EXPIRED_FROM_PUBLIC
        trace.depth = 1
        return
    trace.result = SelfTrace.EXPIRED_AT_ROUTER
    trace.changed()
    for distance in range(2, _DEEPEST + 1):
        # One after the other: routers answer only a few such packets a second.
        answer = _useful(await tracer.probe(public, distance, limit))
        if answer is None:
            break
        trace.senders.append(answer.sender)
        if answer.is_delivered or answer.sender == public:
            trace.depth = distance
            break


async def _compare(tracer: Tracer, neutral: str, limit: Callable[[], float]) -> bool:
    """Whether a packet to elsewhere, sent when ours is sent again, does expire at the router.

    Without it, silence could as well be a router that has used up its error messages for this second.
    """
    await asyncio.sleep(RESEND_S)
    answer = _useful(await tracer.probe(neutral, 1, lambda: limit() - RESEND_S))
    return answer is not None and not answer.is_delivered


def _useful(answer: Answer | None) -> Answer | None:
    return None if answer is not None and answer.is_dead_end else answer


async def _by_replies(tracer: Tracer, public: str, trace: OwnTrace, limit: Callable[[], float]) -> None:
    """Without expiry messages: the smallest distance at which an echo comes back."""
    answers = await asyncio.gather(*(tracer.probe(public, distance, limit) for distance in range(1, _DEEPEST + 1)))
    depth = next((distance for distance, answer in enumerate(answers, 1) if answer is not None), None)
    trace.depth = depth
    if depth is None:
        trace.result = SelfTrace.SILENT
    else:
        trace.result = SelfTrace.ROUTER_ANSWERED if depth == 1 else SelfTrace.EXPIRED_AT_ROUTER
