# SPDX-License-Identifier: MIT
"""The sources of evidence on the line, all started at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from setup_assistant.checks.line_settled import Source
from setup_assistant.core.addresses import is_home_like, is_nat64
from setup_assistant.core.connection import Hop, SelfTrace
from setup_assistant.core.host import Http
from setup_assistant.core.settings import ConnectionSettings
from setup_assistant.host import nat_type, stun_client
from setup_assistant.host.datagrams import bind_to
from setup_assistant.host.line_look import Look
from setup_assistant.host.names import addresses_of
from setup_assistant.host.paths import NEUTRAL, Path
from setup_assistant.host.router import RouterPorts, ask_nat_pmp, comes_back, is_there
from setup_assistant.host.trace import Tracer, trace_ourselves
from setup_assistant.host.upnp import Upnp
from setup_assistant.services.web_address import ask_address

NAT64_S = 0.5
TARGET_S = 0.5
"""How long the trace waits for the address of a server of ours to trace to."""
OUTER_S = 0.5
HEAD_START_S = 0.15
"""How much later web services are asked than packets are sent, unless these have told all, or nothing, by then."""
SILENT_HEAD_START_S = 0.07
"""The same where no STUN server has answered at all by then: UDP may not get out, and the web is the only witness."""
WEB_S = 2.0
"""When web services are given up, from the start of the look, unless there is somebody beyond the router."""
PAST_TUNNEL_S = 0.5
"""How long an answer past a tunnel may take, once the servers have answered through it."""
ALIVE_AFTER_S = 0.4
HAIRPIN_S = 0.03


class Sources:
    """Asks everything there is to ask, and notes what comes in a `Look`."""

    def __init__(
        self, look: Look, http: Http, settings: ConnectionSettings, tracer: Tracer | None, ports: RouterPorts
    ) -> None:
        self.upnp: Upnp | None = None
        self._look = look
        self._http = http
        self._settings = settings
        self._tracer = tracer
        self._ports = ports

    def start(self) -> None:
        """Start everything that can be asked."""
        path, servers = self._look.around.path, self._settings.stun_servers
        if path is not None and self._tracer is not None and self._tracer.sees_expiry:
            # Before name lookups, whose errors could use up what the router has to say.
            self._look.run("first hop", self._first_hop(self._tracer, path))
        if path is not None:
            self._look.run("stun", self._ask_stun(path), Source.STUN)
            self._look.run("nat type", self._measure_nat_type(path))
        if self._look.around.default_is_tunnel:
            self._look.run(
                "stun through the tunnel", stun_client.ask(servers, None, self._look.tunnel_stun), Source.TUNNEL_STUN
            )
        if self._look.around.ipv6_address is not None:
            work = stun_client.ask(servers, path, self._look.stun_v6, socket.AF_INET6)
            self._look.run("stun over ipv6", work, Source.IPV6)
        self._look.run("web", self._ask_web(), Source.WEB)
        self._look.run("nat64", self._look_for_nat64(), Source.NAT64)
        if path is not None and path.gateway:
            self._start_router(path, path.gateway)
        if path is not None and self._tracer is not None:
            self._look.run("hops", self._trace_hops(self._tracer), Source.HOPS)
            self._look.run(
                "self trace",
                self._trace_ourselves(self._tracer, path),
                Source.SELF_TRACE,
                Source.DEPTH,
                Source.HAIRPIN,
            )

    def _start_router(self, path: Path, gateway: str) -> None:
        to_all = self._ports.is_searched_by_all
        self.upnp = Upnp(path, gateway, self._look.router, self._ports.ssdp, multicast=to_all)
        self._look.run("nat-pmp", ask_nat_pmp(path, gateway, self._look.router, self._ports.nat_pmp), Source.NAT_PMP)
        self._look.run("upnp", self.upnp.ask(), Source.UPNP)
        self._look.run("second router", self._ask_outer(path), Source.OUTER)
        self._look.run("router", self._look_for_life(path, gateway), Source.ALIVE)

    async def _ask_stun(self, path: Path) -> None:
        asking = asyncio.ensure_future(stun_client.ask(self._settings.stun_servers, path, self._look.stun))
        try:
            if self._look.around.default_is_tunnel:
                await self._look.until(lambda: bool(self._look.tunnel_stun.bindings) or asking.done())
                wait = max(PAST_TUNNEL_S, 4 * (self._look.tunnel_stun.round_trip_s or 0.0))
                await asyncio.wait([asking], timeout=None if self._look.stun.bindings else wait)
            else:
                await asking
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _look_for_life(self, path: Path, gateway: str) -> None:
        """Where the router has kept silent so far: does it at least refuse a connection?"""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALIVE_AFTER_S):
                await self._look.until(lambda: self._look.facts().gateway_answered)
                return
        self._look.router.is_alive |= await is_there(path, gateway)

    async def _until(self, seconds: float, holds: Callable[[], bool]) -> None:
        """Wait until something holds, and no longer than so many seconds from the start of the look."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._look.started + seconds):
                await self._look.until(holds)

    async def _ask_web(self) -> None:
        look = self._look
        # The first TLS connection keeps the processor busy for longer than all the rest takes on a quick line.
        await self._until(SILENT_HEAD_START_S, lambda: look.is_final or look.is_stun_silent or bool(look.stun.bindings))
        if look.stun.bindings:
            await self._until(HEAD_START_S, lambda: look.is_final)

        async def ask(service: str) -> None:
            address = await ask_address(self._http, service)
            if address is not None:
                self._look.web.append(address)
                self._look.note()

        asking = [asyncio.ensure_future(ask(service)) for service in self._settings.address_services]
        try:
            left = self._look.started + WEB_S - asyncio.get_running_loop().time()
            _, late = await asyncio.wait(asking, timeout=max(left, 0.0))
            if late and self._look.is_anybody_beyond:
                await asyncio.wait(late)
        finally:
            for one in asking:
                one.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _look_for_nat64(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAT64_S):
                found = await addresses_of("ipv4only.arpa", socket.AF_INET6)
                self._look.nat64 = any(is_nat64(address) for address in found)

    async def _trace_hops(self, tracer: Tracer) -> None:
        target = await self._neutral()
        known = [self._look.hops[1]] if 1 in self._look.hops else []
        await tracer.way_out(target, known, self._note_hop, self._look.limit)

    async def _first_hop(self, tracer: Tracer, path: Path) -> None:
        answer = await tracer.probe(NEUTRAL, 1, self._look.limit)
        if answer is None or answer.is_delivered:
            return
        if not answer.is_dead_end:
            self._note_hop(Hop(1, answer.sender, answer.milliseconds))
        elif answer.sender == path.gateway:
            self._look.is_dead_end = True
            self._look.note()

    def _note_hop(self, hop: Hop) -> None:
        self._look.hops[hop.distance] = hop
        self._look.note()

    async def _neutral(self) -> str:
        """A place on the internet to trace to: one that we ask anyway, else a root server."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TARGET_S):
                await self._look.stun.resolved.wait()
        return self._look.stun.target or NEUTRAL

    async def _trace_ourselves(self, tracer: Tracer, path: Path) -> None:
        def asked() -> bool:
            still = {Source.STUN, Source.WEB} & self._look.pending
            return self._look.public is not None or not still

        await self._look.until(asked)
        public = self._look.public
        if public is None or public == path.address:
            return
        hairpin = asyncio.ensure_future(self._try_hairpin(path, public))
        try:
            await trace_ourselves(tracer, public, await self._neutral(), self._look.own, self._look.limit)
            self._look.pending.difference_update({Source.SELF_TRACE, Source.DEPTH})
            # Else whoever waits for this, the hairpin too, would hear of it with the next thing that comes, if any.
            self._look.note()
            await hairpin
        finally:
            hairpin.cancel()

    async def _try_hairpin(self, path: Path, public: str) -> None:
        await self._look.until(lambda: self._look.own.result is not SelfTrace.NOT_TRIED)
        self._look.pending.discard(Source.SELF_TRACE)
        self._look.note()
        if self._look.own.result is SelfTrace.EXPIRED_AT_ROUTER:
            first = self._look.hops.get(1)
            wait = HAIRPIN_S + 4 * (first.milliseconds or 0.0 if first else 0.0) / 1000
            self._look.is_hairpinned = await comes_back(path, public, wait)
        self._look.pending.discard(Source.HAIRPIN)
        self._look.note()

    async def _ask_outer(self, path: Path) -> None:
        """The same questions to a second router at home, where there is one."""
        await self._look.until(lambda: 2 in self._look.hops or Source.HOPS not in self._look.pending)
        second = self._look.hops.get(2)
        address = second.address if second is not None else None
        if address is None or not is_home_like(address):
            return
        upnp = Upnp(path, address, self._look.outer, self._ports.ssdp, multicast=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OUTER_S):
                nat_pmp = ask_nat_pmp(path, address, self._look.outer, self._ports.nat_pmp, also_pcp=False)
                await asyncio.gather(nat_pmp, upnp.ask())

    async def _measure_nat_type(self, path: Path) -> None:
        host, _, port = self._settings.nat_type_server.rpartition(":")
        found = await addresses_of(host)
        if found:
            running = nat_type.start((found[0], int(port)), path.address, lambda one: bind_to(one, path))
            self._look.nat_type = await asyncio.wrap_future(running)
