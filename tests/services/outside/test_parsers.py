# SPDX-License-Identifier: MIT
"""The readers of the other outside languages: DNS in JSON, check-host.net, an own endpoint, Plex's identity."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Lookup
from setup_assistant.core.host import Reply
from setup_assistant.services import check_host, own_endpoint, public_dns
from setup_assistant.services.entrance import machine_identifier_of, read_answer, read_trouble
from tests.project.files import ROOT
from tests.services.outside.world import MACHINE, NAME

CLOUDFLARE = "https://cloudflare-dns.com/dns-query"


def reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, json.dumps(document).encode())


# Plex's identity


def test_both_forms_of_the_identity_are_read() -> None:
    recorded = (ROOT / "tests" / "recorded" / "plex" / "pms_identity.xml").read_bytes()
    assert machine_identifier_of(recorded) == "7920f7dbf88b58df1f41ec1f11db692769a0927a"
    # The example of Plex's own description of GET /identity.
    example = {"MediaContainer": {"size": 1, "claimed": True, "machineIdentifier": "0123456789abcdef", "version": "1"}}
    assert machine_identifier_of(json.dumps(example).encode()) == "0123456789abcdef"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"<MediaContainer/>",
        b'<MediaContainer machineIdentifier=""/>',
        b"{}",
        b'{"MediaContainer": []}',
        b'{"MediaContainer": {"machineIdentifier": 7}}',
        b"[1]",
        b"\xff\xfe",
        b'<!DOCTYPE a [<!ENTITY b "c">]><MediaContainer machineIdentifier="&b;"/>',
        b"{" * 100_000,
    ],
)
def test_what_is_no_identity(body: bytes) -> None:
    assert machine_identifier_of(body) is None


@given(st.binary(max_size=300))
def test_no_body_whatever_breaks_the_reader(body: bytes) -> None:
    machine_identifier_of(body)
    for status in (200, 302, 401, 404, 502, 503, 500):
        assert read_answer(status, body, "https://[broken", MACHINE)[0] is not Answer.PLEX


@given(st.sampled_from(list(Trouble)), st.sampled_from([*Answer, "", "not_tls", "something"]))
def test_every_trouble_is_some_answer(trouble: Trouble, detail: str) -> None:
    answer, _ = read_trouble(HostError(trouble, detail))
    assert answer is not Answer.PLEX or detail == Answer.PLEX


def test_a_redirect_is_shown_without_its_query() -> None:
    assert read_answer(302, b"", "https://user:pw@router.example/login?next=1#x", MACHINE) == (
        Answer.REDIRECT,
        "https://router.example/login",
    )
    assert read_answer(307, b"", "/web/index.html?token=1", MACHINE)[1] == "/web/index.html"


# Public DNS


def test_the_documented_answer_is_read() -> None:
    # developers.google.com/speed/public-dns/docs/doh/json, with the addresses of a Funnel entrance.
    document = {
        "Status": 0,
        "TC": False,
        "RD": True,
        "RA": True,
        "AD": False,
        "CD": False,
        "Question": [{"name": f"{NAME}.", "type": 1}],
        "Answer": [
            {"name": f"{NAME}.", "type": 5, "TTL": 60, "data": "ingress.example."},
            {"name": "ingress.example.", "type": 1, "TTL": 60, "data": "199.38.181.54"},
        ],
    }
    found = public_dns.parse_lookup("dns.google", "A", 200, json.dumps(document).encode())
    assert found == Lookup("dns.google", "A", 0, ("199.38.181.54",))


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b'{"Status": 3}', 3),
        (200, b'{"Status": 2, "Comment": "x"}', 2),
        (200, b'{"Status": 0, "Answer": null}', 0),
        (400, b'{"Status": 0}', -1),
        (200, b"<html>", -1),
        (200, b'{"Status": "0"}', -1),
        (200, b'{"Status": true}', -1),
        (200, b'{"Status": 0, "Answer": [{"type": 1, "data": "no address"}]}', -1),
        (200, b'{"Status": 0, "Answer": [7]}', -1),
        (200, b"[]", -1),
    ],
)
def test_other_answers(status: int, body: bytes, code: int) -> None:
    assert public_dns.parse_lookup("dns.google", "A", status, body) == Lookup("dns.google", "A", code)


@given(st.binary(max_size=200))
def test_no_answer_whatever_breaks_the_reader_of_names(body: bytes) -> None:
    public_dns.parse_lookup("dns.google", "AAAA", 200, body)


def test_only_public_addresses_are_entrances() -> None:
    lookups = (
        Lookup("a", "AAAA", 0, ("2403:2500:400:20::e8e", "fd7a:115c:a1e0::1")),
        Lookup("a", "A", 0, ("199.38.181.54", "100.101.102.103", "192.168.1.1")),
        Lookup("b", "A", 0, ("199.38.181.54",)),
    )
    assert public_dns.addresses_of(lookups) == ("199.38.181.54", "2403:2500:400:20::e8e")


def test_what_counts_as_unpublished() -> None:
    none, unknown, broken, silent = (Lookup("a", "A", status) for status in (0, 3, 2, -1))
    known = Lookup("a", "AAAA", 0, ("2403:2500:400:20::e8e",))
    assert public_dns.is_unpublished((unknown, none))
    assert public_dns.is_unpublished((unknown, silent, broken))
    assert not public_dns.is_unpublished((unknown, known))
    assert not public_dns.is_unpublished((broken,))
    assert not public_dns.is_unpublished((silent,))


# check-host.net


CREATED = {
    "ok": 1,
    "request_id": "29",
    "permanent_link": "https://check-host.net/check-report/29",
    "nodes": {
        "us1.node.check-host.net": ["us", "USA", "Los Angeles", "5.253.30.82", "AS18978"],
        "ch1.node.check-host.net": ["ch", "Switzerland", "Zurich", "179.43.148.195", "AS51852"],
    },
}
"""As on https://check-host.net/about/api; the rows of results below too."""


