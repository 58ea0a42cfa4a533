# SPDX-License-Identifier: MIT
"""Tracing on Windows: IcmpSendEcho2Ex of iphlpapi, which needs no administrator."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from setup_assistant.core.connection import Hop
from setup_assistant.host.paths import Path
from setup_assistant.host.threads import DaemonExecutor
from setup_assistant.host.trace import Answer, way_out_by_probes

_SUCCESS, _EXPIRED = 0, 11013  # IP_SUCCESS, IP_TTL_EXPIRED_TRANSIT (ipexport.h)
_UNREACHABLE_THERE = (11004, 11005)  # IP_DEST_PROT_UNREACHABLE, IP_DEST_PORT_UNREACHABLE
_NO_WAY = (11002, 11003)  # IP_DEST_NET_UNREACHABLE, IP_DEST_HOST_UNREACHABLE
_PAYLOAD = b"setup-assistant"
_REPLY_BYTES = 512
_INVALID_HANDLE = ctypes.c_void_p(-1).value


class _Options(ctypes.Structure):
    """IP_OPTION_INFORMATION (ipexport.h)."""

    _fields_ = (
        ("ttl", ctypes.c_ubyte),
        ("tos", ctypes.c_ubyte),
        ("flags", ctypes.c_ubyte),
        ("options_size", ctypes.c_ubyte),
        ("options_data", ctypes.c_void_p),
    )


class WindowsTracer:
    """`host.trace.Tracer` by ICMP echo requests."""

    sees_expiry = True

    def __init__(self, path: Path, library: Any = None) -> None:
        """``library`` stands in for iphlpapi."""
        self._path = path
        self._library = library

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        """Send an echo request that expires after ``distance`` routers; None where nothing came back."""
        call = asyncio.get_running_loop().run_in_executor(
            DaemonExecutor(1), self._echo, target, distance, max(limit(), 0.1)
        )
        return await call

    async def way_out(
        self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
    ) -> None:
        """Tell the hops on the way to the target."""
        await way_out_by_probes(self.probe, target, known, seen, limit)

    def _echo(self, target: str, distance: int, seconds: float) -> Answer | None:
        library = self._library or _iphlpapi()
        handle = library.IcmpCreateFile()
        if handle in (None, 0, _INVALID_HANDLE):
            return None
        reply = ctypes.create_string_buffer(_REPLY_BYTES)
        options = _Options(ttl=distance)
        try:
            count = library.IcmpSendEcho2Ex(
                ctypes.c_void_p(handle),
                None,
                None,
                None,
                ctypes.c_uint32(_number(self._path.address)),
                ctypes.c_uint32(_number(target)),
                _PAYLOAD,
                ctypes.c_ushort(len(_PAYLOAD)),
                ctypes.byref(options),
                reply,
                ctypes.c_uint32(_REPLY_BYTES),
                ctypes.c_uint32(int(seconds * 1000)),
            )
        finally:
            library.IcmpCloseHandle(ctypes.c_void_p(handle))
        return parse_reply(reply.raw) if count else None


def parse_reply(reply: bytes) -> Answer | None:
    """Read the head of ICMP_ECHO_REPLY: address, status and round trip in milliseconds."""
    address, status, milliseconds = struct.unpack_from("=4sII", reply)
    sender = socket.inet_ntoa(address)
    if status in _NO_WAY:
        return Answer(sender, False, float(milliseconds), is_dead_end=True)
    if status not in (_SUCCESS, _EXPIRED, *_UNREACHABLE_THERE):
        return None
    return Answer(sender, status != _EXPIRED, float(milliseconds))


def _number(address: str) -> int:
    """The address as the API takes it: four bytes in network order, read as a number of this machine."""
    return int(struct.unpack("=I", socket.inet_aton(address))[0])


def _iphlpapi() -> Any:
    library = ctypes.CDLL("iphlpapi.dll")
    library.IcmpCreateFile.restype = ctypes.c_void_p
    return library
