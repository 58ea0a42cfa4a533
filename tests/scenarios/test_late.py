# SPDX-License-Identifier: MIT
"""One yes is enough, even where what has to be changed shows only after something was started."""

from __future__ import annotations

from pathlib import Path

import pytest

from setup_assistant.bootstrap import resources_folder
from tests.scenarios.running import Simulation

STOPPED = resources_folder() / "scenarios" / "tailscale-stopped.toml"


def test_a_stopped_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "service-stopped.toml"
    content = STOPPED.read_text(encoding="utf-8")
    assert 'service = "running"' in content
    scenario.write_text(content.replace('service = "running"', 'service = "stopped"'), encoding="utf-8")
    simulation = Simulation(str(scenario), tmp_path / "run", capsys)
    first = simulation.run("check")
    assert first.causes["tailscale_running"] == "service_stopped"
    assert first.document["public_url"] is None
    assert first.pending[0] == "start_tailscale"
    assert first.pending[-3:] == ["funnel", "plex_url", "plex_remote_access"]
    done = simulation.run("apply", "--yes")
    assert list(done.changes) == first.pending
    second = simulation.run("apply", "--yes")
    assert (second.exit, second.document["outcome"]) == (0, "ready"), (done.changes, second.changes)


def test_plex_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "plex-stopped.toml"
    content = (resources_folder() / "scenarios" / "public-ip.toml").read_text(encoding="utf-8")
    assert 'state = "running"' in content
    scenario.write_text(content.replace('state = "running"', 'state = "stopped"', 1), encoding="utf-8")
    simulation = Simulation(str(scenario), tmp_path / "run", capsys)
    assert simulation.run("check").pending == ["start_plex", "funnel", "plex_url", "plex_remote_access"]
    done = simulation.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.changes
    assert set(simulation.run("undo", "--yes").changes) == {"funnel", "plex_url", "plex_remote_access"}


def test_a_restart_only_where_nothing_gentler_helps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("plex-tv-deaf", tmp_path, capsys)
    simulation.run("apply", "--yes")
    told = simulation.run("apply", "--yes")
    assert told.changes["plex_republish"] == "failed"
    restart = next(entry for entry in told.document["plan"] if entry["change"] == "restart_plex")
    assert "the 2 viewers of right now" in restart["summary"]
    assert (restart["because"], restart["needs_admin"]) == (["plex_published"], True)
    assert list(told.changes) == ["funnel", "plex_url", "plex_republish", "plex_remote_access"]
    done = simulation.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert (done.changes["restart_plex"], done.changes["plex_remote_access"]) == ("applied", "applied")
    assert simulation.run("check").causes["plex_published"] is None
    undone = simulation.run("undo", "--yes")
    assert "restart_plex" not in undone.changes, "there is nothing of it to take back"
    settings = simulation.world()["plex"]["settings"]
    assert (settings["customConnections"], settings["PublishServerOnPlexOnlineKey"]) == ("", True)
