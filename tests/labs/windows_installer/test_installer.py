# SPDX-License-Identifier: MIT
"""The installer for Windows, compiled by NSIS around a stand-in for the program, and run under Wine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installers.contents import NAME, TITLE, version
from installers.windows import package
from tests.labs.window.display import Display, display, wait_until
from tests.labs.windows_installer.wine import Windows, windows
from tests.project.files import ROOT

CONSOLE, WINDOW = f"{package.CONSOLE}.exe", f"{package.WINDOW}.exe"
STAND_IN = Path(__file__).with_name("stand_in.nsi")
KEY = rf"Software\Microsoft\Windows\CurrentVersion\Uninstall\{NAME}"
PATHS = rf"Software\Microsoft\Windows\CurrentVersion\App Paths\{CONSOLE}"
FOR_WINE = "amd64-unicode"  # Debian's NSIS alone has it, and it needs no 32-bit Wine
STAY, GO = 2, 0
OWN_FILES = {CONSOLE, WINDOW, "LICENSE.txt", "_internal", "uninstall.exe"}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stand-in, and the pictures of the installer."""
    if shutil.which("makensis") is None:
        pytest.skip("needs makensis")
    folder = tmp_path_factory.mktemp("installer")
    subprocess.run(["makensis", "-V2", f"-DOUTPUT={folder / 'stand-in.exe'}", STAND_IN], check=True)
    for module, place in (("installers.windows.pictures", "pictures"), ("installers.icons", "icons")):
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        subprocess.run([sys.executable, "-m", module, folder / place], cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def compiled(work: Path) -> Callable[[str, str], Path]:
    """Compile an installer; its two arguments are a name for it, and one of the files inside."""

    def compile_one(name: str, marker: str) -> Path:
        target = work / f"{name}.exe"
        if not target.exists():
            payload = work / name
            (payload / "_internal" / "deep").mkdir(parents=True)
            for program in (CONSOLE, WINDOW):
                shutil.copy(work / "stand-in.exe", payload / program)
            for file in ("LICENSE.txt", f"{marker}.txt", "_internal/base.dll", f"_internal/deep/{marker}.dll"):
                (payload / file).write_text(name, encoding="ascii")
            places = {"pictures": work / "pictures", "icons": work / "icons"}
            package.make_installer(payload, target, **places, wanted=FOR_WINE)
        return target

    return compile_one


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    with display(tmp_path_factory.mktemp("screen")) as made:
        yield made


@pytest.fixture(scope="module")
def one_windows(screen: Display, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    with windows(tmp_path_factory.mktemp("windows") / "prefix", screen) as made:
        yield made


@pytest.fixture
def machine(one_windows: Windows) -> Iterator[Windows]:
    """A Windows where nothing of ours is; afterwards, whatever a test has left goes."""
    yield one_windows
    for folder in (home(one_windows), one_windows.local / NAME, one_windows.start_menu / TITLE):
        shutil.rmtree(folder, ignore_errors=True)
    for file in ("started.txt", "exit_code.txt", "leave"):
        (one_windows.local / file).unlink(missing_ok=True)
    for key in (KEY, PATHS):
        one_windows.run("reg", "delete", rf"HKCU\{key}", "/f")


def home(machine: Windows) -> Path:
    return machine.local / "Programs" / NAME


def installed(machine: Windows) -> set[str]:
    return {file.name for file in home(machine).iterdir()} if home(machine).exists() else set()


def started(machine: Windows) -> list[str]:
    """How the stand-in was started, each time."""
    noted = machine.local / "started.txt"
    return noted.read_text(encoding="ascii").splitlines() if noted.exists() else []


def install(machine: Windows, installer: Path) -> None:
    done = machine.run(installer, "/S")
    assert done.returncode == 0, done.stderr


def remove(machine: Windows, *switches: str) -> subprocess.CompletedProcess[str]:
    """Remove it and wait for that, as a program for managing programs does."""
    place = rf"C:\users\{machine.profile.name}\AppData\Local\Programs\{NAME}"
    return machine.run(home(machine) / "uninstall.exe", "/S", *switches, f"_?={place}")


def test_the_installer_that_people_get_compiles_and_says_what_it_is(work: Path) -> None:
    payload = work / "plain"
    payload.mkdir()
    for program in (CONSOLE, WINDOW):
        shutil.copy(work / "stand-in.exe", payload / program)
    made = package.make_installer(payload, work / "plain.exe", pictures=work / "pictures", icons=work / "icons")
    content = made.read_bytes()
    for name, value in (("ProductVersion", version()), ("ProductName", TITLE)):
        assert f"{name}\0".encode("utf-16-le") in content
        assert value.encode("utf-16-le") in content
    assert b'requestedExecutionLevel level="asInvoker"' in content, "no administrator"


def test_it_installs_for_one_person_without_a_word(machine: Windows, compiled: Callable[[str, str], Path]) -> None:
    install(machine, compiled("new", "new"))
    assert installed(machine) == OWN_FILES | {"new.txt"}
    assert started(machine) == [], "nothing is started by a silent installation"
    assert {link.name for link in (machine.start_menu / TITLE).iterdir()} == {f"{TITLE}.lnk", "Command line.lnk"}
    link = (machine.start_menu / TITLE / f"{TITLE}.lnk").read_bytes()
    assert WINDOW.encode("utf-16-le") in link or WINDOW.encode() in link
    entry = machine.registry(KEY)
    for value in (TITLE, version(), "uninstall.exe", "QuietUninstallString", "EstimatedSize"):
        assert value in entry
    assert CONSOLE in machine.registry(PATHS)


def test_a_newer_version_takes_the_place_of_an_older_one(
    machine: Windows, compiled: Callable[[str, str], Path]
) -> None:
    install(machine, compiled("old", "old"))
    stale = home(machine) / "_internal" / "left-by-an-even-older-version.dll"
    stale.touch()
    records = machine.local / NAME / "journal.jsonl"
    records.parent.mkdir()
    records.touch()
    mine = home(machine) / "my notes.txt"
    mine.touch()
    install(machine, compiled("new", "new"))
    assert installed(machine) == OWN_FILES | {"new.txt", mine.name}
    assert {file.name for file in (home(machine) / "_internal").rglob("*")} == {"base.dll", "deep", "new.dll"}
    assert (home(machine) / "LICENSE.txt").read_text(encoding="ascii") == "new"
    assert [file.name for file in records.parent.iterdir()] == [records.name], "nobody removes anything for good here"
    assert started(machine) == []
    assert machine.registry(KEY)


def test_while_the_program_runs_nothing_is_touched(machine: Windows, compiled: Callable[[str, str], Path]) -> None:
    install(machine, compiled("old", "old"))
    running = machine.start(home(machine) / WINDOW, "stay")
    try:
        wait_until(lambda: started(machine) != [], "the program")
        assert machine.run(compiled("new", "new"), "/S").returncode == STAY
        assert remove(machine, "/UNDO").returncode == STAY
        assert installed(machine) == OWN_FILES | {"old.txt"}
        assert (home(machine) / "_internal" / "deep" / "old.dll").exists()
        assert len(started(machine)) == 1
    finally:
        (machine.local / "leave").touch()
        running.wait(30)


def test_removed_silently_it_leaves_the_setup_and_says_how_to_take_it_back(
    machine: Windows, compiled: Callable[[str, str], Path]
) -> None:
    install(machine, compiled("new", "new"))
    records = machine.local / NAME / "journal.jsonl"
    records.parent.mkdir()
    records.touch()
    done = machine.run(home(machine) / "uninstall.exe", "/S")
    assert done.returncode == GO
    wait_until(lambda: not home(machine).exists(), "the copy of the uninstaller that does the work")
    wait_until(lambda: machine.registry(KEY) == "", "its last step")
    assert not (machine.start_menu / TITLE).exists()
    assert machine.registry(PATHS) == ""
    assert started(machine) == [], "the setup stays"
    assert records.exists(), "and so does what undo needs"
    (words,) = records.parent.glob("*.txt")
    assert f"{NAME} undo --yes" in words.read_text(encoding="ascii")


def test_who_waits_for_the_removal_reads_the_same(machine: Windows, compiled: Callable[[str, str], Path]) -> None:
    install(machine, compiled("new", "new"))
    done = remove(machine)
    assert done.returncode == GO
    assert "leaves Plex reachable from outside" in done.stdout
    assert f"{NAME} undo --yes" in done.stdout
    assert not (machine.local / NAME).exists(), "where the program kept no records, none are made"


def test_on_request_the_setup_goes_first_and_then_the_sign_in(
    machine: Windows, compiled: Callable[[str, str], Path]
) -> None:
    install(machine, compiled("new", "new"))
    done = remove(machine, "/UNDO", "/FORGET")
    assert (done.returncode, done.stdout) == (GO, "")
    assert started(machine) == [f"{CONSOLE} undo --yes", f"{CONSOLE} sign-out"]
    assert installed(machine) <= {"uninstall.exe"}, "which cannot remove itself when it is waited for"


def test_where_the_setup_cannot_be_taken_back_the_program_stays(
    machine: Windows, compiled: Callable[[str, str], Path]
) -> None:
    install(machine, compiled("new", "new"))
    (machine.local / "exit_code.txt").write_text("1", encoding="ascii")
    assert remove(machine, "/UNDO", "/FORGET").returncode == STAY
    assert started(machine) == [f"{CONSOLE} undo --yes"]
    assert installed(machine) == OWN_FILES | {"new.txt"}
    assert machine.registry(KEY)


def test_a_person_gets_from_page_to_page_with_the_keyboard_alone(
    machine: Windows, compiled: Callable[[str, str], Path], screen: Display, tmp_path: Path
) -> None:
    title = f"{TITLE} Setup"
    installing = machine.start(compiled("new", "new"))
    wait_until(lambda: screen.title() == title, title)
    screen.take(tmp_path / "welcome.png")
    wait_until(
        lambda: started(machine) != [], "the program, which the last page starts", lambda: screen.press("Return")
    )
    assert installing.wait(60) == GO
    assert started(machine) == [f"{WINDOW} "], "the one without a console"

    title = f"{TITLE} Uninstall"
    machine.start(home(machine) / "uninstall.exe", "/UNDO").wait(60)
    wait_until(lambda: screen.title() == title, title)
    screen.take(tmp_path / "before-it-goes.png")
    assert len(started(machine)) == 1, "it asks first, and the switch has only ticked the box"
    wait_until(lambda: not home(machine).exists(), "the removal", lambda: screen.press("Return"))
    wait_until(lambda: screen.title() != title, "its end", lambda: screen.press("Return"))
    assert started(machine)[1:] == [f"{CONSOLE} undo --yes"]
