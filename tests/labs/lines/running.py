# SPDX-License-Identifier: MIT
"""Runs the program, or the probe alone, on the host of a home in the lab."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.labs.lines.home import Home, Internet
from tests.labs.lines.namespaces import LabError

ROOT = Path(__file__).parents[3]


def environment(internet: Internet) -> list[str]:
    """What a program on a host of the lab gets, and nothing of this machine's."""
    home = internet.folder / "home"
    home.mkdir(exist_ok=True)
    return [
        "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={home}", f"PYTHONPATH={ROOT / 'src'}",
        "PYTHONDONTWRITEBYTECODE=1", "LC_ALL=C.UTF-8", "PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring",
    ]  # fmt: skip


def check(internet: Internet, home: Home, *options: str) -> tuple[int, dict[str, Any]]:
    """Run ``check --json``: its exit code and its object."""
    program = [
        sys.executable,
        "-m",
        "setup_assistant",
        "check",
        "--json",
        "--settings",
        str(internet.settings(home.variant)),
        *options,
    ]
    done = subprocess.run(
        home.net.command("host", *environment(internet), *program),
        capture_output=True, text=True, check=False, timeout=60, cwd=internet.folder,
    )  # fmt: skip
    if "Traceback" in done.stderr:
        raise LabError(done.stderr)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError as error:
        raise LabError(f"no JSON: {done.stdout} {done.stderr}") from error


def probe(internet: Internet, home: Home, *options: str) -> dict[str, Any]:
    """Look at the line once, with the parts of the program that do so and nothing else."""
    program = [
        sys.executable,
        str(Path(__file__).with_name("probe.py")),
        str(internet.settings(home.variant)),
        *options,
    ]
    done = subprocess.run(
        home.net.command("host", *environment(internet), *program),
        capture_output=True, text=True, check=False, timeout=60, cwd=internet.folder,
    )  # fmt: skip
    if done.returncode:
        raise LabError(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
