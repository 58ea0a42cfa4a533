# SPDX-License-Identifier: MIT
"""A simulated node behind the real client, on a loop whose waits take no time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from setup_assistant.core.facts import OperatingSystem, SystemFacts
from setup_assistant.core.host import Completed, Host
from setup_assistant.core.settings import TailscaleSettings
from setup_assistant.host.simulated.clock import InstantLoop
from setup_assistant.host.simulated.machine import SimulatedClock, SimulatedCommands, SimulatedPlatform
from setup_assistant.host.simulated.tailscale import SimulatedTailscale
from setup_assistant.host.simulated.world import World, open_world
from setup_assistant.services.tailscale import Tailscale

T = TypeVar("T")
RECORDED = Path(__file__).parents[2] / "recorded" / "tailscale"
NAME = "plexbox.tail1234.ts.net"


def recorded(version: str = "1.102.3") -> dict[str, Any]:
    """The recordings of one version, by name."""
    content: dict[str, Any] = json.loads((RECORDED / f"linux-{version}.json").read_text(encoding="utf-8"))
    return content


def replay(entry: Mapping[str, Any]) -> Completed:
    """One recording as the program would answer."""
    return Completed(entry["exit"], entry["stdout"], entry["stderr"])


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; waits take no time."""
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(work)


def timed(work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    """Run to the end; return also the simulated seconds."""

    async def measure() -> tuple[T, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        return await work(), loop.time() - began

    return run(measure())


@dataclass
class Recorder:
    """Passes commands on and remembers them; can be told to answer some itself."""

    inner: SimulatedCommands
    asked: list[tuple[str, ...]] = field(default_factory=list)
    as_admin: list[tuple[str, ...]] = field(default_factory=list)
    answers: dict[str, Callable[[], Awaitable[Completed]]] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)

    def find(self, name: str) -> str | None:
        return self.inner.find(name)

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        words = tuple(argv[1:])
        self.asked.append(words)
        if as_admin:
            self.as_admin.append(words)
        line = " ".join(words)
        for start, happens in list(self.before.items()):
            if line.startswith(start):
                del self.before[start]
                happens()
        for start, answer in self.answers.items():
            if line.startswith(start):
                return await answer()
        return await self.inner.run(argv, timeout=timeout, stdin=stdin, env=env, as_admin=as_admin)


class Person(SimulatedPlatform):
    """A platform whose system can be chosen and whose browser remembers."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.opened: list[str] = []
        self.os = OperatingSystem.LINUX
        self.admin = False

    def system(self) -> SystemFacts:
        return SystemFacts(self.os, "12", "plexbox", "ann", self.admin, "debian")

    def open_browser(self, link: str) -> bool:
        self.opened.append(link)
        return True


class Node:
    """One simulated node, its client, and what was asked of it."""

    def __init__(
        self, settings: TailscaleSettings | None = None, system: Mapping[str, Any] | None = None, **state: Any
    ) -> None:
        self.world = open_world("test", {"tailscale": {"serve": {}, **state}, "system": dict(system or {})}, None)
        self.daemon = SimulatedTailscale(self.world)
        self.commands = Recorder(SimulatedCommands(self.world, self.daemon))
        self.person = Person(self.world)
        nothing = cast(Any, None)
        self.host = Host(self.commands, nothing, nothing, self.person, nothing, SimulatedClock(self.world), "test")
        self.client = Tailscale(self.host, settings or TailscaleSettings())

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.world.data["tailscale"]
        return state

    @property
    def serve(self) -> dict[str, Any]:
        config: dict[str, Any] = self.state["serve"]
        return config

    def changed(self) -> list[tuple[str, ...]]:
        """The commands asked that could change something."""
        reading = (
            "status",
            "version",
            "switch",
            "debug prefs",
            "debug derp-map",
            "serve status",
            "debug localapi POST query",
        )
        return [words for words in self.commands.asked if not " ".join(words).startswith(reading)]
