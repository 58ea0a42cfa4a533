# SPDX-License-Identifier: MIT
"""A known token through the whole command line: sign-in, apply, failure, report, undo, sign-out; it is seen nowhere."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import resources_folder
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Completed, Reply
from setup_assistant.host.http import HttpClient
from setup_assistant.host.simulated import plex as simulated
from setup_assistant.host.simulated import plex_tv as simulated_tv
from setup_assistant.host.simulated.machine import SimulatedCommands
from setup_assistant.host.simulated.world import WORLD_FILE

ACCOUNT_KEY = "known-account-key-1984"
SERVER_KEY = "known-server-key-1984"
EMAIL = "user@example.com"
SECRETS = (ACCOUNT_KEY, SERVER_KEY, EMAIL)
FRESH = resources_folder() / "scenarios" / "cgnat-fresh.toml"

BREAKS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "plex does not take it": [{"at": "PUT localhost/:/prefs", "status": 500, "body": SERVER_KEY, "times": 0}],
    "plex sends rubbish": [{"at": "GET localhost/:/prefs", "status": 200, "body": f"<a b='{SERVER_KEY}'", "times": 0}],
    "plex hangs up": [{"at": "PUT localhost/:/prefs", "fail": "reset", "times": 0}],
    "plex.tv answers with what it was sent": [
        {"at": "GET clients.plex.tv/", "status": 500, "body": ACCOUNT_KEY, "times": 0},
        {"at": "GET plex.tv/api/v2/user", "status": 200, "body": f'["{ACCOUNT_KEY}", "{EMAIL}"', "times": 0},
    ],
    "plex.tv sends us elsewhere": [
        {"at": "GET plex.tv/api/v2/user", "status": 302, "headers": {"location": "https://evil.example/"}, "times": 0},
        {"at": "GET clients.plex.tv/", "status": 307, "headers": {"location": "https://evil.example/"}, "times": 0},
    ],
    "the sign-in was taken back": [{"at": "GET clients.plex.tv/", "skip": 4, "status": 401, "times": 0}],
    "plex.tv shows another certificate": [{"at": "GET clients.plex.tv/", "fail": "certificate_untrusted", "times": 0}],
}


class Witness:
    """Writes down every argument list, address and exception of a run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.argv: list[str] = []
        self.urls: list[str] = []
        self.keys_sent: set[str] = set()
        self.errors: list[HostError] = []
        run, request, make = SimulatedCommands.run, HttpClient.request, HostError.__init__

        async def watch_run(commands: SimulatedCommands, argv: Sequence[str], **options: Any) -> Completed:
            self.argv.append(f"{list(argv)} {options}")
            return await run(commands, argv, **options)

        async def watch_request(http: HttpClient, method: str, url: str, **options: Any) -> Reply:
            self.urls.append(f"{method} {url} {options.get('params')} {options.get('json')}")
            headers = options.get("headers") or {}
            if "X-Plex-Token" in headers:
                self.keys_sent.add(f"{headers['X-Plex-Token']} to {url.split('/')[2]}")
            return await request(http, method, url, **options)

        def watch_error(error: HostError, *arguments: Any, **options: Any) -> None:
            make(error, *arguments, **options)
            self.errors.append(error)

        monkeypatch.setattr(SimulatedCommands, "run", watch_run)
        monkeypatch.setattr(HttpClient, "request", watch_request)
        monkeypatch.setattr(HostError, "__init__", watch_error)

    def told_by_errors(self) -> list[str]:
        """Everything an exception could tell: its words, its trace, and what it came from."""
        told = []
        for error in self.errors:
            seen: BaseException | None = error
            while seen is not None:
                told += [repr(seen), str(seen), "".join(traceback.format_exception(seen)), repr(vars(seen))]
                seen = seen.__cause__ or seen.__context__
        return told


@pytest.mark.parametrize("name", BREAKS)
def test_a_known_token_is_seen_nowhere(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(simulated, "OWNERS_KEY", SERVER_KEY)
    monkeypatch.setattr(simulated_tv, "OWNERS_KEY", SERVER_KEY)
    witness = Witness(monkeypatch)
    scenario = tmp_path / "known.toml"
    content = FRESH.read_text(encoding="utf-8")
    assert "signed_in = false" in content
    content = content.replace("signed_in = false", f'signed_in = false\nnext_token = "{ACCOUNT_KEY}"')
    for fault in BREAKS[name]:
        lines = [f"{key} = {_toml(value)}" for key, value in fault.items()]
        content += "\n[[faults]]\n" + "\n".join(lines) + "\n"
    scenario.write_text(content, encoding="utf-8")
    settings = tmp_path / "settings.toml"
    folders = {"state_dir": str(tmp_path / "state"), "log_dir": str(tmp_path / "log")}
    settings.write_text("[paths]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in folders.items()))
    base = ["--demo", str(scenario), "--settings", str(settings)]
    report = tmp_path / "report.json"
    codes = [
        main([*words, *base])
        for words in (
            ["sign-in", "plex"],
            ["apply", "--yes", "--verbose"],
            ["apply", "--yes", "--json"],
            ["check", "--verbose", "--json"],
            ["report", "--output", str(report)],
            ["undo", "--yes", "--verbose"],
            ["sign-out", "--verbose"],
        )
    ]
    shown = capsys.readouterr()
    told = [shown.out, shown.err, caplog.text, *witness.argv, *witness.urls, *witness.told_by_errors()]
    told += [repr(vars(record)) for record in caplog.records]
    files = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path not in (scenario, tmp_path / "state" / WORLD_FILE)
    ]
    assert report in files
    assert any(path.name == "journal.jsonl" for path in files) or codes[1] != 0
    told += [path.read_text(encoding="utf-8") for path in files]
    for secret in SECRETS:
        assert not [text for text in told if secret in text]
    assert {sent.rpartition(" ")[2] for sent in witness.keys_sent if sent.startswith(ACCOUNT_KEY)} == {
        "plex.tv",
        "clients.plex.tv",
    }, "the test does see the token where it belongs"
    assert {sent.rpartition(" ")[2] for sent in witness.keys_sent if sent.startswith(SERVER_KEY)} <= {"localhost:32400"}
    assert not [url for url in witness.urls if "evil.example" in url]
    assert (codes[1] == 0) is (name == "nothing"), "each break is one that stops the set-up"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)
