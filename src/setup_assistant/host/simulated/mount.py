# SPDX-License-Identifier: MIT
"""Puts simulated services on real loopback sockets, so that clients not written here can be pointed at them."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest, Site

_MOST_BODY = 1_048_576


class Mount:
    """A context manager: one service on 127.0.0.1, on a port of its own; by TLS where a context is given."""

    def __init__(self, site: Site, tls: ssl.SSLContext | None = None, *, port: int = 0) -> None:
        self._site = site
        self._tls = tls
        self._one_at_a_time = threading.Lock()
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", port), self._handler())
        if tls is not None:
            # The handshake belongs to the thread of the connection: a client that never begins one holds up nobody.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mount", daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    def __enter__(self) -> Mount:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: SimulatedRequest) -> SimulatedReply:
        """Ask the service; a world is not made for two at once."""
        with self._one_at_a_time:
            return self._site(request)

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the mount lasts."""
        self._over.wait(seconds)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mount = self

        class Handler(_Handler):
            owner = mount

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    owner: Mount
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def handle_one_request(self) -> None:
        """Read one request, whatever its method, and answer it."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        try:
            reply = self.owner.answer(self._read())
        except SimulatedFailure as failure:
            self._fail(failure.kind)
            return
        if reply.delay:
            self.owner.wait(reply.delay)
        self._send(reply)

    def _read(self) -> SimulatedRequest:
        parts = urlsplit(self.path)
        length = min(int(self.headers.get("content-length") or 0), _MOST_BODY)
        named = urlsplit(f"//{self.headers.get('host', '')}")
        return SimulatedRequest(
            method=self.command,
            scheme="https" if isinstance(self.connection, ssl.SSLSocket) else "http",
            host=named.hostname or "",
            port=named.port or self.owner.port,
            path=parts.path,
            params=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
            address=self.client_address[0],
        )

    def _send(self, reply: SimulatedReply) -> None:
        self.send_response_only(reply.status)
        headers = {name.lower(): value for name, value in (reply.headers or {}).items()}
        if reply.status != 204:
            headers["content-length"] = str(len(reply.body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _fail(self, kind: str) -> None:
        """End the connection as the failure says, as near as a server that has accepted it can."""
        self.close_connection = True
        if kind == "timeout":
            self.owner.wait(3600)
        if kind in ("reset", "refused"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written: requests hold tokens."""
