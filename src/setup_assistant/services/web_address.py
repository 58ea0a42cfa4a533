# SPDX-License-Identifier: MIT
"""Services on the web that tell the address they were asked from."""

from __future__ import annotations

import json
from ipaddress import ip_address

from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Http

ASK_S = 2.8
_MAX_BYTES = 4096


def parse_address(body: bytes) -> str | None:
    """Read a bare address or ``{"ip": address}``; None for anything else."""
    try:
        text = body.decode("ascii").strip()
        if text.startswith("{"):
            text = str(json.loads(text)["ip"]).strip()
        return str(ip_address(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


async def ask_address(http: Http, service: str) -> str | None:
    """Ask one service (https, or http on loopback) which address it sees; None where it could not be asked."""
    try:
        reply = await http.request("GET", service, timeout=ASK_S, max_bytes=_MAX_BYTES, fresh=True)
    except HostError:
        return None
    return parse_address(reply.body) if reply.status == 200 else None
