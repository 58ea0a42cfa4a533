# SPDX-License-Identifier: MIT
"""Facts about the Plex server of this computer and about the Plex account (read them through `core.facts`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from setup_assistant.core.unknown import NOT_READ, Unknown


class PlexAnswer(StrEnum):
    """What answered on Plex's port of this computer."""

    PLEX = "plex"
    STARTING = "starting"
    REFUSED = "refused"
    NOT_PLEX = "not_plex"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PlexInstallation:
    """How Plex Media Server is installed here: ``package``, ``snap``, ``docker``, ``app`` or ``service``.

    ``folder``: only its data folder is known, from the settings file.
    """

    kind: str
    detail: str = ""
    running: bool | None = None
    ports: tuple[int, ...] = ()
    """Ports of this computer on which the running server may answer."""


@dataclass(frozen=True, slots=True)
class PlexSettings:
    """The settings of Plex that matter here, as read."""

    custom_connections: str
    publish: bool
    """Remote Access (PublishServerOnPlexOnlineKey)."""
    allowed_networks: str
    secure_connections: int | None = None
    relay: bool | None = None
    manual_port_mapping: bool | None = None
    mapped_port: int | None = None
    ipv6: bool | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """The custom server access URLs, in order."""
        return tuple(part.strip() for part in self.custom_connections.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Watching:
    """One session on the server, as Plex sees it; empty or None where it did not say."""

    address: str = ""
    public_address: str = ""
    location: str = ""
    """``lan`` or ``wan``."""
    relayed: bool | None = None
    secure: bool | None = None
    key: str = ""
    """The server's own number of the session, by which it is the same one a moment later."""
    app: str = ""
    """The kind of app that plays, such as Plex Web; never whose it is."""
    state: str = ""
    """``playing``, ``paused`` or ``buffering``."""


@dataclass(frozen=True, slots=True)
class PlexFacts:
    """The Plex Media Server of this computer."""

    answer: PlexAnswer
    url: str
    port: int
    installation: PlexInstallation | None = None
    machine_identifier: str = ""
    version: str = ""
    claimed: bool | None = None
    strangers_enter: bool | None = None
    """Whether a request shaped like a public visitor's, without a token, was let in."""
    plain_hop_refused: bool | None = None
    """Whether Plex refuses the plain-http hop that Funnel would make (secure connections Required)."""
    settings: PlexSettings | Unknown = NOT_READ
    viewers: int | None = None
    elsewhere: tuple[str, ...] = ()
    """Addresses of Plex servers found on other machines of the LAN."""
    can_start: bool = False
    """Whether we know how Plex is started here."""
    can_restart: bool = False
    """Whether we know how Plex is restarted here."""
    restart_needs_admin: bool = False
    sessions: tuple[Watching, ...] | None = None
    """None: not read."""

    @property
    def may_be_container(self) -> bool:
        """Whether Plex may see this computer, and so Funnel, as a container's gateway.

        A server that answers and that no known way has installed (Docker on Windows and macOS hides it) counts too, and
        one that let a stranger in: then every entry that a hop of this home could fall under is under suspicion.
        """
        return self.installation is None or self.installation.kind == "docker" or self.strangers_enter is True


class TokenState(StrEnum):
    """What is known of the stored Plex token."""

    NONE = "none"
    VALID = "valid"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"


class KeyringState(StrEnum):
    """Whether the OS keyring serves us."""

    READY = "ready"
    LOCKED = "locked"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The Plex account that is signed in. Tokens are never facts."""

    token: TokenState
    keyring: KeyringState
    username: str = ""
    has_pass: bool | None = None
    listed: bool | None = None
    """Whether plex.tv lists this very server for the account."""
    owned: bool | None = None
    connections: tuple[str, ...] = ()
    """URIs that plex.tv publishes for this server."""
    relay: bool | None = None
    trouble: str = ""
    """Code of the error when plex.tv could not be asked."""
    locals: tuple[str, ...] = ()
    """Those of ``connections`` that are for this home only."""
    relays: tuple[str, ...] = ()
    """Those of ``connections`` that lead over Plex's own relay."""
