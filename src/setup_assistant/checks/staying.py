# SPDX-License-Identifier: MIT
"""Judges what keeps the server reachable day and night, and names the switches that are off or could not be seen."""

from __future__ import annotations

from dataclasses import replace

from setup_assistant.core.facts import HostFacts, PlexFacts, StayingFacts, TailscaleFacts
from setup_assistant.core.findings import RemedyWords, Verdict
from setup_assistant.core.staying import Starts
from setup_assistant.core.texts import listed
from setup_assistant.core.words import case
from setup_assistant.core.words import staying as words


def judge_stays_up(facts: HostFacts) -> Verdict:
    """Whether Plex and Tailscale start by themselves, and this computer does not go to sleep."""
    seen = replace(facts.staying, tailscale=_tailscale(facts))
    system = facts.system.os.value
    switches = _switches(facts, seen, system)
    answer = case("stays_up", system if switches else None)
    sleep = words.SLEEP[seen.sleeps]
    if seen.signs_in_alone and Starts.AT_SIGN_IN in (seen.plex, seen.tailscale):
        sleep = listed((words.SIGNS_IN_ALONE, sleep), " ")
    return replace(answer, remedies=switches).verdict(
        plex=words.PLEX[seen.plex], tailscale=words.TAILSCALE[seen.tailscale], sleep=sleep
    )


def _tailscale(facts: HostFacts) -> Starts | None:
    """Its service alone is not enough on Windows: without “Run unattended” it waits for somebody to sign in."""
    starts = facts.staying.tailscale
    if starts is Starts.WITH_COMPUTER and isinstance(facts.tailscale, TailscaleFacts):
        return Starts.AT_SIGN_IN if facts.tailscale.unattended is False else starts
    return starts


def _switches(facts: HostFacts, seen: StayingFacts, system: str) -> tuple[RemedyWords, ...]:
    fine = (Starts.WITH_COMPUTER, Starts.AT_SIGN_IN) if seen.signs_in_alone else (Starts.WITH_COMPUTER,)
    found: list[RemedyWords] = []
    if seen.plex not in (Starts.WITH_COMPUTER, Starts.AT_SIGN_IN):
        found.append(words.PLEX_SWITCH[_plex_kind(facts, system)])
    if seen.plex not in fine and system in words.SIGN_IN_SWITCH and not seen.signs_in_alone:
        found.append(words.SIGN_IN_SWITCH[system])
    if seen.tailscale not in fine:
        found.append(words.TAILSCALE_SWITCH[system])
    if seen.sleeps is not False:
        found.append(words.SLEEP_SWITCH[system])
    return tuple(found)


def _plex_kind(facts: HostFacts, system: str) -> str:
    kind = facts.plex.installation.kind if isinstance(facts.plex, PlexFacts) and facts.plex.installation else ""
    if kind == "service":
        return "windows_service"
    if kind in ("snap", "docker"):
        return kind
    return "package" if system == "linux" else system
