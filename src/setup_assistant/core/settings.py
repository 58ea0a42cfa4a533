# SPDX-License-Identifier: MIT
"""The settings file: every key optional, every outside party replaceable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text

_ADDRESS_SERVICES = ("https://api.ipify.org?format=json", "https://ipv4.icanhazip.com")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
"""``owner/name`` as GitHub takes it."""
_STUN_SERVERS = ("stun.l.google.com:19302", "stun.cloudflare.com:3478")


@dataclass(frozen=True, slots=True)
class PlexServerSettings:
    """``[plex]``: the server on this computer."""

    url: str = "http://localhost:32400"
    data_dir: str | None = None
    restart_command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlexTvSettings:
    """``[plex_tv]``: the account side."""

    api: str = "https://clients.plex.tv"
    sign_in: str = "https://plex.tv"
    browser: str = "https://app.plex.tv"


@dataclass(frozen=True, slots=True)
class TailscaleSettings:
    """``[tailscale]``: where the command line and its socket are, if in an odd place."""

    program: str | None = None
    socket: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideSettings:
    """``[outside]``: the proof. ``consent`` None means: never asked."""

    consent: bool | None = None
    globalping: str = "https://api.globalping.io"
    check_host: str = "https://check-host.net"
    own_endpoint: str | None = None
    resolvers: tuple[str, ...] = ("https://cloudflare-dns.com/dns-query", "https://dns.google/resolve")
    probes: int = 3
    ingress_port: int | None = None
    entrance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """``[connection]``: who is asked about the line; ``deadline_s`` in seconds."""

    stun_servers: tuple[str, ...] = _STUN_SERVERS
    nat_type_server: str = "stun.sipgate.net:3478"
    address_services: tuple[str, ...] = _ADDRESS_SERVICES
    deadline_s: float = 3.0


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """``[network]``: ``ca_file`` is added to the system's trust."""

    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """``[updates]``: whether each look asks for a newer version of this program, and where.

    ``repository`` is ``owner/name``; the packages know their own.
    """

    check: bool = False
    api: str = "https://api.github.com"
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class PathSettings:
    """``[paths]``: where state and logs are kept, if not in the user's own folders."""

    state_dir: str | None = None
    log_dir: str | None = None


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """``[display]``: how the program speaks to the person; ``language`` None follows the system."""

    language: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file."""

    plex: PlexServerSettings = field(default_factory=PlexServerSettings)
    plex_tv: PlexTvSettings = field(default_factory=PlexTvSettings)
    tailscale: TailscaleSettings = field(default_factory=TailscaleSettings)
    outside: OutsideSettings = field(default_factory=OutsideSettings)
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    updates: UpdateSettings = field(default_factory=UpdateSettings)
    paths: PathSettings = field(default_factory=PathSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)


def with_updates(settings: Settings, repository: str | None, *, wanted: bool) -> Settings:
    """Return the settings with the repository this copy comes from, where they name no other.

    ``wanted``: ask for a newer version this time, whatever they say.
    """
    updates = settings.updates
    return replace(
        settings,
        updates=replace(updates, check=updates.check or wanted, repository=updates.repository or repository),
    )


_SECTIONS: Mapping[str, type[Any]] = {
    "plex": PlexServerSettings,
    "plex_tv": PlexTvSettings,
    "tailscale": TailscaleSettings,
    "outside": OutsideSettings,
    "connection": ConnectionSettings,
    "network": NetworkSettings,
    "updates": UpdateSettings,
    "paths": PathSettings,
    "display": DisplaySettings,
}

_KINDS: Mapping[str, str] = {
    "plex.url": "url",
    "plex.restart_command": "strings",
    "plex_tv.api": "url",
    "plex_tv.sign_in": "url",
    "plex_tv.browser": "url",
    "outside.consent": "bool",
    "outside.globalping": "url",
    "outside.check_host": "url",
    "outside.own_endpoint": "url",
    "outside.resolvers": "urls",
    "outside.probes": "probes",
    "outside.ingress_port": "port",
    "outside.entrance": "strings",
    "connection.stun_servers": "servers",
    "connection.nat_type_server": "server",
    "connection.address_services": "urls",
    "connection.deadline_s": "seconds",
    "updates.check": "bool",
    "updates.api": "url",
    "updates.repository": "repository",
}


def _not_toml(error: Exception) -> Text:
    """The place of a mistake, as tomllib tells it; its own words are for programmers."""
    if isinstance(error, UnicodeDecodeError):
        return Text("The settings file cannot be read as TOML: it is not UTF-8 text.")
    if found := re.search(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$", str(error)):
        return Text("The settings file cannot be read as TOML, at line {line}, column {column}.", found.groupdict())
    return Text("The settings file cannot be read as TOML.")


def parse_settings(content: bytes) -> Settings:
    """Read a settings file.

    Raises UsageError with code ``settings_syntax``, ``settings_unknown_key``, ``settings_value`` or
    ``settings_plain_http``; the text names the key.
    """
    import tomllib  # only where there is a file

    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # Python's own limit on the digits of a number among them
        raise UsageError("settings_syntax", _not_toml(error)) from error
    sections: dict[str, Any] = {}
    for name, value in document.items():
        section = _SECTIONS.get(name)
        if section is None:
            raise _unknown_key(name)
        if not isinstance(value, dict):
            raise _wrong_value(name, Text("must be a table like [{key}]", {"key": name}))
        known = {entry.name for entry in fields(section)}
        for key in value:
            if key not in known:
                raise _unknown_key(f"{name}.{key}")
        sections[name] = section(**{key: _read(f"{name}.{key}", raw) for key, raw in value.items()})
    return Settings(**sections)


def _unknown_key(key: str) -> UsageError:
    return UsageError("settings_unknown_key", Text("The settings file has an unknown key: {key}", {"key": key}))


def _wrong_value(key: str, what: Text) -> UsageError:
    return UsageError("settings_value", Text("The settings file's {key} {what}.", {"key": key, "what": what}))


def _read(key: str, raw: object) -> object:
    kind = _KINDS.get(key, "string")
    match kind, raw:
        case "bool", bool():
            return raw
        case "string", str() if raw and "\0" not in raw:
            return raw
        case "repository", str() if REPOSITORY.fullmatch(raw):
            return raw
        case "url", str():
            return _url(key, raw)
        case "urls", list() if raw:
            return tuple(_url(key, item) for item in raw)
        case "strings", list() if all(isinstance(item, str) and item and "\0" not in item for item in raw):
            return tuple(raw)
        case "server", str():
            return _server(key, raw)
        case "servers", list() if raw:
            return tuple(_server(key, item) for item in raw)
        case "port", int() if not isinstance(raw, bool) and 0 < raw < 65536:
            return raw
        case "probes", int() if not isinstance(raw, bool) and 1 <= raw <= 3:
            return raw
        case "seconds", int() | float() if not isinstance(raw, bool) and 0.1 <= raw <= 60:
            return float(raw)
    raise _wrong_value(key, _EXPECTED[kind])


_EXPECTED: Mapping[str, Text] = {
    "bool": Text("must be true or false"),
    "string": Text("must be a text in quotes"),
    "repository": Text("must look like owner/name"),
    "url": Text("must be an address such as https://example.org"),
    "urls": Text("must be a list of addresses such as https://example.org"),
    "strings": Text("must be a list of texts in quotes"),
    "server": Text("must look like host:port"),
    "servers": Text("must be a list of host:port"),
    "port": Text("must be a port number from 1 to 65535"),
    "probes": Text("must be a whole number from 1 to 3"),
    "seconds": Text("must be a number of seconds from 0.1 to 60"),
}


def _url(key: str, raw: object) -> str:
    if not isinstance(raw, str):
        raise _wrong_value(key, _EXPECTED["url"])
    try:
        parts = urlsplit(raw)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _wrong_value(key, _EXPECTED["url"]) from error
    if parts.scheme not in ("http", "https") or not host or port == 0 or parts.username or parts.password:
        raise _wrong_value(key, _EXPECTED["url"])
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            "settings_plain_http",
            Text("The settings file's {key} must use https: plain http is only for this computer.", {"key": key}),
        )
    return raw.rstrip("/")


def _server(key: str, raw: object) -> str:
    if isinstance(raw, str):
        host, _, port = raw.rpartition(":")
        if host and port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536:
            return raw
    raise _wrong_value(key, _EXPECTED["server"])


def is_loopback(host: str) -> bool:
    """Whether a host name or literal address means this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
