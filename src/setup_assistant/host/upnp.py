# SPDX-License-Identifier: MIT
"""Finds the router's UPnP service and asks it for its WAN address and its open ports; reads only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from setup_assistant.host.datagrams import is_local_network_refused, is_refusal, open_socket, receive, send
from setup_assistant.host.paths import Path
from setup_assistant.host.router import RouterAnswers
from setup_assistant.services import portmap, soap, ssdp
from setup_assistant.services.portmap import PlainReply
from setup_assistant.services.soap import Fault, WanService

SEARCHES_S = (0.0, 0.3)
GIVE_UP_S = 0.9
REFUSED_GIVE_UP_S = 0.1
"""A router that refuses the search itself rarely hears the one sent to everybody; so that one gets less time."""
DIRECT_S = 0.05
"""A router on the same network answers, or refuses, within a few milliseconds."""
CALL_S = 1.5
_ODD_DATAGRAMS = 64
_MOST_LOCATIONS = 4


@dataclass(slots=True)
class Upnp:
    """The UPnP side of one router."""

    path: Path
    router: str
    answers: RouterAnswers
    port: int = ssdp.PORT
    multicast: bool = True
    services: list[WanService] = field(default_factory=list)

    async def ask(self) -> None:
        """Search, and ask the first device that knows a WAN side."""
        found: asyncio.Queue[str] = asyncio.Queue()
        searching = asyncio.create_task(self._search(found))
        tried: set[str] = set()
        try:
            while len(tried) < _MOST_LOCATIONS:
                location = await _next(found, searching)
                if location is None:
                    return
                if location in tried:
                    continue
                tried.add(location)
                if await self._read_device(location):
                    return
        finally:
            searching.cancel()
            await asyncio.gather(searching, return_exceptions=True)

    async def _search(self, found: asyncio.Queue[str]) -> None:
        """The router itself first, and where it does not answer at once, everybody: some routers insist on that."""
        if await self._answers_directly(found):
            return
        hosts = ([] if self.answers.upnp_refused else [self.router]) + ([ssdp.GROUP] if self.multicast else [])
        limit = REFUSED_GIVE_UP_S if self.answers.upnp_refused else GIVE_UP_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await asyncio.gather(*(self._search_at(found, host) for host in hosts))

    async def _search_at(self, found: asyncio.Queue[str], host: str) -> None:
        try:
            with open_socket(self.path) as opened:
                reading = asyncio.ensure_future(self._read_answers(opened, found))
                try:
                    await self._send_searches(opened, host, reading)
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        except OSError as error:
            self.answers.is_permission_missing |= is_local_network_refused(error)

    async def _send_searches(self, opened: socket.socket, host: str, reading: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        if host == ssdp.GROUP:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.path.address))
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
        started = loop.time()
        for until in (*SEARCHES_S[1:], GIVE_UP_S):
            searches = (ssdp.build_search(target, host) for target in ssdp.TARGETS)
            sent = [await send(opened, search, (host, self.port)) for search in searches]
            if not any(sent):
                return
            await asyncio.wait([reading], timeout=started + until - loop.time())

    async def _answers_directly(self, found: asyncio.Queue[str]) -> bool:
        """Whether one search to the router is answered at once; a refusal is told to a connected socket."""
        loop = asyncio.get_running_loop()
        try:
            with open_socket(self.path) as opened:
                opened.connect((self.router, self.port))
                opened.send(ssdp.build_search(ssdp.TARGETS[0], self.router))
                async with asyncio.timeout(DIRECT_S):
                    return self._take(await loop.sock_recv(opened, ssdp.MAX_BYTES), self.router, found)
        except TimeoutError:
            return False
        except OSError as error:
            if is_refusal(error):
                self.answers.upnp_refused = self.answers.is_alive = True
                self.answers.changed()
            self.answers.is_permission_missing |= is_local_network_refused(error)
            return False

    async def _read_answers(self, opened: socket.socket, found: asyncio.Queue[str]) -> None:
        for _ in range(_ODD_DATAGRAMS):
            try:
                data, sender = await receive(opened)
            except OSError:
                continue
            self._take(data, sender[0], found)

    def _take(self, data: bytes, sender: str, found: asyncio.Queue[str]) -> bool:
        answer = ssdp.parse_found(data)
        if answer is None or not ssdp.is_believed(answer.location, self.router, self.path.network):
            return False
        self.answers.upnp_found = self.answers.upnp_found or sender == self.router
        found.put_nowait(answer.location)
        return True

    async def _read_device(self, location: str) -> bool:
        place = ssdp.split_http(location)
        if place is None:
            return False
        reply = await self._fetch(place, portmap.build_request("GET", *place))
        services = soap.parse_description(reply.body, location) if reply is not None and reply.status == 200 else ()
        if not services:
            return False
        self.services.extend(services)
        answers = await asyncio.gather(*(self._ask_wan(service) for service in services))
        return any(answers)

    async def _ask_wan(self, service: WanService) -> bool:
        address, status = await asyncio.gather(
            self.call(service, "GetExternalIPAddress"), self.call(service, "GetStatusInfo")
        )
        answer = portmap.read_wan(status, address)
        if answer is not None:
            self.answers.add(answer)
        return answer is not None

    async def call(
        self, service: WanService, action: str, arguments: Mapping[str, str] | None = None
    ) -> Mapping[str, str] | Fault | None:
        """Call an action of the router; None where it gave nothing that makes sense."""
        body = soap.build_call(service.kind, action, arguments)
        place = (service.address, service.port, service.path)
        request = portmap.build_request("POST", *place, body, f"{service.kind}#{action}")
        reply = await self._fetch(place, request)
        return soap.parse_reply(reply.body, action) if reply is not None else None

    async def mappings(self, ports: Collection[int]) -> tuple[str, ...] | None:
        """Return the entries of the router's list that lead to one of the ports; None where it shows no list."""
        found: dict[str, None] = {}
        is_shown = False
        for service in self.services:
            for number in range(portmap.SOAP_PORTS_AT_MOST):
                entry = await self.call(service, "GetGenericPortMappingEntry", {"NewPortMappingIndex": str(number)})
                is_shown |= isinstance(entry, Mapping) or entry == Fault(portmap.END_OF_LIST)
                if not isinstance(entry, Mapping):
                    break
                line = portmap.read_mapping(entry, ports)
                if line is not None:
                    found[line] = None
        return tuple(found) if is_shown else None

    async def _fetch(self, place: tuple[str, int, str], request: bytes) -> PlainReply | None:
        try:
            async with asyncio.timeout(CALL_S):
                with open_socket(self.path, socket.SOCK_STREAM) as opened:
                    return await _plain_http(opened, place[:2], request)
        except (OSError, TimeoutError):
            return None


async def _plain_http(opened: socket.socket, address: tuple[str, int], request: bytes) -> PlainReply | None:
    loop = asyncio.get_running_loop()
    await loop.sock_connect(opened, address)
    await loop.sock_sendall(opened, request)
    data = bytearray()
    while len(data) <= soap.MAX_BYTES:
        piece = await loop.sock_recv(opened, 65_536)
        data += piece
        reply = portmap.parse_http(bytes(data), ended=not piece)
        if reply is not None or not piece:
            return reply
    return None


async def _next(found: asyncio.Queue[str], end: asyncio.Task[None]) -> str | None:
    """Wait for an item, or for the end of what brings items."""
    waiting = asyncio.create_task(found.get())
    try:
        await asyncio.wait([waiting, end], return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