def test_the_documented_check_is_read() -> None:
    identifier, places = check_host.parse_created(reply(CREATED))
    assert identifier == "29"
    us, ch = places
    assert check_host.is_running(reply({us: None, ch: [[1, 0.13, "OK", "200", "94.242.206.94"]]}))
    done = reply({us: [[0, 0.17, "Not Found", "404", "94.242.206.94"]], ch: [[1, 0.13, "OK", "200", "94.242.206.94"]]})
    assert not check_host.is_running(done)
    first, second = check_host.parse_results(done, places)
    assert (first.answer, first.place) == (Answer.OTHER_APP, "Los Angeles, US")
    assert (second.answer, second.milliseconds, second.address) == (Answer.ANSWERED, 130, "94.242.206.94")


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ([1, 0.1, "OK", 200, "1.2.3.4"], Answer.ANSWERED),
        ([0, 0.1, "Bad Gateway", "502", "1.2.3.4"], Answer.BAD_GATEWAY),
        ([1, 0.1, "Found", "302", "1.2.3.4"], Answer.REDIRECT),
        ([0, 0.07, "No such device or address", None, None], Answer.COULD_NOT_CHECK),
        ([0, 0.07, "Connection refused", None, None], Answer.REFUSED),
        ([0, 9.0, "Connection timed out", None, None], Answer.TIMEOUT),
        ([], Answer.COULD_NOT_CHECK),
        ([0], Answer.COULD_NOT_CHECK),
        ("text", Answer.COULD_NOT_CHECK),
    ],
)
def test_each_row_has_its_meaning(row: object, answer: Answer) -> None:
    assert check_host.parse_results(reply({"a": [row]}), {"a": "A"})[0].answer is answer


@pytest.mark.parametrize("document", [{}, {"ok": 0, "error": "limit"}, {**CREATED, "request_id": "../x"}, [], "x"])
def test_a_check_that_was_not_accepted(document: object) -> None:
    with pytest.raises(HostError):
        check_host.parse_created(reply(document))


def test_check_host_never_says_who_answers() -> None:
    assert check_host.parse_results(reply({"a": [[1, 0.1, "OK", "200", ""]]}), {"a": "A"})[0].answer is not Answer.PLEX


# An own endpoint


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ({"status": 200, "body": f'<MediaContainer machineIdentifier="{MACHINE}"/>', "tls_ok": True}, Answer.PLEX),
        ({"status": 200, "body": "", "tls_ok": True}, Answer.OTHER_APP),
        ({"status": 200, "body": "", "tls_ok": False}, Answer.CERTIFICATE_UNTRUSTED),
        ({"status": 502, "body": "", "tls_ok": True}, Answer.BAD_GATEWAY),
        ({"status": None, "body": None, "tls_ok": False}, Answer.UNREACHABLE),
    ],
)
def test_the_own_endpoint(document: object, answer: Answer) -> None:
    fetch = own_endpoint.parse_result(reply(document), "check.example", MACHINE)
    assert (fetch.answer, fetch.place) == (answer, "check.example")


@pytest.mark.parametrize("document", [{}, [], {"status": "200", "body": "", "tls_ok": True}, {"status": 200}])
def test_an_own_endpoint_that_is_none(document: object) -> None:
    with pytest.raises(HostError) as caught:
        own_endpoint.parse_result(reply(document), "check.example", MACHINE)
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY
    with pytest.raises(HostError):
        own_endpoint.parse_result(reply({}, 500), "check.example", MACHINE)
