# SPDX-License-Identifier: MIT
"""The layers of the proof that this computer can look at itself (facts: reachability, table 4.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from setup_assistant.core.facts import Answer, Fetch, HistoryFacts, HostFacts, Lookup, OutsideFacts, TailscaleFacts
from setup_assistant.core.findings import Evidence, Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import case
from setup_assistant.core.words.outside import (
    DNS_ANSWERS,
    LONG_WAIT,
    MET,
    NOT_TRIED,
    RESOLVER,
    SOME_HOURS,
    SOME_MINUTES,
    TAILSCALE_SAYS,
    THROUGH,
    VERSION,
)

PUBLISHING = timedelta(minutes=15)
"""Tailscale speaks of up to ten minutes; users see somewhat more."""

_NO_WAY = (Answer.UNREACHABLE, Answer.COULD_NOT_CHECK)

_OWN_ADDRESS = {
    Answer.REFUSED: "refused",
    Answer.RESET: "closed",
    Answer.CLOSED: "closed",
    Answer.CERTIFICATE_EXPIRED: "certificate_expired",
    Answer.CERTIFICATE_NAME: "certificate_wrong",
    Answer.CERTIFICATE_UNTRUSTED: "certificate_wrong",
    Answer.TIMEOUT: "slow",
    Answer.OTHER_SERVER: "other_server",
    Answer.OTHER_APP: "other_app",
    Answer.HTTP_ERROR: "other_app",
    Answer.UNAUTHORIZED: "unauthorized",
    Answer.REDIRECT: "redirect",
    Answer.NOT_FOUND: "not_found",
    Answer.BAD_GATEWAY: "bad_gateway",
    Answer.STARTING: "starting",
}

_ENTRANCE = {
    Answer.OTHER_SERVER: "other_server",
    Answer.OTHER_APP: "other_app",
    Answer.HTTP_ERROR: "other_app",
    Answer.UNAUTHORIZED: "unauthorized",
    Answer.REDIRECT: "redirect",
    Answer.NOT_FOUND: "not_found",
    Answer.BAD_GATEWAY: "bad_gateway",
    Answer.STARTING: "starting",
    Answer.CERTIFICATE_EXPIRED: "certificate",
    Answer.CERTIFICATE_NAME: "certificate",
    Answer.CERTIFICATE_UNTRUSTED: "certificate",
    Answer.TLS_ALERT: "no_certificate",
    Answer.CLOSED: "turned_away",
    Answer.RESET: "turned_away",
    Answer.TIMEOUT: "stalls",
    Answer.REFUSED: "refused",
}
"""In the order of what tells most: where the entrances disagree, the first one found here is named."""


def met(fetch: Fetch) -> Text:
    """Return in few words what a fetch met."""
    return MET[fetch.answer]


def reached_from_here(outside: OutsideFacts) -> bool:
    """Whether the public entrance leads from here to this very server."""
    return any(fetch.answer is Answer.PLEX for fetch in outside.entrances or ())


def judge_own_address(facts: HostFacts, outside: OutsideFacts) -> Verdict:
    """Layer 2: Tailscale's own listener, its certificate, and the way from there to Plex."""
    fetch = outside.own_address
    if fetch is None:
        return case("own_address", "not_tried").verdict()
    evidence = (_through(fetch),)
    if fetch.answer is Answer.PLEX:
        return case("own_address").verdict(evidence=evidence, url=outside.url)
    if fetch.answer is Answer.TLS_ALERT:
        return _no_certificate(facts, outside, evidence)
    cause = _OWN_ADDRESS.get(fetch.answer, "not_reached")
    return case("own_address", cause).verdict(evidence=evidence, detail=fetch.detail or met(fetch))


def _no_certificate(facts: HostFacts, outside: OutsideFacts, evidence: tuple[Evidence, ...]) -> Verdict:
    health = facts.tailscale.health if isinstance(facts.tailscale, TailscaleFacts) else ()
    said = outside.certificate_detail or next((line for line in health if "certificate" in line.lower()), "")
    if re.search(r"\b429\b|rate.?limit|too many certificates", said, re.IGNORECASE):
        return case("own_address", "certificate_limit").verdict(evidence=evidence, wait=_wait(said, facts.observed_at))
    detail = TAILSCALE_SAYS.filled(detail=said) if said else ""
    return case("own_address", "no_certificate").verdict(evidence=evidence, detail=detail)


