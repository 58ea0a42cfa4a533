# SPDX-License-Identifier: MIT
"""The simulated internet: carries httpx requests to simulated services by address."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping

import httpx

from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest, Site, World

Route = Callable[[SimulatedRequest], Site | None]
"""Finds the service behind an address; None means nothing listens there."""


class SimulatedTransport(httpx.AsyncBaseTransport):
    """An httpx transport with no socket behind it."""

    def __init__(self, world: World, route: Route) -> None:
        self._world = world
        self._route = route

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        sent = read_request(request, body)
        place = f"{sent.method} {sent.host}{sent.path}"
        try:
            reply = self._answer(sent, place)
        except SimulatedFailure as failure:
            await self._fail(failure.kind, request)
            raise AssertionError("a failure always raises") from failure
        if reply.delay:
            await asyncio.sleep(reply.delay)
        return httpx.Response(reply.status, headers=dict(reply.headers or {}), content=reply.body, request=request)

    def _answer(self, sent: SimulatedRequest, place: str) -> SimulatedReply:
        fault = self._world.fault(place)
        if fault is not None and "fail" in fault:
            raise SimulatedFailure(fault["fail"])
        if fault is not None and "status" in fault:
            return SimulatedReply(
                fault["status"], fault.get("body", "").encode(), fault.get("headers"), fault.get("delay_s", 0.0)
            )
        site = self._route(sent)
        if site is None:
            raise SimulatedFailure("name_not_found" if sent.address == sent.host else "refused")
        reply = site(sent)
        self._world.save()
        if fault is not None:
            return SimulatedReply(reply.status, reply.body, reply.headers, fault.get("delay_s", 0.0))
        return reply

    async def _fail(self, kind: str, request: httpx.Request) -> None:
        if kind == "timeout":
            # As long as any deadline of ours: the caller's own deadline ends it first.
            await asyncio.sleep(3600)
            raise httpx.ReadTimeout("timed out", request=request)
        message, cause = _FAILURES.get(kind, ("unreachable", OSError(101, "Network is unreachable")))
        raise httpx.ConnectError(message, request=request) from cause


def read_request(request: httpx.Request, body: bytes) -> SimulatedRequest:
    """Return the request as a simulated service sees it."""
    address = request.url.host
    name = request.extensions.get("sni_hostname") or address
    if isinstance(name, bytes):
        name = name.decode("ascii")
    default = 443 if request.url.scheme == "https" else 80
    return SimulatedRequest(
        method=request.method,
        scheme=request.url.scheme,
        host=name,
        port=request.url.port or default,
        path=request.url.path,
        params=tuple(request.url.params.multi_items()),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        address=address,
    )


def _certificate_error(detail: str) -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {detail}")
    error.verify_message = detail
    return error


# The messages and causes are those measured against real sockets with httpx 0.28.1 (tests/recorded/reachability).
_FAILURES: Mapping[str, tuple[str, Exception]] = {
    "refused": ("[Errno 111] Connection refused", ConnectionRefusedError(111, "Connection refused")),
    "reset": ("[Errno 104] Connection reset by peer", ConnectionResetError(104, "Connection reset by peer")),
    "closed": (
        "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol",
        ssl.SSLEOFError(8, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol"),
    ),
    "tls_alert": (
        "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error",
        ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error"),
    ),
    "certificate_expired": ("certificate verify failed", _certificate_error("certificate has expired")),
    "certificate_name": (
        "certificate verify failed",
        _certificate_error("Hostname mismatch, certificate is not valid for the name"),
    ),
    "certificate_untrusted": (
        "certificate verify failed",
        _certificate_error("unable to get local issuer certificate"),
    ),
    "unreachable": ("[Errno 101] Network is unreachable", OSError(101, "Network is unreachable")),
    "name_not_found": ("[Errno -2] Name or service not known", OSError(-2, "Name or service not known")),
}
