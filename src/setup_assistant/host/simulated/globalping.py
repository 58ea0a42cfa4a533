# SPDX-License-Identifier: MIT
"""A stand-in for Globalping after its OpenAPI description (jsdelivr/globalping, public/v1, commit 52c0c19)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, json_reply

Probe = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Carries out the measurement once, for one probe: the request body in, a ``TestResult`` of the description out."""

RUNNING_POLLS = 2
"""Polls that still see the measurement running."""
HOURLY_LIMIT = 250
MOST_PROBES = 50

_PLACES: Mapping[str, Mapping[str, Any]] = {
    "NA": {
        "continent": "NA",
        "region": "Northern America",
        "country": "US",
        "state": "VA",
        "city": "Ashburn",
        "asn": 14618,
        "network": "Amazon.com",
        "latitude": 39.04,
        "longitude": -77.49,
    },
    "EU": {
        "continent": "EU",
        "region": "Western Europe",
        "country": "DE",
        "state": None,
        "city": "Frankfurt",
        "asn": 24940,
        "network": "Hetzner Online",
        "latitude": 50.11,
        "longitude": 8.68,
    },
    "AS": {
        "continent": "AS",
        "region": "Eastern Asia",
        "country": "JP",
        "state": None,
        "city": "Tokyo",
        "asn": 2516,
        "network": "KDDI",
        "latitude": 35.69,
        "longitude": 139.69,
    },
}

# What the probe 0.50.2 says where it gets no reply (its source and tests; measured against the same Node calls).
FAILURES: Mapping[str, tuple[str, str]] = {
    "name_not_found": ("target", "queryA ENOTFOUND {host}"),
    "private_address": ("target", "Private IP ranges are not allowed."),
    "refused": ("target", "connect ECONNREFUSED {address}:{port}"),
    "reset": ("target", "read ECONNRESET"),
    "closed": ("target", "Client network socket disconnected before secure TLS connection was established"),
    "tls_alert": (
        "target",
        "error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:SSL alert number 80",
    ),
    "timeout": ("target", "Request timeout."),
    "resolver": ("resolver", "queryA ETIMEOUT {host}"),
    "internal": ("internal", "The measurement timed out."),
}
CERTIFICATE_ERRORS: Mapping[str, str] = {
    "certificate_expired": "CERT_HAS_EXPIRED",
    "certificate_name": "ERR_TLS_CERT_ALTNAME_INVALID",
    "certificate_untrusted": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
}
"""A bad certificate does not end a test: it is reported beside the reply."""


Life = tuple[datetime, datetime]
"""Since when, and until when, a certificate is good."""
USUAL_LIFE: Life = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC))


def failed_result(kind: str, *, host: str = "", address: str = "", port: int = 443) -> dict[str, Any]:
    """Return a ``FailedTestResult``; ``kind`` as in `SimulatedFailure`, or ``resolver`` or ``internal``."""
    source, text = FAILURES.get(kind, ("target", "connect EHOSTUNREACH {address}:{port}"))
    return {
        "status": "failed",
        "failureSource": source,
        "rawOutput": text.format(host=host, address=address, port=port),
    }


def finished_result(
    status: int,
    headers: Mapping[str, str],
    body: str,
    *,
    address: str,
    host: str,
    error: str | None = None,
    milliseconds: int = 120,
    holds: Life = USUAL_LIFE,
) -> dict[str, Any]:
    """Return a ``FinishedHttpTestResult``; ``error`` is what Node finds wrong with the certificate.

    ``holds``: since when and until when the certificate is good.
    """
    raw = "\n".join(f"{name}: {value}" for name, value in headers.items())
    certificate: dict[str, Any] = {
        "authorized": error is None,
        "protocol": "TLSv1.3",
        "cipherName": "TLS_AES_128_GCM_SHA256",
        "createdAt": _moment(holds[0]),
        "expiresAt": _moment(holds[1]),
        "subject": {"CN": host, "alt": f"DNS:{host}"},
        "issuer": {"C": "US", "O": "Let's Encrypt", "CN": "E7"},
        "keyType": "EC",
        "keyBits": 256,
        "serialNumber": "06:0A",
        "fingerprint256": "00:01",
        "publicKey": "04:05",
    }
    if error is not None:
        certificate["error"] = error
    return {
        "status": "finished",
        "rawOutput": f"HTTP/1.1 {status}\n{raw}\n\n{body}",
        "rawHeaders": raw,
        "rawBody": body[:10_000] or None,
        "truncated": len(body) > 10_000,
        "headers": {name.lower(): value for name, value in headers.items()},
        "statusCode": status,
        "statusCodeName": _STATUS_NAMES.get(status, ""),
        "resolvedAddress": address or None,
        "timings": {
            "total": milliseconds,
            "dns": 4,
            "tcp": 12,
            "tls": 30,
            "firstByte": max(milliseconds - 47, 0),
            "download": 1,
        },
        "tls": certificate,
    }


