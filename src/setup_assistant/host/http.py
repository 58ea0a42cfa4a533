# SPDX-License-Identifier: MIT
"""The one HTTP client: verified TLS, one deadline, a size cap, and not a word of what it carries."""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from setup_assistant import __version__
from setup_assistant.core.errors import HostError, Trouble, UsageError
from setup_assistant.core.facts import Answer
from setup_assistant.core.host import Reply
from setup_assistant.core.settings import is_loopback
from setup_assistant.core.texts import Text
from setup_assistant.host.http_failures import read_failure
from setup_assistant.host.threads import use_daemon_threads
from setup_assistant.host.trust import trust

USER_AGENT = f"setup-assistant/{__version__}"

# They log URLs with their queries at INFO, and headers (a Plex token among them) at DEBUG.
logging.getLogger("httpx").setLevel(logging.CRITICAL + 1)
logging.getLogger("httpcore").setLevel(logging.CRITICAL + 1)


class HttpClient:
    """`core.host.Http` over httpx transports.

    It sits below httpx.AsyncClient, which adds what must not be here: cookies kept between services, redirects
    prepared, URLs logged, proxies of the environment. Connections are kept per running loop; requests that are
    ``fresh``, pinned or without verification never share one.
    """

    def __init__(self, ca_file: str | None, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """``ca_file`` is trusted beside the system's store; ``transport`` replaces the network.

        Raises UsageError ``settings_value`` where ``ca_file`` cannot be read.
        """
        self._given = transport
        self._trusting = _trust(ca_file)
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncHTTPTransport] = WeakKeyDictionary()
        self._endings: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = WeakKeyDictionary()

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
        """Send one request; see `core.host.Http.request`. ``timeout`` (seconds) bounds the whole exchange."""
        failure: HostError
        what = ""
        stage = _Stage()
        try:
            target = httpx.URL(url)
            what = target.host
            _check_destination(target, connect_to, any_certificate)
            request = _build(method, target, headers or {}, params, json, connect_to)
            request.extensions["trace"] = stage.note
            async with (
                asyncio.timeout(timeout),
                self._transport(any_certificate, fresh or connect_to is not None) as transport,
                stage,
            ):
                return await _exchange(transport, request, max_bytes)
        except HostError as error:
            failure = HostError(error.trouble, error.detail, what=what)
        except TimeoutError:
            failure = HostError(
                Trouble.TIMED_OUT, Answer.UNREACHABLE if stage.connecting else Answer.TIMEOUT, what=what
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, zlib.error) as error:
            failure = read_failure(error, what)
        # Outside the except clause: the exceptions of httpx hold the request with its headers.
        raise failure

    async def aclose(self) -> None:
        """Close the connections kept for the running loop; its end does it as well (`_ending`)."""
        kept = self._kept.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept.aclose()

    async def _ending(self) -> AsyncGenerator[None, None]:
        """Wait for the end of the loop and close what is kept for it.

        Whoever runs a loop to its end has it finish its asynchronous generators (asyncio.Runner,
        ``loop.shutdown_asyncgens``): so nobody above has to know of connections.
        """
        try:
            yield
        finally:
            await self.aclose()

    @asynccontextmanager
    async def _transport(self, any_certificate: bool, alone: bool) -> AsyncIterator[httpx.AsyncBaseTransport]:
        if self._given is not None:
            yield self._given
            return
        loop = asyncio.get_running_loop()
        if loop not in self._kept:
            use_daemon_threads(loop)
            self._kept[loop] = _network(self._trusting)
            if loop not in self._endings:
                self._endings[loop] = self._ending()
                await anext(self._endings[loop])
        if not alone and not any_certificate:
            yield self._kept[loop]
            return
        single = _network(_trust_anything() if any_certificate else self._trusting)
        try:
            yield single
        finally:
            await single.aclose()


class _Stage:
    """How far a request has come, as httpcore tells (its ``trace`` extension).

    httpcore forgets a connection whose TLS handshake is cancelled: whoever cancels has to close it.
    """

    def __init__(self) -> None:
        self.connecting = False
        """Whether no connection has come about yet: then the way there is shut, not the server silent."""
        self._in_handshake: Any = None

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        match event:
            case "connection.connect_tcp.started":
                self.connecting = True
            case "connection.connect_tcp.complete":
                self.connecting = False
                self._in_handshake = info["return_value"]
            case "connection.start_tls.complete" | "http11.send_request_headers.started":
                self._in_handshake = None

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        if self._in_handshake is not None:
            await self._in_handshake.aclose()


def _network(context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(verify=context, trust_env=False)


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return trust(ca_file)
    except OSError as error:
        raise UsageError(
            "settings_value", Text("The certificates in {path} cannot be read.", {"path": str(ca_file)})
        ) from error


def _trust_anything() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _check_destination(url: httpx.URL, connect_to: tuple[str, int] | None, any_certificate: bool) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise HostError(Trouble.UNREACHABLE, Answer.NAME_NOT_FOUND)
    if not 0 < (connect_to[1] if connect_to else url.port or 1) < 65536:
        raise HostError(Trouble.UNREACHABLE)
    here = is_loopback(connect_to[0] if connect_to else url.host)
    if url.scheme == "http" and not here:
        raise HostError(Trouble.PLAIN_HTTP)
    if any_certificate and not here:
        raise HostError(Trouble.TLS, Answer.CERTIFICATE_UNTRUSTED)


def _build(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    params: Sequence[tuple[str, str]],
    json: object | None,
    connect_to: tuple[str, int] | None,
) -> httpx.Request:
    # Only encodings that _body can open piece by piece.
    own = {"Host": url.netloc.decode("ascii"), "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
    sent = httpx.Headers(own)
    sent.update(headers)
    if params:
        url = url.copy_merge_params(httpx.QueryParams(list(params)))
    extensions: dict[str, object] = {}
    if connect_to is not None:
        extensions["sni_hostname"] = url.raw_host.decode("ascii").strip("[]")
        url = url.copy_with(host=connect_to[0], port=connect_to[1])
    return httpx.Request(method, url, headers=sent, json=json, extensions=extensions)


async def _exchange(transport: httpx.AsyncBaseTransport, request: httpx.Request, max_bytes: int) -> Reply:
    clock = asyncio.get_running_loop().time
    started = clock()
    response = await transport.handle_async_request(request)
    try:
        body = await _body(response, max_bytes)
    finally:
        await response.aclose()
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        milliseconds=round((clock() - started) * 1000),
    )


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    opened = _opener(response.headers.get("content-encoding", "").strip().lower())
    body = bytearray()
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise HostError(Trouble.UNEXPECTED_REPLY)
    async for chunk in response.stream:
        body += opened(chunk, max_bytes + 1 - len(body))
        if len(body) > max_bytes:
            raise HostError(Trouble.TOO_LARGE)
    return bytes(body)


def _opener(encoding: str) -> Callable[[bytes, int], bytes]:
    """How a piece of the body is decoded to at most so many bytes: a small reply can hold a huge one."""
    if encoding in ("", "identity"):
        return lambda chunk, room: chunk
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    raise HostError(Trouble.UNEXPECTED_REPLY)
