# SPDX-License-Identifier: MIT
"""Build the programs of the tailnet lab: labcontrol, tailscale and tailscaled.

    python3 tests/labs/tailnet/build.py [--version current|old|all] [--check] [FOLDER]

FOLDER is `build/labs/` in the repository by default. What is up to date is not
built again. Only the standard library is needed, and a Go toolchain.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
DEFAULT_FOLDER = REPOSITORY / "build" / "labs"
VERSIONS = ("current", "old")

_SCRIPT = "python3 tests/labs/tailnet/build.py"
_EXE = ".exe" if sys.platform == "win32" else ""


class MissingError(Exception):
    """Something the lab needs is not there; the text says exactly what."""


@dataclass(frozen=True)
class Programs:
    """The built programs. All are absolute paths."""

    labcontrol: Path
    tailscale: Path
    tailscaled: Path
    version: str


@dataclass(frozen=True)
class Module:
    """One Go module of the lab, and what is built from it."""

    folder: Path
    packages: tuple[str, ...]

    @property
    def text(self) -> str:
        return (self.folder / "go.mod").read_text(encoding="utf-8")

    @property
    def tailscale_version(self) -> str:
        return self._find(r"^(?:require)?\s*tailscale\.com v(\d+\.\d+\.\d+)\b")

    @property
    def go_version(self) -> str:
        return self._find(r"^go (\d+(?:\.\d+)*)$")

    def _find(self, pattern: str) -> str:
        found = re.search(pattern, self.text, re.MULTILINE)
        if found is None:
            raise MissingError(f"{self.folder / 'go.mod'} does not match {pattern}")
        return found.group(1)

    def flags(self) -> list[str]:
        version = self.tailscale_version
        stamp = f"-X tailscale.com/version.shortStamp={version}"
        stamp += f" -X tailscale.com/version.longStamp={version}-tlab"
        return ["-trimpath", f"-ldflags=-s -w {stamp}"]

    def fingerprint(self) -> str:
        """What the programs depend on: sources, pinned versions and flags."""
        digest = hashlib.sha256()
        sources = [self.folder / "go.mod", self.folder / "go.sum"]
        sources += sorted(
            path
            for package in self.packages
            if package.startswith("./")
            for path in (self.folder / package).glob("*.go")
        )
        for path in sources:
            digest.update(f"{path.relative_to(HERE)}\0".encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
        digest.update("\0".join([*self.packages, *self.flags()]).encode())
        return digest.hexdigest()

    def names(self) -> list[str]:
        return [package.rsplit("/", 1)[-1] + _EXE for package in self.packages]


_CLIENT = ("tailscale.com/cmd/tailscale", "tailscale.com/cmd/tailscaled")
MODULES = {
    "current": Module(HERE, ("./labcontrol", *_CLIENT)),
    "old": Module(HERE / "old", _CLIENT),
}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def find(version: str = "current", folder: Path | None = None) -> Programs:
    """The built programs, or MissingError."""
    root = folder or DEFAULT_FOLDER
    for needed in dict.fromkeys(["current", version]):
        module, target = MODULES[needed], root / needed
        option = "" if needed == "current" else f" --version {needed}"
        absent = [name for name in module.names() if not (target / name).is_file()]
        if absent:
            raise MissingError(
                f"not built: {', '.join(absent)} in {target}; run `{_SCRIPT}{option}`"
                f" (needs Go {module.go_version} or newer{_go_note(module)})"
            )
        stamp = target / "stamp"
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != module.fingerprint():
            raise MissingError(f"out of date: the programs in {target}; run `{_SCRIPT}{option}`")
    target = root / version
    return Programs(
        labcontrol=root / "current" / f"labcontrol{_EXE}",
        tailscale=target / f"tailscale{_EXE}",
        tailscaled=target / f"tailscaled{_EXE}",
        version=MODULES[version].tailscale_version,
    )


def _environment() -> dict[str, str]:
    # The toolchain that is installed, and no other fetched behind one's back.
    return {"GOTOOLCHAIN": "local", **os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def _installed_go() -> str | None:
    """The version of the Go toolchain on the PATH, None if there is none."""
    go = shutil.which("go")
    if go is None:
        return None
    result = subprocess.run(
        [go, "version"], check=False, capture_output=True, text=True, env=_environment(), cwd=REPOSITORY
    )
    found = re.search(r"go(\d+(?:\.\d+)*)", result.stdout.removeprefix("go version "))
    return found.group(1) if result.returncode == 0 and found else None


def _go_note(module: Module) -> str:
    installed = _installed_go()
    if installed is None:
        return "; `go` is not on the PATH"
    if _numbers(installed) < _numbers(module.go_version):
        return f"; installed is {installed}"
    return f"; {installed} is installed"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one build in a folder at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(version: str = "current", folder: Path | None = None) -> Programs:
    """Build what is not up to date, and return the programs."""
    root = folder or DEFAULT_FOLDER
    with _alone(root):
        for needed in dict.fromkeys(["current", version]):
            _build_module(MODULES[needed], root / needed)
    return find(version, root)


def _build_module(module: Module, target: Path) -> None:
    stamp, fingerprint = target / "stamp", module.fingerprint()
    built = all((target / name).is_file() for name in module.names())
    if built and stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint:
        return
    go, installed = shutil.which("go"), _installed_go()
    if go is None or installed is None:
        raise MissingError(
            f"a Go toolchain, {module.go_version} or newer: `go` is not on the PATH (https://go.dev/dl/)"
        )
    if _numbers(installed) < _numbers(module.go_version):
        raise MissingError(f"Go {module.go_version} or newer: installed is {installed} ({go})")
    target.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    command = [go, "build", *module.flags(), "-o", f"{target}{os.sep}", *module.packages]
    result = subprocess.run(
        command, check=False, cwd=module.folder, env=_environment(), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if result.returncode != 0:
        tail = "\n".join(result.stdout.strip().splitlines()[-20:])
        raise MissingError(f"`go build` in {module.folder} ended with {result.returncode}:\n{tail}")
    stamp.write_text(fingerprint, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the programs of the tailnet lab.")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--version", choices=[*VERSIONS, "all"], default="current")
    parser.add_argument("--check", action="store_true", help="only say whether all is up to date")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    for version in VERSIONS if options.version == "all" else [options.version]:
        begin = time.monotonic()
        try:
            programs = find(version, folder) if options.check else build(version, folder)
        except MissingError as missing:
            print(f"The tailnet lab lacks: {missing}", file=sys.stderr)
            return 1
        seconds = time.monotonic() - begin
        print(f"Tailscale {programs.version}: {programs.tailscale.parent} ({seconds:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
