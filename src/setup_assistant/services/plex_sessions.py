# SPDX-License-Identifier: MIT
"""Reads who is watching and how they come in (``GET /status/sessions``); titles and names stay there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from setup_assistant.core.facts import Watching
from setup_assistant.core.host import Reply
from setup_assistant.services.entrance import short
from setup_assistant.services.plex_messages import SERVER, as_int, read_container, read_element, surprise

_MOST = 100
_LONGEST = 40
"""Characters of a word that a player says of itself."""


def parse_sessions(reply: Reply) -> tuple[Watching, ...]:
    """Return one entry for each session. Raises HostError UNEXPECTED_REPLY."""
    attributes, entries = read_container(reply, "Metadata")
    if not entries and (root := read_element(reply)) is not None:
        entries = [{child.tag: child.attrib for child in session} for session in root]
    count = as_int(attributes.get("size"), SERVER, "size")
    if not 0 <= count <= _MOST:
        raise surprise(SERVER, "size")
    found = [_session(entry) for entry in entries[:count]]
    # What is not told of a session is not known; that it is there is.
    return (*found, *(Watching() for _ in range(count - len(found))))


def _session(entry: Mapping[str, object]) -> Watching:
    player, session = _object(entry.get("Player")), _object(entry.get("Session"))
    location = session.get("location")
    return Watching(
        address=_address(player.get("address")),
        public_address=_address(player.get("remotePublicAddress")),
        location=location if location in ("lan", "wan") else "",
        relayed=_flag(player.get("relayed")),
        secure=_flag(player.get("secure")),
        key=_short(entry.get("sessionKey")),
        app=_short(player.get("product")),
        state=_short(player.get("state")),
    )


def _object(value: object) -> Mapping[str, object]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else {}


def _address(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        address = ip_address(value)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _short(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return short(text, _LONGEST)


def _flag(value: object) -> bool | None:
    if value in (True, "1", "true"):
        return True
    return False if value in (False, "0", "false") else None
