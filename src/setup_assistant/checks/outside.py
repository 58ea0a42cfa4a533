# SPDX-License-Identifier: MIT
"""The proof from outside, and what it makes of the layers before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from setup_assistant.checks.outside_layers import (
    judge_own_address,
    judge_public_dns,
    judge_public_entrance,
    met,
    reached_from_here,
)
from setup_assistant.checks.readable import not_readable
from setup_assistant.core.facts import Answer, Fetch, HostFacts, OutsideFacts, Unknown
from setup_assistant.core.findings import Check, Evidence, Status, Verdict
from setup_assistant.core.texts import Text, listed
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words.outside import CERTIFICATE_UNTIL, CHECKED_BY, FROM_PLACE, WHO_IS_HIDDEN

_NEEDS = ("funnel_shape", "safety_gate", "plex_server", "tailscale_connected")

RENEWED_BEFORE = 10
"""Tailscale renews at two thirds of a certificate's life (facts: tailscale); with a tenth left it did not."""

_CAUSES = {
    Answer.NAME_NOT_FOUND: "name_not_found",
    Answer.RESET: "turned_away",
    Answer.CLOSED: "turned_away",
    Answer.TIMEOUT: "stalls",
    Answer.REFUSED: "refused",
    Answer.TLS_ALERT: "no_certificate",
    Answer.CERTIFICATE_EXPIRED: "certificate",
    Answer.CERTIFICATE_NAME: "certificate",
    Answer.CERTIFICATE_UNTRUSTED: "certificate",
    Answer.PRIVATE_ADDRESS: "private_answer",
    Answer.BAD_GATEWAY: "bad_gateway",
    Answer.STARTING: "starting",
    Answer.OTHER_SERVER: "other_server",
    Answer.OTHER_APP: "other_app",
    Answer.HTTP_ERROR: "other_app",
    Answer.UNAUTHORIZED: "unauthorized",
    Answer.REDIRECT: "redirect",
    Answer.NOT_FOUND: "not_found",
    Answer.UNREACHABLE: "unreachable",
}


_EARLIER = {"own_address": judge_own_address, "public_dns": judge_public_dns, "public_entrance": judge_public_entrance}


def is_proven(outside: OutsideFacts) -> bool:
    """Whether at least two places outside reached this very server, or every place that was asked."""
    probes = outside.probes or ()
    reached = sum(fetch.answer is Answer.PLEX for fetch in probes)
    return reached >= 2 or 0 < reached == len(probes)


def _layer(code: str, judge: Callable[[HostFacts, OutsideFacts], Verdict]) -> Callable[[HostFacts], Verdict]:
    def judged(facts: HostFacts) -> Verdict:
        if isinstance(facts.outside, Unknown):
            return not_readable(facts.outside)
        verdict = judge(facts, facts.outside)
        by_public_way = is_proven(facts.outside) or (code == "own_address" and reached_from_here(facts.outside))
        if by_public_way and verdict.status not in (Status.OK, Status.NOTICE):
            # A layer that waits has no words of its own: those of the one it waits for tell what was seen.
            speaks = _EARLIER[verdict.blocked_by](facts, facts.outside) if verdict.blocked_by else verdict
            return case(code, "only_here").verdict(evidence=verdict.evidence, seen=speaks.summary)
        return verdict

    return judged


def judge_outside(facts: HostFacts) -> Verdict:
    """Return what the places outside saw; without them, which earlier layer comes first."""
    outside = facts.outside
    if isinstance(outside, Unknown):
        return not_readable(outside)
    probes = outside.probes
    if probes is not None:
        verdict = _judge_probes(outside, probes, facts.observed_at)
        earlier = _earlier_problem(facts, outside)
        if verdict.status is Status.PROBLEM and earlier is not None:
            return _waits_for(earlier)
        return verdict
    first = _earlier_problem(facts, outside) or _earlier_wait(facts, outside)
    if first is not None:
        return _waits_for(first)
    if outside.consent is not True:
        return case("outside", "no_consent").verdict(url=outside.url)
    return case("outside", "not_run").verdict()


