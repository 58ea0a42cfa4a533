# SPDX-License-Identifier: MIT
"""The languages that a person has told the system to speak."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_MACOS = Path("Library", "Preferences", ".GlobalPreferences.plist")


def system_languages() -> tuple[str, ...]:
    """Return names of languages or locales, best first; an environment that names one counts more than the system."""
    return told_by(os.environ) or _told_by_system()


def told_by(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the environment names, in the order of gettext: ``LANGUAGE`` is a list, unless ``LC_ALL`` is C."""
    named = next((environ[name] for name in _LOCALES if environ.get(name)), "")
    if environ.get("LC_ALL") in ("C", "POSIX"):
        return (named,)
    listed = [name for name in environ.get("LANGUAGE", "").split(":") if name]
    return (*listed, named) if named else tuple(listed)


def _told_by_system() -> tuple[str, ...]:
    if sys.platform == "win32":
        import ctypes
        import locale

        found = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage())
        return (found,) if found else ()
    if sys.platform == "darwin":
        return told_by_macos(Path.home())
    return ()


def told_by_macos(home: Path) -> tuple[str, ...]:
    """Return the languages of System Settings, Language & Region (the list ``AppleLanguages``)."""
    import plistlib

    try:
        found = plistlib.loads((home / _MACOS).read_bytes()).get("AppleLanguages", [])
    except (OSError, ValueError, AttributeError, plistlib.InvalidFileException):
        return ()
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()
