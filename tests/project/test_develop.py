# SPDX-License-Identifier: MIT
"""develop.py tells what is missing, and installs only as root."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import develop

MISSING = [("libEGL.so.1", ("libegl1",)), ("libglib-2.0.so.0", ("libglib2.0-0t64", "libglib2.0-0"))]


@pytest.fixture
def apt_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stand for a machine with apt that knows the older names only."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(develop, "apt", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(develop, "apt_knows", lambda name: not name.endswith("t64"))
    monkeypatch.setattr("shutil.which", lambda name, *_: f"/usr/bin/{name}")
    return calls


def test_root_gets_system_packages_installed(
    apt_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(develop, "is_root", lambda: True)
    develop.prepare_system(MISSING)
    assert apt_calls == [("update",), ("install", "-y", "--no-install-recommends", "libegl1", "libglib2.0-0")]
    assert capsys.readouterr().out == "", "standard output belongs to the assistant"


def test_others_get_one_exact_command(
    apt_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(develop, "is_root", lambda: False)
    with pytest.raises(SystemExit) as stopped:
        develop.prepare_system(MISSING)
    assert stopped.value.code == 1
    assert apt_calls == []
    words = capsys.readouterr().err
    assert "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends libegl1 libglib2.0-0'" in words


def test_machines_without_apt_are_told_what_they_lack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_: None)
    with pytest.raises(SystemExit):
        develop.prepare_system(MISSING)
    assert "libEGL.so.1, libglib-2.0.so.0" in capsys.readouterr().err


def test_nothing_missing_is_no_work(apt_calls: list[tuple[str, ...]]) -> None:
    develop.prepare_system([])
    assert apt_calls == []


def test_a_changed_lock_is_installed_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    for name in ("runtime", "test"):
        (tmp_path / f"{name}.txt").write_text("one", encoding="utf-8")
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(develop, "ROOT", tmp_path)
    monkeypatch.setattr(develop, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(develop, "VENV", tmp_path)
    monkeypatch.setattr(develop, "create_venv", lambda: None)
    monkeypatch.setattr(develop, "pip", lambda *arguments: installed.append(arguments))
    develop.prepare_packages("test")
    assert len(installed) == 2
    develop.prepare_packages("test")
    develop.prepare_packages("runtime", alternative="test")
    assert len(installed) == 2
    (tmp_path / "test.txt").write_text("two", encoding="utf-8")
    develop.prepare_packages("test")
    assert len(installed) == 4


@pytest.mark.parametrize(
    ("said", "version"),
    [("go version go1.26.6 linux/amd64", (1, 26, 6)), ("go version go1.27 linux/amd64", (1, 27)), ("?", ())],
)
def test_go_versions_are_read(monkeypatch: pytest.MonkeyPatch, said: str, version: tuple[int, ...]) -> None:
    answer = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: answer)
    assert develop.go_version(sys.executable) == version


def test_unknown_commands_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert develop.main([]) == 2
    assert develop.main(["walk"]) == 2
    assert "develop.py run" in capsys.readouterr().err
