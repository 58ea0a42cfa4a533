# SPDX-License-Identifier: MIT
"""Tailscale's measurement, address services, and the provider's name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Reply
from setup_assistant.services.netcheck import Netcheck, parse_netcheck
from setup_assistant.services.providers import (
    Provider,
    as_name,
    look_up_provider,
    origin_name,
    parse_name,
    parse_origin,
    parse_texts,
)
from setup_assistant.services.web_address import ask_address, parse_address
from tests.services.connection.recordings import text

RESOLVERS = ("https://one.example/dns-query", "https://two.example/resolve")


class Web:
    """Answers by URL and query; anything unknown is unreachable."""

    def __init__(self, answers: Mapping[str, bytes], status: int = 200) -> None:
        self.answers = answers
        self.status = status
        self.asked: list[str] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: object | None = None,
        timeout: float = 10.0,
        max_bytes: int = 4_194_304,
        connect_to: tuple[str, int] | None = None,
        any_certificate: bool = False,
        fresh: bool = False,
    ) -> Reply:
        asked = " ".join([url, *(f"{name}={value}" for name, value in params)])
        self.asked.append(asked)
        if asked not in self.answers:
            raise HostError(Trouble.UNREACHABLE, what=url)
        return Reply(self.status, {}, self.answers[asked])


def test_netcheck() -> None:
    assert parse_netcheck(text("netcheck.json")) == Netcheck("81.2.69.10", mapping_varies=False)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"UDP": False, "GlobalV4": "", "MappingVariesByDestIP": None},
        {"GlobalV4": 7, "MappingVariesByDestIP": "no"},
        {"GlobalV4": "[2001:db8::1]:41641"},
    ],
)
def test_netcheck_that_tells_little(document: object) -> None:
    assert parse_netcheck(json.dumps(document)) == Netcheck(None)


@pytest.mark.parametrize("output", ["", "Report:\n * UDP: true", "[]", "[" * 100_000])
def test_netcheck_that_is_none(output: str) -> None:
    with pytest.raises(HostError) as caught:
        parse_netcheck(output)
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (b"81.2.69.10\n", "81.2.69.10"),
        (b'{"ip": "81.2.69.10"}', "81.2.69.10"),
        (b'{"ip":"2a02:810d::1"}', "2a02:810d::1"),
        (b"<html>", None),
        (b'{"address": "81.2.69.10"}', None),
        (b"{", None),
        (b"", None),
        (b"\xff", None),
        (b'{"ip":' * 9000, None),
    ],
)
def test_address_services(body: bytes, address: str | None) -> None:
    assert parse_address(body) == address


async def test_an_address_service_is_asked() -> None:
    web = Web({"https://ip.example": b"81.2.69.10\n"})
    assert await ask_address(web, "https://ip.example") == "81.2.69.10"
    assert await ask_address(web, "https://gone.example") is None
    assert await ask_address(Web({"https://ip.example": b"81.2.69.10"}, status=503), "https://ip.example") is None


def dns(*texts: str) -> bytes:
    # The form of DNS answers in JSON that Cloudflare and Google share; TXT data come in quotes.
    return json.dumps({"Status": 0, "Answer": [{"type": 16, "data": f'"{one}"'} for one in texts]}).encode()


def test_names_to_ask_for() -> None:
    assert origin_name("81.2.69.10") == "10.69.2.81.origin.asn.cymru.com"
    assert as_name(3320) == "AS3320.asn.cymru.com"


def test_what_team_cymru_answers() -> None:
    # The form is that of https://www.team-cymru.com/ip-asn-mapping, section DNS.
    assert parse_origin(("23028 | 216.90.108.0/24 | US | arin | 1998-09-25",)) == 23028
    assert parse_origin(("1 2 | 216.90.108.0/24 | US | arin | 1998-09-25",)) == 1
    assert parse_name(("23028 | US | arin | 2002-01-04 | TEAM-CYMRU - Team Cymru Inc., US",)) == (
        "TEAM-CYMRU - Team Cymru Inc., US"
    )
    assert parse_origin(("nonsense",)) is None
    assert parse_origin(()) is None
    assert parse_name(("one | two",)) == ""
    assert parse_name(("1 | 2 | 3 | 4 | a\x1b[31mb\n",)) == "a[31mb"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"Answer": [1]}', b'{"Answer": {"type": 16}}', b"[" * 100_000])
def test_answers_of_resolvers_that_hold_nothing(body: bytes) -> None:
    assert parse_texts(body) == ()


async def test_the_provider_is_looked_up() -> None:
    origin = "name=10.69.2.81.origin.asn.cymru.com type=TXT"
    name = "name=AS21928.asn.cymru.com type=TXT"
    web = Web(
        {
            f"{RESOLVERS[1]} {origin}": dns("21928 | 81.2.64.0/18 | US | arin | 2010-01-01"),
            f"{RESOLVERS[1]} {name}": dns("21928 | US | arin | 2001-10-11 | T-MOBILE-AS21928, US"),
        }
    )
    assert await look_up_provider(web, RESOLVERS, "81.2.69.10") == Provider(21928, "T-MOBILE-AS21928, US")
    assert [one.partition(" ")[0] for one in web.asked] == [RESOLVERS[0], RESOLVERS[1], RESOLVERS[1]]


async def test_no_provider_where_nobody_can_be_asked() -> None:
    assert await look_up_provider(Web({}), RESOLVERS, "81.2.69.10") is None
    assert await look_up_provider(Web({}), RESOLVERS, "2001:db8::1") is None
