# SPDX-License-Identifier: MIT
"""An own check endpoint from the settings: ``GET ?url=`` answers ``{"status", "body", "tls_ok"}``."""

from __future__ import annotations

import json

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Reply
from setup_assistant.services.entrance import IDENTITY_PATH, read_answer

NAME = "own endpoint"
DEADLINE_S = 30.0


def parameters(url: str) -> tuple[tuple[str, str], ...]:
    """Return the query: what the endpoint is to fetch."""
    return (("url", url + IDENTITY_PATH),)


def parse_result(reply: Reply, place: str, machine_identifier: str) -> Fetch:
    """Return what the endpoint met; ``status`` null says that nothing answered it.

    Raises HostError HTTP_STATUS or UNEXPECTED_REPLY where the endpoint itself has trouble.
    """
    if reply.status != 200:
        raise HostError(Trouble.HTTP_STATUS, what=NAME, status=reply.status)
    try:
        document = json.loads(reply.body)
        status, body, trusted = document["status"], document["body"], document["tls_ok"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME) from error
    if status is None or status == 0:
        return Fetch(Answer.UNREACHABLE, place=place, milliseconds=None)
    if not isinstance(status, int) or isinstance(status, bool):
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME)
    if trusted is not True:
        return Fetch(Answer.CERTIFICATE_UNTRUSTED, place=place)
    answer, detail = read_answer(status, str(body or "").encode(), "", machine_identifier)
    return Fetch(answer, place=place, detail=detail)
