# SPDX-License-Identifier: MIT
"""What goes into the packaged program, and what PyInstaller would add that it never uses."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "setup-assistant"
TITLE = "Setup Assistant for Plex"
PUBLISHER = "The setup-assistant authors"

# (name in the package, file it came from, kind), as PyInstaller lists them.
Entry = tuple[str, str, str]

# Modules that only other uses of our dependencies, or their development, need.
EXCLUDED_MODULES = (
    "PySide6.QtNetwork",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtOpenGL",
    "PySide6.QtPrintSupport",
    "PySide6.QtTest",
    "_pydatetime",  # what the compiled modules of the same names fall back to
    "_pydecimal",
    "_pytest",
    "anyio._backends._trio",
    "click",
    "cffi",  # cryptography needs its _cffi_backend alone
    "concurrent.futures.process",
    "defusedxml.expatbuilder",  # Plex's XML is read by its ElementTree alone
    "defusedxml.minidom",
    "defusedxml.pulldom",
    "defusedxml.sax",
    "defusedxml.xmlrpc",
    "distutils",
    "ftplib",
    "httpx._main",  # httpx's own command line
    "lib2to3",
    "multiprocessing",
    "pip",
    "pycparser",
    "pydoc_data",
    "pygments",
    "pytest",
    "rich",
    "setuptools",
    "smtplib",
    "sqlite3",
    "tkinter",
    "trio",
    "unittest",
    "xml.dom",
    "xmlrpc",
)

# Libraries, plugins and translations of Qt that no window of ours loads. Matched without regard to case.
UNWANTED_FILES = (
    # QML, OpenGL widgets, network, printing: other Qt modules.
    "*qt6eglfs*",
    "*qt6network*",
    "*qt6opengl*",
    "*qt6pdf*",
    "*qt6qml*",
    "*qt6quick*",
    "*qt6virtualkeyboard*",
    "*qt6wlshell*",
    "*opengl32sw.dll",
    # GTK and everything below it, which one platform theme pulls in.
    "*platformthemes*gtk3*",
    "*libgtk-3*",
    "*libgdk-3*",
    "*libgdk_pixbuf*",
    "*libatk*",
    "*libatspi*",
    "*libcairo*",
    "*libpango*",
    "*libepoxy*",
    "*libharfbuzz*",
    "*libgraphite2*",
    "*libfribidi*",
    "*libthai*",
    "*libdatrie*",
    "*libpixman*",
    "*libxcomposite*",
    "*libxcursor*",
    "*libxdamage*",
    "*libxfixes*",
    "*libxinerama*",
    "*libxrandr*",
    "*libgio-2*",
    "*libgthread-2*",
    "*libgmodule-2*",
    "*libgobject-2*",
    "*libmount.so*",
    "*libblkid.so*",
    "*libselinux.so*",
    "*libjpeg.so*",
    # What every Linux with a screen has, in the version that fits the rest of it: linux/package.py asks for it.
    "*libstdc++.so*",
    "*libgcc_s.so*",
    "*libx11.so*",
    "*libx11-xcb.so*",
    "*libxcb.so*",
    "*libxau.so*",
    "*libxdmcp.so*",
    "*libbsd.so*",
    "*libmd.so*",
    "*libxext.so*",
    "*libxrender.so*",
    "*libxi.so*",
    "*libfontconfig.so*",
    "*libfreetype.so*",
    "*libexpat.so*",
    "*libpng16.so*",
    "*libbrotli*",
    "*libglib-2*",
    "*libpcre2-8*",
    "*libdbus-1.so*",
    "*libsystemd.so*",
    "*libgcrypt.so*",
    "*libgpg-error.so*",
    "*libcap.so*",
    "*liblz4.so*",
    "*libzstd.so*",
    "*libz.so*",
    # Wayland: Qt's window goes through XWayland, which is what was tried.
    "*wayland*",
    # Plugins for what the window never does.
    "*plugins/egldeviceintegrations/*",
    "*plugins/generic/*",
    "*plugins/networkinformation/*",
    "*plugins/platforminputcontexts/*virtualkeyboard*",
    "*plugins/platforms/*eglfs*",
    "*plugins/platforms/*linuxfb*",
    "*plugins/platforms/*minimal*",
    "*plugins/platforms/*vkkhrdisplay*",
    "*plugins/platforms/*vnc*",
    "*plugins/platforms/*direct2d*",
    "*plugins/styles/*",  # the window is drawn in Fusion, which is in the library
    "*plugins/tls/*",
    "*plugins/xcbglintegrations/*",
    "*plugins/imageformats/*gif*",
    "*plugins/imageformats/*icns*",
    "*plugins/imageformats/*jpeg*",
    "*plugins/imageformats/*pdf*",
    "*plugins/imageformats/*tga*",
    "*plugins/imageformats/*tiff*",
    "*plugins/imageformats/*wbmp*",
    "*plugins/imageformats/*webp*",
    # Kerberos, which Qt's network module alone uses.
    "*libgssapi*",
    "*libkrb5*",
    "*libk5crypto*",
    "*libcom_err*",
    "*libkeyutils*",
)
QT_WORDS = "*pyside6*/translations/*"
METADATA = "*.dist-info/*"
READ_METADATA = ("metadata", "entry_points.txt")
"""“About” tells versions from the first, keyring finds its backends by the second. Licences are in THIRD-PARTY.txt."""


def is_wanted(name: str) -> bool:
    """Whether a file belongs into the package; ``name`` is its place there."""
    plain = name.replace("\\", "/").lower()
    if fnmatch.fnmatchcase(plain, QT_WORDS):  # the words of Qt's own buttons, in the languages that we speak
        spoken = {f"qtbase_{file.stem.lower()}.qm" for file in (ROOT / "resources" / "languages").glob("*.mo")}
        return plain.rpartition("/")[2] in spoken
    if fnmatch.fnmatchcase(plain, METADATA):
        return plain.rpartition(".dist-info/")[2] in READ_METADATA
    return not any(fnmatch.fnmatchcase(plain, pattern) for pattern in UNWANTED_FILES)


def wanted(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that belong into the package."""
    return [entry for entry in entries if is_wanted(entry[0])]


