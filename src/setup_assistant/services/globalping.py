# SPDX-License-Identifier: MIT
"""Globalping: requests to it and what its measurements mean (its OpenAPI description, commit 52c0c19)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Reply
from setup_assistant.services.entrance import IDENTITY_PATH, Met, read_answer, short

NAME = "Globalping"
CONTINENTS = ("NA", "EU", "AS")
PROBE_TIMEOUT_S = 30
POLL_S = 1.0
"""The service asks for 500 ms after each reply and allows five polls in two seconds."""
DEADLINE_S = 45.0
"""The probes' own timeout, and what the service needs to finish a measurement."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def measurement(url: str, probes: int) -> dict[str, Any]:
    """Return the body of ``POST /v1/measurements``: GET /identity from ``probes`` continents, one probe each.

    GET has to be said (the default, HEAD, has no body), and the port too (the documented default is 80).
    """
    parts = urlsplit(url)
    return {
        "type": "http",
        "target": parts.hostname or "",
        "locations": [{"continent": continent, "limit": 1} for continent in CONTINENTS[:probes]],
        "timeout": PROBE_TIMEOUT_S,
        "measurementOptions": {
            "protocol": "HTTPS",
            "port": parts.port or 443,
            "ipVersion": 4,
            "request": {"method": "GET", "path": IDENTITY_PATH, "headers": {"Accept": "application/json"}},
        },
    }


def measurement_of_address(address: str, port: int) -> dict[str, Any]:
    """Return the body of a measurement of one public address by one probe: GET /identity there.

    By HTTPS, since Plex may refuse plain HTTP there; the probe shows the reply whatever the certificate. No
    ``ipVersion``: the description has it for names only.
    """
    return {
        "type": "http",
        "target": address,
        "locations": [{"continent": CONTINENTS[1], "limit": 1}],
        "timeout": PROBE_TIMEOUT_S,
        "measurementOptions": {
            "protocol": "HTTPS",
            "port": port,
            "request": {"method": "GET", "path": IDENTITY_PATH, "headers": {"Accept": "application/json"}},
        },
    }


def parse_created(reply: Reply) -> str:
    """Return the identifier of an accepted measurement.

    Raises HostError HTTP_STATUS (``retry_after`` in seconds where the service says so) or UNEXPECTED_REPLY.
    """
    if reply.status != 202:
        raise refusal(reply)
    document = _object(reply)
    identifier = document.get("id")
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise HostError(Trouble.UNEXPECTED_REPLY, "no identifier", what=NAME)
    return identifier


def refusal(reply: Reply) -> HostError:
    """Return the error of a reply that is no result: ``{"error": {"type", "message"}}``."""
    kind = ""
    try:
        kind = str(json.loads(reply.body)["error"]["type"])
    except (ValueError, KeyError, TypeError, RecursionError):
        kind = ""
    wait = reply.headers.get("retry-after") or reply.headers.get("x-ratelimit-reset") or ""
    return HostError(
        Trouble.HTTP_STATUS,
        short(kind, 60),
        what=NAME,
        status=reply.status,
        retry_after=float(wait) if wait.isdecimal() else None,
    )


def is_running(reply: Reply) -> bool:
    """Whether a measurement still runs; any other status is final. Raises HostError as `parse_created`."""
    if reply.status != 200:
        raise refusal(reply)
    return bool(_object(reply).get("status") == "in-progress")


def parse_results(reply: Reply, machine_identifier: str, *, any_certificate: bool = False) -> tuple[Fetch, ...]:
    """Return one `Fetch` per probe. Raises HostError UNEXPECTED_REPLY where there is none.

    With ``any_certificate`` only who answers counts: a bare address has no certificate of its own.
    """
    results = _object(reply).get("results")
    if not isinstance(results, list) or not results:
        raise HostError(Trouble.UNEXPECTED_REPLY, "no results", what=NAME)
    return tuple(_parse_item(item, machine_identifier, any_certificate) for item in results)


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME)
    return document


def _parse_item(item: object, machine_identifier: str, any_certificate: bool) -> Fetch:
    fields = _mapping(item)
    probe, result = _mapping(fields.get("probe")), _mapping(fields.get("result"))
    answer, detail = _read(result, machine_identifier, any_certificate)
    timings, tls = _mapping(result.get("timings")), _mapping(result.get("tls"))
    return Fetch(
        answer,
        address=short(str(result.get("resolvedAddress") or ""), 60),
        place=short(", ".join(str(probe[key]) for key in ("city", "country") if probe.get(key)), 60),
        detail=detail,
        milliseconds=_whole(timings.get("total")),
        latitude=_number(probe.get("latitude")),
        longitude=_number(probe.get("longitude")),
        certificate_from=_moment(tls.get("createdAt")),
        certificate_until=_moment(tls.get("expiresAt")),
    )


def _read(result: Mapping[str, Any], machine_identifier: str, any_certificate: bool) -> Met:
    raw = str(result.get("rawOutput") or "")
    if result.get("status") == "failed":
        return _read_failure(result.get("failureSource"), raw)
    status = result.get("statusCode")
    if result.get("status") != "finished" or not isinstance(status, int):
        return Answer.COULD_NOT_CHECK, short(str(result.get("status") or ""))
    # The probe connects whatever the certificate is, and leaves the judgement to its reader.
    tls = _mapping(result.get("tls"))
    if tls.get("authorized") is not True and not any_certificate:
        return _read_certificate(str(tls.get("error") or ""))
    body = str(result.get("rawBody") or "").encode()
    location = _mapping(result.get("headers")).get("location")
    return read_answer(status, body, location if isinstance(location, str) else "", machine_identifier)


def _read_certificate(error: str) -> Met:
    detail = short(error)
    if "EXPIRED" in error:
        return Answer.CERTIFICATE_EXPIRED, detail
    if "ALTNAME" in error:
        return Answer.CERTIFICATE_NAME, detail
    return Answer.CERTIFICATE_UNTRUSTED, detail


_FAILURES: tuple[tuple[str, Answer], ...] = (
    ("The measurement timed out", Answer.COULD_NOT_CHECK),
    ("Private IP ranges", Answer.PRIVATE_ADDRESS),
    ("ENOTFOUND", Answer.NAME_NOT_FOUND),
    ("ENODATA", Answer.NAME_NOT_FOUND),
    ("ESERVFAIL", Answer.COULD_NOT_CHECK),
    ("ETIMEOUT", Answer.COULD_NOT_CHECK),
    ("ECONNREFUSED", Answer.REFUSED),
    ("ECONNRESET", Answer.RESET),
    ("disconnected before secure TLS", Answer.CLOSED),
    ("alert internal error", Answer.TLS_ALERT),
    ("alert number 80", Answer.TLS_ALERT),
    ("Request timeout", Answer.TIMEOUT),
    ("ETIMEDOUT", Answer.TIMEOUT),
)
# Texts of the probe 0.50.2 and of Node 22: "not meant to be parsed", so they only refine what failureSource says.


def _read_failure(source: object, raw: str) -> Met:
    known = next((answer for text, answer in _FAILURES if text in raw), None)
    if source in ("internal", "resolver"):
        return Answer.COULD_NOT_CHECK, short(raw)
    if known is not None:
        return known, short(raw)
    # Without a source and with words nobody knows it may as well be the checker's own trouble.
    return Answer.UNREACHABLE if source == "target" else Answer.COULD_NOT_CHECK, short(raw)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
