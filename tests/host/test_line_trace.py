# SPDX-License-Identifier: MIT
"""Tracing: the logic over given answers, and each system's way of sending."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Container, Sequence
from typing import Any

import pytest

from setup_assistant.core.connection import Hop, SelfTrace
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed
from setup_assistant.host import trace, trace_linux
from setup_assistant.host.trace import Answer, OwnTrace, is_complete, silent_between, trace_ourselves, tracer_for
from setup_assistant.host.trace_errors import Report, parse_error
from setup_assistant.host.trace_macos import MacTracer, build_echo, is_reply
from setup_assistant.host.trace_windows import WindowsTracer, parse_reply
from tests.host.line_stands import HERE, PATH, PUBLIC, Programs, Trace, closed_port
from tests.services.connection.recordings import text

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux hands ICMP errors to the socket")
ROUTER = "192.168.1.1"


def limit() -> float:
    return 0.2


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_TRIES_S", (0.0, 0.0))
    monkeypatch.setattr(trace, "RESEND_S", 0.0)


async def own(answers: dict[int, Answer], **options: Any) -> OwnTrace:
    told = OwnTrace(lambda: None)
    tracer = Trace(own=answers)
    tracer.sees_expiry = options.get("sees_expiry", True)
    async with asyncio.timeout(10):
        await trace_ourselves(tracer, PUBLIC, "9.9.9.9", told, limit)
    return told


@pytest.mark.parametrize(
    ("answers", "result", "depth"),
    [
        ({1: Answer(PUBLIC, True)}, SelfTrace.ROUTER_ANSWERED, 1),
        ({1: Answer(PUBLIC, False)}, SelfTrace.EXPIRED_FROM_PUBLIC, 1),
        ({1: Answer(ROUTER, False), 2: Answer(PUBLIC, True)}, SelfTrace.EXPIRED_AT_ROUTER, 2),
        (
            {1: Answer(ROUTER, False), 2: Answer("100.64.0.1", False), 3: Answer(PUBLIC, True)},
            SelfTrace.EXPIRED_AT_ROUTER,
            3,
        ),
        ({1: Answer(ROUTER, False), 2: Answer("100.64.0.1", False)}, SelfTrace.EXPIRED_AT_ROUTER, None),
        ({1: Answer(ROUTER, False), 2: Answer(PUBLIC, False)}, SelfTrace.EXPIRED_AT_ROUTER, 2),
        ({1: Answer(ROUTER, False)}, SelfTrace.EXPIRED_AT_ROUTER, None),
    ],
)
async def test_who_holds_the_public_address(answers: dict[int, Answer], result: SelfTrace, depth: int | None) -> None:
    told = await own(answers)
    assert (told.result, told.depth) == (result, depth)


class Picky(Trace):
    """Silent about our own address; ``elsewhere`` is what packets to other addresses bring."""

    def __init__(self, elsewhere: Answer | None) -> None:
        super().__init__()
        self.elsewhere = elsewhere

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        await super().probe(target, distance, limit)
        return None if target == PUBLIC else self.elsewhere


@pytest.mark.parametrize(
    ("elsewhere", "expired", "tries"),
    [(Answer(ROUTER, False), True, 1), (None, False, 2), (Answer("9.9.9.9", True), False, 2)],
)
async def test_silence_counts_only_beside_an_answer_to_another(
    elsewhere: Answer | None, expired: bool, tries: int
) -> None:
    told, tracer = OwnTrace(lambda: None), Picky(elsewhere)
    async with asyncio.timeout(10):
        await trace_ourselves(tracer, PUBLIC, "9.9.9.9", told, limit)
    assert (told.result, told.neutral_expired) == (SelfTrace.SILENT, expired)
    assert tracer.probed.count((PUBLIC, 1)) == tries


@pytest.mark.parametrize(
    ("answers", "result", "depth"),
    [
        ({1: Answer(PUBLIC, True), 2: Answer(PUBLIC, True)}, SelfTrace.ROUTER_ANSWERED, 1),
        ({3: Answer(PUBLIC, True), 4: Answer(PUBLIC, True)}, SelfTrace.EXPIRED_AT_ROUTER, 3),
        ({}, SelfTrace.SILENT, None),
    ],
)
async def test_where_expiry_is_not_seen_the_nearest_reply_counts(
    answers: dict[int, Answer], result: SelfTrace, depth: int | None
) -> None:
    told = await own(answers, sees_expiry=False)
    assert (told.result, told.depth, told.neutral_expired) == (result, depth, False)


async def hops(answers: dict[int, Answer | None], target: str = "9.9.9.9") -> list[Hop]:
    seen: dict[int, Hop] = {}
    tracer = Trace(own={distance: answer for distance, answer in answers.items() if answer is not None})
    async with asyncio.timeout(10):
        await trace.way_out_by_probes(tracer.probe, target, (), lambda hop: seen.__setitem__(hop.distance, hop), limit)
    return [seen[distance] for distance in sorted(seen)]


async def test_hops_end_at_the_first_public_one() -> None:
    found = await hops({1: Answer(ROUTER, False, 1.0), 2: Answer("81.2.69.1", False, 2.0)})
    assert [hop.address for hop in found] == [ROUTER, "81.2.69.1"]


async def test_silent_hops_are_told_where_something_is_behind_them() -> None:
    found = await hops({1: Answer(ROUTER, False, 1.0), 4: Answer("10.1.1.1", False, 2.0)})
    assert [(hop.distance, hop.address) for hop in found] == [(1, ROUTER), (2, None), (3, None), (4, "10.1.1.1")]


async def test_a_router_without_a_way_is_no_hop() -> None:
    assert await hops({1: Answer(ROUTER, False, 1.0), 2: Answer(ROUTER, False, 1.0, is_dead_end=True)}) == [
        Hop(1, ROUTER, 1.0)
    ]
    told = await own({1: Answer(ROUTER, False, is_dead_end=True)})
    assert (told.result, told.neutral_expired) == (SelfTrace.SILENT, False)


async def test_nobody_answers() -> None:
    assert await hops({}) == []


def test_when_the_way_out_is_known() -> None:
    assert is_complete([Hop(1, ROUTER), Hop(2, "81.2.69.1")], "9.9.9.9")
    assert is_complete([Hop(1, ROUTER), Hop(2, "10.0.0.9")], "10.0.0.9")
    assert not is_complete([Hop(1, ROUTER), Hop(3, "81.2.69.1")], "9.9.9.9")
    assert is_complete([Hop(distance, None) for distance in range(1, 7)], "9.9.9.9")
    assert silent_between([Hop(1, ROUTER), Hop(2, None)]) == []


def error(kind: int, code: int, sender: str = ROUTER, origin: int = 2) -> bytes:
    # struct sock_extended_err and a struct sockaddr_in (ip(7), IP_RECVERR).
    return struct.pack("=IBBBxII", 113, origin, kind, code, 0, 0) + struct.pack(
        "=HH4s8x", 2, 0, socket.inet_aton(sender)
    )


@pytest.mark.parametrize(
    ("kind", "code", "sender", "expired", "delivered"),
    [
        (11, 0, ROUTER, True, False),
        (3, 3, ROUTER, False, True),
        (3, 2, ROUTER, False, True),
        (3, 13, PUBLIC, False, True),  # the holder's own filter
        (3, 13, ROUTER, False, False),  # a filter on the way says nothing of the holder
        (3, 0, ROUTER, False, False),
        (3, 1, ROUTER, False, False),
        (5, 1, ROUTER, False, False),
    ],
)
def test_what_icmp_errors_mean(kind: int, code: int, sender: str, expired: bool, delivered: bool) -> None:
    report = parse_error(error(kind, code, sender), (PUBLIC, 33435))
    assert report == Report(PUBLIC, 33435, sender, kind, code)
    assert (report.is_expired, report.is_delivered) == (expired, delivered)


def test_errors_of_this_machine_are_no_answers() -> None:
    assert parse_error(error(3, 3, origin=1), (PUBLIC, 1)) is None
    assert parse_error(error(3, 3)[:20], (PUBLIC, 1)) is None


@linux
async def test_linux_is_told_who_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_linux, "_FIRST_PORT", closed_port() - 1)
    tracer = trace_linux.LinuxTracer(PATH)
    async with asyncio.timeout(10):
        answer = await tracer.probe(HERE, 1, lambda: 5.0)
    assert answer is not None
    assert (answer.sender, answer.is_delivered) == (HERE, True)


@linux
async def test_linux_is_told_even_by_the_second_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_linux, "RESEND_S", 0.0)
    monkeypatch.setattr(trace_linux, "_FIRST_PORT", closed_port() - 1)
    async with asyncio.timeout(10):
        answer = await trace_linux.LinuxTracer(PATH).probe(HERE, 1, lambda: 5.0)
    assert answer is not None
    assert answer.is_delivered


@linux
async def test_linux_waits_no_longer_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind((HERE, 0))
        monkeypatch.setattr(trace_linux, "_FIRST_PORT", deaf.getsockname()[1] - 1)
        async with asyncio.timeout(10):
            assert await trace_linux.LinuxTracer(PATH).probe(HERE, 1, lambda: 0.05) is None


class Iphlpapi:
    """What Windows' library does, as documented for IcmpSendEcho2Ex."""

    def __init__(self, reply: bytes | None, handle: int | None = 7) -> None:
        self.reply = reply
        self.handle = handle
        self.ttls: list[int] = []
        self.closed = 0

    def IcmpCreateFile(self) -> int | None:  # noqa: N802 - the library's name
        return self.handle

    def IcmpCloseHandle(self, handle: object) -> int:  # noqa: N802
        self.closed += 1
        return 1

    def IcmpSendEcho2Ex(self, *arguments: Any) -> int:  # noqa: N802
        assert len(arguments) == 12
        self.ttls.append(ctypes.cast(arguments[8], ctypes.POINTER(ctypes.c_ubyte))[0])
        assert arguments[5].value == struct.unpack("=I", socket.inet_aton(PUBLIC))[0]
        if self.reply is None:
            return 0
        ctypes.memmove(arguments[9], self.reply, len(self.reply))
        return 1


