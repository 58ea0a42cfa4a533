# SPDX-License-Identifier: MIT
"""Reads the world, everything at once, each source with its own deadline; what can't be read is Unknown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from setup_assistant.checks.aim import aim
from setup_assistant.checks.connection import with_typed_wan
from setup_assistant.checks.proof import proof_target
from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Listener, SourceFinished, SourceStarted
from setup_assistant.core.facts import (
    AccountFacts,
    Answer,
    HostFacts,
    OutsideFacts,
    PlexFacts,
    StayingFacts,
    TailscaleFacts,
    Unknown,
)
from setup_assistant.core.releases import Release
from setup_assistant.core.texts import Text
from setup_assistant.core.words.errors import SOURCES, TROUBLES
from setup_assistant.engine.history import read_history
from setup_assistant.engine.store import Store
from setup_assistant.services import Services
from setup_assistant.services.entrance import short

log = logging.getLogger(__name__)
T = TypeVar("T")

LINE_S = 4.0
TAILSCALE_S = 7.0
PLEX_S = 5.0
ACCOUNT_S = 8.0
SETTINGS_S = 5.0
STAYING_S = 4.0
OUTSIDE_S = 150.0
RELEASE_S = 9.0
"""Deadlines in seconds. Without a Funnel there is no outside source, so a first look ends within ten seconds."""
REFUSAL = 400
"""Characters kept of why there is no certificate: the authority's words name the moment to ask again at their end."""


