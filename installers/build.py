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
SMOKE = ("check", "--demo", "cgnat-fresh", "--json")


def main() -> int:
    """Build everything; return 0."""
    begun = time.monotonic()
    prepare_venv()
    out = BUILD / "out"
    for stale in (out, BUILD / "dist", BUILD / "notices", ICONS):
        shutil.rmtree(stale, ignore_errors=True)
    out.mkdir(parents=True)
    start(PYTHON, "-m", "installers.icons", ICONS)
    freeze()
    start(PYTHON, "-m", "installers.notices", BUILD / "inside.json", BUILD / "notices")
    folder = BUILD / "dist" / NAME
    shutil.copytree(BUILD / "notices", folder, dirs_exist_ok=True)
    compare_answers(folder / PROGRAM)
    for made in this_system().pack(folder, out):
        tell(f"{made.name}: {made.stat().st_size / 1e6:.1f} MB")
    shutil.copyfile(
        BUILD / "notices" / "sbom.cdx.json", out / f"{NAME}-{version()}-{sys.platform}-{platform.machine()}.cdx.json"
    )
    write_checksums(out)
    tell(f"Done in {time.monotonic() - begun:.0f} s: {out.relative_to(ROOT)}")
    return 0


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
    raise SystemExit(main())
