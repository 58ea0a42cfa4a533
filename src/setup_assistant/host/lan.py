# SPDX-License-Identifier: MIT
"""Asks everybody on the home network at once, and listens for a moment."""

from __future__ import annotations

import asyncio

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.host.datagrams import open_socket, receive, send

_MOST_ANSWERS = 64


class RealLan:
    """`core.host.LanSearch` over one datagram socket, by the way the system's own routes choose."""

    async def search(
        self, message: bytes, address: tuple[str, int], *, timeout: float
    ) -> tuple[tuple[str, bytes], ...]:
        """Send one datagram and gather the answers; see `core.host.LanSearch.search`."""
        answers: list[tuple[str, bytes]] = []
        try:
            with open_socket(None) as opened:
                if not await send(opened, message, address):
                    raise HostError(Trouble.UNREACHABLE, what=address[0])
                async with asyncio.timeout(timeout):
                    while len(answers) < _MOST_ANSWERS:
                        data, (sender, _) = await receive(opened)
                        answers.append((sender, data))
        except TimeoutError:
            return tuple(answers)
        except OSError as error:
            if not answers:
                raise HostError(Trouble.UNREACHABLE, type(error).__name__, what=address[0]) from error
        return tuple(answers)