class Observer:
    """Gathers `HostFacts`. Layer 5 of the proof is asked once a run and remembered while the address stays the same."""

    def __init__(
        self, services: Services, store: Store, listen: Listener, *, consent: bool | None, port: int | None
    ) -> None:
        self._services = services
        self._store = store
        self._listen = listen
        self.consent = consent
        self.port = port
        self.typed_wan = ""
        """The router's WAN address, where a person read it from the router's page."""
        self._name: str | None = None
        """The public name, once it is known: Plex's door is then tried under it."""
        self._proven: OutsideFacts | None = None
        self._line: ConnectionFacts | Unknown | None = None
        self._staying: StayingFacts | None = None
        self._certificate_said: str | None = None
        """Why Tailscale could not get the certificate, asked once a run; empty where it could."""

    async def observe(
        self, ready: Callable[[HostFacts], None] | None = None, *, layers: int = 5, same_line: bool = False
    ) -> HostFacts:
        """Return everything known now.

        ``ready`` gets the facts before the proof, which can take longest. ``layers`` is how far the proof goes
        (0: not at all). With ``same_line`` what no step changes (the line, what starts by itself) is as it was before.
        """
        services = self._services
        async with asyncio.TaskGroup() as group:
            line = group.create_task(self._read_line(again=not same_line))
            tailscale = group.create_task(self._source("tailscale", TAILSCALE_S, services.tailscale.observe))
            both = group.create_task(self._plex_and_account())
            staying = group.create_task(self._stays_up(again=not same_line))
            newest = group.create_task(self._read_newest())
        plex, account = both.result()
        facts = HostFacts(
            observed_at=services.host.clock.now(),
            system=services.host.platform.system(),
            connection=line.result() if same_line else await self._complete_line(line.result()),
            tailscale=tailscale.result(),
            plex=plex,
            account=account,
            outside=Unknown(Text("")),
            history=read_history(self._store, services),
            asked_port=self.port,
            staying=staying.result(),
            newest=newest.result(),
        )
        facts = with_typed_wan(facts, self.typed_wan) or facts
        if isinstance(facts.tailscale, TailscaleFacts):
            self._name = facts.tailscale.dns_name
        if ready is not None:
            ready(facts)
        return replace(facts, outside=await self._outside(facts, layers))

    async def _read_line(self, *, again: bool) -> ConnectionFacts | Unknown:
        if again or self._line is None:
            observer = self._services.host.line
            self._line = await self._source(
                "connection", LINE_S, lambda: observer.observe(provider_allowed=self.consent is True)
            )
        return self._line

    async def _stays_up(self, *, again: bool) -> StayingFacts:
        if again or self._staying is None:
            platform = self._services.host.platform

            async def look() -> StayingFacts:
                return await platform.staying(await platform.plex_installation())

            seen = await self._quiet("what starts by itself", STAYING_S, look)
            self._staying = StayingFacts() if isinstance(seen, Unknown) else seen
        return self._staying

    async def _complete_line(self, line: ConnectionFacts | Unknown) -> ConnectionFacts | Unknown:
        """Add what came after the verdict was final, while the others were being read."""
        if isinstance(line, ConnectionFacts):
            complete = self._services.host.line.complete
            whole = await self._quiet(
                "connection", LINE_S, lambda: complete(line, provider_allowed=self.consent is True)
            )
            self._line = whole if isinstance(whole, ConnectionFacts) else line
        return self._line if self._line is not None else line

    async def _read_newest(self) -> Release | Unknown | None:
        """Ask for the newest version of this program, where somebody wants to know."""
        if not self._services.settings.updates.check:
            return None
        newest: Release | Unknown = await self._quiet("releases", RELEASE_S, self._services.releases.newest)
        return newest

    async def _plex_and_account(self) -> tuple[PlexFacts | Unknown, AccountFacts | Unknown]:
        services = self._services
        plex: PlexFacts | Unknown = await self._source("plex", PLEX_S, lambda: services.plex.observe(self._name))
        identifier = plex.machine_identifier if isinstance(plex, PlexFacts) else ""
        account: AccountFacts | Unknown = await self._source(
            "account", ACCOUNT_S, lambda: services.account.observe(identifier or None)
        )
        if isinstance(plex, PlexFacts) and isinstance(account, AccountFacts) and account.owned:
            settings = await self._quiet("plex", SETTINGS_S, services.plex.read_settings)
            sessions = await self._quiet("plex", SETTINGS_S, services.plex.sessions)
            plex = replace(plex, settings=settings)
            if not isinstance(sessions, Unknown):
                plex = replace(plex, viewers=len(sessions), sessions=sessions)
        return plex, account

    async def _outside(self, facts: HostFacts, wanted: int) -> OutsideFacts | Unknown:
        target = proof_target(facts, aim(facts))
        if target is None or wanted == 0:
            return Unknown(Text(""))
        known = self._proven if self._proven is not None and self._proven.url == target.url else None
        layers = 4 if known is not None else wanted
        outside = await self._source(
            "outside", OUTSIDE_S, lambda: self._services.outside.observe(target, consent=self.consent, layers=layers)
        )
        if isinstance(outside, OutsideFacts):
            if _shows_no_certificate(outside):
                said = self._certificate_said
                outside = replace(
                    outside, certificate_detail=await self.fetch_certificate(target.name) if said is None else said
                )
            if known is not None:
                outside = replace(outside, probes=known.probes, checker=known.checker)
            elif outside.probes is not None:
                self._proven = outside
        return outside

    async def fetch_certificate(self, name: str) -> str:
        """Have the certificate made before the first visitor waits for it; return what stands in the way, if any."""
        self._certificate_said = ""
        try:
            await self._services.tailscale.fetch_certificate(name)
        except HostError as error:
            log.info("the certificate was not fetched: %s %s", error.trouble, error.detail)
            self._certificate_said = short(error.detail, REFUSAL) if error.trouble is Trouble.TOOL_FAILED else ""
        return self._certificate_said

    def forget_proof(self) -> None:
        """The public side has changed: what was seen from outside no longer counts."""
        self._proven = None
        self._services.outside.forget()

    async def _source(self, name: str, deadline: float, read: Callable[[], Awaitable[T]]) -> T | Unknown:
        self._listen(SourceStarted(name))
        value = await self._quiet(name, deadline, read)
        self._listen(SourceFinished(name, known=not isinstance(value, Unknown)))
        return value

    async def _quiet(self, name: str, deadline: float, read: Callable[[], Awaitable[T]]) -> T | Unknown:
        try:
            async with asyncio.timeout(deadline):
                return await read()
        except HostError as error:
            log.info("%s could not be read: %s %s", name, error.trouble, error.detail)
            return Unknown(error.text, error.trouble.value)
        except TimeoutError:
            log.info("%s did not answer within %s s", name, deadline)
            return Unknown(Text(TROUBLES[Trouble.TIMED_OUT], {"what": SOURCES[name]}), Trouble.TIMED_OUT.value)
        except Exception as error:
            log.exception("Reading %s met a mistake of ours", name)
            return Unknown(Text("{detail}", {"detail": type(error).__name__}), "crashed")


def _shows_no_certificate(outside: OutsideFacts) -> bool:
    near = (outside.own_address,) if outside.own_address is not None else ()
    return any(fetch.answer is Answer.TLS_ALERT for fetch in (*near, *(outside.entrances or ())))
