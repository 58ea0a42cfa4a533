# SPDX-License-Identifier: MIT
"""Those who look from elsewhere: asked one after the other, and no more often than a run may."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Http, Reply
from setup_assistant.core.settings import OutsideSettings
from setup_assistant.services import check_host, globalping, own_endpoint
from setup_assistant.services.polling import REQUEST_S, poll
from setup_assistant.services.public_dns import resolver_name

log = logging.getLogger(__name__)

MOST_TESTS = 7
"""Tests a run may cost the public services: three probes, three at one retry, and one to spare."""

Checked = tuple[Fetch, ...]


class Checkers:
    """The public checking services of one run; consent is the caller's to ask for."""

    def __init__(self, http: Http, settings: OutsideSettings) -> None:
        self._http = http
        self._settings = settings
        self.tests_used = 0
        """Tests asked for in this run, at most `MOST_TESTS`."""

    async def probes(self, url: str, machine_identifier: str) -> tuple[tuple[Fetch, ...], str]:
        """Layer 5: the view from elsewhere, and who looked.

        Globalping first, then check-host.net, then the own endpoint, until one of them can tell. Where none can,
        each fetch is COULD_NOT_CHECK and names its service. Consent is the caller's to ask for.
        """
        services: list[tuple[str, Callable[[], Awaitable[Checked]]]] = [
            (globalping.NAME, lambda: self._globalping(url, machine_identifier)),
            (check_host.NAME, lambda: self._check_host(url)),
        ]
        if self._settings.own_endpoint is not None:
            endpoint = self._settings.own_endpoint
            services.append((own_endpoint.NAME, lambda: self._own_endpoint(endpoint, url, machine_identifier)))
        troubles: list[Fetch] = []
        second: tuple[Checked, str] | None = None
        for service, ask in services:
            try:
                fetched = await ask()
            except HostError as error:
                log.info("%s could not check: %s %s %s", service, error.trouble, error.status or "", error.detail)
                troubles.append(_could_not(service, error))
                continue
            if tells(fetched):
                if not any(fetch.answer is Answer.ANSWERED for fetch in fetched):
                    return fetched, service
                second = second or (fetched, service)
            else:
                troubles.append(Fetch(Answer.COULD_NOT_CHECK, place=service, detail=fetched[0].detail))
        return second or (tuple(troubles), "")

    async def direct(self, addresses: Sequence[str], port: int, machine_identifier: str) -> Checked:
        """What one place outside meets at each public address; asked only while tests are left. Needs consent."""

        async def ask(address: str) -> Checked:
            body = globalping.measurement_of_address(address, port)
            reply = await self._measure(body, self._take(1, globalping.NAME))
            found = globalping.parse_results(reply, machine_identifier, any_certificate=True)
            return tuple(replace(fetch, address=address) for fetch in found)

        async def ask_or_tell(address: str) -> Checked:
            try:
                return await ask(address)
            except HostError as error:
                log.info("a public address could not be asked: %s %s", error.trouble, error.status or "")
                return (replace(_could_not(globalping.NAME, error), address=address),)

        met = await asyncio.gather(*(ask_or_tell(address) for address in addresses))
        return tuple(fetch for fetches in met for fetch in fetches)

    @property
    def tests_left(self) -> int:
        """Tests that may still be asked for in this run."""
        return MOST_TESTS - self.tests_used

    def _take(self, wanted: int, service: str) -> int:
        """Return how many tests may be asked for, and count them. Raises HostError where none is left."""
        granted = min(wanted, self.tests_left)
        if granted <= 0:
            raise HostError(Trouble.UNSUPPORTED, "tests used up", what=service)
        self.tests_used += granted
        return granted

    async def _globalping(self, url: str, machine_identifier: str) -> Checked:
        tests = self._take(self._settings.probes, globalping.NAME)
        reply = await self._measure(globalping.measurement(url, tests), tests)
        return globalping.parse_results(reply, machine_identifier)

    async def _measure(self, body: Mapping[str, Any], tests: int) -> Reply:
        """Have a measurement made, whose tests have been counted. Raises HostError."""
        base = f"{self._settings.globalping}/v1/measurements"
        try:
            created = await self._http.request("POST", base, json=body, timeout=REQUEST_S)
            identifier = globalping.parse_created(created)
        except HostError as error:
            if error.status is not None:  # refused before any probe was asked
                self.tests_used -= tests
            raise
        return await poll(
            self._http,
            f"{base}/{identifier}",
            globalping.is_running,
            pause=globalping.POLL_S,
            deadline=globalping.DEADLINE_S,
            what=globalping.NAME,
        )

    async def _check_host(self, url: str) -> Checked:
        tests = self._take(self._settings.probes, check_host.NAME)
        base = self._settings.check_host
        created = await self._http.request(
            "GET",
            f"{base}/check-http",
            params=check_host.parameters(url, tests),
            headers=check_host.ACCEPT,
            timeout=REQUEST_S,
        )
        identifier, places = check_host.parse_created(created)
        reply = await poll(
            self._http,
            f"{base}/check-result/{identifier}",
            check_host.is_running,
            pause=check_host.POLL_S,
            deadline=check_host.DEADLINE_S,
            what=check_host.NAME,
        )
        return check_host.parse_results(reply, places)

    async def _own_endpoint(self, endpoint: str, url: str, machine_identifier: str) -> Checked:
        params = own_endpoint.parameters(url)
        reply = await self._http.request("GET", endpoint, params=params, timeout=own_endpoint.DEADLINE_S)
        return (own_endpoint.parse_result(reply, resolver_name(endpoint), machine_identifier),)


def tells(fetched: Checked) -> bool:
    """Whether any place could look at all."""
    return any(fetch.answer is not Answer.COULD_NOT_CHECK for fetch in fetched)


def _could_not(service: str, error: HostError) -> Fetch:
    seen = f"HTTP {error.status}" if error.status is not None else error.trouble.value
    return Fetch(Answer.COULD_NOT_CHECK, place=service, detail=f"{seen} {error.detail}".strip())
