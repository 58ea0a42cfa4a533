# SPDX-License-Identifier: MIT
"""The wheel holds all that the assistant needs, and works away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project.files import PACKAGE, ROOT, project_files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (file,) = folder.glob("*.whl")
    return file


def test_wheel_holds_every_module_and_every_resource(wheel: Path) -> None:
    resources = ROOT / "resources"
    ours = [file for file in project_files() if file.is_relative_to(PACKAGE) or file.is_relative_to(resources)]
    wanted = {
        (Path("setup_assistant") / file.relative_to(PACKAGE)).as_posix()
        if file.is_relative_to(PACKAGE)
        else (Path("setup_assistant/resources") / file.relative_to(resources)).as_posix()
        for file in ours
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert wanted <= held, f"missing in the wheel: {sorted(wanted - held)}"
    assert not [name for name in held if name.startswith(("tests", "src"))]


def test_wheel_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-m", "setup_assistant", "check", "--demo", "all-good", "--json"]
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "ready"
