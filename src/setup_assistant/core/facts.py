# SPDX-License-Identifier: MIT
"""What is known about this host right now; a source that could not be read is `Unknown`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.plex_facts import (
    AccountFacts,
    KeyringState,
    PlexAnswer,
    PlexFacts,
    PlexInstallation,
    PlexSettings,
    TokenState,
    Watching,
)
from setup_assistant.core.releases import Release
from setup_assistant.core.staying import StayingFacts
from setup_assistant.core.unknown import NOT_READ, Unknown

__all__ = [
    "AccountFacts",
    "Answer",
    "Daemon",
    "Fetch",
    "Handler",
    "HistoryFacts",
    "HostFacts",
    "KeyringState",
    "Lookup",
    "OperatingSystem",
    "OutsideFacts",
    "PlexAnswer",
    "PlexFacts",
    "PlexInstallation",
    "PlexSettings",
    "ProofTarget",
    "ServeConfig",
    "StayingFacts",
    "SystemFacts",
    "TailscaleFacts",
    "TokenState",
    "Tried",
    "Unknown",
    "Watching",
]


class OperatingSystem(StrEnum):
    """The three families we ship for."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """This computer."""

    os: OperatingSystem
    version: str
    host_name: str
    user: str
    is_admin: bool
    distribution: str = ""


class Daemon(StrEnum):
    """Whether the Tailscale service answers the command line."""

    ANSWERS = "answers"
    STOPPED = "stopped"
    SILENT = "silent"
    OTHER_USER = "other_user"
    CONFUSED = "confused"


@dataclass(frozen=True, slots=True)
class Handler:
    """One mount of a Serve configuration: ``https://host:port`` + ``mount`` -> ``target``."""

    host: str
    port: int
    mount: str
    kind: str
    target: str
    foreground: bool = False

    @property
    def leads_to(self) -> str:
        """What may be told of the target: where it leads; a text that it shows by itself is its owner's."""
        return self.kind if self.kind == "text" else self.target or self.kind


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """The Serve/Funnel configuration; ``raw`` is the JSON as the daemon gave it."""

    raw: Mapping[str, Any]
    handlers: tuple[Handler, ...] = ()
    tcp: Mapping[int, str] = field(default_factory=dict)
    """Port -> ``https``, ``http`` or ``tcp`` (a plain forward)."""
    tcp_targets: Mapping[int, str] = field(default_factory=dict)
    funnel: frozenset[tuple[str, int]] = frozenset()
    """(host, port) pairs that AllowFunnel opens to the internet, background and foreground."""
    foreground_ports: frozenset[int] = frozenset()
    foreground_tcp: tuple[tuple[int, str], ...] = ()
    """(port, target) of the plain forwards of live sessions."""
    service_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TailscaleFacts:
    """The Tailscale client of this computer. ``None`` means: not known."""

    program: str | None
    variant: str = ""
    client_version: str = ""
    daemon_version: str = ""
    daemon: Daemon = Daemon.STOPPED
    backend: str | None = None
    auth_url: str | None = None
    dns_name: str | None = None
    """Full name without the trailing dot."""
    host_name: str = ""
    tailnet: str = ""
    addresses: tuple[str, ...] = ()
    magicdns: bool | None = None
    https: bool | None = None
    funnel: bool | None = None
    funnel_ports: frozenset[int] = frozenset()
    tagged: bool = False
    key_expiry: datetime | None = None
    key_expired: bool = False
    exit_node: bool = False
    shields_up: bool | None = None
    may_change: bool | None = None
    """Whether this user may change the configuration without an admin prompt."""
    control_url: str = ""
    unattended: bool | None = None
    health: tuple[str, ...] = ()
    tun: bool = True
    funnel_link: str | None = None
    """The one-click page that enables Funnel, where the control server named one."""
    serve: ServeConfig | Unknown = NOT_READ
    funnel_by_admin: bool = False
    """Whether the control server said that this account may not switch Funnel on itself."""
    endpoints: tuple[str, ...] = ()
    """Addresses of this computer on its other networks, as the node tells its peers."""
    custom_relays: bool | None = None
    """Whether the tailnet's policy names relay (DERP) servers of its own."""
    install_hint: str = ""
    """The package manager's command that installs Tailscale here, or an empty string."""
    can_start: bool = True
    """Whether we know how to start its service on this system."""

    @property
    def is_running(self) -> bool:
        """Whether the node is connected to its tailnet."""
        return self.backend == "Running"


