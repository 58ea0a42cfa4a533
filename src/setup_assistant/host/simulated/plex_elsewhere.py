# SPDX-License-Identifier: MIT
"""Plex servers on other machines of a simulated home: ``[plex] elsewhere`` lists their addresses."""

from __future__ import annotations

import asyncio

from setup_assistant.host.simulated.world import World

# The lines that python-plexapi shows as an example of an answer (plexapi/gdm.py).
_ANSWER = b"""HTTP/1.0 200 OK\r
Content-Type: plex/media-server\r
Host: 53f4b5b6023d41182fe88a99b0e714ba.plex.direct\r
Name: myfirstplexserver\r
Port: 32400\r
Resource-Identifier: 646ab0aa8a01c543e94ba975f6fd6efadc36b7\r
Updated-At: 1585769946\r
Version: 1.18.8.2527-740d4c206\r
\r
"""


class SimulatedLan:
    """`core.host.LanSearch` of the simulated world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def search(
        self, message: bytes, address: tuple[str, int], *, timeout: float
    ) -> tuple[tuple[str, bytes], ...]:
        """Answer for the servers that the scenario names."""
        await asyncio.sleep(timeout)
        return tuple((server, _ANSWER) for server in self._world.data["plex"].get("elsewhere", ()))
