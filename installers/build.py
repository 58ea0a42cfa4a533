# SPDX-License-Identifier: MIT
"""Builds what people download for the system it runs on, into build/package/out. ``nox -s package`` runs it.

Steps: a virtual environment with the locked packages, icons, PyInstaller, notices and SBOM, a start of the packaged
program whose answer must be that of the source, then the packages of this system, and checksums over them."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from installers.contents import NAME, ROOT, version
from installers.steps import BUILD, ICONS, PROGRAM, PYTHON, VENV, environment, start, tell
from installers.systems import this_system

LOCKS = ("runtime", "package")
FOLDER, OUT = BUILD / "dist" / NAME, BUILD / "out"
SMOKE = ("check", "--demo", "cgnat-fresh", "--json")


def main(arguments: list[str]) -> int:
    """Build everything, or what ``arguments`` ask for: ``program``, ``packages``, ``compare PROGRAM``; return 0."""
    if arguments[:1] == ["compare"]:
        compare_answers(Path(arguments[1]))
        return 0
    begun = time.monotonic()
    for stage in arguments or STAGES:
        STAGES[stage]()
    tell(f"Done in {time.monotonic() - begun:.0f} s: {BUILD.relative_to(ROOT)}")
    return 0


def make_program() -> None:
    """Make the program's folder."""
    prepare_venv()
    for stale in (BUILD / "dist", BUILD / "notices", ICONS):
        shutil.rmtree(stale, ignore_errors=True)
    start(PYTHON, "-m", "installers.icons", ICONS)
    freeze()
    start(PYTHON, "-m", "installers.notices", BUILD / "inside.json", BUILD / "notices")
    shutil.copytree(BUILD / "notices", FOLDER, dirs_exist_ok=True)
    compare_answers(FOLDER / PROGRAM)


def make_packages() -> None:
    """Make what people download from the program's folder; between the two the release workflow signs."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for made in this_system().pack(FOLDER, OUT):
        tell(f"{made.name}: {made.stat().st_size / 1e6:.1f} MB")
    shutil.copyfile(
        BUILD / "notices" / "sbom.cdx.json", OUT / f"{NAME}-{version()}-{sys.platform}-{platform.machine()}.cdx.json"
    )
    write_checksums(OUT)


STAGES = {"program": make_program, "packages": make_packages}


def prepare_venv() -> None:
    """Create the virtual environment that is frozen: what the program needs, PyInstaller, and nothing else."""
    locks = [ROOT / "requirements" / f"{name}.txt" for name in LOCKS]
    stamp = VENV / ".installed"
    wanted = hashlib.sha256(b"\0".join(file.read_bytes() for file in locks) + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    tell("Installing what is packaged into build/package/venv")
    shutil.rmtree(VENV, ignore_errors=True)
    start(sys.executable, "-m", "venv", VENV)
    requirements = [part for file in locks for part in ("-r", file)]
    start(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", *requirements)
    stamp.write_text(wanted, encoding="utf-8")


def freeze() -> None:
    """Let PyInstaller make the program's folder."""
    tell("Freezing")
    folders = ("--distpath", BUILD / "dist", "--workpath", BUILD / "work")
    start(PYTHON, "-m", "PyInstaller", *folders, "--noconfirm", "--log-level", "WARN", ROOT / "installers" / "app.spec")


def compare_answers(program: Path) -> None:
    """Start the packaged program; its answer must be that of the source. Raises SystemExit."""
    packaged = answer(program)
    source = answer(PYTHON, "-m", "setup_assistant")
    if packaged != source:
        raise SystemExit(f"The packaged program answers otherwise than the source:\n{packaged}\nfor\n{source}")
    tell(f"The packaged program answers as the source does: {packaged[1]['outcome']}, exit code {packaged[0]}")


def answer(*command: str | Path) -> tuple[int, dict[str, Any]]:
    """Return exit code and answer of a check of the simulated host, without its timings."""
    outcome = subprocess.run(
        [*map(str, command), *SMOKE], env=environment(), cwd=ROOT, capture_output=True, check=False, timeout=120
    )
    try:
        document: dict[str, Any] = json.loads(outcome.stdout)
    except ValueError:
        raise SystemExit(f"{command[0]} gave no answer:\n{outcome.stderr.decode(errors='replace')}") from None
    document.pop("timings_ms", None)
    return outcome.returncode, document


def write_checksums(out: Path) -> None:
    """Write SHA256SUMS over everything in ``out``, in the form that ``sha256sum --check`` reads."""
    files = sorted(file for file in out.iterdir() if file.is_file() and file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="ascii", newline="\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
