# SPDX-License-Identifier: MIT
"""What the desktop shows beside the window: how far a job is, and that a long wait has ended.

Nothing here is needed for anything: where the desktop does not take part, nothing is shown, and nobody is told.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

log = logging.getLogger(__name__)

_FILE = "setup-assistant"
"""The name of the .desktop file, by which the desktop knows the program."""


class Desktop:
    """A desktop that takes no part."""

    notifies = False
    """Whether `notify` shows anything; if not, the window may try it in its own way."""

    def show_progress(self, window: int, share: float | None) -> None:
        """Show on the window's place in the taskbar how far it is (0 to 1); None: nothing is under way."""

    def notify(self, title: str, text: str) -> None:
        """Show a notification."""


class LinuxDesktop(Desktop):
    """Over the session bus: the freedesktop.org notifications, and the launcher entries of Unity, KDE and docks."""

    notifies = True

    def __init__(self) -> None:
        self._bus: Any = None

    def show_progress(self, window: int, share: float | None) -> None:
        from jeepney import DBusAddress, new_signal

        launcher = DBusAddress("/com/setupassistant/Launcher", interface="com.canonical.Unity.LauncherEntry")
        shown = {"progress": ("d", share or 0.0), "progress-visible": ("b", share is not None)}
        self._send(new_signal(launcher, "Update", "sa{sv}", (f"application://{_FILE}.desktop", shown)))

    def notify(self, title: str, text: str) -> None:
        from jeepney import DBusAddress, new_method_call

        server = DBusAddress(
            "/org/freedesktop/Notifications",
            bus_name="org.freedesktop.Notifications",
            interface="org.freedesktop.Notifications",
        )
        hints = {"desktop-entry": ("s", _FILE)}
        actions: list[str] = []
        body = (title, 0, _FILE, title, text, actions, hints, -1)
        self._send(new_method_call(server, "Notify", "susssasa{sv}i", body))

    def _send(self, message: Any) -> None:
        """Send it, and wait for no answer."""
        try:
            if self._bus is None:
                from jeepney.io.blocking import open_dbus_connection

                self._bus = open_dbus_connection("SESSION")
            self._bus.send(message)
        except (OSError, KeyError, ValueError) as error:
            log.info("the desktop was not reached: %s", type(error).__name__)
            self._bus = None


def has_display() -> bool:
    """Whether a window can be shown: always, but on a Linux without a graphical session."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def real_desktop() -> Desktop:
    """The desktop of this system."""
    if sys.platform == "win32":
        from setup_assistant.host.windows_desktop import WindowsDesktop

        return WindowsDesktop()
    if sys.platform == "linux":
        return LinuxDesktop()
    return Desktop()
