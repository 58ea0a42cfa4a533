# SPDX-License-Identifier: MIT
"""The console of Windows: escape sequences have to be switched on before they mean anything."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_OUTPUTS = (0xFFFFFFF5, 0xFFFFFFF4)
"""STD_OUTPUT_HANDLE and STD_ERROR_HANDLE (processenv.h): -11 and -12 as a DWORD."""
_PROCESSED, _VIRTUAL_TERMINAL = 0x0001, 0x0004
"""ENABLE_PROCESSED_OUTPUT and ENABLE_VIRTUAL_TERMINAL_PROCESSING (consoleapi.h); the second needs the first."""
_INVALID_HANDLE = ctypes.c_void_p(-1).value


def prepare_terminal(library: Any = None) -> bool:
    """Make escape sequences work where we print; whether they do. ``library`` stands in for kernel32.

    Windows Terminal has them on, the classic console shows them as they are written until a program asks, and the
    one before Windows 10 always does: False. An output that is no console, a file or a pipe, has nothing to switch on.
    """
    if sys.platform != "win32":
        return True
    given = library if library is not None else _kernel32()
    accepted = [_switch_on(given, output) for output in _OUTPUTS]
    return all(accepted)


def _switch_on(library: Any, output: int) -> bool:
    handle = library.GetStdHandle(ctypes.c_uint32(output))
    mode = ctypes.c_uint32(0)
    if handle in (None, 0, _INVALID_HANDLE) or not library.GetConsoleMode(ctypes.c_void_p(handle), ctypes.byref(mode)):
        return True
    wanted = mode.value | _PROCESSED | _VIRTUAL_TERMINAL
    return wanted == mode.value or bool(library.SetConsoleMode(ctypes.c_void_p(handle), ctypes.c_uint32(wanted)))


def _kernel32() -> Any:
    library = ctypes.CDLL("kernel32.dll")
    library.GetStdHandle.restype = ctypes.c_void_p
    return library