class Answer(StrEnum):
    """What one fetch of ``/identity`` along a layer of the proof met."""

    PLEX = "plex"
    OTHER_SERVER = "other_server"
    OTHER_APP = "other_app"
    UNAUTHORIZED = "unauthorized"
    REDIRECT = "redirect"
    NOT_FOUND = "not_found"
    BAD_GATEWAY = "bad_gateway"
    STARTING = "starting"
    HTTP_ERROR = "http_error"
    REFUSED = "refused"
    RESET = "reset"
    CLOSED = "closed"
    TLS_ALERT = "tls_alert"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    TIMEOUT = "timeout"
    NAME_NOT_FOUND = "name_not_found"
    PRIVATE_ADDRESS = "private_address"
    UNREACHABLE = "unreachable"
    COULD_NOT_CHECK = "could_not_check"
    ANSWERED = "answered"
    """Something answered as it should, but the checker does not show who."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One fetch: from where, through which address, and what it met."""

    answer: Answer
    address: str = ""
    place: str = ""
    detail: str = ""
    milliseconds: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    certificate_from: datetime | None = None
    certificate_until: datetime | None = None
    """Since when, and until when, the certificate shown there holds; None: not told."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one public resolver said: ``status`` is the DNS RCODE, -1 when it could not be asked."""

    resolver: str
    kind: str
    status: int
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofTarget:
    """What the proof is about: the public address, where its node is, and which server must answer."""

    url: str
    name: str
    port: int
    machine_identifier: str
    addresses: tuple[str, ...]
    tun: bool = True
    """False where they can't be reached from this computer: Tailscale runs without a network interface."""
    leads_to_plex: bool = True
    """Whether what is set up here leads to Plex; where not, nobody gets through, and one look is enough."""


@dataclass(frozen=True, slots=True)
class OutsideFacts:
    """The five layers of the proof for one URL; ``None`` means: not tried."""

    url: str
    own_address: Fetch | None = None
    lookups: tuple[Lookup, ...] | None = None
    entrances: tuple[Fetch, ...] | None = None
    probes: tuple[Fetch, ...] | None = None
    """Layer 5, one per place asked; all COULD_NOT_CHECK when no service could run it."""
    checker: str = ""
    consent: bool | None = None
    """None: never asked."""
    certificate_detail: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was carried out and did not bring what it was for."""

    code: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """What our own journal and state tell of earlier runs."""

    open_changes: tuple[str, ...] = ()
    our_url: str | None = None
    """The public address an earlier run set up and that is not undone."""
    our_addresses: tuple[str, ...] = ()
    """Every public address that runs of ours have switched Funnel on for and that is not undone."""
    last_verdict: str | None = None
    funnel_since: datetime | None = None
    """When we switched Funnel on for ``our_url`` (UTC); None where we did not, or do not know."""
    tried: tuple[Tried, ...] = ()
    """Steps that cannot be taken back and did not help, the last of each kind."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Everything known at one moment; the input of every judgement."""

    observed_at: datetime
    system: SystemFacts
    connection: ConnectionFacts | Unknown
    tailscale: TailscaleFacts | Unknown
    plex: PlexFacts | Unknown
    account: AccountFacts | Unknown
    outside: OutsideFacts | Unknown
    history: HistoryFacts | Unknown
    asked_port: int | None = None
    """The Funnel port the user asked for (443, 8443 or 10000)."""
    direct: tuple[Fetch, ...] | None = None
    """What a place outside met at this home's own public addresses on Plex's port; None: not asked."""
    closing: OutsideFacts | None = None
    """After an undo: what the address that was taken back shows now; None: not looked at."""
    staying: StayingFacts = field(default_factory=StayingFacts)
    newest: Release | Unknown | None = None
    """The newest published version of this program; None: nobody asked for it."""
