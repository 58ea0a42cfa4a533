# SPDX-License-Identifier: MIT
"""The packages for Linux, built from this checkout: the .deb in a clean Debian 12, and the archive beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.labs.fresh_debian import chroot
from tests.labs.fresh_debian.chroot import Chroot
from tests.labs.window.display import display, wait_until
from tests.labs.window.test_keyboard import FIRST_TIME, press_on
from tests.project.files import ROOT

OUT = ROOT / "build" / "package" / "out"
BUILD_LIMIT_S = 1200
PERSON = "person"
INSTALL = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "install", "-y", "--no-install-recommends")
NEEDED = ("debootstrap", "dpkg-deb", "readelf", "strip")


@pytest.fixture(scope="module")
def built() -> Path:
    """Everything that `nox -s package` makes, made anew."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("needs root, for a chroot")
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    done = subprocess.run(
        [sys.executable, "-m", "installers.build"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
    return OUT


@pytest.fixture(scope="module")
def machine(built: Path) -> Iterator[Chroot]:
    """A clean Debian with the .deb installed, and a person who is not root."""
    made = chroot.fresh("package")
    (package,) = built.glob("*.deb")
    shutil.copy(package, made.root / "tmp" / "package.deb")
    for command in (
        ("apt-get", "-q", "update"),
        (*INSTALL, "/tmp/package.deb"),
        ("useradd", "--create-home", PERSON),
    ):
        done = made.run(*command)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    yield made
    chroot.remove(made.root)


def test_checksums_name_everything_that_people_download(built: Path) -> None:
    lines = [line.split("  ") for line in (built / "SHA256SUMS").read_text(encoding="ascii").splitlines()]
    assert {name for _, name in lines} == {file.name for file in built.iterdir()} - {"SHA256SUMS"}
    for digest, name in lines:
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest


def test_the_archive_runs_where_it_is_unpacked(built: Path, tmp_path: Path) -> None:
    (archive,) = built.glob("*.tar.xz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert {"LICENSE.txt", "THIRD-PARTY.txt", "sbom.cdx.json"} <= {file.name for file in folder.iterdir()}
    assert list(folder.glob("_internal/PySide6/Qt/lib/libQt6Widgets.so*")), "Qt's libraries can be replaced one by one"
    done = subprocess.run(
        [folder / "setup-assistant", "check", "--demo", "all-good", "--json"],
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "ready"), done.stderr


def test_the_deb_works_from_the_command_line(machine: Chroot) -> None:
    words = ("setup-assistant", "check", "--demo", "all-good", "--json")
    done = machine.run(*words, user=PERSON, offline=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["outcome"] == "ready"
    assert machine.run("test", "-e", f"/home/{PERSON}/.config/setup-assistant").returncode == 1, "a demo leaves nothing"


def test_the_deb_opens_its_window_and_walks_to_the_end(machine: Chroot, tmp_path: Path) -> None:
    with display(tmp_path) as screen, ThreadPoolExecutor(1) as background:
        words = ("env", f"DISPLAY={screen.name}", "setup-assistant", "--demo", "cgnat-fresh")
        running = background.submit(lambda: machine.run(*words, user=PERSON, timeout=300))
        for page in FIRST_TIME:
            wait_until(lambda page=page: screen.title().startswith(page), page)  # type: ignore[misc]
            if page == "Plex":  # it comes up twice: the sign-in goes on by itself and leads back to it
                wait_until(lambda: screen.title().startswith("Review"), "Review", lambda: screen.press("Return"))
            else:
                press_on(screen, page)
        done = running.result(60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_removing_the_deb_says_what_stays_and_it_can_come_back(machine: Chroot) -> None:
    done = machine.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "remove", "-y", "setup-assistant")
    assert done.returncode == 0, done.stderr
    assert "setup-assistant undo --yes" in done.stdout
    assert machine.run("test", "-e", "/usr/lib/setup-assistant").returncode == 1
    assert machine.run(*INSTALL, "/tmp/package.deb").returncode == 0
    assert machine.run("setup-assistant", "--version").returncode == 0
