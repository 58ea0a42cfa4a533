# SPDX-License-Identifier: MIT
"""Bad input for the Plex clients over real sockets and TLS: a clear answer each time, the token sent nowhere else."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import KeyringState, PlexAnswer, TokenState
from setup_assistant.core.findings import Status
from setup_assistant.core.settings import PlexServerSettings, PlexTvSettings
from setup_assistant.host.http import HttpClient
from setup_assistant.services import plex_account, plex_door, plex_finder, plex_server, plex_sign_in
from setup_assistant.services.plex_account import PlexAccount
from setup_assistant.services.plex_server import PlexServer
from tests.checks.test_plex import FACTS, ask
from tests.host.loopback import Authority, Handler, Served, alerts, closes, drips, resets, serve, speaks_no_tls, stalls
from tests.services.plex.home import CLIENT, Home
from tests.services.plex.test_messages import SURPRISES

TOKEN = "known-token-2001"
IDENTITY = b'<MediaContainer machineIdentifier="abc" claimed="1" version="1.41"/>'
OWNED = b'[{"clientIdentifier": "abc", "provides": "server", "owned": true, "accessToken": "known-token-2001"}]'
ELSEWHERE = "http://localhost:{port}/somewhere"

# The whole answer, as it goes over the wire; {elsewhere} is a server that must never be asked.
WIRE: dict[str, bytes | Handler] = {
    **{f"body: {name}": body for name, body in SURPRISES.items() if len(body) < 50_000},
    "truncated": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{",
    "truncated chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1000\r\n{",
    "huge": b"HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n" + b"x" * 6_000_000,
    "compressed bomb": b"gzip:" + gzip.compress(b" " * 20_000_000),
    "a page as JSON": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n<html></html>",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n",
    "lasting redirect": b"HTTP/1.1 308 Permanent Redirect\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n",
    "drip": drips(b"x", b"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n"),
    "dripping headers": drips(b"x-a: b\r\n", b"HTTP/1.1 200 OK\r\n"),
    "silence": stalls,
    "hangs up": closes,
    "resets": resets,
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real seconds pass here: a few tenths are enough for loopback."""
    monkeypatch.setattr(plex_finder, "IDENTITY_S", 0.5)
    monkeypatch.setattr(plex_door, "DOOR_S", 0.5)
    monkeypatch.setattr(plex_server, "AFTER_PUT_S", 0.0)
    monkeypatch.setattr(plex_server, "REQUEST_S", 0.5)
    monkeypatch.setattr(plex_account, "REQUEST_S", 0.5)
    monkeypatch.setattr(plex_sign_in, "REQUEST_S", 0.5)


class Wire:
    """A server that answers well on some paths and as `WIRE` says on one; it keeps every head it got."""

    def __init__(self, good: Mapping[str, bytes], bad_path: str, bad: bytes | Handler, elsewhere: str = "") -> None:
        self._good = good
        self._bad_path = bad_path
        self._bad = bad
        self._elsewhere = elsewhere.encode()
        self.heads: list[str] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        path = head.split()[1].decode().partition("?")[0]
        if path == self._bad_path:
            await self._answer_badly(reader, writer, head)
        elif path in self._good:
            body = self._good[path]
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        else:
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async def _answer_badly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        if not isinstance(self._bad, bytes):
            # Handlers read the request themselves, so it is given back to them.
            reader.feed_data(head)
            await self._bad(reader, writer)
        elif self._bad.startswith(b"HTTP/") or self._bad.startswith(b"SSH-"):
            writer.write(self._bad.replace(b"{elsewhere}", self._elsewhere))
        else:
            body, kind = self._bad, b""
            if body.startswith(b"gzip:"):
                body, kind = body[5:], b"content-encoding: gzip\r\n"
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n" + kind + b"content-length: %d\r\n\r\n" % len(body))
            writer.write(body)


