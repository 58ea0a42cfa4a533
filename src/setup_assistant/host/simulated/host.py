# SPDX-License-Identifier: MIT
"""Puts the simulated parts together into one `Host`."""

from __future__ import annotations

from urllib.parse import urlsplit

from setup_assistant.core.host import Host
from setup_assistant.core.settings import Settings, is_loopback
from setup_assistant.host.http import HttpClient
from setup_assistant.host.simulated.keyring import SimulatedSecrets
from setup_assistant.host.simulated.line import SimulatedLine
from setup_assistant.host.simulated.machine import SimulatedClock, SimulatedCommands, SimulatedPlatform
from setup_assistant.host.simulated.outside import SimulatedOutside
from setup_assistant.host.simulated.plex import SimulatedPlex
from setup_assistant.host.simulated.plex_elsewhere import SimulatedLan
from setup_assistant.host.simulated.plex_tv import SimulatedPlexTv
from setup_assistant.host.simulated.tailscale import SimulatedTailscale
from setup_assistant.host.simulated.tailscale_status import ADDRESSES
from setup_assistant.host.simulated.web import SimulatedTransport
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedRequest, Site, World


class SimulatedRoutes:
    """Finds the simulated service behind an address."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.tailscale = SimulatedTailscale(world)
        self.plex = SimulatedPlex(world)
        self.plex_tv = SimulatedPlexTv(world)
        self.outside = SimulatedOutside(
            world, self.tailscale.reaches, self.plex.site, settings.outside, settings.connection, settings.updates
        )
        self._world = world
        addresses = (settings.plex_tv.api, settings.plex_tv.sign_in)
        self._plex_tv_hosts = {urlsplit(url).hostname for url in addresses}
        self._plex_port = int(world.data["plex"].get("port", urlsplit(settings.plex.url).port or 32400))

    def __call__(self, request: SimulatedRequest) -> Site | None:
        """Return the service, or None where nothing listens."""
        if is_loopback(request.address):
            return self._on_this_computer(request)
        if request.address in ADDRESSES:
            return self.outside.entrance.enter_from_tailnet
        if request.host in self._plex_tv_hosts:
            if self._world.data["network"].get("line") == "offline":
                raise SimulatedFailure("unreachable")
            return self.plex_tv.site
        return self.outside.site(request)

    def _on_this_computer(self, request: SimulatedRequest) -> Site | None:
        return self.plex.site if request.port == self._plex_port else None


def simulated_host(world: World, settings: Settings) -> Host:
    """Build the bundle over one world; nothing in it is real."""
    routes = SimulatedRoutes(world, settings)
    return Host(
        commands=SimulatedCommands(world, routes.tailscale),
        http=HttpClient(None, SimulatedTransport(world, routes)),
        secrets=SimulatedSecrets(world),
        platform=SimulatedPlatform(world),
        line=SimulatedLine(world),
        clock=SimulatedClock(world),
        simulated=world.name,
        lan=SimulatedLan(world),
    )
