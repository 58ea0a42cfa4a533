# SPDX-License-Identifier: MIT
"""Asks Plex as a public visitor would, without a token: does it let strangers in, and does it take the plain hop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Http, Reply
from setup_assistant.services.plex_finder import Way
from setup_assistant.services.plex_messages import parse_identity

DOOR_S = 1.5
"""Seconds for each request; Plex answers these from memory."""

SOMEBODY = "visitor.example"
_VISITORS = (("203.0.113.7", "198.51.100.7", "192.0.2.7"), ("2001:db8::7", "3fff::7"))
"""Addresses kept for documentation (RFC 5737; RFC 3849 and 9637), by family: Plex may read only one family rightly.

One of them alone may stand in the list of networks that the owner lets in; a door open to all lets every one in.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """What the visitor met. ``None``: it could not be seen."""

    strangers_enter: bool | None = None
    plain_hop_refused: bool | None = None


async def look_at_door(http: Http, way: Way, machine_identifier: str, name: str) -> Door:
    """Knock as tailscaled does for a Funnel visitor; nothing is sent that a visitor could not send, and never a token.

    The headers are those of tailscale/tailscale, ipn/ipnlocal/serve.go, addProxyForwardedHeaders.
    """
    first = await _Knock.at(http, way, name)
    if first.takes(machine_identifier):
        return Door(first.lets_in, False if way.url.startswith("http://") else None)
    if first.silent or way.url.startswith("https://"):
        return Door(first.lets_in)
    second = await _Knock.at(http, way.with_tls(), name)
    if second.takes(machine_identifier):
        return Door(first.lets_in or second.lets_in, True)
    return Door(True if first.lets_in or second.lets_in else None)


class _Knock:
    """The replies to one round of requests."""

    def __init__(self, identity: Reply | HostError, roots: tuple[tuple[Reply | HostError, ...], ...]) -> None:
        self._identity = identity
        self._roots = roots

    @classmethod
    async def at(cls, http: Http, way: Way, name: str) -> _Knock:
        async with asyncio.TaskGroup() as group:
            identity = group.create_task(_get(http, way, "/identity", name, _VISITORS[0][0]))
            roots = [
                [group.create_task(_get(http, way, "/", name, visitor)) for visitor in family] for family in _VISITORS
            ]
        return cls(identity.result(), tuple(tuple(root.result() for root in family) for family in roots))

    def takes(self, machine_identifier: str) -> bool:
        """Whether this hop leads a visitor to this very Plex."""
        if isinstance(self._identity, HostError) or self._identity.status != 200:
            return False
        try:
            return parse_identity(self._identity).machine_identifier == machine_identifier
        except HostError:
            return False

    @property
    def silent(self) -> bool:
        return isinstance(self._identity, HostError) and self._identity.trouble is Trouble.TIMED_OUT

    @property
    def lets_in(self) -> bool | None:
        families = [[root.status if isinstance(root, Reply) else 0 for root in family] for family in self._roots]
        if any(200 in family and not {401, 403} & set(family) for family in families):
            return True
        return False if all(status in (200, 401, 403) for family in families for status in family) else None


async def _get(http: Http, way: Way, path: str, name: str, visitor: str) -> Reply | HostError:
    headers = {
        "Host": name,
        "X-Forwarded-For": visitor,
        "X-Forwarded-Host": name,
        "X-Forwarded-Proto": "https",
        "Tailscale-Funnel-Request": "?1",
    }
    try:
        return await http.request(
            "GET",
            way.url + path,
            headers=headers,
            timeout=DOOR_S,
            max_bytes=262_144,
            connect_to=way.connect_to,
            any_certificate=way.any_certificate,
            fresh=True,
        )
    except HostError as error:
        return error
