# SPDX-License-Identifier: MIT
"""The whole observer on loopback: real sockets, real servers, given surroundings."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from setup_assistant.checks.line_rules import line_verdict
from setup_assistant.core.connection import ConnectionFacts, Hop, Interface, Line, NatType, SelfTrace
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.settings import ConnectionSettings, OutsideSettings, Settings
from setup_assistant.host.line import RealLine
from setup_assistant.host.paths import Path, Surroundings
from setup_assistant.host.router import RouterPorts
from setup_assistant.host.trace import Answer
from tests.conftest import LogWatch
from tests.host.line_stands import (
    AROUND,
    PATH,
    PUBLIC,
    SHARED,
    Answering,
    Programs,
    Trace,
    Web,
    classic_stun,
    closed_port,
    nat_pmp,
    silence,
    stun,
    udp,
    upnp,
)
from tests.services.connection.recordings import text

ROUTER_ANSWERS = Answer("192.168.1.1", is_delivered=True)
PAST_ROUTER = Answer("192.168.1.1", is_delivered=False)
IP_SERVICE = "https://ip.example"
RESOLVER = "https://dns.example/resolve"
PLAIN = Trace(["192.168.1.1", "81.2.69.1"], {1: ROUTER_ANSWERS})


@dataclass
class Stand:
    """A host on its line; what is not given is silent, missing or unreachable."""

    servers: tuple[Answering, ...] = (stun(), stun())
    classic: Answering | None = None
    router: Answering | None = None
    upnp_folder: str | None = None
    trace: Trace = field(default_factory=lambda: Trace(PLAIN.hops, PLAIN.own))
    web: Web = field(default_factory=Web)
    programs: Programs = field(default_factory=Programs)
    around: Surroundings = AROUND
    deadline_s: float = 3.0

    @asynccontextmanager
    async def line(self) -> AsyncIterator[RealLine]:
        """The observer over servers that run until the end of the block."""
        async with AsyncExitStack() as stack:
            stuns = [await stack.enter_async_context(udp(answering)) for answering in self.servers]
            ports = {"classic": 0, "router": closed_port(), "search": closed_port()}
            for name, answering in (("classic", self.classic), ("router", self.router)):
                if answering is not None:
                    ports[name] = (await stack.enter_async_context(udp(answering))).port
            if self.upnp_folder is not None:
                ports["search"] = (await stack.enter_async_context(upnp(self.upnp_folder)))[1].port
            settings = Settings(
                connection=ConnectionSettings(
                    stun_servers=tuple(f"127.0.0.1:{one.port}" for one in stuns),
                    nat_type_server=f"127.0.0.1:{ports['classic']}" if self.classic else "nowhere.example:3478",
                    address_services=(IP_SERVICE,),
                    deadline_s=self.deadline_s,
                ),
                outside=OutsideSettings(resolvers=(RESOLVER,)),
            )

            async def surroundings() -> Surroundings:
                return self.around

            yield RealLine(
                self.web,
                self.programs,
                settings,
                surroundings=surroundings,
                tracer=lambda path: self.trace,
                ports=RouterPorts(ports["router"], ports["search"], is_searched_by_all=False),
            )


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver and packets to the public address are no part of these tests."""

    async def nobody(name: str, *_: object) -> tuple[str, ...]:
        return (name,) if name.startswith("127.") else ()

    async def no_hairpin(path: Path, public: str, seconds: float) -> bool:
        return False

    monkeypatch.setattr("setup_assistant.host.line_sources.addresses_of", nobody)
    monkeypatch.setattr("setup_assistant.host.stun_client.addresses_of", nobody)
    monkeypatch.setattr("setup_assistant.host.line_sources.comes_back", no_hairpin)


async def look(stand: Stand, **options: Any) -> tuple[ConnectionFacts, ConnectionFacts]:
    """What is known when the verdict is final, and what is known in the end."""
    allowed = options.get("provider_allowed", False)
    async with asyncio.timeout(20), stand.line() as line:
        final = await line.observe(provider_allowed=allowed)
        return final, await line.complete(final, provider_allowed=allowed)


async def test_a_home_with_a_router_that_tells() -> None:
    stand = Stand(router=nat_pmp("public"), upnp_folder="public", web=Web({IP_SERVICE: PUBLIC.encode()}))
    final, whole = await look(stand)
    verdict = line_verdict(final)
    assert (verdict.line, verdict.router_wan_ip, verdict.public_ip) == (Line.HOME_NAT, PUBLIC, PUBLIC)
    assert final.mapping_varies is False
    assert {answer.source for answer in whole.wan} == {"nat_pmp", "upnp"}
    assert whole.web_addresses == (PUBLIC,)
    assert whole.port_mappings == ("TCP 32400 → 127.0.0.1:32400 (Plex Media Server)",)
    assert "final" in whole.timings_ms