def _wait(said: str, now: datetime) -> Text:
    """How long the certificate authority asks to wait: Let's Encrypt names the moment in its refusal."""
    then = certificate_again(said)
    minutes = -(-int((then - now).total_seconds()) // 60) if then is not None else 0
    if minutes <= 0:
        return LONG_WAIT
    if minutes < 100:
        return SOME_MINUTES.filled(count=minutes)
    return SOME_HOURS.filled(count=-(-minutes // 60))


def certificate_again(said: str) -> datetime | None:
    """When the certificate authority may be asked again, where its refusal names the moment."""
    named = re.search(r"retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)", said)
    try:
        return datetime.fromisoformat(f"{named[1]}T{named[2]}").replace(tzinfo=UTC) if named else None
    except ValueError:
        return None


def judge_public_dns(facts: HostFacts, outside: OutsideFacts) -> Verdict:
    """Layer 3: whether the world knows the name. ts.net answers unevenly at times, so one "no" proves nothing."""
    asked = [lookup for lookup in outside.lookups or () if lookup.status >= 0]
    evidence = tuple(
        Evidence(RESOLVER.filled(resolver=one.resolver, kind=one.kind), _dns_answer(one))
        for one in dict.fromkeys(outside.lookups or ())
    )
    if not asked:
        return case("public_dns", "not_asked").verdict(evidence=evidence)
    addresses = [address for lookup in asked for address in lookup.addresses]
    public = [address for address in addresses if ip_address(address).is_global]
    if addresses and not public:
        return case("public_dns", "private_answer").verdict(
            evidence=evidence, detail=", ".join(dict.fromkeys(addresses))
        )
    if public:
        even = all(one.status == 0 for one in asked) and all(one.addresses for one in asked if one.kind == "A")
        return case("public_dns", None if even and len(public) == len(addresses) else "patchy").verdict(
            evidence=evidence
        )
    if not any(lookup.status in (0, 3) for lookup in asked):
        return case("public_dns", "no_answer").verdict(evidence=evidence)
    since = facts.history.funnel_since if isinstance(facts.history, HistoryFacts) else None
    late = since is not None and facts.observed_at - since > PUBLISHING
    return case("public_dns", "missing" if late else "not_yet").verdict(evidence=evidence)


def _dns_answer(lookup: Lookup) -> str:
    if lookup.addresses:
        return ", ".join(lookup.addresses)
    return str(DNS_ANSWERS.get(lookup.status, f"RCODE {lookup.status}"))


def judge_public_entrance(facts: HostFacts, outside: OutsideFacts) -> Verdict:
    """Layer 4: through every public entrance, from here."""
    fetches = outside.entrances
    if not fetches:
        if judge_public_dns(facts, outside).status in (Status.OK, Status.NOTICE):
            return case("public_entrance", "not_reached").verdict(detail=NOT_TRIED)
        return Verdict(Status.BLOCKED, Text(""), blocked_by="public_dns")
    evidence = tuple(_through(fetch) for fetch in fetches)
    good = [fetch for fetch in fetches if fetch.answer is Answer.PLEX]
    if good:
        return _judge_rest(fetches, good, evidence)
    tried = [fetch for fetch in fetches if fetch.answer in _ENTRANCE]
    near = judge_own_address(facts, outside)
    if tried and (near.status is Status.PROBLEM or near.cause == "slow"):
        return Verdict(Status.BLOCKED, Text(""), blocked_by="own_address")
    first = min(tried, key=lambda fetch: list(_ENTRANCE).index(fetch.answer), default=fetches[0])
    cause = _ENTRANCE[first.answer] if tried else "not_reached"
    if cause == "turned_away" and isinstance(facts.tailscale, TailscaleFacts):
        evidence += (Evidence(VERSION, facts.tailscale.daemon_version),)
    detail = met(first) if cause == "certificate" else first.detail or met(first)
    return case("public_entrance", cause).verdict(evidence=evidence, detail=detail)


def _judge_rest(fetches: tuple[Fetch, ...], good: list[Fetch], evidence: tuple[Evidence, ...]) -> Verdict:
    """Some entrance leads to Plex: say so, and name the others. A family without a way from here tells nothing."""
    families = {_family(fetch) for fetch in fetches}
    silent = {family for family in families if all(one.answer in _NO_WAY for one in fetches if _family(one) == family)}
    bad = [fetch for fetch in fetches if fetch.answer is not Answer.PLEX and _family(fetch) not in silent]
    if not bad:
        return case("public_entrance").verdict(evidence=evidence)
    detail = THROUGH.filled(address=bad[0].address, met=met(bad[0]))
    ways, others = {_family(fetch) for fetch in good}, {_family(fetch) for fetch in bad}
    if ways.isdisjoint(others):
        return case("public_entrance", "one_family").verdict(
            evidence=evidence, good=min(ways), bad=min(others), detail=detail
        )
    return case("public_entrance", "partly").verdict(evidence=evidence, detail=detail)


def _family(fetch: Fetch) -> str:
    return "IPv6" if ":" in fetch.address else "IPv4"


def _through(fetch: Fetch) -> Evidence:
    parts = (f"{fetch.milliseconds} ms" if fetch.milliseconds is not None else "", fetch.detail)
    return Evidence(THROUGH.filled(address=fetch.address, met=met(fetch)), ", ".join(part for part in parts if part))
