# SPDX-License-Identifier: MIT
"""A wire between two network namespaces that delays every frame; run as a program, as root.

Arguments: namespace, interface, namespace, interface, milliseconds one way. It makes both interfaces (TAP) and carries
frames between them until it is ended. Namespaces of small machines have no netem.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import struct
import sys
from pathlib import Path

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_CLONE_NEWNET = 0x40000000
_MOST_BYTES = 65_536


def enter(namespace: str) -> None:
    """Go into a namespace made by ``ip netns``."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(Path("/run/netns", namespace), os.O_RDONLY)
    try:
        if libc.setns(handle, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    finally:
        os.close(handle)


def tap(interface: str) -> int:
    """Make an interface in the current namespace; its frames are read and written here."""
    if sys.platform != "linux":
        raise OSError("network namespaces are Linux's")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _IFF_TAP | _IFF_NO_PI))
    return device


async def main(one: str, interface: str, other: str, far: str, milliseconds: str) -> None:
    loop = asyncio.get_running_loop()
    enter(one)
    near_end = tap(interface)
    enter(other)
    far_end = tap(far)
    delay = float(milliseconds) / 1000

    def deliver(end: int, frame: bytes) -> None:
        try:
            os.write(end, frame)
        except OSError:
            return  # the interface is not up yet, or no longer

    def carry(source: int, target: int) -> None:
        loop.call_later(delay, deliver, target, os.read(source, _MOST_BYTES))

    loop.add_reader(near_end, carry, near_end, far_end)
    loop.add_reader(far_end, carry, far_end, near_end)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
