# SPDX-License-Identifier: MIT
"""The support file keeps what helps and loses what names somebody."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import tomlkit

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import resources_folder
from setup_assistant.engine.report import Redactor, build_report
from setup_assistant.engine.store import Store


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("X-Plex-Token: abcDEF123", "X-Plex-Token: (removed)"),
        ('{"authToken": "abcDEF123"}', '{"authToken": "(removed)"}'),
        ("?X-Plex-Token=abcDEF123&x=1", "?X-Plex-Token=(removed)&x=1"),
        ("ann@example.org signed in", "(mail address) signed in"),
        ("at https://login.tailscale.com/a/1f2e3d4c now", "at (sign-in link) now"),
        ("https://app.plex.tv/auth#?clientID=1&code=2", "(sign-in link)"),
        ("https://login.tailscale.com/f/funnel?node=nABC", "(sign-in link)"),
        ("https://81-2-69-10.0a1b2c3d.plex.direct:32400", "https://81-2-x-x.SERVER.plex.direct:32400"),
        (
            "https://box.tail99.ts.net:443 and box.tail99.ts.net",
            "https://HOST1.TAILNET.ts.net:443 and HOST1.TAILNET.ts.net",
        ),
        ("box.tail99.ts.net was old.tail99.ts.net", "HOST1.TAILNET.ts.net was HOST2.TAILNET.ts.net"),
        ("the line 81.2.69.10", "the line 81.2.x.x"),
        ("the line 2001:db8:12:34::1 is up", "the line 2001:db8::x is up"),
        ("[2001:db8:1:2:3:4:5:6]:443", "[2001:db8::x]:443"),
        ("at 2026-11-22T12:00:05+00:00", "at 2026-11-22T12:00:05+00:00"),
        ("Plex at 127.0.0.1:32400", "Plex at 127.0.0.1:32400"),
    ],
)
def test_what_is_taken_out(written: str, kept: str) -> None:
    assert Redactor(None).clean(written) == kept


def test_the_end_of_the_log_is_in_it(tmp_path: Path) -> None:
    log = tmp_path / "setup-assistant.log"
    log.write_text("first\nfunnel did not go through for ann@example.org\n", encoding="utf-8")
    report = json.loads(build_report(None, Store(tmp_path), {"observe": 3}, log))
    assert report["log"] == ["first", "funnel did not go through for (mail address)"]
    assert report["timings_ms"] == {"observe": 3}


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("{broken\n", encoding="utf-8")
    report = json.loads(build_report(None, Store(tmp_path), {}))
    assert report["journal"] == [{"unreadable": "line 1: JSONDecodeError"}]


def test_a_text_that_somebody_serves_is_not_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What else is public is told; what a text handler says is its owner's."""
    name = "plexbox.tail1234.ts.net:8443"
    scenario = tomllib.loads((resources_folder() / "scenarios" / "all-good.toml").read_text(encoding="utf-8"))
    serve = scenario["tailscale"]["serve"]
    serve["TCP"]["8443"] = {"HTTPS": True}
    serve["Web"][name] = {"Handlers": {"/": {"Text": "my secret words"}}}
    serve["AllowFunnel"][name] = True
    file = tmp_path / "host.toml"
    file.write_text(tomlkit.dumps(scenario), encoding="utf-8")
    for command in ("report", "check"):
        assert main([command, "--demo", str(file)]) == 0
        assert "secret words" not in capsys.readouterr().out
