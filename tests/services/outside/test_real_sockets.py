# SPDX-License-Identifier: MIT
"""The whole proof over real HTTP and TLS on loopback: entrance, resolvers and checker are stand-ins with sockets."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from setup_assistant.core.facts import Answer, OutsideFacts
from setup_assistant.core.host import Host
from setup_assistant.core.settings import OutsideSettings
from setup_assistant.host.http import HttpClient
from setup_assistant.host.simulated.globalping import GlobalpingSite
from setup_assistant.host.simulated.mount import Mount
from setup_assistant.host.simulated.visitor import Visitor
from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, json_reply
from setup_assistant.services import checkers, globalping, outside, public_dns
from setup_assistant.services.outside import Outside
from tests.host.loopback import NAME, Authority, Handler, alerts, answers, closes, resets, serve, stalls
from tests.services.outside.specification import Specification, Watched
from tests.services.outside.world import MACHINE, TARGET, FakeHost

IDENTITY = json.dumps({"MediaContainer": {"machineIdentifier": MACHINE}}).encode()
XML = f'<?xml version="1.0"?><MediaContainer size="0" claimed="1" machineIdentifier="{MACHINE}" />'.encode()

Resolver = Callable[[SimulatedRequest], SimulatedReply]


def says(status: int, *addresses: str) -> Resolver:
    """A resolver with one answer for A, and none for AAAA."""

    def resolve(request: SimulatedRequest) -> SimulatedReply:
        assert request.headers["accept"] == "application/dns-json"
        assert request.param("name") == NAME
        found = [{"name": f"{NAME}.", "type": 1, "TTL": 60, "data": address} for address in addresses]
        given = found if request.param("type") == "A" else []
        return json_reply({"Status": status, **({"Answer": given} if given else {})})

    return resolve


@dataclass
class Loopback:
    """Settings and service over what is mounted."""

    settings: OutsideSettings
    http: HttpClient
    site: Watched

    async def observe(self, layers: int = 5) -> OutsideFacts:
        service = Outside(cast(Host, FakeHost(self.http)), self.settings)
        try:
            return await service.observe(replace(TARGET, tun=False), consent=True, layers=layers)
        finally:
            await self.http.aclose()
            assert self.site.problems == []


@asynccontextmanager
async def mounted(
    authority: Authority,
    handler: Handler,
    *,
    name: str = NAME,
    expired: bool = False,
    tls: bool = True,
    context: ssl.SSLContext | None = None,
    patience: float = 30.0,
) -> AsyncIterator[Loopback]:
    async with AsyncExitStack() as stack:
        shown = (context or authority.context(name, expired=expired)) if tls else None
        entrance = await stack.enter_async_context(serve(handler, shown))
        visitor = Visitor(entrance.pin, authority.file, timeout=patience)
        site = Specification().watches(GlobalpingSite(visitor))
        checker = stack.enter_context(Mount(site, authority.context("localhost")))
        resolver = stack.enter_context(Mount(says(0, "199.38.181.54"), authority.context("localhost")))
        yield Loopback(
            OutsideSettings(
                globalping=checker.url,
                check_host="http://localhost:1",
                resolvers=(f"{resolver.url}/dns-query",),
                entrance=("127.0.0.1",),
                ingress_port=entrance.port,
            ),
            HttpClient(authority.file),
            site,
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real sockets need real time, so as little of it as will do."""
    monkeypatch.setattr(globalping, "POLL_S", 0.01)
    monkeypatch.setattr(outside, "RETRY_PAUSE_S", 0.01)
    monkeypatch.setattr(outside, "ROUND_PAUSE_S", 0.01)


@pytest.mark.parametrize("body", [IDENTITY, XML])
async def test_reached_from_here_and_from_outside(authority: Authority, body: bytes) -> None:
    async with mounted(authority, answers(body=body)) as loopback:
        facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [Answer.PLEX]
    assert [fetch.answer for fetch in facts.probes or ()] == [Answer.PLEX] * 3
    assert facts.checker == "Globalping"
    assert [lookup.addresses for lookup in facts.lookups or ()] == [("199.38.181.54",), ()]


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        pytest.param(closes, Answer.CLOSED, id="closed"),
        pytest.param(resets, Answer.RESET, id="reset"),
        pytest.param(alerts, Answer.TLS_ALERT, id="alert"),
        pytest.param(stalls, Answer.TIMEOUT, id="stall"),
    ],
)
async def test_ends_before_a_certificate_is_shown(
    authority: Authority, handler: Handler, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = 1.0 if answer is Answer.TIMEOUT else 30.0
    monkeypatch.setattr(outside, "CERTIFICATE_S", patience)
    async with mounted(authority, handler, tls=False, patience=patience) as loopback:
        facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [answer]
    assert {fetch.answer for fetch in facts.probes or ()} == {answer}


@pytest.mark.parametrize(
    ("name", "expired", "answer"),
    [
        pytest.param(NAME, True, Answer.CERTIFICATE_EXPIRED, id="expired"),
        pytest.param("other.tail1234.ts.net", False, Answer.CERTIFICATE_NAME, id="name"),
    ],
)
async def test_certificates_that_apps_refuse(authority: Authority, name: str, expired: bool, answer: Answer) -> None:
    async with mounted(authority, answers(body=IDENTITY), name=name, expired=expired) as loopback:
        facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [answer]
    assert {fetch.answer for fetch in facts.probes or ()} == {answer}


async def test_a_certificate_nobody_trusts(authority: Authority, tmp_path: Path) -> None:
    """Signed by its own key, as far as everyone else can tell: its authority is nobody's."""
    (tmp_path / "other").mkdir()
    itself = Authority(tmp_path / "other").context(NAME)
    async with mounted(authority, answers(body=IDENTITY), context=itself) as loopback:
        facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [Answer.CERTIFICATE_UNTRUSTED]
    assert {fetch.answer for fetch in facts.probes or ()} == {Answer.CERTIFICATE_UNTRUSTED}


async def test_how_long_the_certificate_holds_is_told(authority: Authority) -> None:
    async with mounted(authority, answers(body=IDENTITY)) as loopback:
        facts = await loopback.observe()
    moments = {(fetch.certificate_from, fetch.certificate_until) for fetch in facts.probes or ()}
    ((since, until),) = moments
    assert since is not None
    assert until is not None
    assert since < datetime.now(UTC) < until


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "rate_limit_exceeded"), (403, "access_forbidden"), (422, "no_probes_found"), (500, "api_error")],
)
async def test_a_checker_that_refuses_costs_nothing_else(authority: Authority, status: int, kind: str) -> None:
    async with mounted(authority, answers(body=IDENTITY)) as loopback:
        error = {"error": {"type": kind, "message": "…"}, "links": {"documentation": "https://globalping.io"}}
        with Mount(lambda request: json_reply(error, status), authority.context("localhost")) as refuses:
            loopback.settings = replace(loopback.settings, globalping=refuses.url)
            facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [Answer.PLEX]
    assert [(fetch.answer, fetch.place) for fetch in facts.probes or ()] == [
        (Answer.COULD_NOT_CHECK, "Globalping"),
        (Answer.COULD_NOT_CHECK, "check-host.net"),
    ]
    assert f"HTTP {status} {kind}" in (facts.probes or ())[0].detail


