# SPDX-License-Identifier: MIT
"""Gathers the evidence on the internet line, and stops as soon as nothing could change the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlsplit

from setup_assistant.checks.line_settled import Source, is_settled
from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Commands, Http, Platform
from setup_assistant.core.settings import Settings
from setup_assistant.host.datagrams import open_socket
from setup_assistant.host.line_look import Look
from setup_assistant.host.line_sources import Sources
from setup_assistant.host.paths import Path, Surroundings, look_around
from setup_assistant.host.router import RouterPorts
from setup_assistant.host.trace import Tracer, tracer_for
from setup_assistant.host.upnp import Upnp
from setup_assistant.services import netcheck
from setup_assistant.services.providers import Provider, look_up_provider

log = logging.getLogger(__name__)

SHARE = 0.96
"""How much of the deadline is for looking; the rest is for ending."""
NETCHECK_AFTER_S = 0.4
"""Tailscale's own measurement costs a process and a second or more: after ours, or where that has brought nothing."""
QUICK_S = 0.12
"""Until when, from the start, a settled verdict waits for a router that has kept silent so far …"""
FOUND_S = 0.6
"""… and for one that has begun to answer: it may still contradict."""
CUT_OFF_S = 0.14
"""Until when, from the start, somebody may prove a router wrong that says there is no way out."""
PROVIDER_S = 2.0
MAPPINGS_S = 1.5
PLEX_V6_S = 0.5
PLEX_PORT = 32400


