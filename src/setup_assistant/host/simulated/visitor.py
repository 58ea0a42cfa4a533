# SPDX-License-Identifier: MIT
"""A visitor for the Globalping stand-in that really connects: to an entrance on loopback, with real TLS."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from setup_assistant.host.http_failures import read_failure
from setup_assistant.host.simulated.globalping import (
    CERTIFICATE_ERRORS,
    USUAL_LIFE,
    Life,
    failed_result,
    finished_result,
)


class Visitor:
    """Carries out a measurement as Globalping's probe does: by name, whatever the certificate, and reports both.

    ``entrance`` stands for the address that public DNS would give; ``ca_file`` is what the world trusts.
    """

    def __init__(self, entrance: tuple[str, int], ca_file: str, timeout: float = 15.0) -> None:
        self._entrance = entrance
        self._ca_file = ca_file
        self._timeout = timeout

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``TestResult`` of one probe."""
        host, port = str(asked["target"]), int(asked["measurementOptions"].get("port", 443))
        request = asked["measurementOptions"]["request"]
        address = self._entrance[0]
        try:
            error, holds = self._judge_certificate(host)
            status, headers, body = self._fetch(host, port, request)
        except (OSError, http.client.HTTPException) as problem:
            kind = read_failure(problem, host).detail or "unreachable"
            if isinstance(problem, http.client.RemoteDisconnected):
                kind = "closed"
            return failed_result(kind, host=host, address=address, port=self._entrance[1])
        text = body.decode("utf-8", "replace")
        return finished_result(status, headers, text, address=address, host=host, error=error, holds=holds)

    def _judge_certificate(self, host: str) -> tuple[str | None, Life]:
        """What is wrong with the certificate, and how long it holds where Python tells: it does for a good one."""
        context = ssl.create_default_context(cafile=self._ca_file)
        try:
            with (
                socket.create_connection(self._entrance, self._timeout) as raw,
                context.wrap_socket(raw, server_hostname=host) as secured,
            ):
                shown = secured.getpeercert() or {}
                since, until = (
                    datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown[key])), UTC)
                    for key in ("notBefore", "notAfter")
                )
                return None, (since, until)
        except ssl.SSLCertVerificationError as error:
            return CERTIFICATE_ERRORS[read_failure(error, host).detail], USUAL_LIFE

    def _fetch(self, host: str, port: int, request: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        with socket.create_connection(self._entrance, self._timeout) as raw:
            connection.sock = context.wrap_socket(raw, server_hostname=host)
            try:
                connection.request(request["method"], request["path"], headers=dict(request.get("headers", {})))
                reply = connection.getresponse()
                return reply.status, dict(reply.getheaders()), reply.read(10_000)
            finally:
                connection.close()
