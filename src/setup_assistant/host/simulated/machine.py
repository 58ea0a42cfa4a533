# SPDX-License-Identifier: MIT
"""The simulated computer itself: its programs, its services, its admin prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, SystemFacts
from setup_assistant.core.host import Command, Completed
from setup_assistant.core.staying import Starts
from setup_assistant.host.simulated.plex import plex_state, start_plex
from setup_assistant.host.simulated.world import World

_TAILSCALE = "/usr/bin/tailscale"


def _tailscale_installed(world: World) -> bool:
    """Whether the program is there: from the beginning, or since the person installed it."""
    state = world.data["tailscale"]
    return bool(state.get("installed", True)) or world.seconds >= state.get("installed_after_s", float("inf"))


class Program(Protocol):
    """A simulated program: what it prints, after how many seconds."""

    def run(self, argv: Sequence[str], stdin: str | None, as_admin: bool) -> tuple[Completed, float]: ...


class SimulatedClock:
    """`core.host.Clock` of the simulated world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        """Return the simulated time in UTC."""
        return self._world.now()


class SimulatedCommands:
    """`core.host.Commands` with simulated programs behind it."""

    def __init__(self, world: World, tailscale: Program) -> None:
        self._world = world
        self._tailscale = tailscale

    def find(self, name: str) -> str | None:
        """Return the path of a program this world has."""
        return _TAILSCALE if name == "tailscale" and _tailscale_installed(self._world) else None

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        """Run a simulated program; see `core.host.Commands.run`."""
        name = PurePosixPath(argv[0]).name
        if as_admin and self._world.data["system"].get("admin", "given") == "refused":
            raise HostError(Trouble.ADMIN_REFUSED, what=name)
        fault = self._world.fault(" ".join([name, *argv[1:]]))
        if fault is not None and "exit" in fault:
            completed, delay = Completed(fault["exit"], "", fault.get("stderr", "")), fault.get("delay_s", 0.0)
        elif fault is not None:
            completed, delay = Completed(1, "", ""), fault.get("delay_s", 0.0)
        else:
            completed, delay = self._answer(name, argv, stdin, as_admin)
            self._world.save()
        try:
            async with asyncio.timeout(timeout):
                await asyncio.sleep(delay)
        except TimeoutError as error:
            raise HostError(Trouble.TIMED_OUT, f"{timeout:g} s", what=name) from error
        return completed

    def _answer(self, name: str, argv: Sequence[str], stdin: str | None, as_admin: bool) -> tuple[Completed, float]:
        if name == "tailscale" and self.find("tailscale"):
            return self._tailscale.run(argv, stdin, as_admin)
        if name == "systemctl" and as_admin and argv[1] in ("start", "restart"):
            return self._service(argv[2]), 1.0
        raise HostError(Trouble.TOOL_MISSING, what=name)

    def _service(self, unit: str) -> Completed:
        data: dict[str, Any] = self._world.data
        if unit.startswith("tailscaled"):
            data["tailscale"]["service"] = "running"
        elif unit.startswith("plexmediaserver"):
            start_plex(self._world)
        return Completed(0, "", "")


class SimulatedPlatform:
    """`core.host.Platform` of a Linux computer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def system(self) -> SystemFacts:
        """Describe the simulated computer."""
        data = self._world.data["system"]
        return SystemFacts(
            os=OperatingSystem(data.get("os", "linux")),
            version=data.get("version", "Debian GNU/Linux 12 (bookworm)"),
            host_name=data.get("host", "plexbox"),
            user=data.get("user", "ann"),
            is_admin=False,
            distribution=data.get("distribution", "debian"),
        )

    def tailscale_programs(self) -> tuple[str, ...]:
        """Where the program is, if the world has it."""
        return (_TAILSCALE,) if _tailscale_installed(self._world) else ()

    def tailscale_socket(self) -> str | None:
        """The usual one."""
        return None

    def tailscale_environment(self) -> Mapping[str, str]:
        """Nothing special."""
        return {}

    def start_tailscale(self) -> Command | None:
        """As on a Linux with systemd."""
        return Command(("systemctl", "start", "tailscaled.service"), as_admin=True)

    def install_hint(self) -> str:
        """Debian has no package of its own."""
        return ""

    async def plex_installation(self) -> PlexInstallation | None:
        """As the scenario says; ``kind`` is ``package`` unless it names another."""
        plex = self._world.data["plex"]
        state = plex_state(self._world)
        if state in ("missing", "other_app"):
            return None
        ports = (plex["port"],) if "port" in plex and state != "stopped" else ()
        return PlexInstallation(plex.get("kind", "package"), running=state != "stopped", ports=ports)

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        """As on a Linux with systemd."""
        return Command(("systemctl", "start", "plexmediaserver.service"), as_admin=True)

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        """As on a Linux with systemd."""
        return (Command(("systemctl", "restart", "plexmediaserver.service"), as_admin=True),)

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        """As ``[system]`` says: ``plex_starts``, ``tailscale_starts``, ``sleeps``, ``signs_in_alone``."""
        data = self._world.data["system"]
        return StayingFacts(
            plex=Starts(data.get("plex_starts", "with_computer")),
            tailscale=Starts(data.get("tailscale_starts", "with_computer")),
            sleeps=data.get("sleeps", True),
            signs_in_alone=data.get("signs_in_alone", False),
        )

    def open_browser(self, link: str) -> bool:
        """Nothing real is opened; the simulated person finishes by themselves."""
        return True
