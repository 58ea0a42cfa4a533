# SPDX-License-Identifier: MIT
"""Makes the macOS packages from the program's bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from installers.contents import NAME, TITLE, version, version_numbers

PROGRAMS = {NAME: False}
BUNDLE_IDENTIFIER = "io.github.setup-assistant"


def program_options(icons: Path) -> dict[str, Any]:
    """Return what PyInstaller's EXE is told."""
    return {"icon": str(icons / f"{NAME}.icns")}


def bundle_options(icons: Path) -> dict[str, Any] | None:
    """Return what PyInstaller's BUNDLE is told."""
    return {
        "name": "Setup Assistant.app",
        "icon": str(icons / f"{NAME}.icns"),
        "bundle_identifier": BUNDLE_IDENTIFIER,
        "version": version(),
        "info_plist": information_keys(version()),
    }


def pack(folder: Path, out: Path) -> Iterator[Path]:
    """Make the packages of macOS in ``out``."""
    raise SystemExit(f"There are no packages for macOS yet; the program's folder is {folder}")


def information_keys(text: str) -> dict[str, object]:
    """Return what macOS is told of the program; ``text`` is its version."""
    major, minor, patch, _ = version_numbers(text)
    return {
        "CFBundleDisplayName": TITLE,
        "CFBundleShortVersionString": f"{major}.{minor}.{patch}",
        "CFBundleVersion": f"{major}.{minor}.{patch}",
        "LSApplicationCategoryType": "public.app-category.utilities",
        "LSMinimumSystemVersion": "13.0",  # Qt 6.11's own floor
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "The setup-assistant authors, MIT licence",
        # macOS shows this sentence when the program first asks the router what kind of line this is.
        "NSLocalNetworkUsageDescription": "The assistant asks your router what kind of line you have.",
        "NSRequiresAquaSystemAppearance": False,
    }