def version(root: Path = ROOT) -> str:
    """Read the version from the one place that has it, without importing the program."""
    text = (root / "src" / "setup_assistant" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError("src/setup_assistant/__init__.py names no version")
    return found[1]


def repository(root: Path = ROOT) -> str:
    """Return where this copy's releases are published, ``owner/name`` on GitHub; empty where nobody says.

    The release workflow runs in it; a build elsewhere takes what pyproject.toml names.
    """
    named = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][NAME]["repository"]
    return os.environ.get("GITHUB_REPOSITORY", "") or str(named)


def version_numbers(text: str) -> tuple[int, int, int, int]:
    """Return the four numbers that Windows and macOS want; what follows the numbers of ``text`` is left out."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    major, minor, patch, build = (*numbers, 0, 0, 0, 0)[:4]
    return major, minor, patch, build


def repository_file(folder: Path) -> list[tuple[str, str]]:
    """Write down in ``folder`` where releases are published, and return it with its place in the package."""
    name = repository()
    if not name:
        return []
    file = folder / "repository.txt"
    file.write_text(f"{name}\n", encoding="utf-8")
    return [(str(file), str(Path("setup_assistant", "resources")))]


def resource_files(root: Path = ROOT) -> list[tuple[str, str]]:
    """Return the files of ``resources/`` with the folders they get beside the packaged code."""
    resources = root / "resources"
    return [
        (str(file), str(Path("setup_assistant", "resources", file.parent.relative_to(resources))))
        for file in sorted(resources.rglob("*"))
        if file.is_file()
    ]
