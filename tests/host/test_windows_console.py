# SPDX-License-Identifier: MIT
"""Escape sequences on Windows, by a stand-in for kernel32 that does as its documentation says."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from setup_assistant.host.windows_console import prepare_terminal

OUTPUT, ERRORS = 0xFFFFFFF5, 0xFFFFFFF4
CLASSIC, MODERN = 0x3, 0x7


class Kernel32:
    """Consoles by output, each with its mode; an output that is missing here is a file or a pipe."""

    def __init__(self, *, refuses: bool = False, **modes: int) -> None:
        self.modes = {{"output": OUTPUT, "errors": ERRORS}[name]: mode for name, mode in modes.items()}
        self.refuses = refuses
        self.set: list[int] = []

    def GetStdHandle(self, output: Any) -> int | None:  # noqa: N802 - the library's name
        return int(output.value)

    def GetConsoleMode(self, handle: Any, mode: Any) -> int:  # noqa: N802
        if handle.value not in self.modes:
            return 0
        ctypes.memmove(mode, ctypes.byref(ctypes.c_uint32(self.modes[handle.value])), 4)
        return 1

    def SetConsoleMode(self, handle: Any, mode: Any) -> int:  # noqa: N802
        self.set.append(handle.value)
        if self.refuses:
            return 0
        self.modes[handle.value] = mode.value
        return 1


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")


@pytest.mark.skipif(sys.platform == "win32", reason="about the other systems")
def test_elsewhere_they_always_work() -> None:
    library = Kernel32(output=CLASSIC)
    assert prepare_terminal()
    assert prepare_terminal(library)
    assert library.set == []


@pytest.mark.usefixtures("windows")
def test_both_outputs_of_the_classic_console_are_switched_on() -> None:
    library = Kernel32(output=CLASSIC, errors=CLASSIC | 0x10)
    assert prepare_terminal(library)
    assert library.modes == {OUTPUT: MODERN, ERRORS: MODERN | 0x10}


@pytest.mark.usefixtures("windows")
def test_what_is_on_already_is_left_alone() -> None:
    library = Kernel32(output=MODERN, errors=MODERN)
    assert prepare_terminal(library)
    assert library.set == []


@pytest.mark.usefixtures("windows")
def test_a_file_has_nothing_to_switch_on() -> None:
    library = Kernel32(errors=CLASSIC)
    assert prepare_terminal(library)
    assert library.modes == {ERRORS: MODERN}


@pytest.mark.usefixtures("windows")
def test_a_console_that_knows_no_escapes_says_so_and_the_other_is_still_asked() -> None:
    library = Kernel32(refuses=True, output=CLASSIC, errors=CLASSIC)
    assert not prepare_terminal(library)
    assert library.set == [OUTPUT, ERRORS]


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("handle", [None, 0, ctypes.c_void_p(-1).value])
def test_a_program_without_outputs(handle: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Kernel32(output=CLASSIC)
    monkeypatch.setattr(library, "GetStdHandle", lambda output: handle)
    assert prepare_terminal(library)
    assert library.set == []
