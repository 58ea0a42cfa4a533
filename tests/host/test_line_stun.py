# SPDX-License-Identifier: MIT
"""Our STUN client and pystun3's guard against servers that behave, and against hostile ones."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import AsyncExitStack

import pytest
import stun as pystun3

from setup_assistant.core.connection import NatType
from setup_assistant.host import nat_type, stun_client
from setup_assistant.host.nat_type import GuardedSocket, OutOfBudgetError, clean, measure
from setup_assistant.host.stun_client import StunAnswers
from tests.host.line_stands import (
    HERE,
    PATH,
    PUBLIC,
    Answering,
    classic_stun,
    closed_port,
    refusing_stun,
    silence,
    stun,
    udp,
)
from tests.services.connection.recordings import data

KINDS = {
    "errors": refusing_stun,
    "garbage": lambda packet: [os.urandom(40)],
    "empty": lambda packet: [b""],
    "echo": lambda packet: [packet],
    "others": lambda packet: stun()(packet[:4] + bytes(16)),
    "flood": lambda packet: [os.urandom(16)] * 60,
    "silence": silence,
}


async def ask(*answerings: Answering) -> StunAnswers:
    answers = StunAnswers(lambda: None)
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        servers = [await stack.enter_async_context(udp(answering)) for answering in answerings]
        await stun_client.ask([f"{HERE}:{one.port}" for one in servers], PATH, answers)
    return answers


async def test_two_servers_one_socket() -> None:
    answers = await ask(stun(port=40000), stun(port=40000))
    assert [(one.address, one.port) for one in answers.bindings] == [(PUBLIC, 40000)] * 2
    assert len({one.server for one in answers.bindings}) == 2
    assert answers.mapping_varies is False
    assert answers.target == HERE
    assert answers.round_trip_s is not None


async def test_padding_in_answers() -> None:
    assert len((await ask(stun(software=b"five5"))).bindings) == 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stun_client, "RESENDS_S", (0.0, 0.02, 0.04))
    monkeypatch.setattr(stun_client, "GIVE_UP_S", 0.2)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_a_hostile_server_costs_three_packets_and_no_other_answer(kind: str) -> None:
    async with udp(KINDS[kind]) as hostile, udp(stun()) as honest:
        answers = StunAnswers(lambda: None)
        await stun_client.ask([f"{HERE}:{hostile.port}", f"{HERE}:{honest.port}"], PATH, answers)
    assert [one.address for one in answers.bindings] == [PUBLIC]
    assert len(hostile.packets) <= 3
    assert len(honest.packets) == 1
    assert len(set(hostile.packets)) <= 1


@pytest.mark.usefixtures("quick")
async def test_where_nothing_listens_it_is_known_at_once() -> None:
    answers = StunAnswers(lambda: None)
    await stun_client.ask([f"{HERE}:{closed_port()}"], PATH, answers)
    assert answers.bindings == []


async def test_names_that_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(name: str, *_: object) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(stun_client, "addresses_of", nobody)
    monkeypatch.setattr(stun_client, "KNOWN_ADDRESSES", {"known.example": HERE})
    async with udp(stun()) as server:
        answers = StunAnswers(lambda: None)
        await stun_client.ask(["gone.example:3478", f"known.example:{server.port}"], PATH, answers)
    assert [one.server for one in answers.bindings] == [f"known.example:{server.port}"]
    assert (answers.names_failed, answers.names_found) == (2, 0)


def guarded(**budget: float) -> GuardedSocket:
    return GuardedSocket(
        send_s=budget.get("send_s", 0.02), total_s=budget.get("total_s", 0.5), packets=int(budget.get("packets", 16))
    )


async def run_pystun3(port: int, own: str = "127.0.0.9", **budget: float) -> NatType | None:
    """``own`` is what pystun3 takes for this host's address."""
    one = guarded(**budget)
    return await asyncio.to_thread(measure, (HERE, port), own, lambda opened: None, one)


async def test_pystun3_finds_a_tight_nat() -> None:
    # The second server is where CHANGED-ADDRESS points; neither honours CHANGE-REQUEST.
    async with udp(classic_stun()) as second, udp(classic_stun(changed=(HERE, second.port))) as first:
        assert await run_pystun3(first.port) is NatType.PORT_RESTRICTED
    assert len(first.packets) + len(second.packets) <= 16


