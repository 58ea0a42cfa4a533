# SPDX-License-Identifier: MIT
"""Stand-ins for what surrounds a host, on loopback: STUN servers, routers, and a trace."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from setup_assistant.core.connection import Hop, Interface
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed, Reply
from setup_assistant.host.paths import Path, Surroundings
from setup_assistant.host.trace import Answer
from setup_assistant.services.stun import COOKIE
from tests.services.connection.recordings import data

HERE, ROUTER = "127.0.0.1", "127.0.0.1"
PUBLIC, SHARED = "81.2.69.77", "100.64.12.34"
PATH = Path("lo", HERE, ROUTER, network=IPv4Network("127.0.0.0/8"))
AROUND = Surroundings((Interface("lo", (HERE,)),), PATH)

Answering = Callable[[bytes], list[bytes]]


class Datagrams(asyncio.DatagramProtocol):
    """A UDP server that answers each packet with what ``answering`` makes of it, and counts."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.packets: list[bytes] = []
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.packets.append(data)
        for answer in self.answering(data):
            if self._transport is not None:
                self._transport.sendto(answer, addr)


@asynccontextmanager
async def udp(answering: Answering, port: int = 0) -> AsyncIterator[Datagrams]:
    """Serve on loopback until the end of the block."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Datagrams(answering), local_addr=(HERE, port))
    try:
        yield protocol
    finally:
        transport.close()


def closed_port() -> int:
    """A UDP port where nothing listens, so that the system refuses at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HERE, 0))
        return int(taken.getsockname()[1])


def silence(packet: bytes) -> list[bytes]:
    """Answer nothing."""
    return []


def stun(address: str = PUBLIC, port: int = 40000, software: bytes = b"") -> Answering:
    """A Binding server that sees us at that address; its answers have the form of coturn's (tests/recorded)."""

    def answer(packet: bytes) -> list[bytes]:
        masked = struct.pack("!HI", port ^ (COOKIE >> 16), int(IPv4Address(address)) ^ COOKIE)
        extra = struct.pack("!HH", 0x8022, len(software)) + software + bytes(-len(software) % 4) if software else b""
        attributes = extra + struct.pack("!HHxB", 0x0020, 8, 1) + masked
        return [struct.pack("!HH", 0x0101, len(attributes)) + packet[4:20] + attributes]

    return answer


def classic_stun(address: str = PUBLIC, *, changed: tuple[str, int] | None = None, padded: bool = False) -> Answering:
    """A server of RFC 3489 that does not honour CHANGE-REQUEST, as behind a tight NAT (coturn/rfc3489.hex)."""

    def attribute(kind: int, value: tuple[str, int]) -> bytes:
        return struct.pack("!HHxBH4s", kind, 8, 1, value[1], IPv4Address(value[0]).packed)

    def answer(packet: bytes) -> list[bytes]:
        if len(packet) > 20:
            return []
        attributes = (b"\x80\x22\0\x05coturn\0\0" if padded else b"") + attribute(1, (address, 40000))
        attributes += attribute(5, changed) if changed else b""
        return [struct.pack("!HH", 0x0101, len(attributes)) + packet[4:20] + attributes]

    return answer


def refusing_stun(packet: bytes) -> list[bytes]:
    """An error answer to everything, as stock coturn gives to CHANGE-REQUEST without RFC 5780."""
    recorded = data("coturn/change_request_refused.hex")
    return [recorded[:4] + packet[4:20] + recorded[20:]]


def nat_pmp(folder: str, *, with_pcp: bool = True) -> Answering:
    """miniupnpd's answers, as recorded; PCP with the nonce of the question."""

    def answer(packet: bytes) -> list[bytes]:
        if packet == b"\0\0":
            return [data(f"miniupnpd/{folder}/nat_pmp.hex")]
        recorded = data(f"miniupnpd/{folder}/pcp_map.hex")
        return [recorded[:24] + packet[24:36] + recorded[36:]] if with_pcp else []

    return answer


@dataclass
class Router:
    """A UPnP router on loopback, with miniupnpd's recorded answers."""

    folder: str
    asked: list[str] = field(default_factory=list)
    port: int = 0
    answers_calls: bool = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first = head.split("\r\n")[0]
        action = head.partition("SOAPAction:")[2].partition("\r\n")[0].strip(' "').rpartition("#")[2]
        self.asked.append(action or first)
        name = {
            "GetExternalIPAddress": "external",
            "GetStatusInfo": "status",
            "GetGenericPortMappingEntry": "mapping_0" if self.asked.count(action) == 1 else "mapping_1",
        }.get(action, "description")
        if action and not self.answers_calls:
            await reader.read()
        recorded = data(f"miniupnpd/{self.folder}/{name}.http").replace(b"192.168.1.50", HERE.encode())
        writer.write(re.sub(rb"Content-Length: \d+\r\n", b"", recorded))
        await writer.drain()
        writer.close()

    def search(self, packet: bytes) -> list[bytes]:
        place = b"http://127.0.0.1:%d/rootDesc.xml" % self.port
        return [data(f"miniupnpd/{self.folder}/ssdp.http").replace(b"http://192.168.1.1:5000/rootDesc.xml", place)]


@asynccontextmanager
async def upnp(folder: str, **options: Any) -> AsyncIterator[tuple[Router, Datagrams]]:
    """Serve a UPnP router until the end of the block."""
    router = Router(folder, **options)
    server = await asyncio.start_server(router.serve, HERE, 0)
    router.port = server.sockets[0].getsockname()[1]
    try:
        async with udp(router.search) as searches:
            yield router, searches
    finally:
        server.close()


class Trace:
    """A trace whose answers are given: hops by distance, and what answers packets to an address."""

    sees_expiry = True

    def __init__(self, hops: Sequence[str | None] = (), own: Mapping[int, Answer] | None = None) -> None:
        self.hops = hops
        self.own = own or {}
        self.probed: list[tuple[str, int]] = []
        self.targets: list[str] = []

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        self.probed.append((target, distance))
        await asyncio.sleep(0)
        return self.own.get(distance)

    async def way_out(
        self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
    ) -> None:
        self.targets.append(target)
        for distance, address in enumerate(self.hops, 1):
            seen(Hop(distance, address, float(distance)))


class Web:
    """Address services and resolvers: URL to body; anything else is unreachable."""

    def __init__(self, answers: Mapping[str, bytes] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[str] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: object | None = None,
        timeout: float = 10.0,
        max_bytes: int = 4_194_304,
        connect_to: tuple[str, int] | None = None,
        any_certificate: bool = False,
        fresh: bool = False,
    ) -> Reply:
        asked = " ".join([url, *(value for _, value in params)])
        self.asked.append(asked)
        await asyncio.sleep(0)
        if asked not in self.answers:
            raise HostError(Trouble.UNREACHABLE, what=url)
        return Reply(200, {}, self.answers[asked])


class Programs:
    """Programs by name: what they print, or the trouble they meet."""

    def __init__(self, programs: Mapping[str, str | HostError] | None = None) -> None:
        self.programs = programs or {}
        self.started: list[Sequence[str]] = []

    def find(self, name: str) -> str | None:
        return name if name in self.programs else None

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        self.started.append(list(argv))
        outcome = self.programs.get(argv[0], HostError(Trouble.TOOL_MISSING, what=argv[0]))
        if isinstance(outcome, HostError):
            raise outcome
        return Completed(0, outcome, "")
