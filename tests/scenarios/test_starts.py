# SPDX-License-Identifier: MIT
"""A Funnel that stands from before comes to life with Tailscale and with Plex: no start makes an open Plex public."""

from __future__ import annotations

from pathlib import Path

import pytest

from setup_assistant.bootstrap import resources_folder
from tests.scenarios.running import Simulation

STOPPED, NO_SERVICE, PLEX_STOPPED, SIGNED_OUT = (
    ('backend = "Running"', 'backend = "Stopped"'),
    ('service = "running"', 'service = "stopped"'),
    ('[plex]\nstate = "running"', '[plex]\nstate = "stopped"'),
    ("signed_in = true", "signed_in = false\nlinks_at_poll = 10000"),
)
KEPT = [
    ("public-and-unclaimed", (STOPPED,)),
    ("public-and-unclaimed", (NO_SERVICE,)),
    ("public-and-unclaimed", (PLEX_STOPPED,)),
    ("public-and-unclaimed", (PLEX_STOPPED, STOPPED)),
    ("public-and-unclaimed", (PLEX_STOPPED, NO_SERVICE)),
    ("public-and-open", (PLEX_STOPPED,)),
    ("public-and-open", (STOPPED, SIGNED_OUT)),
    ("public-and-open", (NO_SERVICE, SIGNED_OUT)),
    ("public-and-open", (PLEX_STOPPED, SIGNED_OUT)),
]


def simulation_of(
    name: str, edits: tuple[tuple[str, str], ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> Simulation:
    text = (resources_folder() / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    scenario = folder / f"{name}.toml"
    scenario.write_text(text, encoding="utf-8")
    return Simulation(str(scenario), folder / "run", capsys)


def is_open_to_all(simulation: Simulation) -> bool:
    """Whether anybody on the internet gets into Plex, as the simulated world stands."""
    world = simulation.world()
    tailscale, plex = world["tailscale"], world["plex"]
    reaches = tailscale["service"] == "running" and tailscale["backend"] == "Running" and plex["state"] == "running"
    lets_in = not plex["claimed"] or "127.0.0" in plex["settings"]["allowedNetworks"]
    return bool(reaches and lets_in and (tailscale.get("serve") or {}).get("AllowFunnel"))


@pytest.mark.parametrize(("name", "edits"), KEPT)
def test_no_start_leaves_an_open_plex_public(
    name: str, edits: tuple[tuple[str, str], ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = simulation_of(name, edits, tmp_path, capsys)
    simulation.run("check")
    assert not is_open_to_all(simulation), "the case begins closed"
    answer = simulation.run("apply", "--yes")
    assert not is_open_to_all(simulation), answer.changes
    assert answer.exit != 0
    simulation.run("apply", "--yes")
    assert not is_open_to_all(simulation)
    simulation.run("undo", "--yes")
    assert not is_open_to_all(simulation)


@pytest.mark.parametrize("edits", [(STOPPED,), (NO_SERVICE,)], ids=["switched off", "no service"])
def test_the_door_is_closed_before_tailscale_starts(
    edits: tuple[tuple[str, str], ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = simulation_of("public-and-open", edits, tmp_path, capsys)
    answer = simulation.run("apply", "--yes")
    assert answer.exit == 0, answer.changes
    codes = list(answer.changes)
    assert codes.index("plex_allowed_networks") < codes.index(
        "connect_tailscale" if "connect_tailscale" in codes else "start_tailscale"
    )
    assert not is_open_to_all(simulation)


def test_a_start_that_is_not_known_to_be_safe_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulation_of("public-and-open", (PLEX_STOPPED,), tmp_path, capsys)
    answer = simulation.run("apply", "--yes")
    details = {entry["change"]: entry["detail"] for entry in answer.document["changes"]}
    assert answer.changes["start_plex"] == "applied"
    assert "was closed" in details["start_plex"]
    assert answer.changes["plex_url"] == "skipped"