async def test_pystun3_finds_a_symmetric_nat() -> None:
    other = classic_stun("81.2.69.78")
    async with udp(other) as second, udp(classic_stun(changed=(HERE, second.port))) as first:
        assert await run_pystun3(first.port) is NatType.SYMMETRIC


async def test_pystun3_finds_an_open_host() -> None:
    def yes(packet: bytes) -> list[bytes]:
        return classic_stun("127.0.0.9")(packet[:20])

    async with udp(yes) as server:
        assert await run_pystun3(server.port) is NatType.OPEN


async def test_pystun3_calls_silence_blocked() -> None:
    async with udp(silence) as server:
        assert await run_pystun3(server.port) is NatType.BLOCKED
    assert len(server.packets) == 4


HOSTILE = {
    **KINDS,
    "no changed address": classic_stun(),
    "padding": classic_stun(changed=(HERE, 9), padded=True),
    "short": lambda packet: [b"\x01\x01\x00\x0c" + packet[4:20] + b"\x00\x01\x00\x08"],
    "long": lambda packet: [b"\x01\x01\xff\xff" + packet[4:20] + bytes(400)],
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
async def test_a_hostile_server_cannot_make_pystun3_flood_or_fail(kind: str) -> None:
    async with udp(HOSTILE[kind]) as server:
        found = await run_pystun3(server.port, packets=16)
    assert found in (None, NatType.BLOCKED, NatType.SYMMETRIC, NatType.PORT_RESTRICTED)
    assert 1 <= len(server.packets) <= 16


async def test_without_the_guard_it_floods() -> None:
    """The reason for the guard: an error answer makes pystun3 send again at once, for ever."""

    class Counting:
        def __init__(self) -> None:
            self.sent = 0
            self.last = b""

        def sendto(self, packet: bytes, address: tuple[str | None, int | None]) -> int:
            self.sent += 1
            self.last = packet
            if self.sent > 500:
                raise OutOfBudgetError
            return len(packet)

        def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
            return refusing_stun(self.last)[0], (HERE, 3478)

    counting = Counting()
    with pytest.raises(OutOfBudgetError):
        pystun3.get_nat_type(counting, "0.0.0.0", 0, HERE, 3478)
    assert counting.sent > 500


def test_the_budget_ends_sending() -> None:
    one = guarded(packets=2)
    with one.socket:
        one.sendto(bytes(20), (HERE, closed_port()))
        one.sendto(bytes(20), (HERE, closed_port()))
        with pytest.raises(OutOfBudgetError):
            one.sendto(bytes(20), (HERE, closed_port()))
    spent = guarded(total_s=0.0)
    with spent.socket, pytest.raises(OutOfBudgetError):
        spent.sendto(bytes(20), (HERE, 9))


def test_a_server_without_a_second_address_ends_it() -> None:
    one = guarded()
    with one.socket, pytest.raises(OutOfBudgetError):
        one.sendto(bytes(20), (None, None))


def test_only_addresses_get_through() -> None:
    recorded = data("coturn/rfc3489.hex")
    identifier = bytes(range(16))
    cleaned = clean(recorded, identifier)
    assert cleaned is not None
    assert [cleaned[offset : offset + 2].hex() for offset in range(20, len(cleaned), 12)] == ["0001", "0004", "0005"]
    assert clean(recorded, bytes(16)) is None
    assert clean(data("coturn/change_request_refused.hex"), data("coturn/change_request_refused.hex")[4:20]) is None


async def test_it_runs_beside_everything_else() -> None:
    bound: list[socket.socket] = []
    async with udp(silence) as server, asyncio.timeout(20):
        future = nat_type.start((HERE, server.port), HERE, bound.append)
        assert await asyncio.wrap_future(future) is NatType.BLOCKED
    assert len(bound) == 1


async def test_an_address_that_is_gone_gives_nothing() -> None:
    # 192.0.2.1 is not ours to bind to.
    assert await run_pystun3(9, own="192.0.2.1") is None
