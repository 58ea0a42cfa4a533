# SPDX-License-Identifier: MIT
"""Every scenario keeps what its [expect] says: check, apply, a second apply, undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.running import SCENARIOS, Simulation, differences, expectations

STAGES = {"check": ("check",), "apply": ("apply", "--yes"), "again": ("apply", "--yes"), "undo": ("undo", "--yes")}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = expectations(path)
    assert set(expected) == set(STAGES), "every scenario says what each of the four runs does"
    simulation = Simulation(path.stem, tmp_path, capsys)
    for stage, words in STAGES.items():
        answer = simulation.run(*words)
        assert not differences(answer, expected[stage]), (stage, answer.causes, answer.changes)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_undo_gives_back_what_was(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Serve config and Plex settings after apply and undo are those from before."""
    expected = expectations(path)
    if "left_alone" in expected["undo"].get("changes", {}).values():
        pytest.skip("this scenario's undo leaves something alone on purpose; its [expect] says so")
    simulation = Simulation(path.stem, tmp_path, capsys)
    simulation.run("check")
    before = simulation.world()
    has_past = bool(simulation.journal())
    simulation.run("apply", "--yes")
    simulation.run("undo", "--yes")
    after = simulation.world()
    if has_past:
        return
    assert after["tailscale"].get("serve") == before["tailscale"].get("serve")
    assert after["plex"].get("settings") == before["plex"].get("settings")


def test_all_names_of_the_contract_exist() -> None:
    named = {
        "cgnat-fresh",
        "all-good",
        "public-ip",
        "no-internet",
        "tailscale-missing",
        "tailscale-stopped",
        "tailscale-signed-out",
        "tailscale-old",
        "https-off",
        "magicdns-off",
        "funnel-not-allowed",
        "key-expires-soon",
        "exit-node",
        "not-operator",
        "two-hop",
        "stale-name",
        "other-handlers",
        "self-loop",
        "plex-missing",
        "plex-starting",
        "plex-unclaimed",
        "open-to-loopback",
        "public-and-unclaimed",
        "public-and-open",
        "plex-port-in-url",
        "no-port-in-url",
        "foreign-urls",
        "remote-access-on",
        "not-owner",
        "token-revoked",
        "keyring-locked",
        "plex-tv-slow",
        "dns-not-yet",
        "outside-unreachable",
        "checker-down",
        "admin-refused",
        "drifted",
        "moved-to-cgnat",
    }
    assert {path.stem for path in SCENARIOS} >= named
