# SPDX-License-Identifier: MIT
"""The files that belong to the project."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "setup_assistant"
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", ".nox", ".hypothesis", ".import_linter_cache"}


@functools.cache
def project_files() -> tuple[Path, ...]:
    """Return what git tracks; in a copy without git, whatever is there and is no build product."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        listing = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return tuple(file for name in sorted(filter(None, listing.split("\0"))) if (file := ROOT / name).is_file())
    return tuple(sorted(walk(ROOT)))


def walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.name in NOT_OURS or entry.name.endswith("_cache"):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def python_files(folder: Path = ROOT) -> list[Path]:
    return [file for file in project_files() if file.suffix in {".py", ".pyi"} and file.is_relative_to(folder)]


def text_of(file: Path) -> str:
    """Return the file's text, empty for what is no text."""
    data = file.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def found_in(files: list[Path] | tuple[Path, ...], pattern: str) -> list[str]:
    """Return "file:line: text" for every line in which the pattern is found."""
    wanted = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in files
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if wanted.search(line)
    ]
