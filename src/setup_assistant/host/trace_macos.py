# SPDX-License-Identifier: MIT
"""Tracing on macOS: echo replies by an unprivileged ICMP socket, hops by the system's traceroute program."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Sequence

from setup_assistant.core.connection import Hop
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Commands
from setup_assistant.host.datagrams import open_socket
from setup_assistant.host.paths import Path
from setup_assistant.host.trace import FARTHEST, Answer
from setup_assistant.services.routes import parse_trace

_TRACEROUTE = "/usr/sbin/traceroute"
_ECHO, _REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
_SLACK_S = 0.3
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
        """Tell the hops that traceroute saw; it waits a whole second for each silent one."""
        seconds = max(limit(), 1.0) + FARTHEST * _SLACK_S
        command = [_TRACEROUTE, "-n", "-q1", "-w1", f"-m{FARTHEST}", "-i", self._path.interface, target]
        try:
            printed = await self._commands.run(command, timeout=seconds)
        except HostError:
            return
        for hop in parse_trace(printed.stdout):
            seen(hop)


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
