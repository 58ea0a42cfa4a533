# SPDX-License-Identifier: MIT
"""Reads what one fetch of ``/identity`` met, whichever layer of the proof it went along."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Http, Reply

IDENTITY_PATH = "/identity"
IDENTITY_MAX_BYTES = 65_536
"""The real reply is about 200 bytes; whatever is larger is not Plex."""

Met = tuple[Answer, str]
"""What was met, and a short detail for people (never a query or a header)."""


def machine_identifier_of(body: bytes) -> str | None:
    """Return Plex's machine identifier from either form of ``/identity``, or None where this is not Plex.

    Both forms: tests/recorded/plex, and Plex's own description of ``GET /identity``.
    """
    text = body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    try:
        if text.startswith("{"):
            container = json.loads(text)["MediaContainer"]
            found = container["machineIdentifier"]
        else:
            root = defusedxml.ElementTree.fromstring(text)
            found = root.get("machineIdentifier") if root.tag == "MediaContainer" else None
    except (ValueError, KeyError, TypeError, RecursionError, SyntaxError, DefusedXmlException):
        return None
    return found if isinstance(found, str) and found else None


def read_answer(status: int, body: bytes, location: str, machine_identifier: str) -> Met:
    """Return what an HTTP reply to ``GET /identity`` means.

    The texts are those of Tailscale's reverse proxy: 502 with no body where Plex is down, 404 with Go's
    "404 page not found" where no handler covers the path, 503 while it is swapped (facts: reachability 4.1).
    """
    if status == 200:
        found = machine_identifier_of(body)
        if found is None:
            return Answer.OTHER_APP, "HTTP 200"
        return (Answer.PLEX, "") if found == machine_identifier else (Answer.OTHER_SERVER, "")
    if 300 <= status < 400:
        return Answer.REDIRECT, _without_query(location)
    if status in (401, 403):
        return Answer.UNAUTHORIZED, f"HTTP {status}"
    if status == 404:
        here = body.strip() == b"404 page not found"
        return (Answer.NOT_FOUND, "") if here else (Answer.OTHER_APP, "HTTP 404")
    if status == 502:
        return Answer.BAD_GATEWAY, ""
    if status == 503:
        return Answer.STARTING, ""
    return Answer.HTTP_ERROR, f"HTTP {status}"


def _without_query(location: str) -> str:
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return short(f"{parts.scheme}://{host}{parts.path}" if host else parts.path)


def short(text: str, limit: int = 160) -> str:
    """Return one line of printable text of at most ``limit`` characters: outside words go no further as they are."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def read_trouble(error: HostError) -> Met:
    """Return what a fetch that got no reply met."""
    if error.detail in tuple(Answer):
        return Answer(error.detail), ""
    match error.trouble:
        case Trouble.TIMED_OUT:
            return Answer.TIMEOUT, ""
        case Trouble.REFUSED:
            return Answer.REFUSED, ""
        case Trouble.TOO_LARGE | Trouble.UNEXPECTED_REPLY:
            return Answer.OTHER_APP, ""
        case Trouble.TLS if error.detail == "not_tls":
            return Answer.OTHER_APP, "no TLS"
    return Answer.UNREACHABLE, ""


async def fetch_identity(
    http: Http, name: str, port: int, connect_to: tuple[str, int], machine_identifier: str, timeout: float
) -> Fetch:
    """Fetch ``https://name:port/identity`` through one address, with the name in SNI, Host and certificate check.

    Never by the system's resolver: MagicDNS would answer with this node's own address, which proves nothing about
    the public path. ``timeout`` in seconds.
    """
    try:
        reply = await http.request(
            "GET",
            f"https://{name}:{port}{IDENTITY_PATH}",
            headers={"Accept": "application/json"},
            timeout=timeout,
            max_bytes=IDENTITY_MAX_BYTES,
            connect_to=connect_to,
            fresh=True,
        )
    except HostError as error:
        answer, detail = read_trouble(error)
        return Fetch(answer, address=connect_to[0], detail=detail)
    answer, detail = _read(reply, machine_identifier)
    return Fetch(answer, address=connect_to[0], detail=detail, milliseconds=reply.milliseconds)


def _read(reply: Reply, machine_identifier: str) -> Met:
    return read_answer(reply.status, reply.body, reply.headers.get("location", ""), machine_identifier)
