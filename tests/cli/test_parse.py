# SPDX-License-Identifier: MIT
"""The command line's words: every option before and after the command, nothing guessed."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from setup_assistant.__main__ import main
from setup_assistant.cli_options import Options
from setup_assistant.cli_parser import parse
from setup_assistant.core.errors import UsageError


def test_no_word_opens_the_window() -> None:
    assert parse([]) == Options()


def test_every_option_works_before_and_after_the_command() -> None:
    words = [["apply"], ["--json"], ["--yes"], ["--port", "8443"], ["--demo", "all-good"], ["--consent", "no"]]
    expected = Options(command="apply", json=True, yes=True, port=8443, demo="all-good", consent=False)
    for order in permutations(words):
        assert parse([word for part in order for word in part]) == expected


def test_settings_output_and_target() -> None:
    assert parse(["--settings", "a.toml", "report", "--output", "r.json"]) == Options(
        command="report", settings=Path("a.toml"), output=Path("r.json")
    )
    assert parse(["sign-in", "--demo", "x", "tailscale"]).target == "tailscale"
    assert parse(["sign-in"]).target == "plex"
    assert parse(["check", "--router-wan", "100.64.12.34"]).router_wan == "100.64.12.34"


@pytest.mark.parametrize(
    "words",
    [
        ["chekc"],
        ["check", "check"],
        ["check", "--yes"],
        ["check", "--port", "443"],
        ["apply", "--port", "80"],
        ["apply", "--port", "many"],
        ["undo", "--port", "443"],
        ["check", "--consent", "maybe"],
        ["check", "plex"],
        ["report", "--json"],
        ["check", "--output", "x"],
        ["--json"],
        ["check", "--js"],
        ["check", "--nothing"],
        ["check", "--demo"],
        ["sign-out", "tailscale"],
        ["check", "--router-wan", "fritz.box"],
        ["check", "--router-wan", "127.0.0.1"],
        ["undo", "--router-wan", "100.64.12.34"],
    ],
)
def test_wrong_words_are_refused(words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert caught.value.code == "usage"


@pytest.mark.parametrize("content", [f"x = {'9' * 5000}", "[tailscale]\nserve = 3\n", "[plex", "[frobs]\nx = 1\n"])
def test_a_scenario_that_cannot_be_read_is_wrong_usage(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "odd.toml"
    scenario.write_text(content, encoding="utf-8")
    assert main(["check", "--json", "--demo", str(scenario)]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "scenario_unreadable"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chekc"], "command is one of: check, apply, undo, sign-in, sign-out, report. Not known: 'chekc'"),
        (["apply", "--port", "80"], "--port is one of: 443, 8443, 10000. Not known: 80"),
        (["apply", "--port", "x"], "--port is a number. Given: 'x'"),
    ],
)
def test_wrong_words_are_told_without_blame(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as met:
        parse(words)
    assert met.value.text.render() == said
