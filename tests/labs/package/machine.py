# SPDX-License-Identifier: MIT
"""A clean Debian with one of our packages on it, and a person who is not root."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.labs.fresh_debian import chroot
from tests.labs.fresh_debian.chroot import Chroot
from tests.project.files import ROOT

OUT = ROOT / "build" / "package" / "out"
RELEASES = ("bookworm", "trixie")
PERSON = "person"
HOME = Path("/home", PERSON)
STALE = "usr/lib/setup-assistant/_internal/stale.txt"
"""In the older package alone."""


def clean(release: str) -> Chroot:
    """Return a new machine that knows its package source, and a person."""
    made = chroot.bare(f"package-{release}", release)
    for command in (("apt-get", "-q", "update"), ("useradd", "--create-home", PERSON)):
        succeed(made, *command)
    return made


def install(machine: Chroot, package: Path) -> None:
    """Install a package with nothing but what it asks for. Raises AssertionError with apt's own words."""
    shutil.copy(package, machine.root / "tmp" / "package.deb")
    apt(machine, "install", "-y", "--no-install-recommends", "/tmp/package.deb")


def apt(machine: Chroot, *words: str) -> str:
    """Run apt-get and return what it says."""
    return succeed(machine, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *words)


def succeed(machine: Chroot, *command: str, user: str = "root") -> str:
    """Run a command that must succeed, and return what it prints."""
    done = machine.run(*command, user=user)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def built_package(out: Path = OUT) -> Path:
    """Return the .deb of the last build. Raises SystemExit where there is none."""
    found = sorted(out.glob("*.deb"))
    if not found:
        raise SystemExit("There is no package yet; make it first: python3 develop.py check package")
    return found[0]


def older(package: Path, folder: Path) -> Path:
    """Return the same package as if made long ago: an older version, with a file that it no longer has."""
    tree = folder / "older"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
    control.write_text(
        "".join("Version: 0.0.1\n" if line.startswith("Version:") else line for line in lines), encoding="utf-8"
    )
    (tree / STALE).write_text("An older version had this.\n", encoding="utf-8")
    made = folder / "older.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(made)], check=True)
    shutil.rmtree(tree)
    return made
