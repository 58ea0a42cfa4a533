# SPDX-License-Identifier: MIT
"""Plex on another machine of the home: found where it is not here, and only then looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexAnswer
from setup_assistant.host.simulated.plex import MACHINE_IDENTIFIER
from setup_assistant.host.simulated.plex_elsewhere import SimulatedLan
from setup_assistant.services.plex_elsewhere import GROUP, MESSAGE, LanServer, read_server, servers_on_lan
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
    assert await servers_on_lan(lan) == (LanServer("192.168.1.9", 32400, ""), LanServer("192.168.1.60", 32400, ""))
    assert lan.asked == [(MESSAGE, GROUP)]
    assert await servers_on_lan(Lan()) == ()


@pytest.mark.parametrize("datagram", [b"", b"\xff", b"M-SEARCH * HTTP/1.0", b"HTTP/1.0 404 Not Found\r\n", b":::\r\n:"])
def test_what_is_no_server(datagram: bytes) -> None:
    assert read_server("192.168.1.7", datagram) is None


@given(st.binary(max_size=200))
def test_any_datagram_is_judged(datagram: bytes) -> None:
    server = read_server("192.168.1.7", datagram)
    assert server is None or 0 < server.port < 65536


@pytest.mark.parametrize(
    ("state", "elsewhere"), [("missing", ("192.168.1.60",)), ("stopped", ()), ("running", ()), ("other_app", ())]
)
def test_it_is_looked_for_only_where_plex_is_not_here(state: str, elsewhere: tuple[str, ...]) -> None:
    home = Home(plex={"state": state, "elsewhere": ["192.168.1.60"]})
    object.__setattr__(home.host, "lan", SimulatedLan(home.world))
    assert home.run(home.server.observe).elsewhere == elsewhere
    assert home.world.seconds < 5, "within the time of one source"


@pytest.mark.parametrize(
    ("port", "expected"), [("32500", 32500), ("", 32400), ("0", 32400), ("99999", 32400), ("٣", 32400), ("-1", 32400)]
)
def test_the_port_a_server_names(port: str, expected: int) -> None:
    datagram = SERVER.replace(b"32400", port.encode())
    assert read_server("192.168.1.7", datagram) == LanServer("192.168.1.7", expected, "")


def answer(port: int, identifier: str) -> bytes:
    named = SERVER.replace(b"32400", str(port).encode())
    return named.replace(b"a:b:c", f"a\r\nResource-Identifier: {identifier}".encode())


@pytest.mark.parametrize(("identifier", "here"), [(MACHINE_IDENTIFIER, True), ("another", False), ("", True)])
def test_what_answers_from_this_computer_under_another_port_is_here(identifier: str, here: bool) -> None:
    """As with a container that nothing on this computer tells of, and that hears the home network."""
    home = Home()
    home.computer.installation = None
    home.port = 32500
    object.__setattr__(home.host, "lan", Lan(("192.168.1.9", answer(32500, identifier))))
    plex = home.run(home.server.observe)
    if here:
        assert (plex.answer, plex.port, plex.elsewhere) == (PlexAnswer.PLEX, 32500, ())
    else:
        assert (plex.answer, plex.port, plex.elsewhere) == (PlexAnswer.REFUSED, 32400, ("192.168.1.9",))
