# SPDX-License-Identifier: MIT
"""What is special on Windows: services, the registry, Plex as a tray app (never run here: see docs/unproven.md)."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, SystemFacts
from setup_assistant.core.host import Command, Commands
from setup_assistant.host import ports, registry, staying
from setup_assistant.host.processes import (
    POWERSHELL,
    host_name,
    is_admin,
    open_in_browser,
    plex_kept_in,
    running,
    system32,
    user_name,
)

_PLEX_EXE = "Plex Media Server.exe"
_PLEX_KEYS = (r"Software\Plex, Inc.\Plex Media Server", r"Software\WOW6432Node\Plex, Inc.\Plex Media Server")


def _program_of(command: str) -> str:
    """The program in a service's command line: in quotes, or up to its ``.exe``; arguments may follow."""
    if command.startswith('"'):
        return command[1:].partition('"')[0]
    program, found, _ = command.lower().partition(".exe")
    return command[: len(program) + len(found)]


class WindowsPlatform:
    """`core.host.Platform` on Windows."""

    def __init__(self, commands: Commands, plex_folder: str | None = None) -> None:
        self._commands = commands
        self._plex_folder = plex_folder

    def system(self) -> SystemFacts:
        """Describe this computer."""
        return SystemFacts(
            os=OperatingSystem.WINDOWS,
            version=platform.version(),
            host_name=host_name(),
            user=user_name(),
            is_admin=is_admin(),
        )

    def tailscale_programs(self) -> tuple[str, ...]:
        """Beside the service's own program, then the default folder."""
        folders = [os.environ.get("PROGRAMFILES", r"C:\Program Files") + r"\Tailscale"]
        image = registry.text("HKLM", r"SYSTEM\CurrentControlSet\Services\Tailscale", "ImagePath")
        if image:
            folders.insert(0, str(PureWindowsPath(_program_of(image)).parent))
        return tuple(dict.fromkeys(folder + r"\tailscale.exe" for folder in folders))

    def tailscale_socket(self) -> str | None:
        """The command line finds its service by itself."""
        return None

    def tailscale_environment(self) -> Mapping[str, str]:
        """Nothing special."""
        return {}

    def start_tailscale(self) -> Command | None:
        """Start the service; this needs the elevation prompt."""
        return Command((system32("sc.exe"), "start", "Tailscale"), as_admin=True)

    def install_hint(self) -> str:
        """The package manager's command, where it is."""
        return "winget install Tailscale.Tailscale" if self._commands.find("winget") else ""

    async def plex_installation(self) -> PlexInstallation | None:
        """The tray app, or the app run as a service."""
        folder = next(
            (
                value
                for hive in ("HKCU", "HKLM")
                for key in _PLEX_KEYS
                if (value := registry.text(hive, key, "InstallFolder"))
            ),
            os.environ.get("PROGRAMFILES", r"C:\Program Files") + r"\Plex\Plex Media Server",
        )
        program = Path(folder) / _PLEX_EXE
        kind = (
            "service" if registry.text("HKLM", r"SYSTEM\CurrentControlSet\Services\PlexService", "ImagePath") else "app"
        )
        if processes := running(_PLEX_EXE):
            return PlexInstallation(kind, str(program), True, ports.of_processes(processes))
        if program.exists():
            return PlexInstallation(kind, detail=str(program), running=False)
        return plex_kept_in(self._plex_folder)

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        """As the same, not elevated, user: an elevated Plex loses its network drives (facts: plex, section 5)."""
        if installation.kind == "folder":
            return None
        if installation.kind == "service":
            return Command((system32("sc.exe"), "start", "PlexService"), as_admin=True)
        explorer = os.environ.get("SYSTEMROOT", r"C:\Windows") + r"\explorer.exe"
        return Command((explorer, installation.detail), any_exit=True)

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        """Ask the app to close (never by force), then start it; a service is restarted in one step, with one prompt."""
        if installation.kind == "service":
            shell = system32(POWERSHELL)
            restart = "Restart-Service -Name PlexService"
            return (Command((shell, "-NoProfile", "-NonInteractive", "-Command", restart), as_admin=True),)
        start = self.start_plex(installation)
        if start is None:
            return ()
        return (Command((system32("taskkill.exe"), "/im", _PLEX_EXE)), start)

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        """Its registry and its power plan tell."""
        return await staying.on_windows(self._commands, installation)

    def open_browser(self, link: str) -> bool:
        """Open a page in the person's browser."""
        return open_in_browser(link)
