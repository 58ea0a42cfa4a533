# SPDX-License-Identifier: MIT
"""Plex on another machine of the home: found where it is not here, and only then looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.host.simulated.plex_elsewhere import SimulatedLan
from setup_assistant.services.plex_elsewhere import GROUP, MESSAGE, is_server, servers_on_lan
from tests.services.plex.home import Home


class Lan:
    """Answers as a test says, and remembers what it was asked."""

    def __init__(self, *answers: tuple[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[tuple[bytes, tuple[str, int]]] = []

    async def search(
        self, message: bytes, address: tuple[str, int], *, timeout: float
    ) -> tuple[tuple[str, bytes], ...]:
        self.asked.append((message, address))
        if not self.answers:
            raise HostError(Trouble.UNREACHABLE)
        return self.answers


SERVER = b"HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nName: a:b:c\r\nPort: 32400\r\n\r\n"
PLAYER = b"HTTP/1.0 200 OK\r\nContent-Type: plex/media-player\r\n\r\n"


async def test_servers_are_told_from_players_and_noise() -> None:
    lan = Lan(("192.168.1.60", SERVER), ("192.168.1.9", SERVER), ("192.168.1.9", SERVER), ("192.168.1.7", PLAYER))
    assert await servers_on_lan(lan) == ("192.168.1.9", "192.168.1.60")
    assert lan.asked == [(MESSAGE, GROUP)]
    assert await servers_on_lan(Lan()) == ()


@pytest.mark.parametrize("datagram", [b"", b"\xff", b"M-SEARCH * HTTP/1.0", b"HTTP/1.0 404 Not Found\r\n", b":::\r\n:"])
def test_what_is_no_server(datagram: bytes) -> None:
    assert not is_server(datagram)


@given(st.binary(max_size=200))
def test_any_datagram_is_judged(datagram: bytes) -> None:
    assert is_server(datagram) in (True, False)


@pytest.mark.parametrize(
    ("state", "elsewhere"), [("missing", ("192.168.1.60",)), ("stopped", ()), ("running", ()), ("other_app", ())]
)
def test_it_is_looked_for_only_where_plex_is_not_here(state: str, elsewhere: tuple[str, ...]) -> None:
    home = Home(plex={"state": state, "elsewhere": ["192.168.1.60"]})
    object.__setattr__(home.host, "lan", SimulatedLan(home.world))
    assert home.run(home.server.observe).elsewhere == elsewhere
    assert home.world.seconds < 5, "within the time of one source"