async def test_cgnat_with_a_router_that_hides_and_a_refusal_that_tells() -> None:
    trace = Trace(["192.168.1.1", None, "81.2.68.1"], {1: PAST_ROUTER})
    final, _ = await look(Stand(router=nat_pmp("shared"), upnp_folder="shared", trace=trace))
    verdict = line_verdict(final)
    assert (verdict.line, verdict.router_wan_ip) == (Line.CGNAT, SHARED)
    assert any(answer.hidden for answer in final.wan)
    assert final.self_trace is SelfTrace.EXPIRED_AT_ROUTER


async def test_a_shared_hop_without_a_router_that_tells() -> None:
    trace = Trace(["192.168.1.1", "100.64.0.1", "81.2.68.1"], {1: PAST_ROUTER, 2: Answer(PUBLIC, is_delivered=True)})
    final, whole = await look(Stand(trace=trace))
    assert line_verdict(final).rule == "shared_hop"
    assert whole.self_trace_depth == 2
    assert final.hops[1] == Hop(2, "100.64.0.1", 2.0)


class Swallowed(Trace):
    """A router that takes in what goes to the public address, and says where other packets expire."""

    async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
        return None if target == PUBLIC else Answer("192.168.1.1", is_delivered=False, milliseconds=1.0)


async def test_a_router_that_swallows_our_packet_holds_nobody_up() -> None:
    # Nothing else comes after the trace that could wake the verdict up before the deadline, which is far.
    final, _ = await look(Stand(trace=Swallowed(["192.168.1.1", "81.2.69.1"]), deadline_s=60.0))
    assert line_verdict(final).rule == "router_owns"
    assert final.self_trace is SelfTrace.SILENT


async def test_the_trace_goes_to_the_servers_and_to_ourselves() -> None:
    stand = Stand()
    await look(stand)
    assert stand.trace.targets == ["127.0.0.1"]
    assert (PUBLIC, 1) in stand.trace.probed


async def test_a_mapping_that_varies() -> None:
    final, _ = await look(Stand(servers=(stun(port=40000), stun(port=40001))))
    assert final.mapping_varies is True


async def test_one_silent_server_does_not_matter() -> None:
    final, _ = await look(Stand(servers=(stun(), silence)))
    assert line_verdict(final).line is Line.HOME_NAT
    assert final.mapping_varies is None


async def test_no_way_out_is_said_at_once() -> None:
    final, whole = await look(Stand(around=Surroundings((Interface("lo", ("127.0.0.1",)),), None)))
    assert line_verdict(final).rule == "no_route"
    assert line_verdict(whole).rule == "no_route"


async def test_without_udp_the_web_tells_the_address() -> None:
    stand = Stand(servers=(silence,), web=Web({IP_SERVICE: b'{"ip": "81.2.69.77"}'}))
    final, whole = await look(stand)
    assert line_verdict(final).line is Line.HOME_NAT
    assert whole.udp_blocked is True


@pytest.mark.parametrize("deadline_s", [0.2, 0.5])
async def test_where_nothing_answers_the_deadline_ends_it(deadline_s: float) -> None:
    class Deaf(Trace):
        async def probe(self, target: str, distance: int, limit: Callable[[], float]) -> Answer | None:
            await asyncio.sleep(3600)
            return None

        async def way_out(
            self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
        ) -> None:
            await asyncio.sleep(3600)

    class DeadWeb(Web):
        async def request(self, method: str, url: str, **_: Any) -> Any:
            await asyncio.sleep(3600)

    final, whole = await look(Stand(servers=(silence,), trace=Deaf(), web=DeadWeb(), deadline_s=deadline_s))
    assert line_verdict(final).line is Line.OFFLINE
    assert line_verdict(whole).line is Line.OFFLINE


async def test_a_router_alone_means_no_internet() -> None:
    final, _ = await look(Stand(servers=(silence,), router=nat_pmp("public"), trace=Trace(["192.168.1.1"])))
    assert line_verdict(final).rule == "router_only"


async def test_a_router_that_says_there_is_no_way_is_believed_unless_somebody_answers() -> None:
    dead_end = Trace((), {1: Answer(PATH.gateway, is_delivered=False, is_dead_end=True)})
    final, _ = await look(Stand(servers=(silence,), trace=dead_end))
    assert line_verdict(final).rule == "router_only"
    assert "stun" not in final.timings_ms
    final, _ = await look(Stand(trace=dead_end))
    assert line_verdict(final).line is not Line.OFFLINE


async def test_a_tunnel_that_hides_the_line() -> None:
    around = replace(AROUND, path=None, default_is_tunnel=True, tunnel="wg0")
    final, _ = await look(Stand(servers=(stun("45.83.220.5"),), around=around))
    assert line_verdict(final).line is Line.VPN
    assert [binding.physical for binding in final.bindings] == [False]


async def test_the_line_is_seen_past_a_tunnel() -> None:
    around = replace(AROUND, default_is_tunnel=True, tunnel="wg0")
    final, _ = await look(Stand(around=around, web=Web({IP_SERVICE: b"45.83.220.5"})))
    assert line_verdict(final).line is Line.HOME_NAT
    assert line_verdict(final).public_ip == PUBLIC


