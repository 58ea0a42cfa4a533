# SPDX-License-Identifier: MIT
"""A tiny HTTP server in the place of Plex."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Backend:
    """A running server: its port on 127.0.0.1, and the headers (and path) of each request."""

    def __init__(self, port: int, seen: list[dict[str, str]]) -> None:
        self.port = port
        self.seen = seen


@contextmanager
def serving(body: bytes = b"<MediaContainer claimed='1'/>") -> Iterator[Backend]:
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Backend(server.server_address[1], seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
