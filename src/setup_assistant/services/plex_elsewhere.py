# SPDX-License-Identifier: MIT
"""Finds Plex servers on other machines of the home network, by Plex's own discovery ("GDM")."""

from __future__ import annotations

from ipaddress import ip_address

from setup_assistant.core.errors import HostError
from setup_assistant.core.host import LanSearch

# python-plexapi 4.18.3, plexapi/gdm.py.
GROUP = ("239.0.0.250", 32414)
MESSAGE = b"M-SEARCH * HTTP/1.0"
SEARCH_S = 1.0

_MOST = 8


async def servers_on_lan(lan: LanSearch) -> tuple[str, ...]:
    """Return the addresses of the servers that answer within a second. Never raises HostError: this is a hint only."""
    try:
        answers = await lan.search(MESSAGE, GROUP, timeout=SEARCH_S)
    except HostError:
        return ()
    found = {sender for sender, datagram in answers if is_server(datagram)}
    return tuple(sorted(found, key=ip_address))[:_MOST]


def is_server(datagram: bytes) -> bool:
    """Whether a datagram is the answer of a Plex Media Server."""
    first, *lines = datagram[:4096].decode("ascii", "replace").splitlines() or [""]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first.startswith("HTTP/1.") and " 200" in first and headers.get("content-type") == "plex/media-server"
