# SPDX-License-Identifier: MIT
"""The proof: layers 2 to 5, from this node outwards, each telling what it met."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from setup_assistant.core.errors import Trouble
from setup_assistant.core.facts import Answer, Fetch, Lookup, OutsideFacts, ProofTarget
from setup_assistant.core.host import Host
from setup_assistant.core.settings import OutsideSettings
from setup_assistant.services import globalping
from setup_assistant.services.checkers import Checked, Checkers, tells
from setup_assistant.services.entrance import fetch_identity
from setup_assistant.services.public_dns import (
    KINDS,
    addresses_of,
    is_clean,
    is_silent,
    is_unpublished,
    look_up,
)

log = logging.getLogger(__name__)

WHOLE_S = 140.0
CERTIFICATE_S = 65.0
"""The first visitor waits for the certificate: Tailscale gives itself 60 s for it (ipnlocal/serve.go)."""
ENTRANCE_S = 15.0
MOST_ADDRESSES = 6
ROUND_PAUSE_S = 4.0
RETRY_PAUSE_S = 20.0
CLOSING_LOOKS = 2

_ONLY_THE_NODE = frozenset(
    {
        Answer.OTHER_SERVER,
        Answer.OTHER_APP,
        Answer.UNAUTHORIZED,
        Answer.REDIRECT,
        Answer.NOT_FOUND,
        Answer.BAD_GATEWAY,
        Answer.STARTING,
        Answer.HTTP_ERROR,
    }
)
"""What only this node or the app behind it can say, through a verified connection: no network between explains it."""


class Outside:
    """Asks, and never judges. One instance a run: it counts what the public services are asked."""

    def __init__(self, host: Host, settings: OutsideSettings) -> None:
        self._http = host.http
        self._settings = settings
        self._checkers = Checkers(host.http, settings)
        self._last: tuple[str, Checked, str] | None = None

    async def own_address(
        self, name: str, port: int, addresses: Sequence[str], tun: bool, machine_identifier: str
    ) -> Fetch | None:
        """Layer 2: the node's own address inside the tailnet; it also makes Tailscale fetch the certificate.

        None where this computer has no way to that address.
        """
        if not tun or not addresses:
            return None
        met: Fetch | None = None
        for address in sorted(addresses, key=lambda one: ":" in one):
            fetched = await fetch_identity(self._http, name, port, (address, port), machine_identifier, CERTIFICATE_S)
            if met is None or fetched.answer is Answer.PLEX:
                met = fetched
            if fetched.answer is not Answer.UNREACHABLE:
                break
        return met

    async def lookups(self, name: str, repeat: int) -> tuple[Lookup, ...]:
        """Layer 3: what public resolvers say of the name, asked up to ``repeat`` times until all of them say yes.

        Only to be called once Funnel is on: a "no" is remembered for five minutes by every resolver.
        """
        found: tuple[Lookup, ...] = ()
        for turn in range(max(repeat, 1)):
            if turn:
                await asyncio.sleep(ROUND_PAUSE_S)
            asked = await asyncio.gather(
                *(look_up(self._http, resolver, name, kind) for resolver in self._settings.resolvers for kind in KINDS)
            )
            found += tuple(asked)
            if is_clean(tuple(asked)) or is_silent(tuple(asked)):
                break
        return found

    async def entrances(
        self,
        name: str,
        port: int,
        addresses: Sequence[str],
        machine_identifier: str,
        timeout: float = ENTRANCE_S,
    ) -> tuple[Fetch, ...]:
        """Layer 4: through each public entrance, by address. The settings' entrance replaces ``addresses``."""
        through = self._settings.entrance or tuple(addresses)[:MOST_ADDRESSES]
        entered = self._settings.ingress_port or port
        return tuple(
            await asyncio.gather(
                *(
                    fetch_identity(self._http, name, port, (address, entered), machine_identifier, timeout)
                    for address in through
                )
            )
        )

    async def observe(self, target: ProofTarget, *, consent: bool | None, layers: int = 5) -> OutsideFacts:
        """Go through the layers up to ``layers``; layer 5 only with consent. Ends within `WHOLE_S` seconds.

        Layer 5 is left out where layers 3 and 4 already show that nobody can get through: that costs strangers
        nothing and tells no more.
        """
        ends = asyncio.get_running_loop().time() + WHOLE_S
        facts = OutsideFacts(url=target.url, consent=consent)
        near, looked = await asyncio.gather(
            self.own_address(target.name, target.port, target.addresses, target.tun, target.machine_identifier),
            self._lookups_for(layers, target.name),
        )
        facts = replace(facts, own_address=near, lookups=looked)
        if layers >= 4:
            # Where layer 2 could not make Tailscale fetch the certificate, this visit is the first and waits for it.
            timeout = ENTRANCE_S if near is not None else CERTIFICATE_S
            addresses = addresses_of(looked or ())
            met = await self.entrances(target.name, target.port, addresses, target.machine_identifier, timeout)
            facts = replace(facts, entrances=met or None)
        if layers >= 5 and consent and not self._is_hopeless(facts):
            fetched, checker = await self._proof(target, ends)
            facts = replace(facts, probes=fetched, checker=checker)
        return facts

    async def probes(self, url: str, machine_identifier: str) -> tuple[Checked, str]:
        """Layer 5: the view from elsewhere, and who looked. Consent is the caller's to ask for."""
        return await self._checkers.probes(url, machine_identifier)

    async def direct(self, addresses: Sequence[str], port: int, machine_identifier: str) -> Checked:
        """What one place outside meets at each of this home's public addresses. Consent is the caller's to ask for."""
        return await self._checkers.direct(addresses, port, machine_identifier)

    async def closing(self, target: ProofTarget, *, consent: bool | None) -> OutsideFacts:
        """What an address shows that was just taken back: by the public entrance, and with consent from elsewhere."""
        facts = OutsideFacts(url=target.url, consent=consent, lookups=await self.lookups(target.name, 1))
        for turn in range(CLOSING_LOOKS):
            if turn:
                await asyncio.sleep(RETRY_PAUSE_S)
            addresses = addresses_of(facts.lookups or ())
            met = await self.entrances(target.name, target.port, addresses, target.machine_identifier)
            facts = replace(facts, entrances=met or None)
            if not any(fetch.answer is Answer.PLEX for fetch in met):
                break
        if consent:
            fetched, checker = await self.probes(target.url, target.machine_identifier)
            facts = replace(facts, probes=fetched or None, checker=checker)
        return facts

    async def _lookups_for(self, layers: int, name: str) -> tuple[Lookup, ...] | None:
        return await self.lookups(name, 3) if layers >= 3 else None

    def _is_hopeless(self, facts: OutsideFacts) -> bool:
        if facts.lookups is not None and is_unpublished(facts.lookups) and not self._settings.entrance:
            return True
        met = [fetch.answer for fetch in facts.entrances or () if fetch.answer is not Answer.UNREACHABLE]
        return bool(met) and all(answer in _ONLY_THE_NODE for answer in met)

    async def _proof(self, target: ProofTarget, ends: float) -> tuple[Checked, str]:
        if self._last is not None and self._last[0] == target.url and self._checkers.tests_left < self._settings.probes:
            # Enough was asked for one run: what was seen in it stands.
            return self._last[1], self._last[2]
        fetched: Checked = ()
        checker = ""
        try:
            async with asyncio.timeout_at(ends):
                fetched, checker = await self.probes(target.url, target.machine_identifier)
                if target.leads_to_plex and self._is_worth_a_retry(fetched):
                    await asyncio.sleep(RETRY_PAUSE_S)
                    again, by = await self.probes(target.url, target.machine_identifier)
                    if by:
                        fetched, checker = again, by
        except TimeoutError:
            log.info("The outside check did not end in time")
        if checker:
            self._last = (target.url, fetched, checker)
        return fetched or (Fetch(Answer.COULD_NOT_CHECK, place=globalping.NAME, detail=Trouble.TIMED_OUT),), checker

    def forget(self) -> None:
        """What is public has changed: what was seen before tells nothing of it."""
        self._last = None

    def _is_worth_a_retry(self, fetched: Checked) -> bool:
        """Places could look, and nobody reached the server: one bad moment proves nothing."""
        reached = any(fetch.answer in (Answer.PLEX, Answer.ANSWERED) for fetch in fetched)
        return not reached and tells(fetched) and self._checkers.tests_left >= self._settings.probes
