# SPDX-License-Identifier: MIT
"""Reads Windows' registry; on every other system there is nothing in it."""

from __future__ import annotations

import os
import sys


def read(hive: str, key: str, name: str) -> str | int | bytes | None:
    """Return a value of ``HKCU`` or ``HKLM``, paths with their variables filled in; None where there is none."""
    if sys.platform != "win32":
        return None
    import winreg

    root = winreg.HKEY_CURRENT_USER if hive == "HKCU" else winreg.HKEY_LOCAL_MACHINE
    try:
        with winreg.OpenKey(root, key) as opened:
            value, kind = winreg.QueryValueEx(opened, name)
    except OSError:
        return None
    if isinstance(value, str):
        return os.path.expandvars(value) if kind in (winreg.REG_SZ, winreg.REG_EXPAND_SZ) else None
    return value if isinstance(value, int | bytes) else None


def text(hive: str, key: str, name: str) -> str:
    """Return a text value, or an empty string."""
    value = read(hive, key, name)
    return value if isinstance(value, str) else ""