def reply(status: int, address: str = ROUTER, milliseconds: int = 4) -> bytes:
    return struct.pack("=4sII", socket.inet_aton(address), status, milliseconds)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, Answer(ROUTER, True, 4.0)),
        (11013, Answer(ROUTER, False, 4.0)),
        (11005, Answer(ROUTER, True, 4.0)),
        (11010, None),
        (11002, Answer(ROUTER, False, 4.0, is_dead_end=True)),
        (11003, Answer(ROUTER, False, 4.0, is_dead_end=True)),
        (11050, None),
    ],
)
def test_what_windows_replies_mean(status: int, expected: Answer | None) -> None:
    assert parse_reply(reply(status) + bytes(20)) == expected


async def test_windows_sends_an_echo_with_the_distance() -> None:
    library = Iphlpapi(reply(11013))
    tracer = WindowsTracer(PATH, library)
    assert await tracer.probe(PUBLIC, 3, limit) == Answer(ROUTER, False, 4.0)
    assert (library.ttls, library.closed) == ([3], 1)
    assert await WindowsTracer(PATH, Iphlpapi(None)).probe(PUBLIC, 1, limit) is None
    assert await WindowsTracer(PATH, Iphlpapi(None, handle=None)).probe(PUBLIC, 1, limit) is None


