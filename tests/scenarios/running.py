# SPDX-License-Identifier: MIT
"""Runs commands of the program on a scenario, one process's worth after the other, over one kept world."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import resources_folder
from setup_assistant.host.simulated.world import WORLD_FILE

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((resources_folder() / "scenarios").glob("*.toml"))
OUTPUT = Draft202012Validator(json.loads((ROOT / "docs/schema/output.schema.json").read_text(encoding="utf-8")))
JOURNAL = Draft202012Validator(json.loads((ROOT / "docs/schema/journal.schema.json").read_text(encoding="utf-8")))


def expectations(path: Path) -> dict[str, Any]:
    """Return the [expect] table of a scenario."""
    return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("expect", {}))


@dataclass
class Answer:
    """One run's exit code and JSON object."""

    exit: int
    document: dict[str, Any]

    @property
    def causes(self) -> dict[str, str | None]:
        return {finding["code"]: finding["cause"] for finding in self.document["findings"]}

    @property
    def statuses(self) -> dict[str, str]:
        return {finding["code"]: finding["status"] for finding in self.document["findings"]}

    @property
    def changes(self) -> dict[str, str]:
        return {entry["change"]: entry["result"] for entry in self.document.get("changes", [])}

    @property
    def pending(self) -> list[str]:
        return [entry["change"] for entry in self.document["plan"] if not entry["already_satisfied"]]


@dataclass
class Simulation:
    """A scenario with a state folder of its own."""

    scenario: str
    folder: Path
    capsys: pytest.CaptureFixture[str]
    settings: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = self.folder / "settings.toml"
        self.settings.write_text(f"[paths]\nstate_dir = {json.dumps(str(self.state))}\n", encoding="utf-8")

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def words(self, command: str, *words: str) -> list[str]:
        return [command, "--json", "--demo", self.scenario, "--settings", str(self.settings), *words]

    def run(self, command: str, *words: str) -> Answer:
        """Run one command and return its answer, validated against the schema."""
        self.capsys.readouterr()
        code = main(self.words(command, *words))
        out = self.capsys.readouterr().out
        document = json.loads(out)
        OUTPUT.validate(document)
        for line in self.journal():
            JOURNAL.validate(line)
        return Answer(code, document)

    def world(self) -> dict[str, Any]:
        """Return the simulated world as it was kept."""
        kept: dict[str, Any] = json.loads((self.state / WORLD_FILE).read_text(encoding="utf-8"))["data"]
        return kept

    def journal(self) -> list[dict[str, Any]]:
        path = self.state / "journal.jsonl"
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []


def differences(answer: Answer, expected: dict[str, Any]) -> list[str]:
    """Compare a run with one table of [expect]; what the table does not name may be anything."""
    wrong = []
    for key, wanted in expected.items():
        match key:
            case "exit":
                got: Any = answer.exit
            case "outcome":
                got = answer.document["outcome"]
            case "verdict":
                got = answer.document["connection"]["verdict"]
            case "public_url":
                got = answer.document["public_url"]
            case "changes":
                got = answer.changes
            case "plan":
                got = answer.pending
            case "causes":
                got = {code: answer.causes.get(code) or "-" for code in wanted}
            case "statuses":
                got = {code: answer.statuses.get(code) for code in wanted}
            case _:
                raise AssertionError(f"[expect] does not know {key}")
        if got != wanted:
            wrong.append(f"{key}: wanted {wanted}, got {got}")
    return wrong
