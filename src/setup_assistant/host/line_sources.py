# SPDX-License-Identifier: MIT
"""One look at the line: every source of evidence, all at once, and what they have told so far."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from setup_assistant.checks.line_reading import public_address
from setup_assistant.checks.line_settled import Source
from setup_assistant.core.addresses import is_home_like, is_nat64, is_public
from setup_assistant.core.connection import ConnectionFacts, Hop, NatType, SelfTrace
from setup_assistant.core.host import Http
from setup_assistant.core.settings import ConnectionSettings
from setup_assistant.host import nat_type, stun_client
from setup_assistant.host.datagrams import bind_to, open_socket, receive, send
from setup_assistant.host.names import addresses_of
from setup_assistant.host.paths import NEUTRAL, Path, Surroundings
from setup_assistant.host.router import RouterAnswers, RouterPorts, ask_nat_pmp
from setup_assistant.host.stun_client import StunAnswers
from setup_assistant.host.trace import (
    WAIT_FAR_S,
    WAIT_S,
    OwnTrace,
    Tracer,
    trace_ourselves,
)
from setup_assistant.host.upnp import Upnp
from setup_assistant.services.netcheck import Netcheck
from setup_assistant.services.web_address import ask_address

log = logging.getLogger(__name__)

NAT64_S = 0.5
TARGET_S = 0.5
"""How long the trace waits for the address of a server of ours to trace to."""
OUTER_S = 0.5
FAR_S = 0.2
"""A round trip from which on a line counts as long."""
HAIRPIN_S = 0.03


class Look:
    """The sources of one look. `facts` is what is known at any moment, `pending` what may still come."""

    def __init__(
        self, http: Http, settings: ConnectionSettings, around: Surroundings, tracer: Tracer | None, ports: RouterPorts
    ) -> None:
        self.started = asyncio.get_running_loop().time()
        self.around = around
        self.pending: set[Source] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.timings: dict[str, float] = {}
        self.router = RouterAnswers(self.note)
        self.outer = RouterAnswers(self.note)
        self.stun = StunAnswers(self.note)
        self.tunnel_stun = StunAnswers(self.note, physical=False)
        self.stun_v6 = StunAnswers(self.note)
        self.own = OwnTrace(self.note)
        self.upnp: Upnp | None = None
        self.netcheck: Netcheck | None = None
        self.nat_type: NatType | None = None
        self._http = http
        self._settings = settings
        self._tracer = tracer
        self._ports = ports
        self._hops: dict[int, Hop] = {}
        self._web: list[str] = []
        self._nat64: bool | None = None
        self._hairpin = False
        self._pulse = asyncio.Event()

    # How sources run, and how one waits for another

    def note(self) -> None:
        """Something new is known."""
        self._pulse.set()
        self._pulse = asyncio.Event()

    async def change(self) -> None:
        """Wait until something new is known."""
        await self._pulse.wait()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self.change()

    def run(self, name: str, work: Coroutine[Any, Any, None], *sources: Source) -> None:
        """Start a source; what goes wrong in it stays in it."""
        self.pending.update(sources)

        async def guarded() -> None:
            try:
                await work
            except OSError as error:
                log.info("%s could not be asked about the line: %s", name, type(error).__name__)
            except Exception:
                log.exception("Asking %s about the line met a mistake of ours", name)
            finally:
                self.pending.difference_update(sources)
                self.timings[name] = self.elapsed_ms
                self.note()

        task = asyncio.get_running_loop().create_task(guarded(), name=f"line {name}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start."""
        return round((asyncio.get_running_loop().time() - self.started) * 1000, 1)

    async def end(self) -> None:
        """Stop every source that still runs."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What is known

    def facts(self) -> ConnectionFacts:
        """Return what is known by now."""
        around, own = self.around, self.own
        bindings = (*self.stun.bindings, *self.tunnel_stun.bindings)
        seen_v6 = next((one.address for one in self.stun_v6.bindings), None)
        unanswered = Source.STUN not in self.pending and not bindings and bool(self.stun.asked)
        web_v4 = tuple(one for one in self._web if ":" not in one)
        expired = own.neutral_expired if own.result is SelfTrace.SILENT else 1 in self._hops
        return ConnectionFacts(
            interfaces=around.interfaces,
            gateway=around.gateway,
            default_is_tunnel=around.default_is_tunnel,
            wan=tuple(self.router.wan),
            bindings=bindings,
            web_addresses=web_v4,
            hops=tuple(self._hops[distance] for distance in sorted(self._hops)),
            self_trace=own.result,
            self_trace_depth=own.depth,
            neutral_expired=expired,
            hairpin=self._hairpin,
            nat64=self._nat64,
            ipv6=around.ipv6_address is not None,
            ipv6_address=around.ipv6_address,
            nat_type=None if self.nat_type is NatType.BLOCKED and bindings else self.nat_type,
            udp_blocked=False if bindings else True if unanswered and web_v4 else None,
            tailscale_address=self.netcheck.address if self.netcheck else None,
            mapping_varies=self.stun.mapping_varies,
            permission_missing=self.router.is_permission_missing and not self.router.is_alive,
            outer_wan=tuple(self.outer.wan),
            tunnel=around.tunnel,
            gateway_answered=self.router.is_alive or bool(self._hops) or bool(own.senders),
            names_dead=self.stun.names_failed > 0 and self.stun.names_found == 0,
            ipv6_seen=seen_v6 or next((one for one in self._web if ":" in one), None),
            timings_ms=dict(self.timings),
        )

    def limit(self) -> float:
        """How long a router on the way may take to answer, in seconds."""
        return WAIT_FAR_S if (self.stun.round_trip_s or 0.0) > FAR_S else WAIT_S

    # The sources

    def start(self) -> None:
        """Start everything that can be asked."""
        path, servers = self.around.path, self._settings.stun_servers
        if path is not None:
            self.run("stun", stun_client.ask(servers, path, self.stun), Source.STUN)
            self.run("nat type", self._measure_nat_type(path))
        if self.around.default_is_tunnel:
            self.run("stun through the tunnel", stun_client.ask(servers, None, self.tunnel_stun), Source.TUNNEL_STUN)
        if self.around.ipv6_address is not None:
            work = stun_client.ask(servers, None, self.stun_v6, socket.AF_INET6)
            self.run("stun over ipv6", work, Source.IPV6)
        self.run("web", self._ask_web(), Source.WEB)
        self.run("nat64", self._look_for_nat64(), Source.NAT64)
        if path is not None and path.gateway:
            self._start_router(path, path.gateway)
        if path is not None and self._tracer is not None:
            self.run("hops", self._trace_hops(self._tracer), Source.HOPS)
            self.run(
                "self trace",
                self._trace_ourselves(self._tracer, path),
                Source.SELF_TRACE,
                Source.DEPTH,
                Source.HAIRPIN,
            )

    def _start_router(self, path: Path, gateway: str) -> None:
        self.upnp = Upnp(path, gateway, self.router, self._ports.ssdp)
        self.run("nat-pmp", ask_nat_pmp(path, gateway, self.router, self._ports.nat_pmp), Source.NAT_PMP)
        self.run("upnp", self.upnp.ask(), Source.UPNP)
        self.run("second router", self._ask_outer(path), Source.OUTER)

    async def _ask_web(self) -> None:
        async def ask(service: str) -> None:
            address = await ask_address(self._http, service)
            if address is not None:
                self._web.append(address)
                self.note()

        await asyncio.gather(*(ask(service) for service in self._settings.address_services))

    async def _look_for_nat64(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAT64_S):
                found = await addresses_of("ipv4only.arpa", socket.AF_INET6)
                self._nat64 = any(is_nat64(address) for address in found)

    async def _trace_hops(self, tracer: Tracer) -> None:
        def seen(hop: Hop) -> None:
            self._hops[hop.distance] = hop
            self.note()

        await tracer.way_out(await self._neutral(), seen, self.limit)

    async def _neutral(self) -> str:
        """A place on the internet to trace to: one that we ask anyway, else a root server."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TARGET_S):
                await self.stun.resolved.wait()
        return self.stun.target or NEUTRAL

    async def _trace_ourselves(self, tracer: Tracer, path: Path) -> None:
        def asked() -> bool:
            still = {Source.STUN, Source.WEB} & self.pending
            return self.public is not None or not still

        await self._until(asked)
        public = self.public
        if public is None or public == path.address:
            return
        hairpin = asyncio.ensure_future(self._try_hairpin(path, public))
        try:
            await trace_ourselves(tracer, public, await self._neutral(), self.own, self.limit)
            self.pending.difference_update({Source.SELF_TRACE, Source.DEPTH})
            await hairpin
        finally:
            hairpin.cancel()

    @property
    def public(self) -> str | None:
        """The public address on the physical path, as far as known."""
        return public_address(self.facts())

    async def _try_hairpin(self, path: Path, public: str) -> None:
        """Does a router that sends everything to this computer (DMZ host) send us our own packet back?

        Its time to live reaches to the router and back, but not to a provider's gateway and back.
        """
        await self._until(lambda: self.own.result is not SelfTrace.NOT_TRIED)
        self.pending.discard(Source.SELF_TRACE)
        if self.own.result is SelfTrace.EXPIRED_AT_ROUTER:
            first = self._hops.get(1)
            wait = HAIRPIN_S + 4 * (first.milliseconds or 0.0 if first else 0.0) / 1000
            mark = os.urandom(16)
            with contextlib.suppress(TimeoutError, OSError), open_socket(path) as here, open_socket(path) as there:
                there.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2)
                async with asyncio.timeout(wait):
                    await send(there, mark, (public, here.getsockname()[1]))
                    data, _ = await receive(here)
                    self._hairpin = data == mark
        self.pending.discard(Source.HAIRPIN)
        self.note()

    async def _ask_outer(self, path: Path) -> None:
        """The same questions to a second router at home, where there is one."""
        await self._until(lambda: 2 in self._hops or Source.HOPS not in self.pending)
        second = self._hops.get(2)
        address = second.address if second is not None else None
        if address is None or not is_home_like(address) or is_public(address):
            return
        upnp = Upnp(path, address, self.outer, self._ports.ssdp, multicast=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OUTER_S):
                await asyncio.gather(ask_nat_pmp(path, address, self.outer, self._ports.nat_pmp), upnp.ask())

    async def _measure_nat_type(self, path: Path) -> None:
        host, _, port = self._settings.nat_type_server.rpartition(":")
        found = await addresses_of(host)
        if found:
            running = nat_type.start((found[0], int(port)), path.address, lambda one: bind_to(one, path))
            self.nat_type = await asyncio.wrap_future(running)
