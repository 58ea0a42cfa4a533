# SPDX-License-Identifier: MIT
"""Looks at what starts by itself and whether the computer goes to sleep; nothing is changed, nobody is asked.

The outputs of Windows and macOS are read as public programs show them; never run there (docs/unproven.md).
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

from setup_assistant.core.errors import HostError
from setup_assistant.core.facts import PlexInstallation, StayingFacts
from setup_assistant.core.host import Commands
from setup_assistant.core.staying import Starts
from setup_assistant.host import registry
from setup_assistant.host.processes import system32

LOOK_S = 2.0
"""Seconds for each program that is asked; they run at the same time."""

_SERVICES = r"SYSTEM\CurrentControlSet\Services"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
_LOG_ON = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
_PLEX = "Plex Media Server"
"""The name of the value under Run by which Plex's installer starts it (the "Plex Server Auto Updater" removes it)."""

_DAEMONS = ("com.tailscale.tailscaled.plist", "homebrew.mxcl.tailscale.plist")
"""What ``tailscaled install-system-daemon`` and Homebrew's services put into /Library/LaunchDaemons."""

_GNOME_POWER = "org.gnome.settings-daemon.plugins.power"


async def on_linux(commands: Commands, installation: PlexInstallation | None) -> StayingFacts:
    """Ask systemd, Docker and GNOME. A snap's services are units of systemd, too."""

    async def unit(*names: str) -> Starts | None:
        found = [_enabled(await _ask(commands, "systemctl", "is-enabled", name)) for name in names]
        return next((one for one in found if one is not None), None)

    async def plex() -> Starts | None:
        kind = installation.kind if installation is not None else ""
        if kind == "docker" and installation is not None and installation.detail:
            policy = await _ask(
                commands, "docker", "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", installation.detail
            )
            return _DOCKER.get(policy)
        if kind == "snap":
            return await unit("snap.plexmediaserver.plexmediaserver.service")
        return await unit("plexmediaserver.service") if kind == "package" else None

    plex_starts, tailscale, sleeps = await asyncio.gather(
        plex(), unit("tailscaled.service", "snap.tailscale.tailscaled.service"), _linux_sleeps(commands)
    )
    return StayingFacts(plex_starts, tailscale, sleeps)


# docker-run(1): on-failure does not bring a container back when the daemon starts.
_DOCKER = {"always": Starts.WITH_COMPUTER, "unless-stopped": Starts.WITH_COMPUTER, "no": Starts.NOT}


def _enabled(state: str) -> Starts | None:
    """Read ``systemctl is-enabled`` (systemctl(1), its table of states); the others say nothing of a start."""
    if state in ("enabled", "enabled-runtime", "alias"):
        return Starts.WITH_COMPUTER
    return Starts.NOT if state in ("disabled", "masked", "masked-runtime") else None


async def _linux_sleeps(commands: Commands) -> bool | None:
    target = await _ask(commands, "systemctl", "is-enabled", "suspend.target")
    if target in ("masked", "masked-runtime"):
        return False
    if "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        kind, seconds = await asyncio.gather(
            *(
                _ask(commands, "gsettings", "get", _GNOME_POWER, f"sleep-inactive-ac-{name}")
                for name in ("type", "timeout")
            )
        )
        if kind and seconds:
            return kind.strip("'") not in ("nothing", "blank") and seconds.split()[-1] != "0"
    if target and await _ask(commands, "systemctl", "get-default") == "multi-user.target":
        # Nobody's desktop runs there, so logind alone could put it to sleep (logind.conf(5), IdleAction).
        idle = await _ask(commands, "loginctl", "show", "--property=IdleAction")
        return {"IdleAction=ignore": False, "": None}.get(idle, True)
    return None


async def on_windows(
    commands: Commands,
    installation: PlexInstallation | None,
    read: Callable[[str, str, str], str | int | bytes | None] = registry.read,
) -> StayingFacts:
    """Read the registry, and ask powercfg."""
    plex = None
    if installation is not None and installation.kind == "service":
        plex = _service(read("HKLM", rf"{_SERVICES}\PlexService", "Start"))
    elif installation is not None and installation.kind == "app":
        approved = read("HKCU", _APPROVED, _PLEX)
        # Task Manager writes an odd first byte there for what it switches off.
        off = isinstance(approved, bytes) and bool(approved) and approved[0] % 2 == 1
        plex = Starts.AT_SIGN_IN if read("HKCU", _RUN, _PLEX) and not off else Starts.NOT
    shown = await _ask(commands, system32("powercfg.exe"), "/q", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE")
    return StayingFacts(
        plex=plex,
        tailscale=_service(read("HKLM", rf"{_SERVICES}\Tailscale", "Start")),
        sleeps=windows_sleeps(shown),
        signs_in_alone=read("HKLM", _LOG_ON, "AutoAdminLogon") == "1",
    )


def _service(start: object) -> Starts | None:
    """Read a service's Start value: 2 automatic, 3 by hand, 4 never."""
    return {2: Starts.WITH_COMPUTER, 3: Starts.NOT, 4: Starts.NOT}.get(start) if isinstance(start, int) else None


def windows_sleeps(shown: str) -> bool | None:
    """Read ``powercfg /q``: its words are of the system's language, its last two numbers are plugged in and battery."""
    numbers = re.findall(r":\s*(0x[0-9a-fA-F]{8})\s*$", shown, re.MULTILINE)
    return int(numbers[-2], 16) != 0 if len(numbers) >= 2 else None


async def on_macos(commands: Commands, installation: PlexInstallation | None) -> StayingFacts:
    """Ask pmset, and look at what launchd starts. Where a Mac keeps Plex's own login item, nobody has written down."""
    custom, user = await asyncio.gather(
        _ask(commands, "/usr/bin/pmset", "-g", "custom"),
        _ask(commands, "/usr/bin/defaults", "read", "/Library/Preferences/com.apple.loginwindow", "autoLoginUser"),
    )
    return StayingFacts(
        tailscale=_tailscale_on_a_mac(),
        sleeps=macos_sleeps(custom),
        signs_in_alone=bool(user),
    )


def _tailscale_on_a_mac() -> Starts | None:
    if any(Path("/Library/LaunchDaemons", name).exists() for name in _DAEMONS):
        return Starts.WITH_COMPUTER
    return Starts.AT_SIGN_IN if Path("/Applications/Tailscale.app").exists() else None


def macos_sleeps(shown: str) -> bool | None:
    """Read ``pmset -g custom``, the part for mains power: minutes until it sleeps, 0 for never (pmset(1))."""
    mains = re.search(r"^AC Power:(.*?)(?=^\S|\Z)", shown, re.MULTILINE | re.DOTALL)
    minutes = re.search(r"^\s+sleep\s+(\d+)", mains[1], re.MULTILINE) if mains else None
    return int(minutes[1]) != 0 if minutes else None


async def _ask(commands: Commands, *argv: str) -> str:
    """What a program prints, an empty string where it cannot tell; is-enabled ends with 1 for what is disabled."""
    try:
        return (await commands.run(argv, timeout=LOOK_S)).stdout.strip()
    except HostError:
        return ""
