# SPDX-License-Identifier: MIT
"""The packages for Linux, built from this checkout: the .deb in clean Debians, and what lies beside it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.labs.fresh_debian import chroot
from tests.labs.fresh_debian.chroot import Chroot
from tests.labs.package.machine import HOME, OUT, PERSON, RELEASES, STALE, apt, clean, install, older, succeed
from tests.labs.window.display import Display, display, wait_until
from tests.labs.window.test_keyboard import FIRST_TIME, press_on
from tests.project.files import ROOT

BUILD_LIMIT_S = 1200
NEEDED = ("debootstrap", "dpkg-deb", "readelf", "strip", "lintian", "appstreamcli", "desktop-file-validate")
PROGRAM = "setup-assistant"
CHECK = ("check", "--demo", "cgnat-fresh", "--json")
BY_KEYS = ("Plex", "Making the changes", "The proof")
"""Pages where another button stands where the way forward will be."""


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
def package(built: Path) -> Path:
    """The .deb."""
    (found,) = built.glob("*.deb")
    return found


@pytest.fixture(scope="module")
def machines(package: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Chroot]]:
    """Clean Debians with an older package installed, made side by side: most of it is waiting for the mirror."""
    before = older(package, tmp_path_factory.mktemp("older"))

    def prepare(release: str) -> Chroot:
        made = clean(release)
        install(made, before)
        return made

    with ThreadPoolExecutor(len(RELEASES)) as side_by_side:
        return {release: side_by_side.submit(prepare, release) for release in RELEASES}


def test_checksums_name_everything_that_people_download(built: Path) -> None:
    lines = [line.split("  ") for line in (built / "SHA256SUMS").read_text(encoding="ascii").splitlines()]
    assert {name for _, name in lines} == {file.name for file in built.iterdir()} - {"SHA256SUMS"}
    for digest, name in lines:
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest


def test_the_package_is_one_that_debian_could_take(package: Path) -> None:
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error", "--no-cfg", str(package)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_menus_and_software_centres_read_is_valid(built: Path) -> None:
    share = ROOT / "build" / "package" / "AppDir" / "usr" / "share"
    for command in (
        ("desktop-file-validate", str(share / "applications" / "setup-assistant.desktop")),
        ("appstreamcli", "validate", "--no-net", str(next((share / "metainfo").iterdir()))),
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_archive_runs_where_it_is_unpacked(built: Path, tmp_path: Path) -> None:
    (archive,) = built.glob("*.tar.xz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert {"LICENSE.txt", "THIRD-PARTY.txt", "sbom.cdx.json"} <= {file.name for file in folder.iterdir()}
    assert list(folder.glob("_internal/PySide6/Qt/lib/libQt6Widgets.so*")), "Qt's libraries can be replaced one by one"
    for start in (folder / PROGRAM, ROOT / "build" / "package" / "AppDir" / "AppRun"):
        done = subprocess.run(
            [start, "check", "--demo", "all-good", "--json"],
            env={"PATH": os.defpath, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "ready"), done.stderr


def test_the_package_carries_what_the_source_reads(package: Path) -> None:
    listed = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", str(package)], capture_output=True, check=True, timeout=120
    ).stdout
    names = subprocess.run(["tar", "-t"], input=listed, capture_output=True, check=True, timeout=120).stdout.decode()
    inside = {line.partition("/setup_assistant/")[2] for line in names.splitlines() if "/setup_assistant/" in line}
    resources = {str(file.relative_to(ROOT)) for file in (ROOT / "resources").rglob("*") if file.is_file()}
    assert resources <= inside, "fonts, icons, scenarios and languages"
    assert re.search(r"/keyring-[\d.]+\.dist-info/entry_points\.txt$", names, re.MULTILINE), "keyring needs it"


def test_the_list_of_parts_is_one(built: Path) -> None:
    (file,) = built.glob("*.cdx.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    references = {component["bom-ref"] for component in document["components"]}
    assert len(references) == len(document["components"])
    assert set(document["dependencies"][0]["dependsOn"]) == references
    names = {component["name"] for component in document["components"]}
    assert {"CPython", "Inter", "PySide6_Essentials", "httpx", "keyring", "truststore", "pyinstaller"} <= names


@pytest.mark.parametrize("release", RELEASES)
def test_its_life_on_a_clean_debian(
    release: str, machines: dict[str, Future[Chroot]], package: Path, tmp_path: Path
) -> None:
    """From an older version through an upgrade to Done by mouse and keys, and away again."""
    machine = machines[release].result()
    assert (machine.root / STALE).is_file()
    assert succeed(machine, "dpkg-query", "-W", "-f", "${Version}", PROGRAM) == "0.0.1"
    old_state = settings(machine, "before")
    apply = ("apply", "--yes", "--demo", "cgnat-fresh", "--settings", str(old_state), "--json")
    assert json.loads(succeed(machine, PROGRAM, *apply, user=PERSON))["outcome"] == "ready"
    record = machine.root / "home" / PERSON / "before" / "journal.jsonl"
    kept = record.read_bytes()

    install(machine, package)
    assert not (machine.root / STALE).exists()
    assert record.read_bytes() == kept
    done = machine.run(PROGRAM, "check", *apply[2:], user=PERSON, offline=True)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "ready"), (
        "it goes on from the older one's state"
    )
    done = machine.run(PROGRAM, *CHECK, user=PERSON, offline=True, timeout=60)
    assert without_times(done) == without_times(from_source(tmp_path, *CHECK))

    walked = settings(machine, "walked")
    with display(tmp_path) as screen, ThreadPoolExecutor(1) as background:
        words = ("env", f"DISPLAY={screen.name}", PROGRAM, "--demo", "cgnat-fresh", "--settings", str(walked))
        running = background.submit(lambda: machine.run(*words, user=PERSON, timeout=300))
        walk(screen, clicks=release == RELEASES[-1])
        done = running.result(60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    own = tmp_path / "settings.toml"
    own.write_text(f"[paths]\nstate_dir = {json.dumps(str(tmp_path / 'state'))}\n", encoding="utf-8")
    from_source(tmp_path, "apply", "--yes", "--demo", "cgnat-fresh", "--settings", str(own), "--json")
    assert told(machine.root / "home" / PERSON / "walked") == told(tmp_path / "state")

    said = apt(machine, "remove", "-y", PROGRAM)
    assert "setup-assistant undo --yes" in said, "deleting the program alone leaves Plex public"
    assert "setup-assistant sign-out" in said
    left = succeed(
        machine, "find", "/", "-xdev", "-path", "/proc", "-prune", "-o", "-name", "*setup-assistant*", "-print"
    )
    outside_home = [line for line in left.splitlines() if not line.startswith((str(HOME), "/srv"))]
    assert not outside_home, "nothing but what belongs to the person"
    assert record.read_bytes() == kept
    assert machine.run("dpkg-query", "-W", PROGRAM).returncode == 1, "nothing is left to purge"
    chroot.remove(machine.root)


def settings(machine: Chroot, name: str) -> Path:
    """Give the person a settings file that keeps the simulated world; return where it is for them."""
    home = machine.root / HOME.relative_to("/")
    (home / f"{name}.toml").write_text(f'[paths]\nstate_dir = "{HOME / name}"\n', encoding="utf-8")
    return HOME / f"{name}.toml"


def walk(screen: Display, *, clicks: bool) -> None:
    """Go from Welcome to Done: with the mouse on the button that leads on, or with Enter."""

    def go_on() -> None:
        if clicks and not screen.title().startswith(BY_KEYS):
            window = screen.run("xdotool", "getactivewindow")
            size = dict(
                line.split("=") for line in screen.run("xdotool", *GEOMETRY, window).splitlines() if "=" in line
            )
            if size:
                place = str(int(size["WIDTH"]) - 40), str(int(size["HEIGHT"]) - 26)
                screen.run("xdotool", "mousemove", "--window", window, *place, "click", "1")
        else:
            screen.press("Return")

    for page in FIRST_TIME:
        wait_until(lambda page=page: screen.title().startswith(page), page)  # type: ignore[misc]
        if page == "Plex":  # it comes up twice: the sign-in goes on by itself and leads back to it
            wait_until(lambda: screen.title().startswith("Review"), "Review", go_on)
        elif clicks:
            wait_until(lambda page=page: not screen.title().startswith(page), f"what follows {page}", go_on)  # type: ignore[misc]
        else:
            press_on(screen, page)


GEOMETRY = ("getwindowgeometry", "--shell")


def from_source(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the same from this checkout."""
    return subprocess.run(
        [sys.executable, "-m", "setup_assistant", *words],
        env={**os.environ, "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def without_times(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, Any]]:
    """Return exit code and answer."""
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((ROOT / "docs/schema/output.schema.json").read_text(encoding="utf-8")))
    return done.returncode, {key: value for key, value in document.items() if key != "timings_ms"}


def told(state: Path) -> list[tuple[str, str, Any, Any]]:
    """Return what a journal tells, without its times and numbers."""
    lines = (state / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [(line["code"], line["mark"], line["before"], line["after"]) for line in map(json.loads, lines)]
