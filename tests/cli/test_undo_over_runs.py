# SPDX-License-Identifier: MIT
"""Undo over several runs: the oldest state wins, and the host's own way in comes back first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.running import Simulation


def test_after_a_change_of_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("public-ip", tmp_path, capsys)
    simulation.run("check")
    before = simulation.world()
    moved = simulation.run("apply", "--yes", "--port", "8443")
    assert (moved.exit, moved.document["public_url"]) == (0, "https://plexbox.tail1234.ts.net:8443")
    kept = simulation.run("apply", "--yes")
    assert (kept.document["public_url"], set(kept.changes.values())) == (
        "https://plexbox.tail1234.ts.net:8443",
        {"already"},
    )
    back = simulation.run("apply", "--yes", "--port", "443")
    assert (back.exit, back.document["public_url"]) == (0, "https://plexbox.tail1234.ts.net:443")
    undone = simulation.run("undo", "--yes")
    assert list(undone.changes) == ["plex_remote_access", "plex_url", "funnel"]
    assert undone.exit == 0
    after = simulation.world()
    assert after["tailscale"]["serve"] == before["tailscale"]["serve"]
    assert after["plex"]["settings"] == before["plex"]["settings"]


def test_signed_in_later_than_tailscale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("tailscale-signed-out", tmp_path, capsys)
    assert simulation.run("apply", "--yes").document["outcome"] == "needs_you"
    from setup_assistant.__main__ import main

    words = ["--demo", simulation.scenario, "--settings", str(simulation.settings)]
    assert main(["sign-in", "tailscale", *words]) == 0
    assert simulation.run("apply", "--yes").document["outcome"] == "ready"
    assert main(["sign-out", *words]) == 0
    assert simulation.run("check").causes["plex_sign_in"] == "signed_out"


def test_a_sign_out_is_called_one_only_where_there_was_a_sign_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("all-good", tmp_path, capsys)
    from setup_assistant.__main__ import main

    words = ["sign-out", "--demo", simulation.scenario, "--settings", str(simulation.settings)]
    told = []
    for _ in range(2):
        capsys.readouterr()
        assert main(words) == 0
        told.append(capsys.readouterr().err)
    assert "revoked and forgotten" in told[0]
    assert "No sign-in to Plex was found here" in told[1]
    assert "revoked" not in told[1]
