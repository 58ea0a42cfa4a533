# SPDX-License-Identifier: MIT
"""Name lookups that can be given up at any moment."""

from __future__ import annotations

import asyncio
import socket

from setup_assistant.core.addresses import ipv4, is_fake
from setup_assistant.host.threads import DaemonExecutor


async def addresses_of(name: str, family: socket.AddressFamily = socket.AF_INET) -> tuple[str, ...]:
    """Look a name up; empty where there is no such address, or the lookup did not work.

    Addresses that a local proxy makes up for every name (198.18.0.0/15) are left out: nothing bound to the physical
    interface can reach them.
    """
    if family == socket.AF_INET and ipv4(name) is not None:
        return (name,)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            DaemonExecutor(1), lambda: socket.getaddrinfo(name, None, family, socket.SOCK_DGRAM)
        )
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found if not is_fake(str(entry[4][0]))))
