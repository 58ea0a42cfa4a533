# SPDX-License-Identifier: MIT
"""Tracing on Linux: UDP with a small time to live, errors read from the socket itself, no rights needed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Sequence

from setup_assistant.core.connection import Hop
from setup_assistant.host.datagrams import open_socket
from setup_assistant.host.paths import Path
from setup_assistant.host.trace import RESEND_S, Answer, way_out_by_probes
from setup_assistant.host.trace_errors import ask_for_errors, read_errors

_FIRST_PORT = 33434
"""Where traceroute sends: nobody listens there, and filters know what it is."""
_SENDS = 2


class LinuxTracer:
    """`host.trace.Tracer` by IP_RECVERR (ip(7))."""

    sees_expiry = True

    def __init__(self, path: Path) -> None:
        self._path = path

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        """Send a packet that expires after ``distance`` routers; None where nothing came back."""
        try:
            with open_socket(self._path) as opened:
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, distance)
                ask_for_errors(opened)
                return await _exchange(opened, (target, _FIRST_PORT + distance), limit)
        except OSError:
            return None

    async def way_out(
        self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
    ) -> None:
        """Tell the hops on the way to the target."""
        await way_out_by_probes(self.probe, target, known, seen, limit)


async def _exchange(opened: socket.socket, address: tuple[str, int], limit: Callable[[], float]) -> Answer | None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(opened, ready.set)
    started = loop.time()
    sent: list[float] = []
    try:
        while loop.time() - started < limit():
            if len(sent) < _SENDS and loop.time() - started >= len(sent) * RESEND_S:
                sent.append(time.time())
                try:
                    opened.sendto(b"setup-assistant", address)
                except OSError:
                    # The system may hand over the error of the first packet instead of sending the second.
                    return _read(opened, address[0], sent)
            resend = started + len(sent) * RESEND_S if len(sent) < _SENDS else float("inf")
            try:
                async with asyncio.timeout_at(min(resend, started + limit())):
                    await ready.wait()
            except TimeoutError:
                continue
            ready.clear()
            answer = _read(opened, address[0], sent)
            if answer is not None:
                return answer
        return None
    finally:
        loop.remove_reader(opened)


def _read(opened: socket.socket, target: str, sent: list[float]) -> Answer | None:
    with contextlib.suppress(OSError):
        # Clears what woke us up, be it the error or a stray datagram.
        opened.recv(1)
    for report in read_errors(opened):
        if report.target == target and (report.is_expired or report.is_unreachable):
            # The kernel's own stamp: a busy computer reads the answer long after it came.
            received = report.received or time.time()
            # Of two sends the later one that was out by then; the time is a lower bound.
            last = max((at for at in sent if at <= received), default=received)
            dead_end = report.is_unreachable and not report.is_delivered
            return Answer(report.sender, report.is_delivered, (received - last) * 1000, dead_end)
    return None
