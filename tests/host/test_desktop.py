# SPDX-License-Identifier: MIT
"""Progress and notifications outside the window: what is sent, and that nothing hangs on it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from setup_assistant.host.desktop import Desktop, LinuxDesktop, real_desktop
from setup_assistant.host.windows_desktop import WindowsDesktop


class Bus:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        message.serialise(serial=1)  # what does not fit its signature is refused here
        self.sent.append(message)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    made = Bus()
    monkeypatch.setattr("jeepney.io.blocking.open_dbus_connection", lambda bus: made)
    return made


@pytest.mark.skipif(sys.platform != "linux", reason="the session bus of Linux")
def test_linux_is_told_over_the_session_bus(bus: Bus) -> None:
    from jeepney import HeaderFields

    desktop = LinuxDesktop()
    desktop.notify("Setup Assistant for Plex", "The look is done.")
    desktop.show_progress(7, 0.25)
    desktop.show_progress(7, None)
    call, quarter, none = bus.sent
    assert call.header.fields[HeaderFields.member] == "Notify"
    assert call.body[3:5] == ("Setup Assistant for Plex", "The look is done.")
    assert quarter.header.fields[HeaderFields.interface] == "com.canonical.Unity.LauncherEntry"
    assert quarter.body == (
        "application://setup-assistant.desktop",
        {"progress": ("d", 0.25), "progress-visible": ("b", True)},
    )
    assert none.body[1]["progress-visible"] == ("b", False)


@pytest.mark.skipif(sys.platform != "linux", reason="the session bus of Linux")
def test_without_a_session_bus_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    desktop = LinuxDesktop()
    desktop.notify("title", "text")
    desktop.show_progress(7, 0.5)


class Ole32:
    """Makes a taskbar that does as shobjidl_core.h says, and writes down what it was told."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.told: list[tuple[Any, ...]] = []
        window, number = ctypes.c_void_p, ctypes.c_ulonglong
        self._init = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)(lambda this: 0)
        self._value = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, window, number, number)(self._set_value)
        self._state = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, window, ctypes.c_int)(self._set_state)
        self._table = (ctypes.c_void_p * 11)()
        for place, method in ((3, self._init), (9, self._value), (10, self._state)):
            self._table[place] = ctypes.cast(method, ctypes.c_void_p).value
        self._object = ctypes.c_void_p(ctypes.addressof(self._table))

    def _set_value(self, this: int, window: int, done: int, whole: int) -> int:
        self.told.append(("value", window, done, whole))
        return 0

    def _set_state(self, this: int, window: int, state: int) -> int:
        self.told.append(("state", window, state))
        return 0

    def CLSIDFromString(self, text: Any, into: Any) -> int:  # noqa: N802 - the library's name
        return 0

    def CoInitializeEx(self, reserved: None, kind: int) -> int:  # noqa: N802 - the library's name
        return 0

    def CoCreateInstance(self, kind: Any, outer: None, context: int, face: Any, into: Any) -> int:  # noqa: N802
        if self.refuses:
            return -0x7FFBFEAC  # REGDB_E_CLASSNOTREG
        ctypes.cast(into, ctypes.POINTER(ctypes.c_void_p))[0] = ctypes.addressof(self._object)
        return 0


def test_windows_is_told_over_its_taskbar() -> None:
    com = Ole32()
    desktop = WindowsDesktop(com)
    desktop.show_progress(77, 0.5)
    desktop.show_progress(77, None)
    assert com.told == [("state", 77, 2), ("value", 77, 500, 1000), ("state", 77, 0)]
    assert not desktop.notifies


def test_windows_without_a_taskbar() -> None:
    WindowsDesktop(Ole32(refuses=True)).show_progress(77, 0.5)


@pytest.mark.parametrize(
    ("platform", "kind"), [("linux", LinuxDesktop), ("win32", WindowsDesktop), ("darwin", Desktop)]
)
def test_each_system_has_its_own(monkeypatch: pytest.MonkeyPatch, platform: str, kind: type[Desktop]) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert type(real_desktop()) is kind
