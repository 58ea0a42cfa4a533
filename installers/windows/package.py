# SPDX-License-Identifier: MIT
"""Makes the Windows packages from the program's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from installers.contents import NAME

# A Windows program either opens a console or has none, so there are two: one for terminals, one for the Start menu.
PROGRAMS = {NAME: True, f"{NAME}-window": False}


def program_options(icons: Path) -> dict[str, Any]:
    """Return what PyInstaller's EXE is told."""
    return {"icon": str(icons / f"{NAME}.ico")}


def bundle_options(icons: Path) -> dict[str, Any] | None:
    """Return None: a Windows program is a folder."""
    return None


def pack(folder: Path, out: Path) -> Iterator[Path]:
    """Make the packages of Windows in ``out``."""
    raise SystemExit(f"There are no packages for Windows yet; the program's folder is {folder}")