def _judge_probes(outside: OutsideFacts, probes: tuple[Fetch, ...], now: datetime) -> Verdict:
    evidence = (
        Evidence(CHECKED_BY, outside.checker),
        *(
            Evidence(FROM_PLACE.filled(place=_place(outside, fetch), met=met(fetch)), _numbers(fetch))
            for fetch in probes
        ),
    )
    told = [fetch for fetch in probes if fetch.answer is not Answer.COULD_NOT_CHECK]
    good = [fetch for fetch in told if fetch.answer in (Answer.PLEX, Answer.ANSWERED)]
    bad = [fetch for fetch in told if fetch not in good]
    places = "; ".join(dict.fromkeys(_place(outside, fetch) for fetch in good))
    others = "; ".join(dict.fromkeys(_place(outside, fetch) for fetch in bad))
    if not told:
        return case("outside", "could_not_check").verdict(
            evidence=evidence, url=outside.url, detail="; ".join(_could_not(fetch) for fetch in probes)
        )
    if is_proven(outside):
        ends = _ends_soon(good, now)
        if ends is not None:
            return case("outside", "certificate_soon").verdict(
                evidence=evidence, places=places, date=ends.date().isoformat()
            )
        return case("outside").verdict(evidence=evidence, places=places)
    if not good:
        return _not_reached(bad, evidence)
    if all(fetch.answer is Answer.ANSWERED for fetch in good) and not reached_from_here(outside):
        return case("outside", "could_not_check").verdict(evidence=evidence, url=outside.url, detail=WHO_IS_HIDDEN)
    if len(good) >= 2 or not bad:
        cause = "answered" if good[0].answer is Answer.ANSWERED else "one_place"
        return case("outside", cause).verdict(evidence=evidence, places=places)
    return case("outside", "partly").verdict(evidence=evidence, places=places, others=others)


def _ends_soon(fetches: list[Fetch], now: datetime) -> datetime | None:
    """When the certificate ends, where too little of its life is left: it should have been renewed long before."""
    for fetch in fetches:
        since, until = fetch.certificate_from, fetch.certificate_until
        if since is not None and until is not None and until - now < (until - since) / RENEWED_BEFORE:
            return until
    return None


def _not_reached(bad: list[Fetch], evidence: tuple[Evidence, ...]) -> Verdict:
    answer, _ = Counter(fetch.answer for fetch in bad).most_common(1)[0]
    detail = next((fetch.detail for fetch in bad if fetch.answer is answer and fetch.detail), "")
    shown: object = detail or met(Fetch(answer))
    return case("outside", _CAUSES[answer]).verdict(evidence=evidence, detail=shown)


def _earlier_problem(facts: HostFacts, outside: OutsideFacts) -> str | None:
    layers = _layers(facts, outside)
    return next((code for code, verdict in layers.items() if verdict.status is Status.PROBLEM), None)


def _earlier_wait(facts: HostFacts, outside: OutsideFacts) -> str | None:
    """The layer that comes first where layer 5 was left out: a name not known yet, a certificate in the making."""
    verdicts = _layers(facts, outside)
    if verdicts["public_entrance"].status in (Status.OK, Status.NOTICE):
        return None
    waiting = {"slow", "not_yet", "starting"}
    return next((code for code, verdict in verdicts.items() if verdict.cause in waiting), None)


def _layers(facts: HostFacts, outside: OutsideFacts) -> dict[str, Verdict]:
    judges = {
        "own_address": judge_own_address,
        "public_dns": judge_public_dns,
        "public_entrance": judge_public_entrance,
    }
    found = {code: judge(facts, outside) for code, judge in judges.items()}
    if reached_from_here(outside):
        del found["own_address"]
    return found


def _waits_for(code: str) -> Verdict:
    return Verdict(Status.BLOCKED, Text(""), blocked_by=code)


def _place(outside: OutsideFacts, fetch: Fetch) -> str:
    return fetch.place or outside.checker


def _could_not(fetch: Fetch) -> str:
    return f"{fetch.place}: {fetch.detail}" if fetch.place and fetch.detail else fetch.detail or fetch.place


def _numbers(fetch: Fetch) -> Text:
    until = fetch.certificate_until
    parts = (
        f"{fetch.milliseconds} ms" if fetch.milliseconds is not None else "",
        fetch.address,
        CERTIFICATE_UNTIL.filled(date=until.date().isoformat()) if until is not None else "",
        fetch.detail,
    )
    return listed(part for part in parts if part)


CHECKS = (
    Check("own_address", TITLES["own_address"], _layer("own_address", judge_own_address), needs=_NEEDS),
    Check("public_dns", TITLES["public_dns"], _layer("public_dns", judge_public_dns), needs=_NEEDS),
    Check("public_entrance", TITLES["public_entrance"], _layer("public_entrance", judge_public_entrance), needs=_NEEDS),
    Check("outside", TITLES["outside"], judge_outside, needs=_NEEDS),
)
