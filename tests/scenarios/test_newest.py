# SPDX-License-Identifier: MIT
"""A newer version of the program is looked up on request alone, and keeps nobody from ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from setup_assistant.bootstrap import resources_folder
from tests.scenarios.running import Answer, Simulation


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """A host where all is well, in a world where 9.9.9 is published."""
    text = (resources_folder() / "scenarios" / "all-good.toml").read_text(encoding="utf-8")
    file = tmp_path / "newer.toml"
    file.write_text(text.replace("[outside]", '[outside]\nnewest_version = "9.9.9"', 1), encoding="utf-8")
    return str(file)


def look(scenario: str, folder: Path, capsys: pytest.CaptureFixture[str], *words: str, settings: str = "") -> Answer:
    simulation = Simulation(scenario, folder, capsys)
    simulation.settings.write_text(simulation.settings.read_text(encoding="utf-8") + settings, encoding="utf-8")
    return simulation.run("check", *words)


REPOSITORY = '[updates]\nrepository = "owner/name"\n'


def test_it_is_off_by_default(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = look(scenario, tmp_path / "state", capsys, settings=REPOSITORY)
    assert "program_version" not in answer.causes


@pytest.mark.parametrize(("words", "more"), [(("--updates",), ""), ((), "check = true\n")], ids=["option", "settings"])
def test_on_request_it_is_told(
    scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], more: str
) -> None:
    answer = look(scenario, tmp_path / "state", capsys, *words, settings=REPOSITORY + more)
    assert answer.causes["program_version"] == "newer"
    assert answer.document["outcome"] == "ready"


def test_without_a_repository_it_is_not_known(
    scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = look(scenario, tmp_path / "state", capsys, "--updates")
    assert answer.causes["program_version"] == "no_repository"
    assert answer.document["outcome"] == "ready"
