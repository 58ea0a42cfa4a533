# SPDX-License-Identifier: MIT
"""What is special on Linux: packages, snaps, containers, systemd."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path

from setup_assistant.core.aim import PLEX_PORT
from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, SystemFacts
from setup_assistant.core.host import Command, Commands
from setup_assistant.host import ports, staying
from setup_assistant.host.processes import host_name, is_admin, open_in_browser, plex_kept_in, running, user_name

_PLEX_PROGRAMS = ("Plex Media Server", "Plex Media Serv")
"""The process name, and the same as the kernel cuts it at 15 characters."""

_USUAL_SOCKETS = ("/run/tailscale/tailscaled.sock", "/var/run/tailscale/tailscaled.sock")
_OTHER_SOCKETS = (
    "/var/snap/tailscale/common/socket/tailscaled.sock",
    "/var/packages/Tailscale/var/tailscaled.sock",
)
"""Of the snap and of Synology (facts: tailscale, section 1). QNAP's is in /tmp, where anybody could put one."""
_DAEMONS = ("/usr/sbin/tailscaled", "/usr/bin/tailscaled", "/usr/local/sbin/tailscaled", "/usr/local/bin/tailscaled")


class LinuxPlatform:
    """`core.host.Platform` on Linux."""

    def __init__(self, commands: Commands, plex_folder: str | None = None) -> None:
        self._commands = commands
        self._plex_folder = plex_folder
        self._release = _os_release()

    def system(self) -> SystemFacts:
        """Describe this computer."""
        return SystemFacts(
            os=OperatingSystem.LINUX,
            version=self._release.get("PRETTY_NAME", platform.release()),
            host_name=host_name(),
            user=user_name(),
            is_admin=is_admin(),
            distribution=self._release.get("ID", ""),
        )

    def tailscale_programs(self) -> tuple[str, ...]:
        """Packages, tarball, snap, Homebrew."""
        return (
            "/usr/bin/tailscale",
            "/usr/local/bin/tailscale",
            "/usr/sbin/tailscale",
            "/snap/bin/tailscale",
            "/opt/tailscale/tailscale",
            "/home/linuxbrew/.linuxbrew/bin/tailscale",
        )

    def tailscale_socket(self) -> str | None:
        """The usual one unless only another is there: a snap's, or that of a storage box."""
        if any(Path(usual).exists() for usual in _USUAL_SOCKETS):
            return None
        return next((other for other in _OTHER_SOCKETS if Path(other).exists()), None)

    def tailscale_environment(self) -> Mapping[str, str]:
        """Nothing special."""
        return {}

    def start_tailscale(self) -> Command | None:
        """Through systemd, OpenRC or snap (facts: tailscale, section 1)."""
        packaged = any(Path(daemon).exists() for daemon in _DAEMONS)
        if not packaged and Path("/snap/bin/tailscale").exists() and self._commands.find("snap"):
            return Command(("snap", "start", "tailscale"), as_admin=True)
        if Path("/run/systemd/system").exists():
            return Command(("systemctl", "start", "tailscaled.service"), as_admin=True)
        if self._commands.find("rc-service"):
            return Command(("rc-service", "tailscale", "start"), as_admin=True)
        return None

    def install_hint(self) -> str:
        """The package manager's command where the distribution itself has the package, else Tailscale's own installer.

        Not every relative has it: what calls itself like Fedora may be a Red Hat, whose package comes from elsewhere.
        """
        own = self._release.get("ID", "")
        like = {own, *self._release.get("ID_LIKE", "").split()}
        if like & {"arch", "archlinux"}:
            return "sudo pacman -S tailscale"
        if "alpine" in like:
            return "sudo apk add tailscale"
        if own == "fedora":
            return "sudo dnf install tailscale"
        if like & {"suse", "opensuse"}:
            return "sudo zypper install tailscale"
        if own == "nixos":
            return ""
        return "curl -fsSL https://tailscale.com/install.sh | sh"

    async def plex_installation(self) -> PlexInstallation | None:
        """A running server tells how it is installed; else the known places do."""
        return _installed() or plex_kept_in(self._plex_folder)

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        """Through snap or systemd."""
        return self._service("start", installation)

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        """Through snap, systemd or Docker; a container of another kind is restarted by whoever started it."""
        if installation.kind == "docker":
            docker = self._commands.find("docker")
            if docker is None or not installation.detail:
                return ()
            return (Command((docker, "restart", installation.detail), as_admin=True),)
        command = self._service("restart", installation)
        return (command,) if command else ()

    def _service(self, verb: str, installation: PlexInstallation) -> Command | None:
        if installation.kind == "snap":
            return Command(("snap", verb, "plexmediaserver"), as_admin=True)
        if installation.kind == "package" and Path("/run/systemd/system").exists():
            return Command(("systemctl", verb, "plexmediaserver.service"), as_admin=True)
        return None

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        """systemd, Docker and the desktop tell."""
        return await staying.on_linux(self._commands, installation)

    def open_browser(self, link: str) -> bool:
        """Open a page in the person's browser."""
        return open_in_browser(link)


def _installed() -> PlexInstallation | None:
    for process in running(*_PLEX_PROGRAMS):
        kind = _kind_of(process.pid)
        if kind == "docker":
            return PlexInstallation(kind, _container_of(process.pid), True, ports.mapped_by_docker(PLEX_PORT))
        return PlexInstallation(kind, running=True, ports=ports.of_processes([process]))
    if Path("/snap/plexmediaserver").exists():
        return PlexInstallation("snap", running=False)
    if Path("/usr/lib/plexmediaserver/Plex Media Server").exists():
        return PlexInstallation("package", running=False)
    return None


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _container_of(pid: int) -> str:
    """The identifier of a process's Docker container, or an empty string for any other."""
    try:
        group = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"docker[-/]([0-9a-f]{64})\b", group)
    return found[1] if found else ""


def _kind_of(pid: int) -> str:
    """Containers and snaps show in the process's cgroup and program path."""
    try:
        if "/snap/" in str(Path(f"/proc/{pid}/exe").readlink()):
            return "snap"
    except OSError:
        # Another user's program; its cgroup can still be read.
        pass
    try:
        group = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "package"
    if any(word in group for word in ("docker", "libpod", "containerd", "kubepods")):
        return "docker"
    return "snap" if "snap.plexmediaserver" in group else "package"
