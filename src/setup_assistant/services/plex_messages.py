# SPDX-License-Identifier: MIT
"""Reads what Plex Media Server and plex.tv answer, XML or JSON; every surprise is HostError UNEXPECTED_REPLY. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexSettings
from setup_assistant.core.host import Reply

T = TypeVar("T")
SettingValue = bool | int | float | str
"""A setting as Plex keeps it: bool, int, double or text."""

SERVER = "Plex"
BACKED_UP = (
    "customConnections",
    "PublishServerOnPlexOnlineKey",
    "allowedNetworks",
    "RelayEnabled",
    "secureConnections",
    "ManualPortMappingMode",
    "ManualPortMappingPort",
    "LastAutomaticMappedPort",
)
"""Settings that the backup keeps: those we touch, and those beside them."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MOST_TEXT = 65_536
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``/identity`` tells anyone. ``claimed`` None: it did not say, which is not "unclaimed"."""

    machine_identifier: str
    version: str
    claimed: bool | None


def surprise(what: str, detail: str = "") -> HostError:
    """The one answer to a reply that does not look as it should; ``detail`` names a place, never a content."""
    return HostError(Trouble.UNEXPECTED_REPLY, detail, what=what)


# Official examples of PUT /:/prefs: 400 "cannot set preference value for unknown preference", 403 for no owner.
_REFUSALS: Mapping[tuple[str, int], Trouble] = {
    ("PUT", 400): Trouble.NOT_TAKEN,
    ("", 401): Trouble.UNAUTHORIZED,
    ("", 403): Trouble.ACCESS_DENIED,
}


def refusal(method: str, path: str, status: int) -> HostError:
    """The trouble that a status of the server means."""
    trouble = _REFUSALS.get((method, status)) or _REFUSALS.get(("", status), Trouble.HTTP_STATUS)
    return HostError(trouble, f"{method} {path}", what=SERVER, status=status)


def read_json(reply: Reply, what: str) -> Any:
    """Return the JSON of a reply. Raises HostError UNEXPECTED_REPLY."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        pass
    # Outside the except clause: the exception of json holds the whole body.
    raise surprise(what, "not JSON")


def parse_identity(reply: Reply) -> Identity:
    """Read ``GET /identity``."""
    attributes, _ = read_container(reply)
    identifier = attributes.get("machineIdentifier")
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
        raise surprise(SERVER, "machineIdentifier")
    version = attributes.get("version")
    claimed = attributes.get("claimed")
    return Identity(
        machine_identifier=identifier,
        version=version[:64] if isinstance(version, str) and version.isprintable() else "",
        claimed=None if claimed is None else as_bool(claimed, SERVER, "claimed"),
    )


def parse_settings(reply: Reply) -> dict[str, SettingValue]:
    """Read ``GET /:/prefs``: every setting by its id, with its type."""
    _, entries = read_container(reply, "Setting")
    settings: dict[str, SettingValue] = {}
    for entry in entries:
        name = entry.get("id")
        if not isinstance(name, str) or not name:
            raise surprise(SERVER, "Setting.id")
        # One of 155 that we do not understand is left out; whoever needs it finds it missing.
        with suppress(HostError):
            settings[name] = _value(entry.get("type"), entry.get("value"))
    if not settings:
        raise surprise(SERVER, "no settings")
    return settings


def choose_settings(settings: Mapping[str, SettingValue]) -> PlexSettings:
    """Return the settings that matter here. The first three must be there; the others differ between versions."""
    return PlexSettings(
        custom_connections=_text(settings, "customConnections"),
        publish=_flag(settings, "PublishServerOnPlexOnlineKey"),
        allowed_networks=_text(settings, "allowedNetworks"),
        secure_connections=_optional(settings, "secureConnections", int),
        relay=_optional(settings, "RelayEnabled", bool),
        manual_port_mapping=_optional(settings, "ManualPortMappingMode", bool),
        mapped_port=_optional(settings, "LastAutomaticMappedPort", int),
        ipv6=_optional(settings, "EnableIPv6", bool),
    )


def read_container(
    reply: Reply, children: str | None = None
) -> tuple[Mapping[str, object], Sequence[Mapping[str, object]]]:
    """Return the attributes of the MediaContainer and those of its children of one kind.

    Raises HostError UNEXPECTED_REPLY.
    """
    body = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body[:1] in (b"{", b"["):
        value = read_json(reply, SERVER)
        container = value.get("MediaContainer") if isinstance(value, dict) else None
        if not isinstance(container, dict):
            raise surprise(SERVER, "MediaContainer")
        entries = container.get(children, []) if children else []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise surprise(SERVER, children or "")
        return container, entries[:_MOST_ENTRIES]
    root = _xml(reply.body)
    if root is None or root.tag != "MediaContainer":
        raise surprise(SERVER, "MediaContainer")
    return root.attrib, [child.attrib for child in root if child.tag == children][:_MOST_ENTRIES]


def read_element(reply: Reply) -> Element | None:
    """Return the XML of a reply, or None where it is none."""
    return _xml(reply.body)


def _xml(body: bytes) -> Element | None:
    # Entities and document types have no place in Plex's replies: what brings them is not Plex, or means harm.
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    return root


def as_bool(value: object, what: str, place: str) -> bool:
    """Plex writes truth as true/false, 1/0 or the same in quotes. Raises HostError UNEXPECTED_REPLY."""
    if value in (True, 1, "1", "true"):
        return True
    if value in (False, 0, "0", "false"):
        return False
    raise surprise(what, place)


def as_int(value: object, what: str, place: str) -> int:
    """A whole number, in quotes in XML. Raises HostError UNEXPECTED_REPLY."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise surprise(what, place)


def _value(kind: object, value: object) -> SettingValue:
    match kind:
        case "bool":
            return as_bool(value, SERVER, "bool")
        case "int":
            return as_int(value, SERVER, "int")
        case "double":
            return _double(value)
    # "text", and kinds that a later version may bring: kept as text.
    if isinstance(value, str) and len(value) <= _MOST_TEXT:
        return value
    raise surprise(SERVER, "text")


def _double(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and len(value) < 64:
        try:
            return float(value)
        except ValueError:
            pass
    raise surprise(SERVER, "double")


def _text(settings: Mapping[str, SettingValue], name: str) -> str:
    value = settings.get(name)
    if not isinstance(value, str):
        raise surprise(SERVER, name)
    return value


def _flag(settings: Mapping[str, SettingValue], name: str) -> bool:
    value = settings.get(name)
    if not isinstance(value, bool):
        raise surprise(SERVER, name)
    return value


def _optional(settings: Mapping[str, SettingValue], name: str, kind: type[T]) -> T | None:
    value = settings.get(name)
    return value if type(value) is kind else None