async def test_windows_tells_hops() -> None:
    seen: list[Hop] = []
    await WindowsTracer(PATH, Iphlpapi(reply(11013, "81.2.69.1"))).way_out(PUBLIC, (), seen.append, limit)
    assert Hop(1, "81.2.69.1", 4.0) in seen


def test_the_echo_of_macos_has_a_right_checksum() -> None:
    packet = build_echo(513)
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert packet[0] == 8
    answer = b"\0" + packet[1:]
    assert is_reply(answer, 513)
    assert is_reply(bytes([0x45]) + bytes(19) + answer, 513)
    assert not is_reply(packet, 513)
    assert not is_reply(answer, 514)
    assert not is_reply(b"", 513)


class Traceroute(Programs):
    """macOS's traceroute, run for one distance: it prints that line of what it prints in whole, or takes too long."""

    def __init__(self, whole: str, late: Container[int] = ()) -> None:
        super().__init__()
        self.lines = dict(enumerate(whole.splitlines()[1:], 1))
        self.late = late
        self.timeouts: list[float] = []

    async def run(self, argv: Sequence[str], **options: Any) -> Completed:
        self.started.append(list(argv))
        self.timeouts.append(options["timeout"])
        distance = int(next(one for one in argv if one.startswith("-f")).removeprefix("-f"))
        await asyncio.sleep(0)
        if distance in self.late:
            raise HostError(Trouble.TIMED_OUT)
        return Completed(0, self.lines.get(distance, f"{distance:2}  *") + "\n", "traceroute to 81.2.70.10")


