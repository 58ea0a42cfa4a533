# SPDX-License-Identifier: MIT
"""Asks several STUN servers from one socket at once: public address, and whether the mapping varies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from setup_assistant.core.addresses import ipv4
from setup_assistant.core.connection import Binding
from setup_assistant.host.datagrams import open_socket, receive, send
from setup_assistant.host.names import addresses_of
from setup_assistant.host.paths import Path
from setup_assistant.host.trace_errors import ask_for_errors, read_errors
from setup_assistant.services.stun import TRANSACTION_BYTES, Mapped, build_request, parse_answer

RESENDS_S = (0.0, 0.25, 0.75)
GIVE_UP_S = 1.5
LOOK_UP_S = 2.0
NAMES_S = 0.4
"""How long a name lookup may take before the address that is known for the name is used."""
KNOWN_ADDRESSES = {"stun.l.google.com": "74.125.250.129", "stun.cloudflare.com": "162.159.207.0"}
"""For lines where no name can be looked up: both have kept these addresses for years."""
_MOST_DATAGRAMS = 4096
"""How many are read before the socket is given up: a server that floods it must not cost more than its own answer."""


@dataclass(slots=True)
class StunAnswers:
    """What has come so far, told through ``changed``."""

    changed: Callable[[], None]
    physical: bool = True
    bindings: list[Binding] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Addresses of the servers whose names could be looked up."""
    names_failed: int = 0
    names_found: int = 0
    round_trip_s: float | None = None
    resolved: asyncio.Event = field(default_factory=asyncio.Event)
    target: str | None = None
    """The first server's address: a neutral place on the internet for the trace."""

    @property
    def mapping_varies(self) -> bool | None:
        """Whether two servers see different ports or addresses of the one socket; None: only one answered."""
        seen = {(one.address, one.port) for one in self.bindings}
        return None if len(self.bindings) < 2 else len(seen) > 1


async def ask(
    servers: Sequence[str],
    path: Path | None,
    answers: StunAnswers,
    family: socket.AddressFamily = socket.AF_INET,
) -> None:
    """Ask every server (``host:port``) until all have answered or been given up."""
    with contextlib.suppress(OSError), open_socket(path, family=family) as opened:
        ask_for_errors(opened)
        exchange = _Exchange(opened, answers, family)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(exchange.read())
            asking = [group.create_task(exchange.ask(server)) for server in servers]
            await asyncio.wait(asking)
            reading.cancel()


class _Exchange:
    def __init__(self, opened: socket.socket, answers: StunAnswers, family: socket.AddressFamily) -> None:
        self._socket = opened
        self._answers = answers
        self._family = family
        self._waiting: dict[bytes, tuple[str, float, asyncio.Event]] = {}
        self._addresses: dict[str, asyncio.Event] = {}

    async def ask(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        address = await self._look_up(host.strip("[]"))
        if address is not None:
            self._answers.asked.add(address)
            self._answers.target = self._answers.target or address
            self._answers.resolved.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_S):
                    await self._exchange(server, (address, int(port)))
        self._answers.changed()

    async def _look_up(self, host: str) -> str | None:
        known = KNOWN_ADDRESSES.get(host) if self._family == socket.AF_INET else None
        found: tuple[str, ...] = ()
        is_name = ipv4(host) is None
        self._answers.names_failed += is_name
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAMES_S if known else LOOK_UP_S):
                found = await addresses_of(host, self._family)
        if is_name and found:
            self._answers.names_found += 1
        return found[0] if found else known

    async def _exchange(self, server: str, address: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        transaction = os.urandom(TRANSACTION_BYTES)
        over = asyncio.Event()
        self._waiting[transaction] = (server, loop.time(), over)
        self._addresses[address[0]] = over
        started = loop.time()
        for resend in RESENDS_S:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(started + resend):
                    await over.wait()
            if over.is_set():
                return
            if not await send(self._socket, build_request(transaction), address):
                # The system hands over the error of an earlier packet instead of sending this one.
                self._give_up_unreachable()
                if not await send(self._socket, build_request(transaction), address) and resend:
                    return
        await over.wait()

    async def read(self) -> None:
        for _ in range(_MOST_DATAGRAMS):
            try:
                data, _ = await receive(self._socket)
            except OSError:
                self._give_up_unreachable()
                continue
            self._take(data)
            # Receiving does not wait while datagrams are there, and others want their turn.
            await asyncio.sleep(0)

    def _take(self, data: bytes) -> None:
        for transaction, (server, sent, over) in list(self._waiting.items()):
            answer = parse_answer(data, transaction)
            if answer is None:
                continue
            del self._waiting[transaction]
            if isinstance(answer, Mapped):
                now = asyncio.get_running_loop().time()
                self._answers.round_trip_s = min(self._answers.round_trip_s or 60.0, now - sent)
                physical = self._answers.physical
                self._answers.bindings.append(Binding(server, answer.address, answer.port, physical))
            over.set()
            self._answers.changed()

    def _give_up_unreachable(self) -> None:
        for report in read_errors(self._socket):
            over = self._addresses.get(report.target)
            if over is not None and report.is_unreachable:
                over.set()
