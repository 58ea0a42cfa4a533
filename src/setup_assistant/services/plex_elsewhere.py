# SPDX-License-Identifier: MIT
"""Finds Plex servers on other machines of the home network, by Plex's own discovery ("GDM")."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from setup_assistant.core.aim import PLEX_PORT
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import LanSearch

# python-plexapi 4.18.3, plexapi/gdm.py.
GROUP = ("239.0.0.250", 32414)
MESSAGE = b"M-SEARCH * HTTP/1.0"
SEARCH_S = 1.0

_MOST = 8


@dataclass(frozen=True, slots=True)
class LanServer:
    """One server that answered: from where, on which port, and which it is."""

    address: str
    port: int
    machine_identifier: str


async def servers_on_lan(lan: LanSearch) -> tuple[LanServer, ...]:
    """Return the servers that answer within a second. Never raises HostError: this is a hint only."""
    try:
        answers = await lan.search(MESSAGE, GROUP, timeout=SEARCH_S)
    except HostError:
        return ()
    found = {sender: server for sender, datagram in answers if (server := read_server(sender, datagram)) is not None}
    return tuple(found[sender] for sender in sorted(found, key=ip_address))[:_MOST]


def read_server(sender: str, datagram: bytes) -> LanServer | None:
    """Read the answer of a Plex Media Server; None for anything else."""
    first, *lines = datagram[:4096].decode("ascii", "replace").splitlines() or [""]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not first.startswith("HTTP/1.") or " 200" not in first or headers.get("content-type") != "plex/media-server":
        return None
    port = headers.get("port", "")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0
    return LanServer(sender, number if 0 < number < 65536 else PLEX_PORT, headers.get("resource-identifier", ""))
