# SPDX-License-Identifier: MIT
"""What is looked at once all is done: this home's own addresses after success, the address taken back after an undo."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from setup_assistant.checks.aim import aim
from setup_assistant.checks.proof import direct_addresses, proof_target
from setup_assistant.core.errors import HostError
from setup_assistant.core.facts import (
    Fetch,
    HostFacts,
    OutsideFacts,
    PlexFacts,
    ProofTarget,
    ServeConfig,
    TailscaleFacts,
)
from setup_assistant.services import Services

log = logging.getLogger(__name__)

PLEX_PORT = 32400
"""The port that router forwards to Plex use, whichever Plex listens on inside."""


CLOSING_S = 150.0


class Aftermath:
    """Asks places outside, so only with consent, and once a run."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._direct: tuple[Fetch, ...] | None = None
        self._closed: ProofTarget | None = None

    def will_close(self, facts: HostFacts) -> None:
        """An undo begins: remember the address that is public now."""
        self._closed = proof_target(facts, aim(facts))

    async def audit(self, facts: HostFacts) -> HostFacts:
        """After success: whether Plex also answers at this home's own addresses; behind CGNAT only by IPv6."""
        addresses = direct_addresses(facts)
        if not addresses or not isinstance(facts.plex, PlexFacts):
            return facts
        if self._direct is None:
            identifier = facts.plex.machine_identifier
            self._direct = await self._services.outside.direct(addresses, PLEX_PORT, identifier)
        return replace(facts, direct=self._direct)

    async def closing(self, facts: HostFacts, *, consent: bool | None) -> HostFacts:
        """After an undo: what the address taken back shows, unless it is public still by somebody else's will."""
        target, tailscale = self._closed, facts.tailscale
        if target is None or not isinstance(tailscale, TailscaleFacts) or not isinstance(tailscale.serve, ServeConfig):
            return facts
        if (target.name, target.port) in tailscale.serve.funnel:
            return facts
        seen = OutsideFacts(target.url, consent=consent)
        try:
            async with asyncio.timeout(CLOSING_S):
                seen = await self._services.outside.closing(target, consent=consent)
        except (HostError, TimeoutError) as error:
            log.info("the closed address could not be looked at: %s", type(error).__name__)
        return replace(facts, closing=seen)
