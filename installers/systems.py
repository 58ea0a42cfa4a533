# SPDX-License-Identifier: MIT
"""What differs between the systems: each has a folder here, whose package.py is a `System`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

FOLDERS = {"linux": "linux", "win32": "windows", "darwin": "macos"}


class System(Protocol):
    """What package.py of a system has."""

    PROGRAMS: Mapping[str, bool]
    """Name of each program that starts the same files -> whether it has a console."""

    def program_options(self, name: str, icons: Path) -> dict[str, Any]:
        """Return what PyInstaller's EXE is told of the program ``name`` on this system beyond its name."""

    def bundle_options(self, icons: Path) -> dict[str, Any] | None:
        """Return what PyInstaller's BUNDLE is told, None where programs are plain folders."""

    def pack(self, folder: Path, out: Path) -> Iterator[Path]:
        """Make everything people download from the program's folder, in ``out``. Gives the files."""


def this_system() -> System:
    """Return the part of the system this runs on. Raises SystemExit where there is none."""
    if sys.platform not in FOLDERS:
        raise SystemExit(f"There are no packages for {sys.platform}.")
    return cast("System", importlib.import_module(f"installers.{FOLDERS[sys.platform]}.package"))
