# SPDX-License-Identifier: MIT
"""What is special on macOS: app bundles, Homebrew, launchd (never run here: see docs/unproven.md)."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, SystemFacts
from setup_assistant.core.host import Command, Commands
from setup_assistant.host import ports, staying
from setup_assistant.host.processes import host_name, is_admin, open_in_browser, plex_kept_in, running, user_name

_TAILSCALE_APP = "/Applications/Tailscale.app"
_DAEMON_PLIST = "/Library/LaunchDaemons/com.tailscale.tailscaled.plist"
"""Of the open-source service (cmd/tailscaled/install_darwin.go)."""
_PLEX_APP = "Applications/Plex Media Server.app"
_BREW = ("brew", "/opt/homebrew/bin/brew", "/usr/local/bin/brew")
"""On PATH, then where Homebrew puts itself on Apple's and on Intel's processors: an app opened in the Finder has a PATH
of the system's own folders only."""


class MacPlatform:
    """`core.host.Platform` on macOS."""

    def __init__(self, commands: Commands, plex_folder: str | None = None) -> None:
        self._commands = commands
        self._plex_folder = plex_folder

    def system(self) -> SystemFacts:
        """Describe this computer."""
        return SystemFacts(
            os=OperatingSystem.MACOS,
            version=platform.mac_ver()[0],
            host_name=host_name(),
            user=user_name(),
            is_admin=is_admin(),
        )

    def tailscale_programs(self) -> tuple[str, ...]:
        """Homebrew's, the standalone app's link, then the app's own program, window and command line in one."""
        return (
            "/opt/homebrew/bin/tailscale",
            "/usr/local/bin/tailscale",
            f"{_TAILSCALE_APP}/Contents/MacOS/Tailscale",
            f"{Path.home()}{_TAILSCALE_APP}/Contents/MacOS/Tailscale",
        )

    def tailscale_socket(self) -> str | None:
        """The command line finds its service by itself."""
        return None

    def tailscale_environment(self) -> Mapping[str, str]:
        """Without it the app's program opens its window instead of answering (facts: tailscale, section 1)."""
        return {"TAILSCALE_BE_CLI": "1"}

    def start_tailscale(self) -> Command | None:
        """Open the app, or start the service that ``tailscaled install-system-daemon`` or Homebrew has put there."""
        if any(Path(app).exists() for app in (_TAILSCALE_APP, f"{Path.home()}{_TAILSCALE_APP}")):
            return Command(("/usr/bin/open", "-g", "-a", "Tailscale"))
        if Path(_DAEMON_PLIST).exists():
            return Command(("/bin/launchctl", "kickstart", "system/com.tailscale.tailscaled"), as_admin=True)
        brew = self._brew()
        return Command((brew, "services", "start", "tailscale"), as_admin=True) if brew else None

    def install_hint(self) -> str:
        """Homebrew's command, where Homebrew is."""
        return "brew install --cask tailscale-app" if self._brew() else ""

    def _brew(self) -> str | None:
        return next((found for name in _BREW if (found := self._commands.find(name)) is not None), None)

    async def plex_installation(self) -> PlexInstallation | None:
        """The app, in the system's or the person's own Applications folder."""
        if processes := running("Plex Media Server"):
            return PlexInstallation("app", running=True, ports=ports.of_processes(processes))
        for base in (Path("/"), Path.home()):
            if (base / _PLEX_APP).exists():
                return PlexInstallation("app", detail=str(base / _PLEX_APP), running=False)
        return plex_kept_in(self._plex_folder)

    def start_plex(self, installation: PlexInstallation) -> Command | None:
        """Open the app without bringing it to the front."""
        if installation.kind == "folder":
            return None
        return Command(("/usr/bin/open", "-g", "-a", "Plex Media Server"))

    def restart_plex(self, installation: PlexInstallation) -> tuple[Command, ...]:
        """Ask the app to quit, then open it again."""
        if installation.kind == "folder":
            return ()
        quit_app = Command(("/usr/bin/osascript", "-e", 'tell application "Plex Media Server" to quit'))
        return (quit_app, Command(("/usr/bin/open", "-g", "-a", "Plex Media Server")))

    async def staying(self, installation: PlexInstallation | None) -> StayingFacts:
        """launchd and the power settings tell."""
        return await staying.on_macos(self._commands, installation)

    def open_browser(self, link: str) -> bool:
        """Open a page in the person's browser."""
        return open_in_browser(link)
