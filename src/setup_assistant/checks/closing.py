# SPDX-License-Identifier: MIT
"""Judges whether an address that was taken back is seen to be closed; and says what it could not do."""

from __future__ import annotations

from setup_assistant.core.facts import Answer, Fetch, HostFacts
from setup_assistant.core.findings import Check, Evidence, Verdict
from setup_assistant.core.texts import Text, listed
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words.outside import FROM_PLACE, HERE, MET

_OPEN = (Answer.PLEX, Answer.ANSWERED, Answer.BAD_GATEWAY, Answer.STARTING)
"""What only a way that still stands can give."""
_MUTE = (Answer.COULD_NOT_CHECK, Answer.UNREACHABLE)


def judge_closed_again(facts: HostFacts) -> Verdict:
    """What is seen of the address, from here through the public entrance and from elsewhere."""
    seen = facts.closing
    if seen is None:
        return case("closed_again", "not_seen").verdict(url="")
    probes, entrances = _telling(seen.probes), _telling(seen.entrances)
    evidence = tuple(
        Evidence(
            FROM_PLACE.filled(place=fetch.place or HERE, met=MET[fetch.answer]),
            ", ".join(part for part in (fetch.address, fetch.detail) if part),
        )
        for fetch in (*(seen.entrances or ()), *(seen.probes or ()))
    )
    open_still = [fetch for fetch in (*probes, *entrances) if fetch.answer in _OPEN]
    if open_still:
        return case("closed_again", "still_open").verdict(
            evidence=evidence, url=seen.url, places=_places(open_still, seen.checker)
        )
    if probes:
        return case("closed_again").verdict(evidence=evidence, url=seen.url, places=_places(probes, seen.checker))
    unknown_name = any(lookup.status == 3 for lookup in seen.lookups or ())
    cause = "from_here" if entrances or unknown_name else "not_seen"
    return case("closed_again", cause).verdict(evidence=evidence, url=seen.url)


def _telling(fetches: tuple[Fetch, ...] | None) -> list[Fetch]:
    return [fetch for fetch in fetches or () if fetch.answer not in _MUTE]


def _places(fetches: list[Fetch], checker: str) -> Text:
    named = dict.fromkeys(fetch.place or checker for fetch in fetches)
    return listed((place or HERE for place in named), "; ")


def judge_limits(facts: HostFacts) -> Verdict:
    """What nobody can set up here; the same for everyone, and told once the address is in use."""
    return case("limits").verdict()


CHECKS = (
    Check("limits", TITLES["limits"], judge_limits, needs=("plex_published",)),
    Check(
        "closed_again",
        TITLES["closed_again"],
        judge_closed_again,
        # Only an undo leaves an address to be seen closed.
        when=lambda facts: facts.closing is not None,
    ),
)
