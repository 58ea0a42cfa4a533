# SPDX-License-Identifier: MIT
"""The command line as programs meet it: one object, the right exit code, nothing secret, nothing half done."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.__main__ import main
from setup_assistant.host.lock import FolderLock
from tests.conftest import LogWatch
from tests.scenarios.running import OUTPUT, Simulation


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(list(words))
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    OUTPUT.validate(document)
    return code, document


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["chekc"], "usage"),
        (["check", "--port", "443"], "usage"),
        (["check", "--demo", "no-such-scenario"], "scenario_unknown"),
        (["check", "--demo", "../all-good"], "scenario_unknown"),
        (["check", "--settings", "/no/such/file.toml"], "settings_missing"),
    ],
)
def test_wrong_usage_is_one_object_and_exit_2(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code, document = run(capsys, *words, "--json")
    assert (exit_code, document["error"]["code"], document["outcome"]) == (2, code, "unknown")
    assert document["error"]["text"]


def test_wrong_usage_for_people_says_it_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "chekc" in shown.err


@pytest.mark.parametrize(
    ("content", "code"),
    [("[plex]\nurll = 1", "settings_unknown_key"), ("[plex_tv]\napi = 'http://a.example'", "settings_plain_http")],
)
def test_wrong_settings_are_exit_2(content: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(content, encoding="utf-8")
    exit_code, document = run(capsys, "--settings", str(path), "check", "--json")
    assert (exit_code, document["error"]["code"]) == (2, code)


def test_a_second_run_is_refused_and_a_look_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("remote-access-on", tmp_path, capsys)
    simulation.run("check")
    with FolderLock(simulation.state).hold():
        for words in (["apply", "--yes"], ["apply"], ["undo", "--yes"]):
            answer = simulation.run(*words)
            assert (answer.exit, answer.document["error"]["code"]) == (3, "another_run")
        assert simulation.run("check").exit == 1
        assert main(["report", "--demo", simulation.scenario, "--settings", str(simulation.settings)]) == 0
    assert simulation.world()["plex"]["settings"]["PublishServerOnPlexOnlineKey"] is True


def test_a_folder_of_another_world_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("all-good", tmp_path, capsys)
    assert simulation.run("check").exit == 0
    for words in (["check", "--demo", "cgnat-fresh"], ["check"]):
        exit_code, document = run(capsys, *words, "--json", "--settings", str(simulation.settings))
        assert (exit_code, document["error"]["code"]) == (2, "other_world")


def test_apply_without_yes_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("public-ip", tmp_path, capsys)
    simulation.run("check")
    before = simulation.world()
    answer = simulation.run("apply")
    assert (answer.exit, answer.pending) == (1, ["funnel", "plex_url", "plex_remote_access"])
    assert "changes" not in answer.document
    after = simulation.world()
    assert (after["tailscale"]["serve"], after["plex"]["settings"]) == (
        before["tailscale"]["serve"],
        before["plex"]["settings"],
    )
    assert simulation.journal() == []


@pytest.mark.parametrize(("line", "cause"), [("{broken", "unreadable"), ('{"schema": 2}', "newer")])
def test_a_record_that_cannot_be_read_stops_apply_and_undo(
    line: str, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("remote-access-on", tmp_path, capsys)
    simulation.run("check")
    path = simulation.state / "journal.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    simulation.journal = lambda: []  # type: ignore[method-assign]
    for words in (["apply", "--yes"], ["undo", "--yes"], ["undo"]):
        answer = simulation.run(*words)
        assert answer.exit == 1
        assert answer.causes["journal"] == cause
        assert "applied" not in answer.changes.values()
    assert path.read_text(encoding="utf-8") == line + "\n"
    assert simulation.world()["plex"]["settings"]["PublishServerOnPlexOnlineKey"] is True


@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_stopped(request_to_end: signal.Signals, tmp_path: Path) -> None:
    """A real look at this machine, with a Tailscale program that hangs; stopped once it runs."""
    running = tmp_path / "running"
    program = tmp_path / "tailscale"
    program.write_text(f"#!/bin/sh\ntouch {running}\nexec sleep 600\n")
    program.chmod(0o755)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[tailscale]\nprogram = "{program}"\n[paths]\nstate_dir = "{tmp_path / "state"}"\nlog_dir = "{tmp_path}"\n'
        + LOOPBACK_ONLY
    )
    words = ["-m", "setup_assistant", "check", "--json", "--settings", str(settings)]
    # A shell starts what goes on in the background deaf to Ctrl-C, and these tests may be that.
    hears = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", hears, sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not running.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(request_to_end)
    out, err = process.communicate(timeout=30)
    document = json.loads(out)
    OUTPUT.validate(document)
    assert (process.returncode, document["error"]["code"]) == (4, "stopped")
    assert b"Traceback" not in err


LOOPBACK_ONLY = """
[plex]
url = "http://127.0.0.1:9"
[plex_tv]
api = "http://127.0.0.1:9"
sign_in = "http://127.0.0.1:9"
[outside]
consent = false
resolvers = ["http://127.0.0.1:9"]
[connection]
stun_servers = ["127.0.0.1:9"]
nat_type_server = "127.0.0.1:9"
address_services = ["http://127.0.0.1:9"]
"""


@pytest.mark.parametrize("demo", [[], ["--demo", "all-good"]], ids=["real", "demo"])
def test_a_state_folder_that_cannot_be_used(
    demo: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[paths]\nstate_dir = "{tmp_path / "file" / "state"}"\nlog_dir = "{tmp_path}"\n' + LOOPBACK_ONLY
    )
    exit_code, document = run(capsys, "apply", "--yes", "--json", "--settings", str(settings), *demo)
    assert exit_code in (1, 2)
    assert document["error"]["code"] == "state_not_writable"


def test_a_mistake_of_ours_is_one_object_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, expected_logs: LogWatch
) -> None:
    expected_logs.allow("a mistake nobody caught")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("setup_assistant.engine.assistant.make_plan", broken)
    exit_code, document = run(capsys, "check", "--json", "--demo", "all-good")
    assert (exit_code, document["error"]["code"], document["outcome"]) == (3, "mistake", "unknown")


class TestSecrets:
    """The Plex token is in no file but the keyring's, in no word and in no log."""

    def test_of_a_whole_sign_in_apply_failure_and_report(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        simulation = Simulation("cgnat-fresh", tmp_path, capsys)
        shown = []
        for words in (["apply", "--yes"], ["check"], ["undo", "--yes"]):
            capsys.readouterr()
            main(simulation.words(*words))
            read = capsys.readouterr()
            shown += [read.out, read.err]
        report = tmp_path / "report.json"
        base = ["--demo", "cgnat-fresh", "--settings", str(simulation.settings)]
        assert main(["report", "--output", str(report), *base]) == 0
        assert main(["check", "--verbose", *base]) == 1
        read = capsys.readouterr()
        shown += [read.out, read.err]
        token = simulation.world()["keyring"]["secrets"]["plex-token"]
        assert len(token) >= 8
        assert all(token not in text for text in shown)
        assert token not in caplog.text
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.name != "simulated-world.json":
                assert token not in path.read_text(encoding="utf-8"), path

    def test_the_report_names_nobody(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        simulation = Simulation("all-good", tmp_path, capsys)
        report = tmp_path / "report.json"
        words = ["report", "--output", str(report), "--demo", "all-good", "--settings", str(simulation.settings)]
        assert main(words) == 0
        content = report.read_text(encoding="utf-8")
        json.loads(content)
        for name in ("plexbox", "tail1234", "81.2.69.10", "@"):
            assert name not in content
        assert "HOST.TAILNET.ts.net" in content


@pytest.mark.parametrize("script", ["printf '\\377\\376{garbage'", "exec sleep 600", "echo nothing known >&2; exit 1"])
@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_a_tailscale_program_that_is_no_help(script: str, tmp_path: Path) -> None:
    program = tmp_path / "tailscale"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[tailscale]\nprogram = "{program}"\n[paths]\nstate_dir = "{tmp_path / "state"}"\nlog_dir = "{tmp_path}"\n'
        + LOOPBACK_ONLY
    )
    process = subprocess.run(
        [sys.executable, "-m", "setup_assistant", "check", "--json", "--settings", str(settings)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    document = json.loads(process.stdout)
    OUTPUT.validate(document)
    assert process.returncode == 1
    assert b"Traceback" not in process.stderr
    assert not (tmp_path / "state").exists()
    found = {finding["code"]: finding["status"] for finding in document["findings"]}
    assert found["tailscale_running"] in ("problem", "unknown")
    assert found["funnel_shape"] in ("blocked", "unknown")
