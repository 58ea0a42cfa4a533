# SPDX-License-Identifier: MIT
"""Asks the router for its WAN address by NAT-PMP and PCP, without changing anything on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from setup_assistant.core.connection import WanAnswer
from setup_assistant.host.datagrams import is_local_network_refused, is_refusal, open_socket, receive, send
from setup_assistant.host.paths import Path
from setup_assistant.services import natpmp, pcp, ssdp

SENDS_S = (0.0, 0.25, 0.5)
GIVE_UP_S = 1.0
PCP_S = 0.6
_MAPPING_S = 60
"""How long a mapping would live that the router grants although it was not meant to; it is taken back at once."""
_MOST_BYTES = 1100
ALIVE_S = 0.4
_THERE_AND_BACK = 2


@dataclass(frozen=True, slots=True)
class RouterPorts:
    """Where a router listens, and how it is looked for."""

    nat_pmp: int = natpmp.PORT
    ssdp: int = ssdp.PORT
    is_searched_by_all: bool = True
    """Whether a search is also sent to every device of the network."""


@dataclass(slots=True)
class RouterAnswers:
    """What one router has told so far, told on through ``changed``."""

    changed: Callable[[], None]
    wan: list[WanAnswer] = field(default_factory=list)
    is_alive: bool = False
    """Whether it gave any sign of life, a refusal included."""
    is_permission_missing: bool = False
    upnp_refused: bool = False
    upnp_found: bool = False
    """Whether it has answered a search, so that it is worth waiting for the rest."""

    @property
    def is_known(self) -> bool:
        """Whether it has told its address."""
        return any(answer.address is not None for answer in self.wan)

    def add(self, answer: WanAnswer) -> None:
        """Note an answer."""
        if answer not in self.wan:
            self.wan.append(answer)
        self.is_alive = True
        self.changed()


async def ask_nat_pmp(path: Path, router: str, answers: RouterAnswers, port: int, *, also_pcp: bool = True) -> None:
    """Ask for the address, and where it is hidden, make PCP refuse a mapping, because the refusal names it.

    A router farther away knows this computer by another address and refuses PCP for that alone.
    """
    try:
        with open_socket(path) as opened:
            opened.connect((router, port))
            data = await _exchange(opened, natpmp.QUESTION, SENDS_S, GIVE_UP_S)
    except OSError as error:
        if is_refusal(error):
            answers.is_alive = True
        answers.is_permission_missing |= is_local_network_refused(error)
        return
    if data is None:
        return
    answers.is_alive = True
    answer = natpmp.parse_wan(data)
    if answer is not None:
        answers.add(answer)
    if also_pcp and not answers.is_known:
        await ask_pcp(path, router, answers, port)


async def ask_pcp(path: Path, router: str, answers: RouterAnswers, port: int) -> None:
    """Ask for a mapping of a port where nothing listens; one that is granted is given back at once."""
    nonce = os.urandom(pcp.NONCE_BYTES)
    with contextlib.suppress(OSError), open_socket(path) as opened:
        opened.connect((router, port))
        own = opened.getsockname()
        question = pcp.build_map(nonce, own[0], own[1], _MAPPING_S)
        granted = False
        try:
            data = await _exchange(opened, question, SENDS_S[:2], PCP_S)
            answer = pcp.parse_map(data, nonce) if data is not None else None
            granted = data is None or (answer is not None and answer.is_granted)
        finally:
            if granted:
                opened.send(pcp.build_map(nonce, own[0], own[1], 0))
        if answer is not None and answer.address is not None and not answers.is_known:
            detail = "mapping granted and given back" if answer.is_granted else f"mapping refused ({answer.result})"
            answers.add(WanAnswer("pcp", answer.address, detail=detail))


async def _exchange(opened: socket.socket, question: bytes, sends: tuple[float, ...], give_up: float) -> bytes | None:
    """Send until something comes back. Raises OSError where the router refuses."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    for until in (*sends[1:], give_up):
        opened.send(question)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(started + until):
                return await loop.sock_recv(opened, _MOST_BYTES)
    return None


async def is_there(path: Path, router: str) -> bool:
    """Whether the router at least accepts or refuses a connection to its web page."""
    with contextlib.suppress(TimeoutError, OSError), open_socket(path, socket.SOCK_STREAM) as opened:
        async with asyncio.timeout(ALIVE_S):
            try:
                await asyncio.get_running_loop().sock_connect(opened, (router, 80))
            except OSError as error:
                return is_refusal(error)
            return True
    return False


async def comes_back(path: Path, public: str, seconds: float) -> bool:
    """Whether a packet to our own public address comes back: the router sends everything to this computer (DMZ host).

    Its time to live reaches to the router and back, but not to a provider's gateway and back.
    """
    mark = os.urandom(16)
    with contextlib.suppress(TimeoutError, OSError), open_socket(path) as here, open_socket(path) as there:
        there.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _THERE_AND_BACK)
        async with asyncio.timeout(seconds):
            await send(there, mark, (public, here.getsockname()[1]))
            data, _ = await receive(here)
            return data == mark
    return False
