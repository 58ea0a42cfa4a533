# SPDX-License-Identifier: MIT
"""A reader that goes away, a full disk, or no stream at all: the run goes on to its end, without a traceback."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from tests.scenarios.running import Simulation

FULL = Path("/dev/full")


def start(
    *words: str, stdout: int | IO[bytes], stderr: int | IO[bytes], extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "setup_assistant", *words]
    return subprocess.run(
        command, stdout=stdout, stderr=stderr, check=False, timeout=60, env={**os.environ, **(extra or {})}
    )


def nobody_reads() -> int:
    """The writing end of a pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["words", "json"])
def test_a_reader_that_goes_away(form: tuple[str, ...]) -> None:
    pipe = nobody_reads()
    done = start("check", "--demo", "all-good", *form, stdout=pipe, stderr=subprocess.PIPE)
    os.close(pipe)
    assert done.returncode == 0, "what was found counts, not whether somebody listened"
    assert done.stderr.decode() == f"Looking …{os.linesep}"


def test_nobody_listens_to_the_progress_of_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    words = ["--demo", "cgnat-fresh", "--settings", str(simulation.settings)]
    pipe = nobody_reads()
    done = start("apply", "--yes", "--json", *words, stdout=subprocess.PIPE, stderr=pipe)
    os.close(pipe)
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "ready", "and the changes are not left half made"


@pytest.mark.skipif(not FULL.exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_told() -> None:
    with FULL.open("wb") as full:
        done = start("report", "--demo", "all-good", stdout=full, stderr=subprocess.PIPE)
    assert "could not be written" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_letters_that_the_stream_does_not_know() -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = start("check", "--demo", "all-good", stdout=subprocess.PIPE, stderr=subprocess.PIPE, extra=ascii_only)
    assert words.returncode == 0
    assert words.stdout.isascii()
    told = start("check", "--demo", "all-good", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    spelt = start(
        "check", "--demo", "all-good", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, extra=ascii_only
    )
    assert spelt.stdout.isascii()
    first, second = json.loads(told.stdout), json.loads(spelt.stdout)
    assert first["findings"] == second["findings"], "no letter is lost in the object"


def test_stopped_before_anything_has_begun(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C while the parts are put together gives one object too."""
    program = importlib.import_module("setup_assistant.__main__")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "read_settings", stop)
    assert program.main(["check", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "stopped"


def test_without_a_console_a_window_says_why_the_program_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So starts the program of Windows that has no console: it has no streams either."""
    shown: list[str] = []
    monkeypatch.setattr("PySide6.QtWidgets.QMessageBox.warning", lambda _parent, _title, words: shown.append(words))
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    missing = tmp_path / "missing.toml"
    assert importlib.import_module("setup_assistant.__main__").main(["--settings", str(missing)]) == 2
    assert shown == [f"There is no settings file {missing}."]
