# SPDX-License-Identifier: MIT
"""The one place that tells which operating system this is and picks its `Platform`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from setup_assistant.core.host import Commands, Platform


def this_platform(commands: Commands, plex_folder: str | None = None) -> Platform:
    """Return what differs on this operating system. ``plex_folder``: Plex's data, if in an odd place."""
    if sys.platform == "win32":
        from setup_assistant.host.windows import WindowsPlatform

        return WindowsPlatform(commands, plex_folder)
    if sys.platform == "darwin":
        from setup_assistant.host.macos import MacPlatform

        return MacPlatform(commands, plex_folder)
    from setup_assistant.host.linux import LinuxPlatform

    return LinuxPlatform(commands, plex_folder)


class WallClock:
    """`core.host.Clock` of this machine."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)
