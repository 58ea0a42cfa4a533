# SPDX-License-Identifier: MIT
"""Where a package is made, how its steps are run, and what they have in common on every system."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from installers.contents import NAME, ROOT

BUILD = ROOT / "build" / "package"
VENV = BUILD / "venv"
ICONS = BUILD / "icons"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
PROGRAM = f"{NAME}.exe" if WINDOWS else NAME


def start(program: str | Path, *arguments: str | Path) -> None:
    """Run one step. Raises CalledProcessError."""
    subprocess.run([str(program), *map(str, arguments)], env=environment(), cwd=ROOT, check=True, timeout=1800)


def environment() -> dict[str, str]:
    """Return an environment in which the same source gives the same package."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {
        **environ,
        "PYTHONHASHSEED": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONUTF8": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "SOURCE_DATE_EPOCH": str(epoch()),
    }


def epoch() -> int:
    """Return the second that every file in a package bears: that of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else 1_767_225_600  # 2026-01-01


def archive_tar(folder: Path, target: Path, top: str) -> Path:
    """Write a .tar.xz of ``folder`` under the name ``top``: everything root's, in order, of one second."""
    when = epoch()

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = when
        return member

    with tarfile.open(target, "w:xz", preset=6) as archive:
        for path in [folder, *sorted(folder.rglob("*"))]:
            archive.add(path, str(Path(top, path.relative_to(folder))), recursive=False, filter=plain)
    return target


def tell(text: str) -> None:
    """Say what goes on."""
    print(text, flush=True)
