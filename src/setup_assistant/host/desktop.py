# SPDX-License-Identifier: MIT
"""What the desktop shows beside the window: how far a job is, and that a long wait has ended.

Nothing here is needed for anything: where the desktop does not take part, nothing is shown, and nobody is told.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from typing import Any

log = logging.getLogger(__name__)

_FILE = "setup-assistant"
"""The name of the .desktop file, by which the desktop knows the program."""
_CLASS_ID = "{56FDF344-FD6D-11D0-958A-006097C9A090}"
_INTERFACE_ID = "{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}"
"""CLSID_TaskbarList and IID_ITaskbarList3 of shobjidl_core.h."""
_HR_INIT, _SET_VALUE, _SET_STATE = 3, 9, 10
"""Places in the interface's table, in the order of shobjidl_core.h, after the three of IUnknown."""
_NO_PROGRESS, _NORMAL = 0, 2
_IN_PROCESS = 1
_PARTS = 1000


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


class WindowsDesktop(Desktop):
    """The taskbar, over COM. Notifications are left to the window."""

    def __init__(self, com: Any = None) -> None:
        """``com``: ole32, or a stand-in for it."""
        self._com = com
        self._taskbar: Any = None

    def show_progress(self, window: int, share: float | None) -> None:
        try:
            if self._taskbar is None:
                self._taskbar = self._open()
            self._call(_SET_STATE, ctypes.c_void_p(window), ctypes.c_int(_NO_PROGRESS if share is None else _NORMAL))
            if share is not None:
                done, whole = ctypes.c_ulonglong(round(share * _PARTS)), ctypes.c_ulonglong(_PARTS)
                self._call(_SET_VALUE, ctypes.c_void_p(window), done, whole)
        except (OSError, AttributeError) as error:
            log.info("the taskbar was not reached: %s", error)

    def _open(self) -> ctypes.c_void_p:
        com = self._com or ctypes.CDLL("ole32.dll")
        class_id, interface_id = (ctypes.create_string_buffer(16) for _ in range(2))
        com.CLSIDFromString(ctypes.c_wchar_p(_CLASS_ID), class_id)
        com.CLSIDFromString(ctypes.c_wchar_p(_INTERFACE_ID), interface_id)
        com.CoInitializeEx(None, 0)
        made = ctypes.c_void_p()
        result = com.CoCreateInstance(class_id, None, _IN_PROCESS, interface_id, ctypes.byref(made))
        if result or made.value is None:
            raise OSError(f"CoCreateInstance answered {result:#x}")
        self._taskbar = made
        self._call(_HR_INIT)
        return made

    def _call(self, place: int, *arguments: Any) -> None:
        """Call a method of the interface. Raises OSError."""
        table = ctypes.cast(self._taskbar, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
        prototype = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, *(type(one) for one in arguments))
        result = prototype(table[place] or 0)(self._taskbar, *arguments)
        if result < 0:
            raise OSError(f"method {place} answered {result:#x}")


def has_display() -> bool:
    """Whether a window can be shown: always, but on a Linux without a graphical session."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def real_desktop() -> Desktop:
    """The desktop of this system."""
    if sys.platform == "win32":
        return WindowsDesktop()
    if sys.platform == "linux":
        return LinuxDesktop()
    return Desktop()
