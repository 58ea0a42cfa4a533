# SPDX-License-Identifier: MIT
"""Which programs run on this computer, and how the person and the machine are called."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import webbrowser
from pathlib import Path

import psutil


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


def open_in_browser(link: str) -> bool:
    """Open a page; False where there is no browser, as on a headless server."""
    on_linux = os.name == "posix" and not Path("/usr/bin/open").exists()
    if on_linux and "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ:
        # A text browser would take over the terminal.
        return False
    try:
        return webbrowser.open(link)
    except webbrowser.Error:
        return False
