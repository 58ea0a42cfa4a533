# SPDX-License-Identifier: MIT
"""One simulated home for tests: Plex, plex.tv and a keyring, with our real HTTP client and no time that passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, SystemFacts
from setup_assistant.core.host import Command, Completed, Host
from setup_assistant.core.settings import PlexServerSettings, PlexTvSettings
from setup_assistant.host.http import HttpClient
from setup_assistant.host.simulated.clock import InstantLoop
from setup_assistant.host.simulated.keyring import SimulatedSecrets
from setup_assistant.host.simulated.plex import SimulatedPlex, plex_state, start_plex
from setup_assistant.host.simulated.plex_tv import SimulatedPlexTv
from setup_assistant.host.simulated.web import SimulatedTransport
from setup_assistant.host.simulated.world import SECTIONS, SimulatedRequest, Site, World
from setup_assistant.services.plex_account import PlexAccount
from setup_assistant.services.plex_server import PlexServer

T = TypeVar("T")
CLIENT = "8f14e45f-ceea-467f-a83c-0e6f0b0f1a11"


def make_world(**sections: Mapping[str, Any]) -> World:
    data: dict[str, Any] = {section: dict(sections.get(section, {})) for section in (*SECTIONS, "system")}
    data["faults"] = list(sections.get("faults", []))
    data["clock"] = {"started": "2026-11-22T10:00:00+00:00", "elapsed": 0.0}
    return World("test", data)


@dataclass
class Seen:
    """Every request that left the HTTP client, in order."""

    requests: list[SimulatedRequest] = field(default_factory=list)

    def to(self, part: str) -> list[SimulatedRequest]:
        return [one for one in self.requests if part in f"{one.method} {one.host}{one.path}"]


class Computer:
    """Platform and Commands of a Linux computer whose Plex can be started."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: list[tuple[tuple[str, ...], bool]] = []
        self.opened: list[str] = []
        self.exit_code = 0
        self.installation: PlexInstallation | None = PlexInstallation("package")
        self.can_start = True
        self.has_browser = True

    def find(self, name: str) -> str | None:
        return None

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        self.commands.append((tuple(argv), as_admin))
        if self.exit_code == 0:
            start_plex(self.world)
        return Completed(self.exit_code, "", "")

    def system(self) -> SystemFacts:
        return SystemFacts(OperatingSystem.LINUX, "Debian 12", "plexbox", "ann", is_admin=False)

    def tailscale_socket(self) -> str | None:
        return None

    def tailscale_programs(self) -> tuple[str, ...]:
        return ()

    def tailscale_environment(self) -> Mapping[str, str]:
        return {}

    def start_tailscale(self) -> Command | None:
        return None

    def install_hint(self) -> str:
        return ""

    async def plex_installation(self) -> PlexInstallation | None:
        return None if plex_state(self.world) == "missing" else self.installation

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        return Command(("systemctl", "start", "plexmediaserver.service"), as_admin=True) if self.can_start else None

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        return (Command(("systemctl", "restart", "plexmediaserver.service"), as_admin=True),) if self.can_start else ()

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        return StayingFacts()

    def open_browser(self, link: str) -> bool:
        self.opened.append(link)
        return self.has_browser


class _Clock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now().astimezone(UTC)


class _Line:
    async def observe(self, *, provider_allowed: bool) -> ConnectionFacts:
        return ConnectionFacts()

    async def complete(self, facts: ConnectionFacts, *, provider_allowed: bool) -> ConnectionFacts:
        return facts


class Home:
    """All of it. ``sites`` maps a host name to what answers there."""

    def __init__(
        self, world: World | None = None, *, plex_settings: PlexServerSettings | None = None, **sections: Any
    ) -> None:
        self.world = world or make_world(**{"plex_tv": {"signed_in": True}, **sections})
        self.seen = Seen()
        self.reach_ipv6 = False
        self.port: int | None = None
        """The only port on which Plex listens; None: on any."""
        self.plex_tv = SimulatedPlexTv(self.world)
        self.simulated_plex = SimulatedPlex(self.world)
        self.sites: dict[str, Site] = {
            "localhost": self.simulated_plex.site,
            "plex.tv": self.plex_tv.site,
            "clients.plex.tv": self.plex_tv.site,
        }
        self.computer = Computer(self.world)
        self.transport: httpx.AsyncBaseTransport = SimulatedTransport(self.world, self._route)
        self.host = Host(
            commands=self.computer,
            http=HttpClient(None, self.transport),
            secrets=SimulatedSecrets(self.world),
            platform=self.computer,
            line=_Line(),
            clock=_Clock(self.world),
            simulated="test",
        )
        self.plex_tv_settings = PlexTvSettings()
        self.account = PlexAccount(self.host, self.plex_tv_settings, CLIENT)
        self.server = PlexServer(self.host, plex_settings or PlexServerSettings(), self.account)

    def _route(self, request: SimulatedRequest) -> Site | None:
        self.seen.requests.append(request)
        if request.address == "::1" and not self.reach_ipv6:
            return None
        if request.host == "localhost" and self.port not in (None, request.port):
            return None
        return self.sites.get(request.host)

    def run(self, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run to the end on a loop where waiting takes no time; the world's time goes on from where it was."""
        with asyncio.Runner(loop_factory=InstantLoop) as runner:
            loop = runner.get_loop()
            gone = self.world.seconds
            self.world.time = lambda: gone + loop.time()
            result = runner.run(job())
            end = self.world.time()
        self.world.time = lambda: end
        return result

    async def settings(self) -> dict[str, Any]:
        """All 155, as the server has them."""
        return {setting["id"]: setting["value"] for setting in self.simulated_plex.settings.all()}
