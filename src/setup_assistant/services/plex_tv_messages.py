# SPDX-License-Identifier: MIT
"""Reads what plex.tv answers: pins, the account, and the list of servers. Pure; tokens never leave in an exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from setup_assistant.core.host import Reply
from setup_assistant.services.plex_messages import as_bool, as_int, read_json, surprise

PLEX_TV = "plex.tv"
_CODE = re.compile(r"[A-Za-z0-9_-]{4,128}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_DEFAULT_LIFE_S = 900.0
"""What short pins are given in the recording; only for a pin that does not say."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A sign-in that was begun; it lasts for ``seconds``."""

    identifier: int
    code: str = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class User:
    """The account. ``name`` is empty where plex.tv only has an e-mail address, which is nobody's business here."""

    name: str
    has_pass: bool | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One address that plex.tv publishes for a server."""

    uri: str
    local: bool
    relay: bool


@dataclass(frozen=True, slots=True)
class Server:
    """What plex.tv lists for one server."""

    owned: bool
    access_token: str | None = field(repr=False)
    connections: tuple[Connection, ...]
    relay: bool | None


def is_token(value: object) -> bool:
    """Whether a value can be sent as a token: a line end in it would make a header of its own."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def parse_pin(reply: Reply) -> Pin:
    """Read the answer to ``POST /api/v2/pins``. Raises HostError UNEXPECTED_REPLY."""
    value = _object(reply, "pin")
    code = value.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise surprise(PLEX_TV, "pin.code")
    life = value.get("expiresIn")
    seconds = float(life) if isinstance(life, int | float) and not isinstance(life, bool) else _DEFAULT_LIFE_S
    if not 0 < seconds < 86_400:
        raise surprise(PLEX_TV, "pin.expiresIn")
    return Pin(as_int(value.get("id"), PLEX_TV, "pin.id"), code, seconds)


def parse_pin_token(reply: Reply) -> str | None:
    """Read the token out of ``GET /api/v2/pins/ID``; None while nobody has signed in. Raises UNEXPECTED_REPLY."""
    token = _object(reply, "pin").get("authToken")
    if token is None or token == "":
        return None
    if not isinstance(token, str) or not is_token(token):
        raise surprise(PLEX_TV, "pin.authToken")
    return token


def parse_user(reply: Reply) -> User:
    """Read ``GET /api/v2/user``. Raises HostError UNEXPECTED_REPLY."""
    value = _object(reply, "user")
    as_int(value.get("id"), PLEX_TV, "user.id")
    names = (value.get("friendlyName"), value.get("title"), value.get("username"))
    name = next((one for one in names if isinstance(one, str) and one.strip() and "@" not in one), "")
    subscription = value.get("subscription")
    active = subscription.get("active") if isinstance(subscription, dict) else None
    return User(name[:100], active if isinstance(active, bool) else None)


def parse_server(reply: Reply, machine_identifier: str) -> Server | None:
    """Find one server in ``GET /api/v2/resources``; None where it is not listed. Raises UNEXPECTED_REPLY.

    Listed twice is a surprise too: nobody could tell which entry counts.
    """
    value = read_json(reply, PLEX_TV)
    if not isinstance(value, list):
        raise surprise(PLEX_TV, "resources")
    found = [one for one in value if isinstance(one, dict) and one.get("clientIdentifier") == machine_identifier]
    found = [one for one in found if "server" in str(one.get("provides", "")).split(",")]
    if not found:
        return None
    if len(found) > 1:
        raise surprise(PLEX_TV, "resources: listed twice")
    entry = found[0]
    token = entry.get("accessToken")
    return Server(
        owned=as_bool(entry.get("owned"), PLEX_TV, "owned"),
        access_token=token if isinstance(token, str) and is_token(token) else None,
        connections=_connections(entry.get("connections")),
        relay=_flag(entry.get("relay")),
    )


def _connections(value: object) -> tuple[Connection, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise surprise(PLEX_TV, "connections")
    found = []
    for one in value[:200]:
        uri = one.get("uri") if isinstance(one, dict) else None
        if not isinstance(uri, str) or not 0 < len(uri) < 2048:
            raise surprise(PLEX_TV, "connection.uri")
        found.append(Connection(uri, _flag(one.get("local")) is True, _flag(one.get("relay")) is True))
    return tuple(found)


def _object(reply: Reply, place: str) -> Mapping[str, object]:
    value = read_json(reply, PLEX_TV)
    if not isinstance(value, dict):
        raise surprise(PLEX_TV, place)
    return value


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
