# SPDX-License-Identifier: MIT
"""Interfaces to the outside; implementations live in `host`, stand-ins in `host.simulated`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.facts import PlexInstallation, StayingFacts, SystemFacts


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended by itself."""

    exit_code: int
    stdout: str
    stderr: str


class Commands(Protocol):
    """Starts programs: argument lists only, no shell, stdin closed unless given, hidden console, LC_ALL=C."""

    def find(self, name: str) -> str | None:
        """Return the full path of a program on PATH, or None."""
        ...

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        """Run to the end and return what it printed (UTF-8, capped at 4 MiB).

        ``timeout`` in seconds kills the whole process tree. With ``as_admin`` the OS asks the person once.
        Raises HostError TOOL_MISSING, TIMED_OUT, TOO_LARGE, ADMIN_REFUSED or ADMIN_UNAVAILABLE; TOOL_FAILED where
        the system could not start it with the rights asked for.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int = 0


class Http(Protocol):
    """The one HTTP client: verified TLS, deadline, size cap, no redirects followed."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: object | None = None,
        timeout: float = 10.0,
        max_bytes: int = 4_194_304,
        connect_to: tuple[str, int] | None = None,
        any_certificate: bool = False,
        fresh: bool = False,
    ) -> Reply:
        """Send one request and return the whole reply, whatever its status.

        ``connect_to`` pins the address and port; SNI, certificate name and Host stay those of the URL.
        ``any_certificate`` skips verification and is refused for anything but a loopback ``connect_to`` or URL
        (Plex's own certificate on loopback). ``fresh`` uses a new connection.
        Raises HostError TIMED_OUT, REFUSED, UNREACHABLE, TLS, TOO_LARGE, PLAIN_HTTP or UNEXPECTED_REPLY;
        ``detail`` then holds one of the words of `Answer` where the cause is known (reset, closed, tls_alert,
        certificate_expired, certificate_name, certificate_untrusted, name_not_found), and never a header or a query;
        TIMED_OUT has ``unreachable`` where no connection came about, ``timeout`` where the other side stayed silent.
        """
        ...


class Secrets(Protocol):
    """The OS keyring, service ``setup-assistant``. Never falls back to a file."""

    async def read(self, name: str) -> str | None:
        """Return the secret or None. Raises HostError KEYRING_LOCKED, KEYRING_MISSING or KEYRING_REFUSED."""
        ...

    async def store(self, name: str, value: str) -> None:
        """Keep the secret. Raises as `read`."""
        ...

    async def forget(self, name: str) -> None:
        """Delete the secret; no error if it is not there. Raises as `read`."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """An argument list and whether it needs the admin prompt."""

    argv: tuple[str, ...]
    as_admin: bool = False
    any_exit: bool = False
    """Its exit code says nothing (Windows' explorer.exe ends with 1 for a program it has started)."""


class Platform(Protocol):
    """What differs between the operating systems: raw data and argument lists, no judgement."""

    def system(self) -> SystemFacts:
        """Describe this computer."""
        ...

    def tailscale_programs(self) -> tuple[str, ...]:
        """Known full paths of the Tailscale command line on this system, best first (they may not exist)."""
        ...

    def tailscale_socket(self) -> str | None:
        """Where the service listens, if that is elsewhere than the command line expects; else None."""
        ...

    def tailscale_environment(self) -> Mapping[str, str]:
        """Extra environment for the Tailscale command line (macOS: TAILSCALE_BE_CLI=1)."""
        ...

    def start_tailscale(self) -> Command | None:
        """How the Tailscale service is started here, or None where we can't."""
        ...

    def install_hint(self) -> str:
        """The package manager's command that installs Tailscale here, or an empty string."""
        ...

    async def plex_installation(self) -> PlexInstallation | None:
        """How Plex Media Server is installed, or None."""
        ...

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        """How Plex is started, or None where we can't."""
        ...

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        """How Plex is stopped and started; empty where we can't."""
        ...

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        """What starts by itself here, and whether this computer goes to sleep. Never raises HostError."""
        ...

    def open_browser(self, link: str) -> bool:
        """Open a page in the person's browser; False where there is none."""
        ...


class LineObserver(Protocol):
    """Gathers the evidence on the internet line, everything at once, never longer than its deadline."""

    async def observe(self, *, provider_allowed: bool) -> ConnectionFacts:
        """Return what could be seen. ``provider_allowed``: whether a third party may be told our address."""
        ...

    async def complete(self, facts: ConnectionFacts, *, provider_allowed: bool) -> ConnectionFacts:
        """Return the facts with what no verdict waits for: NAT type, provider, port mappings left on the router.

        Call it once everything else has been read; it waits no longer than the rest of the line's own deadline,
        and never changes the verdict.
        """
        ...


class LanSearch(Protocol):
    """Asks everybody on the home network at once."""

    async def search(
        self, message: bytes, address: tuple[str, int], *, timeout: float
    ) -> tuple[tuple[str, bytes], ...]:
        """Send one datagram and return (sender's address, datagram) of what comes back within ``timeout`` seconds.

        At most 64 answers. Raises HostError UNREACHABLE where nothing can be sent.
        """
        ...


class Clock(Protocol):
    """The wall clock; waits use the event loop, so a simulated loop makes them instant."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """Everything outside, in one bundle; ``simulated`` names the scenario where nothing is real."""

    commands: Commands
    http: Http
    secrets: Secrets
    platform: Platform
    line: LineObserver
    clock: Clock
    simulated: str | None = None
    lan: LanSearch | None = None
    """None: the home network can't be asked."""