async def mac_hops(programs: Programs) -> list[Hop]:
    seen: dict[int, Hop] = {}
    await MacTracer(PATH, programs).way_out("81.2.70.10", (), lambda hop: seen.__setitem__(hop.distance, hop), limit)
    return [seen[distance] for distance in sorted(seen)]


async def test_macos_runs_the_systems_traceroute_once_for_each_distance() -> None:
    programs = Traceroute(text("macos/traceroute.txt"))
    found = await mac_hops(programs)
    assert [hop.address for hop in found] == [ROUTER, None, "100.64.0.1", "62.155.247.66"]
    assert found[0].milliseconds == 3.051
    command = ["/usr/sbin/traceroute", "-n", "-q1", "-w1", "-f2", "-m2", "-i", "lo", "81.2.70.10"]
    assert programs.started[1] == command
    # Each waits for one answer only, so it ends before it is ended.
    assert all(timeout > 1 for timeout in programs.timeouts)


async def test_on_macos_silent_routers_cost_nobody_else_the_answer() -> None:
    found = await mac_hops(Traceroute(text("macos/traceroute.txt"), late={2, 3, 5, 6}))
    assert [hop.address for hop in found] == [ROUTER, None, None, "62.155.247.66"]
    assert await mac_hops(Programs({"/usr/sbin/traceroute": HostError(Trouble.TIMED_OUT)})) == []


@pytest.mark.parametrize("mark", ["!N", "!H", "!X", "!<13>"])
async def test_on_macos_a_router_without_a_way_is_no_hop(mark: str) -> None:
    dead = "\n".join(f"{distance:2}  192.168.1.1  3.1 ms {mark}" for distance in range(2, 7))
    found = await mac_hops(Traceroute(f"traceroute to …\n 1  192.168.1.1  3.051 ms\n{dead}"))
    assert found == [Hop(1, ROUTER, 3.051)]


async def test_on_macos_the_target_itself_ends_the_way() -> None:
    found = await mac_hops(Traceroute("traceroute to …\n 1  192.168.1.1  3.051 ms\n 2  81.2.70.10  9.0 ms !"))
    assert [hop.address for hop in found] == [ROUTER, "81.2.70.10"]


@pytest.mark.parametrize(
    ("platform", "name"), [("win32", "WindowsTracer"), ("darwin", "MacTracer"), ("linux", "LinuxTracer")]
)
def test_each_system_has_its_tracer(monkeypatch: pytest.MonkeyPatch, platform: str, name: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert type(tracer_for(PATH, Programs())).__name__ == name
