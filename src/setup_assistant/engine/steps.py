# SPDX-License-Identifier: MIT
"""What must hold between two changes: the safety gate, the proven path, the listing, the view from outside."""

from __future__ import annotations

from dataclasses import dataclass

from setup_assistant.checks.aim import aim
from setup_assistant.checks.outside_layers import certificate_again
from setup_assistant.checks.plex_gate import may_become_public
from setup_assistant.core.events import Listener
from setup_assistant.core.facts import HostFacts, OutsideFacts
from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.engine import proof
from setup_assistant.engine.judge import judge
from setup_assistant.engine.observe import Observer
from setup_assistant.engine.parts import ALL_CHECKS
from setup_assistant.engine.plan import STARTS


@dataclass(frozen=True, slots=True)
class Gate:
    """The safety gate at one moment. Neither ``holds`` nor ``fails``: it could not be told, and ``why`` says why."""

    status: Status
    why: Text

    @property
    def holds(self) -> bool:
        """Plex was seen to ask everyone to sign in."""
        return self.status is Status.OK

    @property
    def fails(self) -> bool:
        """Plex was seen to let somebody in without."""
        return self.status is Status.PROBLEM


class Steps:
    """Looks afresh between the changes of one run."""

    def __init__(self, observer: Observer, listen: Listener) -> None:
        self._observer = observer
        self._listen = listen
        self._listing_limit = proof.LISTED_LIMIT_S
        self.stopped = False
        """Set when the person wants to stop after the change under way."""

    def _is_stopped(self) -> bool:
        return self.stopped

    async def _see(self, layers: int) -> tuple[HostFacts, dict[str, Finding]]:
        facts = await self._observer.observe(layers=layers, same_line=True)
        return facts, {finding.code: finding for finding in judge(ALL_CHECKS, facts)}

    async def facts(self) -> HostFacts:
        """Read afresh what is inside the home, without the proof."""
        return (await self._see(0))[0]

    async def gate(self) -> Gate:
        """Read afresh whether Plex asks everyone from outside to sign in; where that can't be told, look once more."""
        _, findings = await self._see(0)
        if findings["safety_gate"].status not in (Status.OK, Status.PROBLEM):
            _, findings = await self._see(0)
        gate = findings["safety_gate"]
        return Gate(gate.status, proof.root(findings, gate).verdict.summary)

    async def _may_start(self, code: str) -> Text | None:
        """Return what speaks against a start that could make Plex public; None for nothing."""
        facts, findings = await self._see(0)
        gate, sign_in = findings["safety_gate"], findings["plex_sign_in"]
        if gate.status is Status.OK or not may_become_public(facts):
            return None
        if code == "start_plex" and gate.blocked_by == "plex_server" and sign_in.status is Status.OK:
            return None  # it cannot be told before; it is told at once after
        return proof.root(findings, gate).verdict.summary

    async def fetch_certificate(self) -> None:
        """Have the certificate made before the first visitor waits for it; what goes wrong shows in the proof."""
        found = aim(await self.facts())
        if found is not None:
            await self._observer.fetch_certificate(found.name)

    async def before(self, code: str) -> Text | None:
        """Wait for what this change rests on; return what stands in its way, None for nothing."""
        if code in STARTS:
            return await self._may_start(code)
        if code == "plex_url":
            return await self._path_proven()
        if code == "plex_remote_access":
            return await self._path_proven() or await self.listed() or await self._seen_from_outside()
        return None

    async def _path_proven(self) -> Text | None:
        why, facts = await self._wait_for_path()
        if why is not None and facts is not None and await self._waited_for_the_authority(facts):
            why, _ = await self._wait_for_path()
        return why

    async def _waited_for_the_authority(self, facts: HostFacts) -> bool:
        """Wait while the certificate authority refuses one, if it names a moment that is near; then have it made."""
        said = facts.outside.certificate_detail if isinstance(facts.outside, OutsideFacts) else ""
        moment = certificate_again(said)
        left = (moment - facts.observed_at).total_seconds() if moment is not None else 0.0
        if not 0 < left <= proof.CERTIFICATE_LIMIT_S:
            return False

        async def nothing_yet() -> tuple[bool, bool]:
            return False, True

        wait = left + proof.CLOCKS_DIFFER_S
        await proof.wait_for("own_address", proof.WAIT_CERTIFICATE, wait, nothing_yet, self._listen, self._is_stopped)
        if not self.stopped:
            await self.fetch_certificate()
        return not self.stopped

    async def _wait_for_path(self) -> tuple[Text | None, HostFacts | None]:
        """Wait for layers 2 to 4; return what stands in the way, None for nothing, and what was seen last."""
        in_the_way: Finding | None = None
        facts: HostFacts | None = None
        blind = 0

        async def look() -> tuple[bool, bool]:
            nonlocal in_the_way, blind, facts
            facts, findings = await self._see(4)
            came, hopeful, in_the_way = proof.path_state(findings)
            blind = blind + 1 if not came and proof.is_blind(in_the_way) else 0
            return came, hopeful and not self.stopped and blind < proof.MOST_BLIND_LOOKS

        limit = proof.NAME_LIMIT_S
        if await proof.wait_for("public_path", proof.WAIT_NAME, limit, look, self._listen, self._is_stopped):
            return None, facts
        if blind and not self.stopped:
            # What this computer cannot see for itself, somebody outside may.
            _, findings = await self._see(5)
            if proof.path_state(findings)[0]:
                return None, facts
        return (in_the_way.verdict.summary if in_the_way is not None else words.SKIPPED), facts

    async def listed(self) -> Text | None:
        """Wait until plex.tv lists the address, once a run as long as it may take; None: it does."""
        limit, self._listing_limit = self._listing_limit, 0.0
        seen: Finding | None = None

        async def look() -> tuple[bool, bool]:
            nonlocal seen
            _, findings = await self._see(0)
            seen = proof.root(findings, findings["plex_published"])
            hopeful = seen.code == "plex_published" or proof.may_come(seen)
            return seen.status is Status.OK, hopeful and not self.stopped

        if await proof.wait_for("plex_published", words.WAIT_LISTED, limit, look, self._listen, self._is_stopped):
            return None
        return seen.verdict.summary if seen is not None else words.SKIPPED

    async def _seen_from_outside(self) -> Text | None:
        """A clear no from outside keeps Remote Access, the host's only way today."""
        finding = (await self._see(5))[1]["outside"]
        return finding.verdict.summary if finding.status is Status.PROBLEM else None