_STATUS_NAMES = {
    200: "OK",
    302: "Found",
    401: "Unauthorized",
    404: "Not Found",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class GlobalpingSite:
    """The two calls we make: create a measurement, read it. State is JSON values, so that it can live in a world.

    ``mode`` tells how the service is: ok, busy (429), down (500), no_probes (422) or internal (its probes break).
    """

    def __init__(
        self,
        probe: Probe,
        *,
        state: dict[str, Any] | None = None,
        mode: Callable[[], str] = lambda: "ok",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._probe = probe
        self._state: dict[str, Any] = {} if state is None else state
        self._mode = mode
        self._now = now

    @property
    def tests(self) -> int:
        """Tests carried out or under way since the state began."""
        return sum(len(kept["places"]) for kept in self._state.values())

    def __call__(self, request: SimulatedRequest) -> SimulatedReply:
        """Answer one request."""
        mode = self._mode()
        if mode == "down":
            # The type is the service's own; its words are not known (docs/unproven.md).
            return _error(500, "api_error", "Internal Server Error")
        if request.method == "POST" and request.path.endswith("/v1/measurements"):
            return self._create(request, mode)
        if request.method == "GET" and "/v1/measurements/" in request.path:
            return self._read(request.path.rpartition("/")[2], mode)
        return _error(404, "not_found", "Couldn't find the requested item.")

    def _create(self, request: SimulatedRequest, mode: str) -> SimulatedReply:
        try:
            wanted = json.loads(request.body)
            places = [_place(location) for location in wanted["locations"] for _ in range(location.get("limit", 1))]
            options = wanted["measurementOptions"]
            understood = wanted["type"] == "http" and isinstance(wanted["target"], str) and isinstance(options, dict)
        except (ValueError, KeyError, TypeError, AttributeError):
            understood, places, wanted = False, [], {}
        if not understood or not 0 < len(places) <= MOST_PROBES:
            return _error(400, "validation_error", "Parameter validation failed.")
        if mode == "no_probes":
            return _error(422, "no_probes_found", "No matching IPv4 probes available.")
        if mode == "busy":
            text = "This measurement exceeds the remaining hourly rate limit for your IP address."
            return _error(429, "rate_limit_exceeded", text, _limits(HOURLY_LIMIT, 0))
        identifier = f"simulated{len(self._state):07d}"
        moment = self._moment()
        self._state[identifier] = {"asked": wanted, "places": places, "created": moment, "polls": 0, "results": None}
        return json_reply(
            {"id": identifier, "probesCount": len(places)},
            202,
            {
                "location": f"{request.scheme}://{request.host}{request.path}/{identifier}",
                "x-request-cost": str(len(places)),
                **_limits(len(places), HOURLY_LIMIT - self.tests),
            },
        )

    def _read(self, identifier: str, mode: str) -> SimulatedReply:
        kept = self._state.get(identifier)
        if kept is None:
            return _error(404, "not_found", "Couldn't find the requested item.")
        kept["polls"] += 1
        if kept["polls"] > RUNNING_POLLS and kept["results"] is None:
            kept["results"] = [
                failed_result("internal") if mode == "internal" else self._probe(kept["asked"]) for _ in kept["places"]
            ]
        running = {"status": "in-progress", "rawOutput": ""}
        results = kept["results"] or [running for _ in kept["places"]]
        asked = kept["asked"]
        return json_reply(
            {
                "id": identifier,
                "type": asked["type"],
                "target": asked["target"],
                "status": "finished" if kept["results"] is not None else "in-progress",
                "createdAt": kept["created"],
                "updatedAt": self._moment(),
                "probesCount": len(kept["places"]),
                "locations": asked["locations"],
                "measurementOptions": asked["measurementOptions"],
                "results": [
                    {
                        "probe": {**_PLACES[place], "tags": ["datacenter-network"], "resolvers": ["private"]},
                        "result": result,
                    }
                    for place, result in zip(kept["places"], results, strict=True)
                ],
            }
        )

    def _moment(self) -> str:
        return _moment(self._now())


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _place(location: Mapping[str, Any]) -> str:
    continent = str(location["continent"])
    return continent if continent in _PLACES else "NA"


def _limits(consumed: int, remaining: int) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(HOURLY_LIMIT),
        "x-ratelimit-consumed": str(consumed),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": "1800",
    }


def _error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> SimulatedReply:
    links = {"documentation": "https://globalping.io/docs/api.globalping.io"}
    return json_reply({"error": {"type": kind, "message": message}, "links": links}, status, headers)
