# SPDX-License-Identifier: MIT
"""Each row of the table of causes (facts: reachability, 4.2) ends in its own finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.checks.outside import CHECKS, is_proven
from setup_assistant.core.facts import (
    Answer,
    Fetch,
    HistoryFacts,
    HostFacts,
    Lookup,
    OperatingSystem,
    OutsideFacts,
    SystemFacts,
    TailscaleFacts,
    Unknown,
)
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import CASES

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://plexbox.tail1234.ts.net:443"
A1, A2, A6 = "199.38.181.54", "209.177.145.137", "2403:2500:400:20::e8e"
NEVER = Unknown(Text(""))

PLEX = Fetch(Answer.PLEX, "100.101.102.103", milliseconds=12)
YES = tuple(
    Lookup(resolver, kind, 0, addresses)
    for resolver in ("cloudflare-dns.com", "dns.google")
    for kind, addresses in (("A", (A1, A2)), ("AAAA", (A6,)))
)
NO = tuple(Lookup(resolver, kind, 3) for resolver in ("cloudflare-dns.com", "dns.google") for kind in ("A", "AAAA"))
SILENT = tuple(replace(lookup, status=-1) for lookup in NO)
THROUGH = (Fetch(Answer.PLEX, A1), Fetch(Answer.PLEX, A2), Fetch(Answer.UNREACHABLE, A6))
PLACES = ("Ashburn, US", "Frankfurt, DE", "Tokyo, JP")


def seen(*answers: Answer, detail: str = "") -> tuple[Fetch, ...]:
    """What three places outside saw."""
    found = answers if len(answers) > 1 else answers * 3
    return tuple(Fetch(answer, A1, place, detail) for answer, place in zip(found, PLACES, strict=True))


def entered(answer: Answer, detail: str = "") -> tuple[Fetch, ...]:
    """What both entrances gave; this host has no IPv6."""
    return (Fetch(answer, A1, detail=detail), Fetch(answer, A2, detail=detail), Fetch(Answer.UNREACHABLE, A6))


REACHED = OutsideFacts(
    URL, own_address=PLEX, lookups=YES, entrances=THROUGH, probes=seen(Answer.PLEX), checker="Globalping", consent=True
)


def facts(outside: OutsideFacts | Unknown, *, health: tuple[str, ...] = (), since: datetime | None = None) -> HostFacts:
    return HostFacts(
        observed_at=NOW,
        system=SystemFacts(OperatingSystem.LINUX, "12", "box", "me", False),
        connection=NEVER,
        tailscale=TailscaleFacts("tailscale", daemon_version="1.102.3", health=health),
        plex=NEVER,
        account=NEVER,
        outside=outside,
        history=HistoryFacts(funnel_since=since),
    )


def judge(
    outside: OutsideFacts | Unknown, *, health: tuple[str, ...] = (), since: datetime | None = None
) -> dict[str, Verdict]:
    """Return each verdict, after looking that its words are listed and can be said."""
    given_facts = facts(outside, health=health, since=since)
    verdicts = {check.code: check.judge(given_facts) for check in CHECKS}
    for code, verdict in verdicts.items():
        if verdict.status is Status.BLOCKED:
            assert verdict.blocked_by in verdicts
            assert verdicts[verdict.blocked_by].status not in (Status.OK, Status.NOTICE)
            continue
        if verdict.cause != "not_readable":
            assert CASES[code, verdict.cause].status is verdict.status
        said = [verdict.summary, verdict.why, *(remedy.text for remedy in verdict.remedies)]
        said += [evidence.label for evidence in verdict.evidence]
        assert all(text.render() for text in said if text is not None)
    return verdicts


def shown(outside: OutsideFacts, *, since: datetime | None = None) -> dict[str, str]:
    """Return code -> cause, or what is waited for."""
    return {
        code: f"after {verdict.blocked_by}" if verdict.blocked_by else verdict.cause or verdict.status.value
        for code, verdict in judge(outside, since=since).items()
    }


def row(
    own: Answer = Answer.PLEX,
    lookups: tuple[Lookup, ...] = YES,
    entrance: tuple[Fetch, ...] | None = THROUGH,
    probes: tuple[Fetch, ...] | None = None,
    consent: bool | None = True,
    certificate_detail: str = "",
) -> OutsideFacts:
    """One row of the table: layers 2 to 5."""
    return replace(
        REACHED,
        own_address=replace(PLEX, answer=own),
        lookups=lookups,
        entrances=entrance,
        probes=probes,
        checker="Globalping" if probes else "",
        consent=consent,
        certificate_detail=certificate_detail,
    )


def test_all_is_well() -> None:
    assert set(shown(REACHED).values()) == {"ok"}
    verdict = judge(REACHED)["outside"]
    assert verdict.summary.render() == f"Reachable from the internet: checked from {'; '.join(PLACES)}."
    assert len(verdict.evidence) == 4


def test_row_plex_stopped() -> None:
    assert shown(row(Answer.BAD_GATEWAY, entrance=entered(Answer.BAD_GATEWAY))) == {
        "own_address": "bad_gateway",
        "public_dns": "ok",
        "public_entrance": "after own_address",
        "outside": "after own_address",
    }
    only_entrance = row(entrance=entered(Answer.BAD_GATEWAY))
    assert shown(only_entrance)["public_entrance"] == "bad_gateway"
    from_outside = row(probes=seen(Answer.BAD_GATEWAY))
    assert shown(from_outside)["outside"] == "bad_gateway"


@pytest.mark.parametrize(
    ("own", "cause"), [(Answer.REFUSED, "refused"), (Answer.CLOSED, "closed"), (Answer.RESET, "closed")]
)
@pytest.mark.parametrize("gone", [Answer.CLOSED, Answer.RESET])
def test_row_serve_config_gone(own: Answer, cause: str, gone: Answer) -> None:
    found = shown(row(own, entrance=entered(gone), probes=seen(gone)))
    assert (found["own_address"], found["public_entrance"], found["outside"]) == (
        cause,
        "after own_address",
        "after own_address",
    )


def test_row_no_certificate() -> None:
    outside = row(Answer.TLS_ALERT, entrance=entered(Answer.TLS_ALERT), probes=seen(Answer.TLS_ALERT))
    assert shown(outside)["own_address"] == "no_certificate"
    said = judge(outside, health=("Fetching TLS certificate for plexbox failed: SetDNS",))["own_address"]
    assert said.why is not None
    assert "SetDNS" in said.why.render()
    assert shown(row(entrance=entered(Answer.TLS_ALERT)))["public_entrance"] == "no_certificate"
    assert shown(row(probes=seen(Answer.TLS_ALERT)))["outside"] == "no_certificate"


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("429 urn:ietf:params:acme:error:rateLimited: too many certificates", "a day and a half"),
        ("too many certificates (5) already issued, retry after 2026-11-22 20:30:00 UTC: see", "9 hours"),
        ("too many certificates (5) already issued, retry after 2026-11-22 12:34:56 UTC: see", "35 minutes"),
        ("rate limited, retry after 2026-99-99 20:30:00 UTC", "a day and a half"),
        ("rate limited, retry after 2026-11-20 00:00:00 UTC", "a day and a half"),
    ],
)
def test_row_certificate_limit(said: str, wait: str) -> None:
    verdict = judge(row(Answer.TLS_ALERT, entrance=None, lookups=NO, certificate_detail=said))["own_address"]
    assert verdict.cause == "certificate_limit"
    assert f"Wait about {wait}" in verdict.remedies[0].text.render()


def test_row_certificate_being_made() -> None:
    found = shown(row(Answer.TIMEOUT, entrance=entered(Answer.TIMEOUT)))
    assert (found["own_address"], found["public_entrance"], found["outside"]) == (
        "slow",
        "after own_address",
        "after own_address",
    )


@pytest.mark.parametrize("minutes", [None, 1, 10, 14])
def test_row_name_not_published_yet(minutes: int | None) -> None:
    since = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert shown(row(lookups=NO, entrance=None), since=since) == {
        "own_address": "ok",
        "public_dns": "not_yet",
        "public_entrance": "after public_dns",
        "outside": "after public_dns",
    }


def test_row_name_missing_for_long() -> None:
    found = shown(row(lookups=NO, entrance=None), since=NOW - timedelta(minutes=16))
    assert (found["public_dns"], found["outside"]) == ("missing", "after public_dns")


@pytest.mark.parametrize("status", [0, 2, 3])
def test_row_patchy_names(status: int) -> None:
    patchy = (replace(YES[0], status=status, addresses=()), *YES[1:])
    found = shown(row(lookups=patchy, probes=seen(Answer.NAME_NOT_FOUND, Answer.PLEX, Answer.PLEX)))
    assert (found["public_dns"], found["outside"]) == ("patchy", "ok")
    found = shown(row(lookups=patchy, probes=seen(Answer.NAME_NOT_FOUND, Answer.NAME_NOT_FOUND, Answer.PLEX)))
    assert (found["public_dns"], found["outside"]) == ("patchy", "partly")


def test_row_from_outside_the_name_is_not_known() -> None:
    assert shown(row(probes=seen(Answer.NAME_NOT_FOUND)))["outside"] == "name_not_found"


def test_row_private_answer() -> None:
    private = tuple(replace(lookup, addresses=("100.101.102.103",) if lookup.kind == "A" else ()) for lookup in YES)
    found = shown(row(lookups=private, entrance=None))
    assert (found["public_dns"], found["outside"]) == ("private_answer", "after public_dns")
    assert shown(row(probes=seen(Answer.PRIVATE_ADDRESS)))["outside"] == "private_answer"
    mixed = (replace(YES[0], addresses=("100.101.102.103", A1)), *YES[1:])
    assert shown(row(lookups=mixed))["public_dns"] == "patchy"


@pytest.mark.parametrize("answer", [Answer.CLOSED, Answer.RESET])
def test_row_entrance_turned_away(answer: Answer) -> None:
    verdicts = judge(row(entrance=entered(answer), probes=seen(answer)))
    assert verdicts["public_entrance"].cause == "turned_away"
    assert any(evidence.value == "1.102.3" for evidence in verdicts["public_entrance"].evidence)
    assert verdicts["outside"].blocked_by == "public_entrance"
    assert shown(row(probes=seen(answer)))["outside"] == "turned_away"


def test_row_entrance_stalls() -> None:
    assert shown(row(entrance=entered(Answer.TIMEOUT), probes=seen(Answer.TIMEOUT)))["public_entrance"] == "stalls"
    assert shown(row(probes=seen(Answer.TIMEOUT)))["outside"] == "stalls"


def test_row_entrance_refuses() -> None:
    assert shown(row(entrance=entered(Answer.REFUSED)))["public_entrance"] == "refused"
    assert shown(row(probes=seen(Answer.REFUSED)))["outside"] == "refused"


@pytest.mark.parametrize(
    ("answer", "own"),
    [
        (Answer.CERTIFICATE_EXPIRED, "certificate_expired"),
        (Answer.CERTIFICATE_NAME, "certificate_wrong"),
        (Answer.CERTIFICATE_UNTRUSTED, "certificate_wrong"),
    ],
)
def test_row_certificate_not_accepted(answer: Answer, own: str) -> None:
    assert shown(row(answer, entrance=entered(answer)))["own_address"] == own
    entrance = judge(row(entrance=entered(answer)))["public_entrance"]
    assert entrance.cause == "certificate"
    outside = judge(row(probes=seen(answer, detail="CERT_HAS_EXPIRED")))["outside"]
    assert outside.cause == "certificate"
    assert "CERT_HAS_EXPIRED" in outside.summary.render()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Answer.OTHER_SERVER, "other_server"),
        (Answer.OTHER_APP, "other_app"),
        (Answer.HTTP_ERROR, "other_app"),
        (Answer.NOT_FOUND, "not_found"),
        (Answer.UNAUTHORIZED, "unauthorized"),
        (Answer.REDIRECT, "redirect"),
        (Answer.STARTING, "starting"),
    ],
)
def test_rows_of_what_answers_instead_of_plex(answer: Answer, cause: str) -> None:
    near = shown(row(answer, entrance=entered(answer)))
    assert (near["own_address"], near["public_entrance"], near["outside"]) == (
        cause,
        "after own_address",
        "after own_address",
    )
    entrance = shown(row(entrance=entered(answer)))
    assert (entrance["public_entrance"], entrance["outside"]) == (cause, "after public_entrance")
    assert shown(row(probes=seen(answer)))["outside"] == cause


def test_row_checkers_could_not() -> None:
    troubles = (
        Fetch(Answer.COULD_NOT_CHECK, place="Globalping", detail="HTTP 429 rate_limit_exceeded"),
        Fetch(Answer.COULD_NOT_CHECK, place="check-host.net", detail="HTTP 503"),
    )
    verdict = judge(row(probes=troubles))["outside"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "could_not_check")
    assert verdict.why is not None
    assert "Globalping: HTTP 429 rate_limit_exceeded; check-host.net: HTTP 503" in verdict.why.render()


def test_row_one_family() -> None:
    fails = (Fetch(Answer.PLEX, A1), Fetch(Answer.PLEX, A2), Fetch(Answer.CLOSED, A6))
    verdict = judge(row(entrance=fails, probes=seen(Answer.PLEX)))["public_entrance"]
    assert (verdict.status, verdict.cause) == (Status.NOTICE, "one_family")
    assert "by IPv4, but not by IPv6" in verdict.summary.render()


def test_row_one_of_two_entrances() -> None:
    fails = (Fetch(Answer.PLEX, A1), Fetch(Answer.TIMEOUT, A2), Fetch(Answer.UNREACHABLE, A6))
    found = shown(row(entrance=fails, probes=seen(Answer.PLEX, Answer.PLEX, Answer.TIMEOUT)))
    assert (found["public_entrance"], found["outside"]) == ("partly", "ok")


@pytest.mark.parametrize(
    ("days", "cause"),
    [(60, "ok"), (10, "ok"), (8, "certificate_soon"), (0, "certificate_soon"), (-3, "certificate_soon")],
)
def test_row_certificate_that_is_not_renewed(days: int, cause: str) -> None:
    until = NOW + timedelta(days=days)
    since = until - timedelta(days=90)
    probes = tuple(replace(one, certificate_from=since, certificate_until=until) for one in seen(Answer.PLEX))
    verdict = judge(row(probes=probes))["outside"]
    assert (verdict.cause or "ok") == cause
    assert all(f"certificate until {until.date()}" in str(one.value) for one in verdict.evidence[1:])
    if verdict.cause:
        assert until.date().isoformat() in verdict.summary.render()
        assert PLACES[0] in verdict.summary.render()


# The verdict rule (4.4)


@pytest.mark.parametrize(
    ("probes", "cause"),
    [
        (seen(Answer.PLEX, Answer.PLEX, Answer.TIMEOUT), "ok"),
        (seen(Answer.PLEX, Answer.PLEX, Answer.COULD_NOT_CHECK), "ok"),
        (seen(Answer.PLEX, Answer.TIMEOUT, Answer.TIMEOUT), "partly"),
        (seen(Answer.PLEX, Answer.TIMEOUT, Answer.COULD_NOT_CHECK), "partly"),
        (seen(Answer.PLEX, Answer.COULD_NOT_CHECK, Answer.COULD_NOT_CHECK), "one_place"),
        ((Fetch(Answer.PLEX, place="check.example"),), "ok"),
        (seen(Answer.TIMEOUT, Answer.CLOSED, Answer.CLOSED), "turned_away"),
        (seen(Answer.UNREACHABLE), "unreachable"),
        (seen(Answer.ANSWERED), "answered"),
        (seen(Answer.ANSWERED, Answer.REFUSED, Answer.REFUSED), "partly"),
        (seen(Answer.COULD_NOT_CHECK), "could_not_check"),
    ],
)
def test_two_of_three_is_reachable(probes: tuple[Fetch, ...], cause: str) -> None:
    assert shown(row(probes=probes))["outside"] == cause


def test_an_answer_without_a_face_proves_nothing_unless_the_entrance_was_seen() -> None:
    verdict = judge(row(entrance=entered(Answer.UNREACHABLE), probes=seen(Answer.ANSWERED)))["outside"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "could_not_check")


@pytest.mark.parametrize("consent", [None, False])
def test_without_consent(consent: bool | None) -> None:
    outside = row(consent=consent)
    verdict = judge(outside)["outside"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "no_consent")
    assert f"{URL}/identity" in verdict.remedies[0].text.render()
    assert shown(row(entrance=entered(Answer.CLOSED), consent=consent))["outside"] == "after public_entrance"
    assert shown(row(lookups=NO, entrance=None, consent=consent))["outside"] == "after public_dns"


def test_with_consent_but_not_run_yet() -> None:
    assert shown(row())["outside"] == "not_run"


# What layers 2 to 4 mean beside a good layer 5


@pytest.mark.parametrize("own", [answer for answer in Answer if answer not in (Answer.PLEX, Answer.ANSWERED)])
def test_seen_from_outside_outranks_what_this_computer_sees(own: Answer) -> None:
    reached = seen(Answer.PLEX)
    for outside in (
        row(own, entrance=entered(own), probes=reached),
        row(own, probes=reached),
        row(entrance=entered(own), probes=reached),
        row(lookups=NO, entrance=None, probes=reached),
        row(lookups=SILENT, entrance=None, probes=reached),
    ):
        verdicts = judge(outside)
        assert verdicts["outside"].status is Status.OK
        assert all(verdict.status in (Status.OK, Status.NOTICE) for verdict in verdicts.values())


def test_what_was_seen_from_here_is_still_told() -> None:
    verdict = judge(row(Answer.REFUSED, probes=seen(Answer.PLEX)))["own_address"]
    assert verdict.cause == "only_here"
    assert "Nothing answers at the address inside your Tailscale network." in verdict.summary.render()
    waiting = judge(row(lookups=SILENT, entrance=None, probes=seen(Answer.PLEX)))["public_entrance"]
    assert "The public name service could not be asked." in waiting.summary.render()


def test_the_entrance_outranks_the_own_address() -> None:
    found = shown(row(Answer.REFUSED))
    assert (found["own_address"], found["public_entrance"], found["outside"]) == ("only_here", "ok", "not_run")


# What could not be tried


def test_layers_that_could_not_be_tried() -> None:
    assert shown(replace(row(), own_address=None))["own_address"] == "not_tried"
    assert shown(row(Answer.UNREACHABLE))["own_address"] == "only_here"
    assert shown(row(Answer.UNREACHABLE, entrance=None, lookups=SILENT))["own_address"] == "not_reached"
    assert shown(row(lookups=SILENT))["public_dns"] == "not_asked"
    assert shown(row(lookups=tuple(replace(one, status=2) for one in NO), entrance=None))["public_dns"] == "no_answer"
    assert shown(row(entrance=entered(Answer.UNREACHABLE)))["public_entrance"] == "not_reached"


def test_one_silent_resolver_does_not_count() -> None:
    assert shown(row(lookups=(*SILENT[:2], *YES[2:])))["public_dns"] == "ok"


def test_a_source_that_could_not_be_read_is_said_so() -> None:
    verdicts = judge(Unknown(Text("the proof did not answer in time.")))
    assert {(verdict.status, verdict.cause) for verdict in verdicts.values()} == {(Status.UNKNOWN, "not_readable")}


def test_needs_come_first() -> None:
    for check in CHECKS:
        assert set(check.needs) == {"funnel_shape", "safety_gate", "plex_server", "tailscale_connected"}


FETCH = st.builds(Fetch, st.sampled_from(list(Answer)), st.sampled_from([A1, A2, A6]), st.sampled_from(PLACES))
LOOKUPS = st.lists(
    st.builds(
        Lookup,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["A", "AAAA"]),
        st.integers(-1, 5),
        st.lists(st.sampled_from([A1, A6, "100.64.0.1", "10.0.0.1"]), max_size=2).map(tuple),
    ),
    max_size=4,
).map(tuple)
FETCHES = st.lists(FETCH, max_size=4).map(tuple)


@given(
    st.builds(
        OutsideFacts,
        st.just(URL),
        own_address=st.none() | FETCH,
        lookups=st.none() | LOOKUPS,
        entrances=st.none() | FETCHES,
        probes=st.none() | st.lists(FETCH, min_size=1, max_size=3).map(tuple),
        consent=st.sampled_from([None, True, False]),
    )
)
def test_whatever_was_seen_there_are_words_for_it(outside: OutsideFacts) -> None:
    verdicts = judge(outside)
    outcome = verdicts["outside"]
    if outcome.status is Status.OK:
        assert is_proven(outside)
    if outside.probes is not None and all(fetch.answer is Answer.COULD_NOT_CHECK for fetch in outside.probes):
        assert outcome.status is Status.UNKNOWN