class Tokens:
    """Gives one token for any server."""

    async def server_token(self, machine_identifier: str) -> str:
        return TOKEN

    def forget_server_token(self, machine_identifier: str) -> None:
        """There is only the one."""


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[Served, str]]:
    """A place where a redirect leads; nobody may come."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with serve(handle) as served:
        yield served, ELSEWHERE.format(port=served.port)


def account_at(port: int, http: HttpClient, scheme: str = "http") -> tuple[Home, PlexAccount]:
    home = Home()
    home.world.data["keyring"]["secrets"] = {"plex-token": TOKEN}
    place = f"{scheme}://localhost:{port}"
    settings = PlexTvSettings(api=place, sign_in=place)
    return home, PlexAccount(replace(home.host, http=http), settings, CLIENT)


@pytest.mark.parametrize("name", WIRE)
async def test_on_plexs_port(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing good comes here in any time; each look is made twice, plain and by TLS.
    monkeypatch.setattr(plex_finder, "IDENTITY_S", 0.15)
    home = Home()
    async with elsewhere() as (trap, place):
        wire = Wire({}, "/identity", WIRE[name], place)
        async with serve(wire.handle) as served:
            settings = PlexServerSettings(url=f"http://localhost:{served.port}")
            server = PlexServer(replace(home.host, http=HttpClient(None)), settings, Tokens())
            facts = await server.observe()
            with pytest.raises(HostError):
                await server.read_settings()
        assert trap.connections == 0
    assert facts.answer in (PlexAnswer.NOT_PLEX, PlexAnswer.SILENT)
    assert (facts.machine_identifier, facts.strangers_enter) == ("", None)
    verdict = ask("plex_server", replace(FACTS, plex=facts))
    assert (verdict.status, verdict.cause) == (Status.PROBLEM, facts.answer.value)
    assert not [head for head in wire.heads if TOKEN in head], "what is not Plex gets no token"


@pytest.mark.parametrize("name", WIRE)
@pytest.mark.parametrize("path", ["/:/prefs", "/status/sessions"])
async def test_plexs_own_answers(path: str, name: str) -> None:
    home = Home()
    async with elsewhere() as (trap, place):
        wire = Wire({"/identity": IDENTITY}, path, WIRE[name], place)
        async with serve(wire.handle) as served:
            settings = PlexServerSettings(url=f"http://localhost:{served.port}")
            server = PlexServer(replace(home.host, http=HttpClient(None)), settings, Tokens())
            with pytest.raises(HostError) as met:
                async with asyncio.timeout(20):
                    await (server.read_settings() if path == "/:/prefs" else server.sessions())
        assert trap.connections == 0
    assert met.value.trouble in READABLE
    assert TOKEN not in f"{met.value!r} {met.value} {met.value.text.render()}"
    assert [head for head in wire.heads if TOKEN in head], "Plex itself is asked with the token"
    assert not [head for head in wire.heads if TOKEN in head.split("\r\n")[0]], "never in the address"


ENDLESS = {"drip", "dripping headers", "silence"}
"""What only a deadline ends."""
READABLE = {
    Trouble.UNEXPECTED_REPLY,
    Trouble.TOO_LARGE,
    Trouble.TIMED_OUT,
    Trouble.UNREACHABLE,
    Trouble.HTTP_STATUS,
    Trouble.REDIRECTED,
}


@pytest.mark.parametrize("name", WIRE)
@pytest.mark.parametrize("path", ["/api/v2/user", "/api/v2/resources"])
async def test_plex_tvs_answers(path: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in ENDLESS:
        # The good half of the two answers is not to be late on a busy computer.
        monkeypatch.setattr(plex_account, "REQUEST_S", 10.0)
    async with elsewhere() as (trap, place):
        good = {"/api/v2/user": b'{"id": 1, "username": "ann"}', "/api/v2/resources": OWNED}
        wire = Wire(good, path, WIRE[name], place)
        async with serve(wire.handle) as served:
            home, account = account_at(served.port, HttpClient(None))
            facts = await account.observe("abc")
        assert trap.connections == 0
    assert home.world.data["keyring"]["secrets"] == {"plex-token": TOKEN}, "only a 401 makes it worthless"
    assert facts.keyring is KeyringState.READY
    if path == "/api/v2/user":
        assert facts.token is TokenState.UNCHECKED
        assert Trouble(facts.trouble) in READABLE
        verdict = ask("plex_sign_in", replace(FACTS, account=facts))
        assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "plex_tv_unreachable")
    elif name != "body: a list":
        assert (facts.token, facts.listed) == (TokenState.VALID, None)
        verdict = ask("plex_owner", replace(FACTS, account=facts))
        assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "not_readable")
        assert Trouble(facts.trouble) in READABLE
    assert not [head for head in wire.heads if TOKEN in head.split("\r\n")[0]]


@pytest.mark.parametrize("name", WIRE)
async def test_the_answer_to_a_new_pin(name: str) -> None:
    links: list[str] = []
    async with elsewhere() as (trap, place):
        wire = Wire({}, "/api/v2/pins", WIRE[name], place)
        async with serve(wire.handle) as served:
            home, account = account_at(served.port, HttpClient(None))
            with pytest.raises(HostError) as met:
                await account.sign_in(lambda link, code, seconds: links.append(link))
        assert trap.connections == 0
    assert met.value.trouble in READABLE
    assert links == [], "no link without a pin"
    assert home.world.data["keyring"]["secrets"] == {"plex-token": TOKEN}


@pytest.mark.parametrize("name", ["expired", "another name", "nobody knows it", "alert", "no TLS", "cut"])
async def test_tls_at_plex_tv(name: str, tmp_path: Path) -> None:
    for folder in ("ours", "strangers"):
        (tmp_path / folder).mkdir()
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "strangers")
    wire = Wire({}, "", b"")
    handler: Handler = wire.handle
    context = {
        "expired": ours.context("localhost", expired=True),
        "another name": ours.context("plex.example"),
        "nobody knows it": stranger.context("localhost"),
    }.get(name)
    if context is None:
        handler = {"alert": alerts, "no TLS": speaks_no_tls, "cut": resets}[name]
    async with serve(handler, context) as served:
        home, account = account_at(served.port, HttpClient(ours.file), "https")
        facts = await account.observe("abc")
        with pytest.raises(HostError) as met:
            await account.sign_in(lambda link, code, seconds: None)
    assert wire.heads == [], "nothing was sent"
    assert facts.token is TokenState.UNCHECKED
    assert facts.trouble in (Trouble.TLS, Trouble.UNREACHABLE)
    assert met.value.trouble in (Trouble.TLS, Trouble.UNREACHABLE)
    assert ask("plex_sign_in", replace(FACTS, account=facts)).status is Status.UNKNOWN
    assert home.world.data["keyring"]["secrets"] == {"plex-token": TOKEN}


async def test_the_same_wire_serves_good_answers_too() -> None:
    """Without anything bad all goes through, so that the tests above mean something."""
    setting = [
        {"id": "customConnections", "type": "text", "value": ""},
        {"id": "PublishServerOnPlexOnlineKey", "type": "bool", "value": True},
        {"id": "allowedNetworks", "type": "text", "value": ""},
    ]
    prefs = json.dumps({"MediaContainer": {"size": 3, "Setting": setting}}).encode()
    good = {
        "/identity": IDENTITY,
        "/:/prefs": prefs,
        "/api/v2/user": b'{"id": 1, "username": "ann"}',
        "/api/v2/resources": OWNED,
    }
    wire = Wire(good, "", b"")
    async with serve(wire.handle) as served:
        _, account = account_at(served.port, HttpClient(None))
        settings = PlexServerSettings(url=f"http://localhost:{served.port}")
        server = PlexServer(replace(Home().host, http=HttpClient(None)), settings, account)
        assert (await server.observe()).strangers_enter is False
        assert (await server.read_settings()).publish
        facts = await account.observe("abc")
    assert (facts.token, facts.owned) == (TokenState.VALID, True)