@pytest.mark.parametrize("handler", [closes, resets, alerts, stalls, answers("200 OK", b"<html>")])
async def test_a_checker_that_breaks_off_says_nothing_of_the_server(
    authority: Authority, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkers, "REQUEST_S", 1.0 if handler is stalls else 10.0)
    async with mounted(authority, answers(body=IDENTITY)) as loopback, serve(handler) as broken:
        loopback.settings = replace(loopback.settings, globalping=f"http://127.0.0.1:{broken.port}")
        facts = await loopback.observe()
    assert [fetch.answer for fetch in facts.entrances or ()] == [Answer.PLEX]
    assert {fetch.answer for fetch in facts.probes or ()} == {Answer.COULD_NOT_CHECK}


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        (answers("502 Bad Gateway"), Answer.BAD_GATEWAY),
        (answers("503 Service Unavailable", b"proxy is closed"), Answer.STARTING),
        (answers("401 Unauthorized"), Answer.UNAUTHORIZED),
        (answers("404 Not Found", b"404 page not found\n"), Answer.NOT_FOUND),
        (answers("302 Found", headers="location: https://elsewhere.example/\r\n"), Answer.REDIRECT),
        (answers("500 Internal Server Error"), Answer.HTTP_ERROR),
        (answers(body=b"<html></html>"), Answer.OTHER_APP),
        (answers(body=b"x" * 100_000), Answer.OTHER_APP),
        (answers(body=IDENTITY.replace(MACHINE.encode(), b"another")), Answer.OTHER_SERVER),
    ],
)
async def test_what_answers_instead_of_plex(authority: Authority, handler: Handler, answer: Answer) -> None:
    async with mounted(authority, handler) as loopback:
        facts = await loopback.observe()
        assert [fetch.answer for fetch in facts.entrances or ()] == [answer]
        # The same through the checker, asked directly: the run itself saves the tests.
        assert facts.probes is None
        service = Outside(cast(Host, FakeHost(loopback.http)), loopback.settings)
        probes, _ = await service.probes(TARGET.url, MACHINE)
        await loopback.http.aclose()
    assert {fetch.answer for fetch in probes} == {answer}


async def test_resolvers_that_disagree() -> None:
    async with AsyncExitStack() as stack:
        urls = [
            f"{stack.enter_context(Mount(says(3))).url}/dns-query",
            f"{stack.enter_context(Mount(says(0, '199.38.181.54'))).url}/resolve",
            f"{stack.enter_context(Mount(says(0, '100.64.0.9'))).url}/wrong",
            f"{stack.enter_context(Mount(lambda request: SimulatedReply(200, b'<html>'))).url}/portal",
        ]
        http = HttpClient(None)
        service = Outside(cast(Host, FakeHost(http)), OutsideSettings(resolvers=tuple(urls)))
        found = await service.lookups(NAME, 2)
        await http.aclose()
    first = [(lookup.kind, lookup.status, lookup.addresses) for lookup in found[:8]]
    assert first == [
        ("A", 3, ()),
        ("AAAA", 3, ()),
        ("A", 0, ("199.38.181.54",)),
        ("AAAA", 0, ()),
        ("A", 0, ("100.64.0.9",)),
        ("AAAA", 0, ()),
        ("A", -1, ()),
        ("AAAA", -1, ()),
    ]
    assert len(found) == 16


async def test_a_resolver_that_is_slow_or_breaks_off_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_dns, "LOOKUP_S", 1.0)
    async with AsyncExitStack() as stack:
        broken = [await stack.enter_async_context(serve(handler)) for handler in (stalls, resets, closes)]
        good = stack.enter_context(Mount(says(0, "199.38.181.54")))
        urls = (*(f"http://127.0.0.1:{one.port}/dns-query" for one in broken), f"{good.url}/dns-query")
        http = HttpClient(None)
        service = Outside(cast(Host, FakeHost(http)), OutsideSettings(resolvers=urls))
        found = await service.lookups(NAME, 1)
        await http.aclose()
    assert [(lookup.status, lookup.addresses) for lookup in found if lookup.kind == "A"] == [
        (-1, ()),
        (-1, ()),
        (-1, ()),
        (0, ("199.38.181.54",)),
    ]