async def test_the_nat_type_comes_in_time_or_not_at_all() -> None:
    _, whole = await look(Stand(classic=classic_stun(changed=("127.0.0.1", 9))))
    assert whole.nat_type in (None, NatType.PORT_RESTRICTED, NatType.SYMMETRIC)


async def test_a_blocked_nat_type_is_not_believed_where_stun_answers() -> None:
    _, whole = await look(Stand(classic=silence))
    assert whole.nat_type is None


async def test_the_provider_is_asked_for_with_consent_only() -> None:
    origin = f"{RESOLVER} 77.69.2.81.origin.asn.cymru.com TXT"
    name = f"{RESOLVER} AS64512.asn.cymru.com TXT"
    answers = {
        origin: b'{"Answer": [{"type": 16, "data": "\\"64512 | 81.2.64.0/18 | DE | ripencc | 2002-01-01\\""}]}',
        name: b'{"Answer": [{"type": 16, "data": "\\"64512 | DE | ripencc | 2002-01-01 | EXAMPLE-NET, DE\\""}]}',
    }
    stand = Stand(web=Web(answers))
    _, whole = await look(stand, provider_allowed=True)
    assert (whole.provider, whole.asn) == ("EXAMPLE-NET, DE", 64512)
    stand = Stand(web=Web(answers))
    _, whole = await look(stand, provider_allowed=False)
    assert (whole.provider, whole.asn) == (None, None)
    assert stand.web.asked == [IP_SERVICE]


async def test_tailscale_measures_too() -> None:
    programs = Programs({"tailscale": text("netcheck.json")})
    _, whole = await look(Stand(programs=programs))
    assert whole.tailscale_address == "81.2.69.10"
    assert programs.started == [["tailscale", "netcheck", "--format=json"]]
    # The public address differs here: shown, and no reason to doubt the router's own answer.
    assert line_verdict(whole).contradictions == ("tailscale_disagrees",)


async def test_tailscale_compares_where_only_one_server_of_ours_answers() -> None:
    measured = text("netcheck.json").replace('"MappingVariesByDestIP": false', '"MappingVariesByDestIP": true')
    one, two = (stun(), silence), (stun(), stun())
    for servers, expected in ((one, True), (two, False)):
        _, whole = await look(Stand(servers=servers, programs=Programs({"tailscale": measured})))
        assert whole.mapping_varies is expected


@pytest.mark.parametrize("printed", ["garbage", HostError(Trouble.TIMED_OUT, what="tailscale")])
async def test_a_tailscale_that_does_not_measure(printed: str | HostError) -> None:
    _, whole = await look(Stand(programs=Programs({"tailscale": printed})))
    assert whole.tailscale_address is None


async def test_a_mistake_in_one_source_stays_there(expected_logs: LogWatch) -> None:
    class Broken(Trace):
        async def way_out(
            self, target: str, known: Sequence[Hop], seen: Callable[[Hop], None], limit: Callable[[], float]
        ) -> None:
            raise ZeroDivisionError

    expected_logs.allow("Asking hops about the line met a mistake", "setup_assistant.host.line_look")
    final, _ = await look(Stand(trace=Broken(own={1: ROUTER_ANSWERS})))
    assert line_verdict(final).line is Line.HOME_NAT


async def test_cancelling_ends_everything() -> None:
    async with Stand(servers=(silence,), trace=Trace()).line() as line:
        task = asyncio.create_task(line.observe(provider_allowed=False))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [one for one in asyncio.all_tasks() if one.get_name().startswith("line ")]


async def test_a_second_look_ends_what_the_first_left() -> None:
    async with asyncio.timeout(20), Stand().line() as line:
        await line.observe(provider_allowed=False)
        again = await line.observe(provider_allowed=False)
        whole = await line.complete(again, provider_allowed=False)
        assert line_verdict(whole).line is Line.HOME_NAT
        assert not [one for one in asyncio.all_tasks() if one.get_name().startswith("line ")]


@pytest.mark.parametrize("listens", [True, False])
async def test_plex_over_ipv6(monkeypatch: pytest.MonkeyPatch, listens: bool) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    port = server.getsockname()[1]
    if not listens:
        server.close()
    monkeypatch.setattr("setup_assistant.host.line.PLEX_PORT", port)
    monkeypatch.setattr("setup_assistant.host.line.urlsplit", lambda url: SimpleNamespace(port=None))
    with server:
        _, whole = await look(Stand(around=replace(AROUND, ipv6_address="::1")))
    assert whole.ipv6_plex is listens
    assert whole.ipv6_address == "::1"


async def test_completing_before_looking_changes_nothing() -> None:
    async with Stand().line() as line:
        facts = ConnectionFacts()
        assert await line.complete(facts, provider_allowed=True) is facts


async def test_a_second_router_is_asked_too() -> None:
    trace = Trace(["192.168.1.1", "127.0.0.1", "81.2.69.1"], {1: PAST_ROUTER})
    # 127.0.0.1 stands for the second router; it is not of a range that homes use, so nobody asks it.
    final, _ = await look(Stand(router=nat_pmp("public"), trace=trace))
    assert final.outer_wan == ()
    assert PATH.gateway == "127.0.0.1"
