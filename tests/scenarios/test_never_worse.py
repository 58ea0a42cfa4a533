# SPDX-License-Identifier: MIT
"""Wherever a run can stop, the host is as reachable and as closed as before, or the new address works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.bootstrap import resources_folder
from tests.scenarios.running import ROOT, Simulation

FRESH = resources_folder() / "scenarios" / "cgnat-fresh.toml"
URL = "https://plexbox.tail1234.ts.net:443"
POINTS = [(when, number) for number in range(1, 7) for when in ("BEFORE", "AFTER")]


def assert_never_worse(world: dict[str, Any]) -> None:
    """Rule 8: Remote Access (the way in of today) is off only once the new address is public and told to apps."""
    settings = world["plex"]["settings"]
    public = (world["tailscale"].get("serve") or {}).get("AllowFunnel") or {}
    if not settings["PublishServerOnPlexOnlineKey"]:
        assert settings["customConnections"] == URL
        assert public == {"plexbox.tail1234.ts.net:443": True}
    if public:
        assert world["plex"]["claimed"]
        assert "127.0.0.1" not in settings["allowedNetworks"]


def settle(simulation: Simulation, before: dict[str, Any]) -> None:
    """After any stop: apply converges, a second apply does nothing, undo gives everything back."""
    answer = simulation.run("apply", "--yes")
    assert (answer.exit, answer.document["outcome"]) == (0, "ready"), answer.changes
    assert set(simulation.run("apply", "--yes").changes.values()) == {"already"}
    assert simulation.run("undo", "--yes").exit == 0
    after = simulation.world()
    assert after["plex"]["settings"] == before["plex"]["settings"]
    assert (after["tailscale"].get("serve") or {}) == (before["tailscale"].get("serve") or {})
    assert simulation.run("undo").exit == 0


@pytest.mark.parametrize(("when", "number"), POINTS)
def test_killed_at_every_journal_point(
    when: str, number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    simulation.run("check")
    before = simulation.world()
    died = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("dying.py")),
            when,
            str(number),
            *simulation.words("apply", "--yes"),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert died.returncode == -9, died.stderr.decode()
    assert_never_worse(simulation.world())
    settle(simulation, before)


@pytest.mark.parametrize(("when", "number"), [(when, number) for number in range(1, 4) for when in ("BEFORE", "AFTER")])
def test_killed_while_undoing(when: str, number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    simulation.run("check")
    before = simulation.world()
    simulation.run("apply", "--yes")
    died = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("dying.py")),
            when,
            str(number),
            *simulation.words("undo", "--yes"),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert died.returncode == -9, died.stderr.decode()
    assert_never_worse(simulation.world())
    assert simulation.run("undo", "--yes").exit == 0
    after = simulation.world()
    assert after["plex"]["settings"] == before["plex"]["settings"]
    assert (after["tailscale"].get("serve") or {}) == (before["tailscale"].get("serve") or {})


FAULTS = {
    "funnel": ['at = "tailscale funnel"\nexit = 1\nstderr = "something went wrong"'],
    "funnel hangs": ['at = "tailscale funnel"\ndelay_s = 3600'],
    "plex_url": ['at = "PUT localhost/:/prefs"\nstatus = 500'],
    "plex_url connection": ['at = "PUT localhost/:/prefs"\nfail = "reset"'],
    "plex_remote_access": ['at = "PUT localhost/:/prefs"\nskip = 1\nstatus = 403'],
    "plex_remote_access silent": ['at = "PUT localhost/:/prefs"\nskip = 1\nfail = "timeout"'],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_of_every_single_change(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "broken.toml"
    faults = "".join(f"\n[[faults]]\n{fault}\n" for fault in FAULTS[name])
    scenario.write_text(FRESH.read_text(encoding="utf-8") + faults, encoding="utf-8")
    simulation = Simulation(str(scenario), tmp_path / "run", capsys)
    simulation.run("check")
    before = simulation.world()
    answer = simulation.run("apply", "--yes")
    broken = name.split(maxsplit=1)[0]
    assert answer.exit == 1
    assert answer.changes[broken] == "failed"
    order = list(answer.changes)
    assert all(answer.changes[code] == "skipped" for code in order[order.index(broken) + 1 :])
    assert_never_worse(simulation.world())
    settle(simulation, before)