class RealLine:
    """`core.host.LineObserver` on this machine."""

    def __init__(
        self,
        http: Http,
        commands: Commands,
        settings: Settings,
        platform: Platform | None = None,
        *,
        surroundings: Callable[[], Awaitable[Surroundings]] | None = None,
        tracer: Callable[[Path], Tracer] | None = None,
        ports: RouterPorts | None = None,
    ) -> None:
        """``platform`` tells where Tailscale's command line is; the rest stands in for this machine in tests."""
        self._http = http
        self._commands = commands
        self._settings = settings
        self._platform = platform
        self._surroundings = surroundings or (lambda: look_around(commands))
        self._tracer = tracer or (lambda path: tracer_for(path, commands))
        self._ports = ports or RouterPorts()
        self._plex_port = urlsplit(settings.plex.url).port or PLEX_PORT
        self._look: Look | None = None
        self._provider: Provider | None = None
        self._mappings: tuple[str, ...] | None = None
        self._plex_v6: bool | None = None

    async def observe(self, *, provider_allowed: bool) -> ConnectionFacts:
        """Look; returns as soon as the verdict is final, and never later than the deadline of the settings.

        What was not awaited goes on in the background; `complete` collects it.
        """
        await self._end_last()
        loop = asyncio.get_running_loop()
        started = loop.time()
        around = await self._surroundings()
        tracer = self._tracer(around.path) if around.path is not None else None
        look = Look(around)
        sources = Sources(look, self._http, self._settings.connection, tracer, self._ports)
        look.started = started
        self._look = look
        if around.path is None and not around.default_is_tunnel and around.ipv6_address is None:
            return self._final(look)
        try:
            sources.start()
            look.run("netcheck", self._netcheck(look), Source.NETCHECK)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(started + self._settings.connection.deadline_s * SHARE):
                    await self._until_final(look)
        except BaseException:
            await look.end()
            raise
        facts = self._final(look)
        self._start_late(look, sources.upnp, provider_allowed=provider_allowed)
        return facts

    async def complete(self, facts: ConnectionFacts, *, provider_allowed: bool) -> ConnectionFacts:
        """Return the facts with what came since `observe`; waits no longer than the rest of the deadline."""
        look = self._look
        if look is None:
            return facts
        left = look.started + self._settings.connection.deadline_s - asyncio.get_running_loop().time()
        if look.tasks and left > 0:
            await asyncio.wait(look.tasks, timeout=left)
        await look.end()
        provider = self._provider if provider_allowed else None
        whole = look.facts()
        typed = (answer for answer in facts.wan if answer.source == "user")
        return replace(
            whole,
            wan=(*whole.wan, *typed),
            port_mappings=self._mappings or (),
            are_mappings_known=self._mappings is not None,
            ipv6_plex=self._plex_v6,
            provider=provider.name or f"AS{provider.asn}" if provider else None,
            asn=provider.asn if provider else None,
        )

    async def _end_last(self) -> None:
        look, self._look = self._look, None
        self._provider, self._mappings, self._plex_v6 = None, None, None
        if look is not None:
            await look.end()

    def _final(self, look: Look) -> ConnectionFacts:
        look.finish()
        return look.facts()

    async def _until_final(self, look: Look) -> None:
        while look.pending:
            if is_settled(look.facts(), frozenset(look.pending)):
                await self._hear_contradictions(look)
                if is_settled(look.facts(), frozenset(look.pending)):
                    return
            elif look.is_cut_off:
                left = look.started + CUT_OFF_S - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await look.change()
            else:
                await look.change()

    async def _hear_contradictions(self, look: Look) -> None:
        """The kind of line is clear; give those a moment that could still speak against it."""
        loop = asyncio.get_running_loop()
        settled = loop.time()
        while (left := self._patience(look, settled) - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await look.change()

    def _patience(self, look: Look, settled: float) -> float:
        """Until when to wait after the verdict has settled."""
        until = [settled]
        if Source.STUN in look.pending and look.stun.bindings:
            until.append(settled + max(0.05, 2 * (look.stun.round_trip_s or 0.0)))
        if look.router.is_known:
            # Its protocols speak for the same program: one of them is enough.
            return max(until)
        if Source.NAT_PMP in look.pending:
            until.append(look.started + QUICK_S)
        if Source.UPNP in look.pending and not look.router.upnp_refused:
            until.append(look.started + (FOUND_S if look.router.upnp_found else QUICK_S))
        return max(until)

    def _start_late(self, look: Look, upnp: Upnp | None, *, provider_allowed: bool) -> None:
        public = look.public
        if provider_allowed and public is not None:
            look.run("provider", self._ask_provider(public))
        if look.around.ipv6_address is not None:
            look.run("plex over ipv6", self._ask_plex_over_ipv6(look.around.ipv6_address))
        if upnp is not None:
            look.run("port mappings", self._read_mappings(look, upnp))

    async def _ask_provider(self, public: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROVIDER_S):
                self._provider = await look_up_provider(self._http, self._settings.outside.resolvers, public)

    async def _ask_plex_over_ipv6(self, own: str) -> None:
        with contextlib.suppress(TimeoutError), open_socket(None, socket.SOCK_STREAM, socket.AF_INET6) as opened:
            async with asyncio.timeout(PLEX_V6_S):
                try:
                    await asyncio.get_running_loop().sock_connect(opened, (own, self._plex_port))
                    self._plex_v6 = True
                except OSError:
                    self._plex_v6 = False

    async def _read_mappings(self, look: Look, upnp: Upnp) -> None:
        await look.until(lambda: Source.UPNP not in look.pending)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAPPINGS_S):
                self._mappings = await upnp.mappings({PLEX_PORT, self._plex_port})

    async def _netcheck(self, look: Look) -> None:
        program = self._program()
        if program is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NETCHECK_AFTER_S):
                await look.until(lambda: look.is_final)
        settings = self._settings.tailscale
        command = [program, *(["--socket", settings.socket] if settings.socket else []), *netcheck.ARGUMENTS]
        environment = self._platform.tailscale_environment() if self._platform is not None else None
        try:
            printed = await self._commands.run(command, timeout=self._settings.connection.deadline_s, env=environment)
            look.netcheck = netcheck.parse_netcheck(printed.stdout)
        except HostError as error:
            log.info("Tailscale's own measurement could not be read: %s", error.trouble)

    def _program(self) -> str | None:
        if self._settings.tailscale.program:
            return self._settings.tailscale.program
        known = self._platform.tailscale_programs() if self._platform is not None else ()
        return self._commands.find("tailscale") or next(
            (found for program in known if (found := self._commands.find(program)) is not None), None
        )
