# SPDX-License-Identifier: MIT
"""The simulated way in: Funnel's public relays, the node's own address, and what Serve makes of a visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.host.simulated.world import (
    SimulatedFailure,
    SimulatedReply,
    SimulatedRequest,
    Site,
    World,
    json_reply,
)

Reaches = Callable[[str, int, str, bool], str | None]
"""Host, port, path, whether from the internet -> what Serve leads to (``http://localhost:32400``), or None."""

ENTRANCES = {"A": ("199.38.181.54", "209.177.145.137"), "AAAA": ("2403:2500:400:20::e8e",)}
"""Addresses of Funnel's relays as seen in reports (tailscale/tailscale issues 19290 and 21067)."""
CERTIFICATE_LIFE = timedelta(days=90)
"""Let's Encrypt's usual one."""

REPLIES: Mapping[str, SimulatedReply] = {
    "bad_gateway": SimulatedReply(502),
    "starting": SimulatedReply(503, b"proxy is closed\n", {"content-type": "text/plain; charset=utf-8"}),
    "not_found": SimulatedReply(404, b"404 page not found\n", {"content-type": "text/plain; charset=utf-8"}),
    "unauthorized": SimulatedReply(401),
    "redirect": SimulatedReply(302, b"", {"location": "https://router.example/login?next=%2Fidentity"}),
    "other_app": SimulatedReply(200, b"<html>It works</html>", {"content-type": "text/html"}),
    "other_server": json_reply(
        {"MediaContainer": {"size": 0, "claimed": True, "machineIdentifier": "another", "version": "1.43.0.0"}}
    ),
}
"""What the entrance gives for ``funnel_reaches``: Tailscale's reverse proxy (ipnlocal/serve.go), or another app."""


def certificate_comes(world: World) -> datetime | None:
    """When the node gets its first certificate, while it has none; None once it is there."""
    since = world.data["tailscale"].get("funnel_since")
    left = (since or 0.0) + world.data["outside"].get("certificate_after_s", 0.0) - world.seconds
    return world.now() + timedelta(seconds=left) if since is not None and left > 0 else None


class SimulatedEntrance:
    """Carries visitors to Plex, from the internet and from inside the tailnet."""

    def __init__(self, world: World, reaches: Reaches, plex_site: Site) -> None:
        self._world = world
        self._reaches = reaches
        self._plex_site = plex_site
        self._outside: dict[str, Any] = world.data["outside"]

    def enter(self, request: SimulatedRequest) -> SimulatedReply:
        """What a visitor gets who comes through a public relay."""
        if ":" in request.address and not self._world.data["network"].get("ipv6", False):
            raise SimulatedFailure("unreachable")
        if request.address in self._outside.get("entrances_down", ()):
            raise SimulatedFailure("closed")
        return self.visit(request)

    def enter_from_tailnet(self, request: SimulatedRequest) -> SimulatedReply:
        """What a visitor inside the tailnet gets at the node's own address."""
        return self._serve(request, self._outside.get("near", "plex"), public=False, turned_away="refused")

    def visit(self, request: SimulatedRequest) -> SimulatedReply:
        """What a visitor from the internet gets, whichever relay he came through."""
        # The node turns the relay away; outside one sees a connection that ends before a certificate is shown.
        return self._serve(request, self._outside.get("funnel_reaches", "plex"), public=True, turned_away="closed")

    def _serve(self, request: SimulatedRequest, outcome: str, *, public: bool, turned_away: str) -> SimulatedReply:
        """What the node does with a request: ``outcome`` is "plex", a reply of its own, or how the connection ends."""
        target = self._reaches(request.host, request.port, request.path, public)
        if target is None:
            raise SimulatedFailure(turned_away)
        if certificate_comes(self._world) is not None:
            raise SimulatedFailure("tls_alert")
        if outcome in REPLIES:
            return REPLIES[outcome]
        if outcome != "plex":
            raise SimulatedFailure(outcome)
        return self.forward(request, target)

    def forward(self, request: SimulatedRequest, target: str) -> SimulatedReply:
        """Hand a request on as Tailscale's reverse proxy does: 502 with no body where nothing answers."""
        parts = urlsplit(target if "://" in target else f"http://{target}")
        port = parts.port
        if port is None or port != self._world.data["plex"].get("port", 32400):
            return REPLIES["bad_gateway"]
        headers = {
            **request.headers,
            "tailscale-funnel-request": "?1",
            "x-forwarded-for": "198.51.100.7",
            "x-forwarded-host": request.host,
            "x-forwarded-proto": "https",
        }
        inner = replace(
            request,
            scheme="https" if parts.scheme.startswith("https") else "http",
            host=parts.hostname or "localhost",
            port=port,
            address="127.0.0.1",
            headers=headers,
        )
        try:
            return self._plex_site(inner)
        except SimulatedFailure:
            return REPLIES["bad_gateway"]
