# SPDX-License-Identifier: MIT
"""Asking everybody on the network, here everybody on loopback."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.host.lan import RealLan


class Answerer(asyncio.DatagramProtocol):
    """Answers each datagram so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.got: list[bytes] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.append(data)
        for number in range(self.times):
            self.transport.sendto(f"answer {number}".encode(), addr)


@pytest.mark.parametrize(("times", "kept"), [(0, 0), (2, 2), (200, 64)])
async def test_answers_are_gathered_and_counted(times: int, kept: int) -> None:
    loop = asyncio.get_running_loop()
    transport, answerer = await loop.create_datagram_endpoint(lambda: Answerer(times), ("127.0.0.1", 0))
    address = transport.get_extra_info("sockname")
    answers = await RealLan().search(b"M-SEARCH", address, timeout=0.3 if times < 64 else 20)
    transport.close()
    assert answerer.got == [b"M-SEARCH"]
    assert answers == tuple(("127.0.0.1", f"answer {number}".encode()) for number in range(kept))


async def test_a_network_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "sendto", refuse)
    with pytest.raises(HostError) as met:
        await RealLan().search(b"M-SEARCH", ("127.0.0.1", 9), timeout=5)
    assert met.value.trouble is Trouble.UNREACHABLE
