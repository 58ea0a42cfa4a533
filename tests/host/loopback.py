# SPDX-License-Identifier: MIT
"""Real servers on loopback that behave, or misbehave, in one exact way."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NAME = "plexbox.tail1234.ts.net"


@dataclass
class Served:
    """A server: where it is, and the heads of the requests it got."""

    address: str
    port: int
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def pin(self) -> tuple[str, int]:
        return self.address, self.port


class Authority:
    """A certificate authority of our own; ``file`` goes where a settings file names ``ca_file``."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = str(folder / "authority.pem")
        self._authority.cert_pem.write_to_path(self.file)

    def context(self, name: str = NAME, *, expired: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ended = datetime.now(UTC) - timedelta(days=1) if expired else None
        self._authority.issue_cert(name, common_name=name, not_after=ended).configure_cert(context)
        return context


@asynccontextmanager
async def serve(
    handler: Handler, context: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[Served]:
    """Serve until the end of the block; connections still open are closed then."""
    served = Served(address, 0)
    tasks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        served.connections += 1
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(meet, address, 0, ssl=context)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answers(
    status: str = "200 OK", body: bytes = b"", headers: str = "", served: Callable[[], Served] | None = None
) -> Handler:
    """Answer every request of a connection alike."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if served is not None:
                served().heads.append(head.decode())
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body)
            await writer.drain()

    return handle


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the first message and end the connection in good order."""
    await reader.read(4096)


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the first message and cut the connection."""
    await reader.read(4096)
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
    writer.transport.abort()


async def alerts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a ClientHello as Go does without a certificate: alert 80, internal_error."""
    await reader.read(4096)
    writer.write(bytes((0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 80)))
    await writer.drain()


async def speaks_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a ClientHello with plain HTTP."""
    await reader.read(4096)
    writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()


async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the connection and never say a word."""
    await asyncio.Event().wait()


def drips(piece: bytes, start: bytes) -> Handler:
    """Send ``start`` and then piece after piece for ever, as fast as the other side takes them."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handle
