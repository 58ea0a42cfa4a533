# SPDX-License-Identifier: MIT
"""Asking the router, on loopback: NAT-PMP, PCP and UPnP, and routers that lie, stall or refuse."""

from __future__ import annotations

import asyncio

import pytest

from setup_assistant.core.connection import WanAnswer
from setup_assistant.host import router as router_module
from setup_assistant.host import upnp as upnp_module
from setup_assistant.host.router import RouterAnswers, ask_nat_pmp, ask_pcp, comes_back, is_there
from setup_assistant.host.upnp import Upnp
from tests.host.line_stands import HERE, PATH, SHARED, Answering, closed_port, nat_pmp, silence, udp, upnp
from tests.services.connection.recordings import data


def answers() -> RouterAnswers:
    return RouterAnswers(lambda: None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router_module, "SENDS_S", (0.0, 0.01, 0.02))
    monkeypatch.setattr(router_module, "GIVE_UP_S", 0.05)
    monkeypatch.setattr(router_module, "PCP_S", 0.05)
    monkeypatch.setattr(upnp_module, "SEARCHES_S", (0.0, 0.02))
    monkeypatch.setattr(upnp_module, "GIVE_UP_S", 0.05)
    monkeypatch.setattr(upnp_module, "DIRECT_S", 0.02)
    monkeypatch.setattr(upnp_module, "CALL_S", 0.3)


async def test_nat_pmp_alone_changes_nothing_on_the_router() -> None:
    told = answers()
    async with udp(nat_pmp("public")) as server:
        await ask_nat_pmp(PATH, HERE, told, server.port)
    assert told.wan == [WanAnswer("nat_pmp", "81.2.69.77")]
    assert server.packets == [b"\0\0"]
    assert told.is_alive
    assert told.is_known


async def test_a_hidden_address_is_had_from_a_refused_mapping() -> None:
    told = answers()
    async with udp(nat_pmp("shared")) as server:
        await ask_nat_pmp(PATH, HERE, told, server.port)
    assert [(one.source, one.address, one.hidden) for one in told.wan] == [
        ("nat_pmp", None, True),
        ("pcp", SHARED, False),
    ]
    assert len(server.packets) == 2


async def test_a_router_farther_away_is_not_asked_by_pcp() -> None:
    told = answers()
    async with udp(nat_pmp("shared")) as server:
        await ask_nat_pmp(PATH, HERE, told, server.port, also_pcp=False)
    assert server.packets == [b"\0\0"]


async def test_a_mapping_that_was_granted_is_given_back() -> None:
    told = answers()

    def granting(packet: bytes) -> list[bytes]:
        return nat_pmp("shared" if packet == b"\0\0" else "public")(packet)

    async with udp(granting) as server:
        await ask_nat_pmp(PATH, HERE, told, server.port)
        async with asyncio.timeout(5):
            while len(server.packets) < 3:
                await asyncio.sleep(0)
    question, mapping, taking_back = server.packets
    assert question == b"\0\0"
    assert int.from_bytes(mapping[4:8]) == 60
    assert taking_back[4:8] == bytes(4)
    assert taking_back[24:42] == mapping[24:42]
    assert told.wan[-1] == WanAnswer("pcp", "81.2.69.77", detail="mapping granted and given back")


@pytest.mark.usefixtures("quick")
async def test_a_mapping_that_may_have_been_granted_is_given_back_too() -> None:
    async with udp(silence) as server:
        await ask_pcp(PATH, HERE, answers(), server.port)
        async with asyncio.timeout(5):
            while len(server.packets) < 3:
                await asyncio.sleep(0)
    assert [int.from_bytes(packet[4:8]) for packet in server.packets] == [60, 60, 0]


async def test_a_refusal_is_a_sign_of_life() -> None:
    told = answers()
    await ask_nat_pmp(PATH, HERE, told, closed_port())
    assert (told.is_alive, told.wan) == (True, [])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "answering", [silence, lambda packet: [b""], lambda packet: [b"\xff" * 600], lambda packet: [packet]]
)
async def test_answers_that_say_nothing(answering: Answering) -> None:
    told = answers()
    async with udp(answering) as server:
        await ask_nat_pmp(PATH, HERE, told, server.port)
    assert told.wan == []
    assert len(server.packets) <= 7


