# SPDX-License-Identifier: MIT
"""The HTTP client against real sockets and real TLS."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import threading
from pathlib import Path

import httpx
import pytest

from setup_assistant import __version__
from setup_assistant.core.errors import HostError, Trouble, UsageError
from setup_assistant.core.facts import Answer
from setup_assistant.host.http import HttpClient
from tests.host.loopback import (
    NAME,
    Authority,
    Handler,
    Served,
    alerts,
    answers,
    closes,
    drips,
    resets,
    serve,
    speaks_no_tls,
    stalls,
)

URL = f"https://{NAME}/identity"
SECRET = "s3cret-token"  # no one may ever see it again


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def http(authority: Authority) -> HttpClient:
    return HttpClient(authority.file)


async def trouble(http: HttpClient, pin: tuple[str, int], url: str = URL, timeout: float = 20.0) -> HostError:
    with pytest.raises(HostError) as caught:
        await http.request(
            "GET",
            f"{url}?q={SECRET}",
            headers={"X-Plex-Token": SECRET},
            json={"code": SECRET},
            connect_to=pin,
            timeout=timeout,
        )
    error: BaseException | None = caught.value
    assert error is not None
    assert SECRET not in f"{error} {error!r} {vars(error)}"
    assert error.__cause__ is None
    assert error.__context__ is None
    return caught.value


async def test_a_pinned_request_keeps_the_name_in_sni_host_and_certificate(
    http: HttpClient, authority: Authority
) -> None:
    context = authority.context()
    asked: list[str | None] = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    holder: list[Served] = []
    async with serve(answers(body=b"hello", served=lambda: holder[0]), context) as served:
        holder.append(served)
        reply = await http.request("GET", URL, params=(("a", "b c"),), connect_to=served.pin)
    assert (reply.status, reply.body) == (200, b"hello")
    assert asked == [NAME]
    assert f"Host: {NAME}\r\n" in served.heads[0]
    assert served.heads[0].startswith("GET /identity?a=b+c HTTP/1.1\r\n")
    assert f"User-Agent: setup-assistant/{__version__}\r\n" in served.heads[0]


async def test_the_port_of_the_url_stays_in_the_host_header(http: HttpClient, authority: Authority) -> None:
    holder: list[Served] = []
    async with serve(answers(served=lambda: holder[0]), authority.context()) as served:
        holder.append(served)
        await http.request("GET", f"https://{NAME}:8443/identity", connect_to=served.pin)
    assert f"Host: {NAME}:8443\r\n" in served.heads[0]


async def test_ipv6_can_be_pinned(http: HttpClient, authority: Authority) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    async with serve(answers(body=b"six"), authority.context(), "::1") as served:
        assert (await http.request("GET", URL, connect_to=served.pin)).body == b"six"


async def test_without_the_extra_file_the_authority_is_not_trusted(authority: Authority) -> None:
    async with serve(answers(), authority.context()) as served:
        error = await trouble(HttpClient(None), served.pin)
    assert (error.trouble, error.detail) == (Trouble.TLS, Answer.CERTIFICATE_UNTRUSTED)


async def test_an_expired_certificate(http: HttpClient, authority: Authority) -> None:
    async with serve(answers(), authority.context(expired=True)) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail) == (Trouble.TLS, Answer.CERTIFICATE_EXPIRED)


async def test_a_certificate_of_another_name(http: HttpClient, authority: Authority) -> None:
    async with serve(answers(), authority.context("other.tail1234.ts.net")) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail) == (Trouble.TLS, Answer.CERTIFICATE_NAME)


async def test_a_self_signed_certificate(http: HttpClient, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with serve(answers(), Authority(tmp_path / "other").context()) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail) == (Trouble.TLS, Answer.CERTIFICATE_UNTRUSTED)


@pytest.mark.parametrize(
    ("handler", "kind", "detail"),
    [
        pytest.param(closes, Trouble.UNREACHABLE, Answer.CLOSED, id="closed"),
        pytest.param(resets, Trouble.UNREACHABLE, Answer.RESET, id="reset"),
        pytest.param(alerts, Trouble.TLS, Answer.TLS_ALERT, id="alert"),
        pytest.param(speaks_no_tls, Trouble.TLS, "not_tls", id="no_tls"),
    ],
)
async def test_ends_in_the_handshake(http: HttpClient, handler: Handler, kind: Trouble, detail: str) -> None:
    async with serve(handler) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail, error.what) == (kind, detail, NAME)


@pytest.mark.parametrize(
    ("handler", "kind", "detail"),
    [
        pytest.param(closes, Trouble.UNREACHABLE, Answer.CLOSED, id="closed"),
        pytest.param(resets, Trouble.UNREACHABLE, Answer.RESET, id="reset"),
        pytest.param(answers("nonsense"), Trouble.UNEXPECTED_REPLY, "", id="no_http"),
    ],
)
async def test_ends_after_the_handshake(
    http: HttpClient, authority: Authority, handler: Handler, kind: Trouble, detail: str
) -> None:
    async with serve(handler, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail) == (kind, detail)


async def test_a_reply_that_ends_too_soon(http: HttpClient, authority: Authority) -> None:
    async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()

    async with serve(cut_off, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert (error.trouble, error.detail) == (Trouble.UNREACHABLE, Answer.CLOSED)


async def test_nothing_listens(http: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await trouble(http, unused.getsockname())
    assert (error.trouble, error.detail) == (Trouble.REFUSED, Answer.REFUSED)


async def test_one_deadline_covers_the_whole_exchange(http: HttpClient, authority: Authority) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
    for handler, context in (
        (stalls, None),
        (stalls, authority.context()),
        (drips(b"", head), authority.context()),
    ):
        async with serve(handler, context) as served:
            error = await trouble(http, served.pin, timeout=1.0)
        assert (error.trouble, error.detail) == (Trouble.TIMED_OUT, Answer.TIMEOUT)


async def test_a_drip_within_every_read_still_ends(http: HttpClient, authority: Authority) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async with serve(drip, authority.context()) as served:
        error = await trouble(http, served.pin, timeout=0.3)
    assert error.trouble is Trouble.TIMED_OUT


async def test_a_huge_body_is_not_read_to_its_end(http: HttpClient, authority: Authority) -> None:
    endless = drips(b"x" * 65536, b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
    async with serve(endless, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert error.trouble is Trouble.TOO_LARGE


async def test_endless_headers_are_not_read(http: HttpClient, authority: Authority) -> None:
    endless = drips(b"x-more: " + b"y" * 8000 + b"\r\n", b"HTTP/1.1 200 OK\r\n")
    async with serve(endless, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert error.trouble is Trouble.UNEXPECTED_REPLY


async def test_compression_is_opened_and_a_bomb_is_not(http: HttpClient, authority: Authority) -> None:
    packed = answers(body=gzip.compress(b"hello"), headers="content-encoding: gzip\r\n")
    async with serve(packed, authority.context()) as served:
        assert (await http.request("GET", URL, connect_to=served.pin)).body == b"hello"
    bomb = answers(body=gzip.compress(b"\0" * 50_000_000), headers="content-encoding: gzip\r\n")
    async with serve(bomb, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert error.trouble is Trouble.TOO_LARGE


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_a_body_that_cannot_be_opened(http: HttpClient, authority: Authority, encoding: str) -> None:
    strange = answers(body=b"not packed", headers=f"content-encoding: {encoding}\r\n")
    async with serve(strange, authority.context()) as served:
        error = await trouble(http, served.pin)
    assert error.trouble is Trouble.UNEXPECTED_REPLY


async def test_the_cap_counts_bytes(http: HttpClient, authority: Authority) -> None:
    async with serve(answers(body=b"12345"), authority.context()) as served:
        assert (await http.request("GET", URL, connect_to=served.pin, max_bytes=5)).body == b"12345"
        with pytest.raises(HostError) as caught:
            await http.request("GET", URL, connect_to=served.pin, max_bytes=4)
    assert caught.value.trouble is Trouble.TOO_LARGE


async def test_a_redirect_is_an_answer_like_any_other(http: HttpClient, authority: Authority) -> None:
    for location in ("https://elsewhere.example/", "https://[broken/", "//"):
        moved = answers("302 Found", headers=f"location: {location}\r\n")
        async with serve(moved, authority.context()) as served:
            reply = await http.request("GET", URL, connect_to=served.pin)
        assert (reply.status, reply.headers["location"]) == (302, location)


async def test_cookies_are_not_kept(http: HttpClient) -> None:
    holder: list[Served] = []
    async with serve(answers(headers="set-cookie: seen=1\r\n", served=lambda: holder[0])) as served:
        holder.append(served)
        for _ in range(2):
            await http.request("GET", f"http://127.0.0.1:{served.port}/")
        await http.aclose()
    assert all("cookie" not in head.lower() for head in served.heads)


async def test_connections_are_kept_unless_a_fresh_one_is_asked_for(http: HttpClient) -> None:
    async with serve(answers()) as served:
        url = f"http://127.0.0.1:{served.port}/"
        await http.request("GET", url)
        await http.request("GET", url)
        assert served.connections == 1
        await http.request("GET", url, fresh=True)
        assert served.connections == 2
        await http.aclose()


async def test_a_connection_pinned_for_one_name_never_serves_another(http: HttpClient, authority: Authority) -> None:
    async with serve(answers(), authority.context()) as served:
        await http.request("GET", URL, connect_to=served.pin)
        error = await trouble(http, served.pin, "https://other.tail1234.ts.net/identity")
    assert error.detail == Answer.CERTIFICATE_NAME


@pytest.mark.parametrize("url", ["http://plex.example/", "http://192.168.1.5:32400/identity", "http://8.8.8.8/"])
async def test_plain_http_is_for_this_computer_only(http: HttpClient, url: str) -> None:
    with pytest.raises(HostError) as caught:
        await http.request("GET", url)
    assert caught.value.trouble is Trouble.PLAIN_HTTP


async def test_plain_http_to_loopback_may_not_be_pinned_elsewhere(http: HttpClient) -> None:
    with pytest.raises(HostError) as caught:
        await http.request("GET", "http://localhost/", connect_to=("192.168.1.5", 80))
    assert caught.value.trouble is Trouble.PLAIN_HTTP


async def test_any_certificate_will_do_on_loopback_only(http: HttpClient, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    context = Authority(tmp_path / "other").context()
    async with serve(answers(body=b"plex"), context) as served:
        url = f"https://127.0.0.1:{served.port}/identity"
        reply = await http.request("GET", url, any_certificate=True)
        assert reply.body == b"plex"
    with pytest.raises(HostError) as caught:
        await http.request("GET", "https://plex.example/identity", any_certificate=True)
    assert caught.value.trouble is Trouble.TLS
    with pytest.raises(HostError) as caught:
        await http.request("GET", "https://localhost/", any_certificate=True, connect_to=("192.168.1.5", 443))
    assert caught.value.trouble is Trouble.TLS


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "https:///identity", "https://127.0.0.1:99999/", "https://[::1/"])
async def test_addresses_that_are_none(http: HttpClient, url: str) -> None:
    with pytest.raises(HostError):
        await http.request("GET", url)


async def test_values_that_cannot_be_sent_are_not_told(http: HttpClient) -> None:
    for value in (f"{SECRET}\r\nx: y", f"{SECRET}\u20ac"):
        async with serve(answers()) as served:
            with pytest.raises(HostError) as caught:
                await http.request(
                    "GET", f"http://127.0.0.1:{served.port}/", headers={"X-Plex-Token": value}, fresh=True
                )
        assert SECRET not in repr(caught.value)


async def test_nothing_of_a_request_reaches_the_log(
    http: HttpClient, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(answers(), authority.context()) as served:
        await http.request(
            "GET", f"{URL}?t={SECRET}", headers={"X-Plex-Token": SECRET}, json=[SECRET], connect_to=served.pin
        )
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_cancelling_passes_through(http: HttpClient) -> None:
    async with serve(stalls) as served:
        request = asyncio.create_task(http.request("GET", URL, connect_to=served.pin))
        while not served.connections:
            await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


def test_an_unreadable_authority_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "missing.pem", tmp_path / "empty.pem"):
        with pytest.raises(UsageError) as caught:
            HttpClient(str(path))
        assert caught.value.code == "settings_value"
        assert str(path) in str(caught.value)


async def test_another_transport_takes_the_place_of_the_network() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=f"{request.extensions.get('sni_hostname')} {request.url.host}".encode())

    http = HttpClient(None, httpx.MockTransport(answer))
    reply = await http.request("GET", URL, connect_to=("100.64.0.1", 443))
    assert reply.body == f"{NAME} 100.64.0.1".encode()
    await http.aclose()


def test_one_client_serves_several_loops() -> None:
    http = HttpClient(None)

    async def once() -> int:
        async with serve(answers()) as served:
            reply = await http.request("GET", f"http://127.0.0.1:{served.port}/")
            await http.aclose()
            return reply.status

    assert [asyncio.run(once()), asyncio.run(once())] == [200, 200]


def test_the_end_of_the_loop_ends_what_is_kept_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[httpx.AsyncBaseTransport] = []
    aclose = httpx.AsyncHTTPTransport.aclose

    async def noted(self: httpx.AsyncHTTPTransport) -> None:
        closed.append(self)
        await aclose(self)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "aclose", noted)
    http = HttpClient(None)

    async def once() -> None:
        async with serve(answers()) as served:
            for _ in range(2):
                await http.request("GET", f"http://127.0.0.1:{served.port}/")
            assert served.connections == 1

    for _ in range(2):
        closed.clear()
        asyncio.run(once())
        assert len(closed) == 1


def test_a_name_that_takes_long_to_look_up_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def never(*_: object, **__: object) -> object:
        released.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "late")

    async def ask() -> HostError:
        with pytest.raises(HostError) as caught:
            await HttpClient(None).request("GET", "https://slow.example/", timeout=0.05)
        return caught.value

    monkeypatch.setattr(socket, "getaddrinfo", never)
    error = asyncio.run(ask())
    assert (error.trouble, error.detail) == (Trouble.TIMED_OUT, Answer.UNREACHABLE)
    assert not released.is_set()
    released.set()
