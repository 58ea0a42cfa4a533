# SPDX-License-Identifier: MIT
"""Which programs run on this computer, and how the person and the machine are called."""

from __future__ import annotations

import getpass
import logging
import os
import socket
import sys
import webbrowser
from pathlib import Path

import psutil

from setup_assistant.core.facts import PlexInstallation
from setup_assistant.host.desktop import has_display
from setup_assistant.host.threads import DaemonExecutor

log = logging.getLogger(__name__)

POWERSHELL = r"WindowsPowerShell\v1.0\powershell.exe"
"""Where Windows PowerShell is, below the folder of `system32`."""


def running(*names: str) -> list[psutil.Process]:
    """Return the running programs with one of these names (case is ignored)."""
    wanted = {name.lower() for name in names}
    found = []
    for process in psutil.process_iter(["name"]):
        if (process.info["name"] or "").lower() in wanted:
            found.append(process)
    return found


def is_admin() -> bool:
    """Whether this process already has the rights that the admin prompt would give."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def user_name() -> str:
    """Return the name of the user, or an empty string where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def host_name() -> str:
    """Return this computer's own name."""
    return socket.gethostname()


def system32(program: str) -> str:
    """Full path of a program of Windows itself: a bare name is looked for in our own and the current folder first."""
    return os.environ.get("SYSTEMROOT", r"C:\Windows") + "\\System32\\" + program


def plex_kept_in(folder: str | None) -> PlexInstallation | None:
    """Return a Plex that only its data folder tells of (``[plex] data_dir``): it is here, and not ours to start."""
    return PlexInstallation("folder", running=None) if folder and Path(folder).expanduser().is_dir() else None


def open_in_browser(link: str) -> bool:
    """Have a page opened, and wait for nothing; False where nothing could show it, as on a headless server.

    Finding the browser asks other programs, and some are waited for until they end: that must not stop the loop.
    """
    if not has_display():
        # A text browser would take over the terminal.
        return False
    DaemonExecutor(max_workers=1).submit(_open, link)
    return True


def _open(link: str) -> None:
    try:
        opened = webbrowser.open(link)
    except (webbrowser.Error, OSError) as error:
        log.info("no browser could be opened: %s", type(error).__name__)
        return
    if not opened:
        log.info("no browser could be opened")