async def test_upnp_finds_asks_and_reads_the_list_of_ports() -> None:
    told = answers()
    async with upnp("public") as (router, searches):
        device = Upnp(PATH, HERE, told, searches.port, multicast=False)
        await device.ask()
        assert told.wan == [WanAnswer("upnp", "81.2.69.77", detail="Connected")]
        assert told.upnp_found
        mappings = await device.mappings({32400})
    assert mappings == ("TCP 32400 → 127.0.0.1:32400 (Plex Media Server)",)
    assert set(router.asked[1:3]) == {"GetExternalIPAddress", "GetStatusInfo"}
    assert router.asked[3:] == ["GetGenericPortMappingEntry"] * 2


async def test_upnp_that_hides() -> None:
    told = answers()
    async with upnp("shared") as (_, searches):
        await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert told.wan == [WanAnswer("upnp", None, hidden=True, detail="Connected, no address")]


async def test_a_list_of_ports_that_is_not_shown_is_not_an_empty_one() -> None:
    async with upnp("shared") as (_, searches):
        empty = Upnp(PATH, HERE, answers(), searches.port, multicast=False)
        await empty.ask()
        assert await empty.mappings({32400}) == ()
    silent = Upnp(PATH, HERE, answers(), closed_port(), multicast=False)
    await silent.ask()
    assert await silent.mappings({32400}) is None


async def test_upnp_refused() -> None:
    told = answers()
    await Upnp(PATH, HERE, told, closed_port(), multicast=False).ask()
    assert (told.upnp_refused, told.is_alive, told.wan) == (True, True, [])


@pytest.mark.usefixtures("quick")
async def test_upnp_that_answers_the_later_search() -> None:
    told = answers()
    seen: list[bytes] = []
    async with upnp("public") as (router, _):

        def late(packet: bytes) -> list[bytes]:
            seen.append(packet)
            return router.search(packet) if len(seen) > 2 else []

        async with udp(late) as searches:
            await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert told.is_known


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "location",
    [
        b"http://192.0.2.7:80/desc.xml",
        b"http://example.org/desc.xml",
        b"file:///etc/passwd",
        b"http://127.0.0.1:9/desc.xml",
    ],
)
async def test_descriptions_elsewhere_are_not_fetched(location: bytes) -> None:
    told = answers()
    recorded = data("miniupnpd/public/ssdp.http").replace(b"http://192.168.1.1:5000/rootDesc.xml", location)
    async with udp(lambda packet: [recorded]) as searches:
        await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert told.wan == []


@pytest.mark.usefixtures("quick")
async def test_a_router_that_never_answers_calls() -> None:
    told = answers()
    async with upnp("public", answers_calls=False) as (router, searches):
        await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert told.wan == []
    assert told.upnp_found
    assert "GetExternalIPAddress" in router.asked


@pytest.mark.usefixtures("quick")
async def test_many_answers_are_not_all_followed() -> None:
    told = answers()
    fetched: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fetched.append((await reader.readuntil(b"\r\n\r\n")).decode().split()[1])
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<root/>")
        writer.close()

    server = await asyncio.start_server(serve, HERE, 0)
    port = server.sockets[0].getsockname()[1]
    many = [b"HTTP/1.1 200 OK\r\nLOCATION: http://127.0.0.1:%d/%d\r\n\r\n" % (port, number) for number in range(40)]
    sent: list[bytes] = []

    def answer(packet: bytes) -> list[bytes]:
        sent.append(packet)
        return many if len(sent) > 1 else []

    async with server, udp(answer) as searches, asyncio.timeout(20):
        await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert len(fetched) <= 4


@pytest.mark.usefixtures("quick")
async def test_a_description_without_end_is_cut() -> None:
    told = answers()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<root>")
        try:
            while True:
                writer.write(b" " * 65_536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(serve, HERE, 0)
    place = b"http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    async with server, udp(lambda packet: [b"HTTP/1.1 200 OK\r\nLOCATION: " + place + b"\r\n\r\n"]) as searches:
        async with asyncio.timeout(20):
            await Upnp(PATH, HERE, told, searches.port, multicast=False).ask()
    assert told.wan == []


async def test_a_web_page_that_refuses_shows_that_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # On loopback nothing listens at port 80, or something does: both are life.
    assert await is_there(PATH, HERE)


async def test_our_own_packet_comes_back_on_loopback_only() -> None:
    assert await comes_back(PATH, HERE, 5.0)
