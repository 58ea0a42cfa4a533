# SPDX-License-Identifier: MIT
"""A small simulated world with the real outside service over it, on a clock that takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import httpx

from setup_assistant.core.facts import OutsideFacts, ProofTarget
from setup_assistant.core.host import Host
from setup_assistant.core.settings import OutsideSettings
from setup_assistant.host.http import HttpClient
from setup_assistant.host.simulated.clock import InstantLoop
from setup_assistant.host.simulated.outside import SimulatedOutside
from setup_assistant.host.simulated.tailscale_status import ADDRESSES
from setup_assistant.host.simulated.web import SimulatedTransport, read_request
from setup_assistant.host.simulated.world import (
    SECTIONS,
    SimulatedFailure,
    SimulatedReply,
    SimulatedRequest,
    Site,
    World,
    json_reply,
)
from setup_assistant.services.outside import Outside

T = TypeVar("T")

NAME = "plexbox.tail1234.ts.net"
OWN, OWN_6 = ADDRESSES
MACHINE = "9f2c1d7e5ba843aa"
TARGET = ProofTarget(url=f"https://{NAME}:443", name=NAME, port=443, machine_identifier=MACHINE, addresses=(OWN_6, OWN))


@dataclass
class FakeHost:
    """Only what the outside service uses of a host."""

    http: HttpClient


@dataclass
class Sandbox:
    """The world's keys are those of a scenario file."""

    outside: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)
    settings: OutsideSettings = field(default_factory=OutsideSettings)
    plex: bool = True
    faults: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        data: dict[str, Any] = {section: {} for section in SECTIONS}
        data["outside"] = self.outside
        data["network"] = {"line": "cgnat", "public_ip": "81.2.69.10", "ipv6": False, **self.network}
        data["tailscale"] = {"host": "plexbox", "tailnet": "tail1234.ts.net", "funnel_since": 0.0}
        data["faults"] = self.faults
        data["clock"] = {"started": datetime(2026, 11, 22, tzinfo=UTC).isoformat(), "elapsed": 0.0}
        self.world = World("sandbox", data)
        self.asked: list[tuple[float, SimulatedRequest]] = []
        self.simulated = SimulatedOutside(self.world, self.reaches, self.plex_site, self.settings)
        self.http = HttpClient(None, RecordingTransport(self))
        self.service = Outside(cast(Host, FakeHost(self.http)), self.settings)

    def reaches(self, host: str, port: int, path: str, public: bool) -> str | None:
        return "http://localhost:32400" if (host, port) == (NAME, 443) else None

    def plex_site(self, request: SimulatedRequest) -> SimulatedReply:
        if not self.plex:
            raise SimulatedFailure("refused")
        return json_reply(
            {"MediaContainer": {"size": 0, "claimed": True, "machineIdentifier": MACHINE, "version": "1.43.0.0"}}
        )

    def route(self, request: SimulatedRequest) -> Site | None:
        return self.simulated.site(request)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def timed() -> T:
            loop = asyncio.get_running_loop()
            began = loop.time()
            self.world.time = lambda: loop.time() - began
            return await work

        with asyncio.Runner(loop_factory=InstantLoop) as runner:
            return runner.run(timed())

    @property
    def tests_used(self) -> int:
        """Tests that the service has counted in this run."""
        return self.service._checkers.tests_used

    def observe(self, *, consent: bool | None = True, layers: int = 5) -> OutsideFacts:
        return self.run(self.service.observe(TARGET, consent=consent, layers=layers))

    def asked_of(self, host: str) -> list[tuple[float, SimulatedRequest]]:
        return [(moment, request) for moment, request in self.asked if request.host == host]


class RecordingTransport(SimulatedTransport):
    """Notes every request with its moment, also those that a scripted fault answers."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.world, sandbox.route)
        self._sandbox = sandbox

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seen = read_request(request, await request.aread())
        self._sandbox.asked.append((self._sandbox.world.seconds, seen))
        return await super().handle_async_request(request)
