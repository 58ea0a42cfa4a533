# SPDX-License-Identifier: MIT
"""Tracing on macOS: echo replies by an unprivileged ICMP socket, hops by the system's traceroute program."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import struct
from collections.abc import Callable, Sequence

from setup_assistant.core.connection import Hop
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Commands
from setup_assistant.host.datagrams import open_socket
from setup_assistant.host.paths import Path
from setup_assistant.host.trace import Answer, way_out_by_probes
from setup_assistant.services.routes import parse_trace

_TRACEROUTE = "/usr/sbin/traceroute"
_ECHO, _REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
_WAIT_S = 1
"""How long traceroute waits for an answer: it takes whole seconds only."""
_START_AND_END_S = 0.5
_DEAD_END = re.compile(r"![A-OQ-Z<]")
"""How traceroute marks a router that knows no way there or lets nothing through; ``!`` and ``!P`` come from the target
itself (traceroute.c, which macOS and FreeBSD share)."""
_STRAY = 32


class MacTracer:
    """`host.trace.Tracer`: macOS never shows unprivileged sockets where a packet expired, its traceroute may see it."""

    sees_expiry = False

    def __init__(self, path: Path, commands: Commands) -> None:
        self._path = path
        self._commands = commands

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        """Send an echo request; the answer of the target itself, or None."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        sequence = int.from_bytes(os.urandom(2))
        try:
            with open_socket(self._path, socket.SOCK_DGRAM, socket.AF_INET, socket.IPPROTO_ICMP) as opened:
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, distance)
                await loop.sock_sendto(opened, build_echo(sequence), (target, 0))
                async with asyncio.timeout_at(started + limit()):
                    for _ in range(_STRAY):
                        data, address = await loop.sock_recvfrom(opened, 1024)
                        if address[0] == target and is_reply(data, sequence):
                            return Answer(target, True, (loop.time() - started) * 1000)
        except (OSError, TimeoutError):
            pass
        return None

    async def way_out(
        self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
    ) -> None:
        """Tell the hops that traceroute sees."""
        await way_out_by_probes(self._ask_traceroute, target, known, seen, limit)

    async def _ask_traceroute(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        """One run for one distance, all of them at once.

        A run over all distances waits a second for each silent router in turn; where these are several it would have
        to be ended before its time, with everything that it has printed.
        """
        reach = (f"-f{distance}", f"-m{distance}")
        command = [_TRACEROUTE, "-n", "-q1", f"-w{_WAIT_S}", *reach, "-i", self._path.interface, target]
        try:
            printed = await self._commands.run(command, timeout=_WAIT_S + _START_AND_END_S)
        except HostError:
            return None
        hop = next(iter(parse_trace(printed.stdout, first=distance)), None)
        if hop is None or hop.address is None:
            return None
        is_dead_end = _DEAD_END.search(printed.stdout) is not None
        return Answer(hop.address, hop.address == target, hop.milliseconds, is_dead_end)


def build_echo(sequence: int) -> bytes:
    """Return an ICMP echo request (RFC 792); the random sequence number tells replies apart."""
    unsummed = _HEADER.pack(_ECHO, 0, 0, 0, sequence) + b"setup-assistant."
    total = sum(struct.unpack(f"!{len(unsummed) // 2}H", unsummed))
    total = (total >> 16) + (total & 0xFFFF)
    total += total >> 16
    return _HEADER.pack(_ECHO, 0, ~total & 0xFFFF, 0, sequence) + unsummed[_HEADER.size :]


def is_reply(data: bytes, sequence: int) -> bool:
    """Whether it is the reply to that request; macOS puts the IP header before it."""
    start = (data[0] & 0x0F) * 4 if data and data[0] >> 4 == 4 else 0
    if len(data) < start + _HEADER.size:
        return False
    return data[start] == _REPLY and int.from_bytes(data[start + 6 : start + 8]) == sequence
