# SPDX-License-Identifier: MIT
"""Sockets that leave by the physical interface, past VPNs and exit nodes, without special rights."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from setup_assistant.host.paths import Path

MOST_BYTES = 65_535
_SO_BINDTODEVICE = 25  # Linux: allowed to everybody since 5.7 on a socket that is not bound yet
_IP_BOUND_IF, _IPV6_BOUND_IF = 25, 125  # macOS
_IP_UNICAST_IF, _IPV6_UNICAST_IF = 31, 31  # Windows, the index in network byte order for IPv4
_WINDOWS_PORT_UNREACHABLE = 1234  # ERROR_PORT_UNREACHABLE
_PERMISSION = frozenset({errno.EHOSTUNREACH, errno.EPERM, errno.EACCES})


@contextmanager
def open_socket(
    path: Path | None,
    kind: socket.SocketKind = socket.SOCK_DGRAM,
    family: socket.AddressFamily = socket.AF_INET,
    protocol: int = 0,
) -> Iterator[socket.socket]:
    """Open a socket of the loop, bound to the interface of ``path`` (None: wherever the system sends it).

    Raises OSError where there is no such address or interface any more.
    """
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setblocking(False)
        if path is not None:
            bind_to(opened, path)
        if kind != socket.SOCK_STREAM and protocol == 0:
            own = path.address if path is not None and family == socket.AF_INET else ""
            # Windows receives only on a bound socket.
            opened.bind((own, 0))
        yield opened
    finally:
        opened.close()


def bind_to(opened: socket.socket, path: Path) -> None:
    """Make a socket use the interface, whatever the routing table says."""
    v6 = opened.family == socket.AF_INET6
    # Where the system does not let us, the socket is at least bound to the interface's address.
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, path.interface.encode() + b"\0")
        elif sys.platform == "darwin" and path.index:
            level, option = (socket.IPPROTO_IPV6, _IPV6_BOUND_IF) if v6 else (socket.IPPROTO_IP, _IP_BOUND_IF)
            opened.setsockopt(level, option, path.index)
        elif sys.platform == "win32" and path.index:
            if v6:
                opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_UNICAST_IF, path.index)
            else:
                opened.setsockopt(socket.IPPROTO_IP, _IP_UNICAST_IF, struct.pack("!I", path.index))


async def receive(opened: socket.socket) -> tuple[bytes, tuple[str, int]]:
    """Wait for the next datagram. Raises OSError for what the network reported about an earlier one."""
    data, address = await asyncio.get_running_loop().sock_recvfrom(opened, MOST_BYTES)
    return data, (str(address[0]), int(address[1]))


async def send(opened: socket.socket, data: bytes, address: tuple[str, int]) -> bool:
    """Send one datagram; False where the system refused it at once."""
    try:
        await asyncio.get_running_loop().sock_sendto(opened, data, address)
    except OSError:
        return False
    return True


def is_refusal(error: OSError) -> bool:
    """Whether nobody listens at the other end: Windows calls it a reset, or says that the port is unreachable."""
    unreachable = getattr(error, "winerror", None) == _WINDOWS_PORT_UNREACHABLE
    return isinstance(error, ConnectionRefusedError | ConnectionResetError) or unreachable


def is_local_network_refused(error: OSError) -> bool:
    """Whether macOS kept us from the local network (15 and later, without the permission: "No route to host")."""
    return sys.platform == "darwin" and error.errno in _PERMISSION
