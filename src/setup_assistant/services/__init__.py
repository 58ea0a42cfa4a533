# SPDX-License-Identifier: MIT
"""Clients that each speak one outside language; parsing is pure and apart from talking."""

from __future__ import annotations

from dataclasses import dataclass

from setup_assistant.core.events import Listener, unheard
from setup_assistant.core.host import Host
from setup_assistant.core.settings import Settings
from setup_assistant.services.outside import Outside
from setup_assistant.services.plex_account import PlexAccount
from setup_assistant.services.plex_server import PlexServer
from setup_assistant.services.releases import Releases
from setup_assistant.services.tailscale import Tailscale


@dataclass(frozen=True, slots=True)
class Services:
    """All clients of one run, over one host."""

    host: Host
    settings: Settings
    tailscale: Tailscale
    plex: PlexServer
    account: PlexAccount
    outside: Outside
    releases: Releases
    listen: Listener = unheard
