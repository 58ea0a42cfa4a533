# SPDX-License-Identifier: MIT
"""A Windows, as far as Wine has one, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.labs.window.display import Display

LIMIT_S = 300
DEBIANS_OWN = "/usr/lib/wine"  # in no folder of PATH
QUIET = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}  # nor does it offer to fetch what those two need


@dataclass(frozen=True)
class Windows:
    """One person's Windows."""

    wine: str
    prefix: Path
    environment: Mapping[str, str]

    @property
    def profile(self) -> Path:
        """The person's own folder."""
        (found,) = (entry for entry in (self.prefix / "drive_c" / "users").iterdir() if entry.name != "Public")
        return found

    @property
    def local(self) -> Path:
        """What programs of this person call %LOCALAPPDATA%."""
        return self.profile / "AppData" / "Local"

    @property
    def start_menu(self) -> Path:
        return self.profile / "AppData" / "Roaming" / "Microsoft" / "Windows" / "Start Menu" / "Programs"

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of Windows to its end."""
        return subprocess.run(
            [self.wine, *map(str, command)],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_S,
            check=False,
        )

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start a program of Windows."""
        return subprocess.Popen(
            [self.wine, *map(str, command)],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def registry(self, key: str) -> str:
        """Return what a key of the person's registry holds, or nothing where it is not there."""
        done = self.run("reg", "query", rf"HKCU\{key}")
        return done.stdout if done.returncode == 0 else ""


def find(program: str) -> str | None:
    """Return where a program of Wine is."""
    return shutil.which(program) or shutil.which(program, path=DEBIANS_OWN)


@contextmanager
def windows(folder: Path, screen: Display) -> Iterator[Windows]:
    """Set up a new Windows in ``folder`` that shows its windows on ``screen``, and end it."""
    wine, server = find("wine64") or find("wine"), find("wineserver64") or find("wineserver")
    if wine is None or server is None:
        pytest.skip("needs wine64")
    environment = {**screen.environment, "WINEPREFIX": str(folder), "WINEARCH": "win64", **QUIET}
    made = Windows(wine, folder, environment)
    # The first program brings up Wine's services, which hold on to its output: one that nobody reads, and that goes on.
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(
        [wine, "cmd"], env=environment, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere
    ) as waiting:
        try:
            yield made
        finally:
            waiting.communicate(b"exit\r\n", timeout=LIMIT_S)
            subprocess.run([server, "--kill"], env=environment, timeout=LIMIT_S, check=False)
