# SPDX-License-Identifier: MIT
"""check-host.net, the second opinion: whether something answers, not who (https://check-host.net/about/api)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Reply
from setup_assistant.services.entrance import IDENTITY_PATH, Met, read_answer, short

NAME = "check-host.net"
ACCEPT = {"Accept": "application/json"}
POLL_S = 1.0
DEADLINE_S = 25.0

_IDENTIFIER = re.compile(r"[A-Za-z0-9]{1,64}")
Places = Mapping[str, str]
"""Node name -> where it stands."""


def parameters(url: str, nodes: int) -> tuple[tuple[str, str], ...]:
    """Return the query of ``GET /check-http``."""
    return (("host", url + IDENTITY_PATH), ("max_nodes", str(nodes)))


def parse_created(reply: Reply) -> tuple[str, Places]:
    """Return the identifier of an accepted check, and where its nodes stand.

    Raises HostError HTTP_STATUS or UNEXPECTED_REPLY.
    """
    document = _object(reply)
    identifier, nodes = document.get("request_id"), document.get("nodes")
    if document.get("ok") != 1 or not isinstance(nodes, dict) or not nodes:
        raise HostError(Trouble.UNEXPECTED_REPLY, short(str(document.get("error") or "")), what=NAME)
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise HostError(Trouble.UNEXPECTED_REPLY, "no identifier", what=NAME)
    return identifier, {node: _place(node, about) for node, about in nodes.items()}


def _place(node: str, about: object) -> str:
    # As documented: country code, country, city, address, network.
    if isinstance(about, list) and len(about) >= 3:
        return short(f"{about[2]}, {str(about[0]).upper()}", 60)
    return short(node, 60)


def is_running(reply: Reply) -> bool:
    """Whether a node has not answered yet (its result is null). Raises HostError as `parse_created`."""
    return any(result is None for result in _object(reply).values())


def parse_results(reply: Reply, places: Places) -> tuple[Fetch, ...]:
    """Return one `Fetch` per node."""
    document = _object(reply)
    return tuple(_parse_node(place, document.get(node)) for node, place in places.items())


def _object(reply: Reply) -> Mapping[str, Any]:
    if reply.status != 200:
        wait = reply.headers.get("retry-after", "")
        raise HostError(
            Trouble.HTTP_STATUS,
            what=NAME,
            status=reply.status,
            retry_after=float(wait) if wait.isdecimal() else None,
        )
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME)
    return document


def _parse_node(place: str, result: object) -> Fetch:
    # As documented, in a list of one: 1 where all is fine, seconds, words, status, address.
    row = result[0] if isinstance(result, list) and result and isinstance(result[0], list) else []
    seconds, words, status, address = (*row[1:5], None, None, None, None)[:4]
    answer, detail = _read(status, str(words or ""))
    taken = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return Fetch(
        answer,
        address=short(str(address or ""), 60),
        place=place,
        detail=detail,
        milliseconds=round(float(str(seconds)) * 1000) if taken else None,
    )


def _read(status: object, words: str) -> Met:
    code = str(status) if status is not None else ""
    if code == "200":
        # Neither the body nor the certificate is shown: something answers, nobody can say who.
        return Answer.ANSWERED, ""
    if code.isdecimal() and len(code) == 3:
        return read_answer(int(code), b"", "", "")
    known = next((answer for text, answer in _WORDS if text in words.lower()), Answer.COULD_NOT_CHECK)
    return known, short(words)


_WORDS: tuple[tuple[str, Answer], ...] = (
    ("connection refused", Answer.REFUSED),
    ("connection reset", Answer.RESET),
    ("timed out", Answer.TIMEOUT),
)
