# SPDX-License-Identifier: MIT
"""Finds what answers on Plex's port of this computer, over IPv4 and IPv6, plain or by TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexAnswer
from setup_assistant.core.host import Http
from setup_assistant.core.settings import is_loopback
from setup_assistant.services.plex_messages import Identity, parse_identity

IDENTITY_S = 2.0
"""Seconds for one ``/identity``."""


@dataclass(frozen=True, slots=True)
class Way:
    """How Plex is reached on this computer: base URL, the address behind its name, and whether TLS is taken as is."""

    url: str
    connect_to: tuple[str, int] | None = None
    any_certificate: bool = False

    def with_tls(self) -> Way:
        """The same port by https. Plex speaks both there, with a certificate for another name."""
        return Way(self.url.replace("http://", "https://", 1), self.connect_to, any_certificate=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What answered, and how it was reached. ``identity`` is there where it is Plex and has started."""

    answer: PlexAnswer
    way: Way
    port: int
    identity: Identity | None = None


_BEST_FIRST = (PlexAnswer.PLEX, PlexAnswer.STARTING, PlexAnswer.NOT_PLEX, PlexAnswer.SILENT, PlexAnswer.REFUSED)


class PlexFinder:
    """Asks ``/identity``, which Plex answers to anyone."""

    def __init__(self, http: Http, url: str) -> None:
        self._http = http
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._url = f"{parts.scheme}://{parts.netloc}"
        self.port = parts.port or (443 if self._tls else 80)

    async def look(self) -> Seen:
        """Return the best answer; where plain http meets something else, TLS is tried too. Never raises HostError."""
        seen = await self._best(self._ways())
        if seen.answer is PlexAnswer.NOT_PLEX and not self._tls:
            behind = await self._best([way.with_tls() for way in self._ways()])
            if behind.answer in (PlexAnswer.PLEX, PlexAnswer.STARTING):
                return behind
        return seen

    @property
    def is_here(self) -> bool:
        """Whether the address means this computer."""
        return is_loopback(self._host)

    async def look_on(self, ports: Mapping[int, str]) -> Seen | None:
        """Look on other ports of the same place: for the server with that identifier, for any where it is empty."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        scheme = urlsplit(self._url).scheme
        others = {port: wanted for port, wanted in ports.items() if port != self.port}
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(PlexFinder(self._http, f"{scheme}://{host}:{port}").look()) for port in others]
        for wanted, found in zip(others.values(), (task.result() for task in tasks), strict=True):
            if found.identity is not None and wanted in ("", found.identity.machine_identifier):
                return found
            if found.answer is PlexAnswer.STARTING and not wanted:
                return found
        return None

    def _ways(self) -> list[Way]:
        if not self.is_here:
            return [Way(self._url)]
        addresses = ("127.0.0.1", "::1") if self._host == "localhost" else (self._host,)
        return [Way(self._url, (address, self.port), any_certificate=self._tls) for address in addresses]

    async def _best(self, ways: list[Way]) -> Seen:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._identity(way)) for way in ways]
        return min((task.result() for task in tasks), key=lambda seen: _BEST_FIRST.index(seen.answer))

    async def _identity(self, way: Way) -> Seen:
        try:
            reply = await self._http.request(
                "GET",
                way.url + "/identity",
                headers={"Accept": "application/json"},
                timeout=IDENTITY_S,
                max_bytes=262_144,
                connect_to=way.connect_to,
                any_certificate=way.any_certificate,
                fresh=True,
            )
        except HostError as error:
            return Seen(_answer_of(error), way, self.port)
        # While it starts, Plex answers 503 to everything, or 400 with these words (facts: the bootstrap of plexapi).
        if reply.status == 503 or (reply.status == 400 and b"still starting up" in reply.body):
            return Seen(PlexAnswer.STARTING, way, self.port)
        if reply.status != 200:
            return Seen(PlexAnswer.NOT_PLEX, way, self.port)
        try:
            return Seen(PlexAnswer.PLEX, way, self.port, parse_identity(reply))
        except HostError:
            return Seen(PlexAnswer.NOT_PLEX, way, self.port)


def _answer_of(error: HostError) -> PlexAnswer:
    if error.trouble is Trouble.TIMED_OUT:
        return PlexAnswer.SILENT
    if error.trouble is Trouble.REFUSED or error.detail in ("unreachable", "name_not_found"):
        return PlexAnswer.REFUSED
    return PlexAnswer.NOT_PLEX
