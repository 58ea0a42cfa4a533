# SPDX-License-Identifier: MIT
"""Runs after runs: moves, renames, kills in a later run, and undo, which gives back what stood before all of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from setup_assistant.bootstrap import resources_folder
from setup_assistant.host.simulated.world import WORLD_FILE
from tests.scenarios.running import ROOT, Simulation

NAME = "plexbox.tail1234.ts.net"
PLEX, OTHER = "http://localhost:32400", "http://127.0.0.1:3000"


def served(*handlers: tuple[int, str, str, bool]) -> dict[str, Any]:
    """A Serve configuration of handlers (port, mount, target, public)."""
    config: dict[str, Any] = {}
    for port, mount, target, public in handlers:
        config.setdefault("TCP", {})[str(port)] = {"HTTPS": True}
        web = config.setdefault("Web", {}).setdefault(f"{NAME}:{port}", {"Handlers": {}})
        web["Handlers"][mount] = {"Proxy": target}
        if public:
            config.setdefault("AllowFunnel", {})[f"{NAME}:{port}"] = True
    return config


STARTS = {
    "empty": {},
    "theirs on 443, private": served((443, "/", OTHER, False)),
    "theirs on 443, public, under a path": served((443, "/notes", OTHER, True)),
    "theirs on all three": served((443, "/", OTHER, False), (8443, "/", OTHER, False), (10000, "/", OTHER, False)),
    "their own Plex on 8443": served((8443, "/", PLEX, True)),
    "their forward on 8443": {"TCP": {"8443": {"TCPForward": "localhost:22"}}, "AllowFunnel": {f"{NAME}:8443": True}},
}
PORTS: Sequence[Sequence[str]] = (["443", "8443"], ["8443", "443"], ["8443", "10000", "443"])


def change_world(simulation: Simulation, section: str, **values: Any) -> None:
    """Let something happen to the simulated host between two runs."""
    file = simulation.state / WORLD_FILE
    world = json.loads(file.read_text(encoding="utf-8"))
    world["data"][section].update(values)
    file.write_text(json.dumps(world), encoding="utf-8")


def seen(simulation: Simulation) -> tuple[Any, Any]:
    world = simulation.world()
    return world["tailscale"].get("serve") or {}, world["plex"]["settings"]


def begun(folder: Path, capsys: pytest.CaptureFixture[str], section: str, **values: Any) -> Simulation:
    """A host on which all else is as in the scenario ``public-ip``, looked at once."""
    scenario = tomllib.loads((resources_folder() / "scenarios" / "public-ip.toml").read_text(encoding="utf-8"))
    scenario[section] |= values
    file = folder / "host.toml"
    file.write_text(tomlkit.dumps(scenario), encoding="utf-8")
    simulation = Simulation(str(file), folder / "run", capsys)
    simulation.run("check")
    return simulation


@pytest.mark.parametrize("ports", PORTS, ids=",".join)
@pytest.mark.parametrize("start", STARTS)
def test_moves_from_port_to_port(
    start: str, ports: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = begun(tmp_path, capsys, "tailscale", serve=STARTS[start])
    before = seen(simulation)
    for port in ports:
        moved = simulation.run("apply", "--yes", "--port", port)
        assert (moved.exit, moved.document["public_url"]) == (0, f"https://{NAME}:{port}"), moved.changes
    assert set(simulation.run("apply", "--yes").changes.values()) == {"already"}
    assert simulation.run("undo", "--yes").exit == 0
    assert seen(simulation) == before


@pytest.mark.parametrize("urls", ["", f"https://{NAME}:32400,https://x.example:443"])
@pytest.mark.parametrize("names", [["b"], ["b", "c"], ["b", "plexbox"], ["b", "plexbox", "c"]], ids="-".join)
def test_renames(names: list[str], urls: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"customConnections": urls, "PublishServerOnPlexOnlineKey": True, "allowedNetworks": ""}
    simulation = begun(tmp_path, capsys, "plex", settings=settings)
    before = seen(simulation)
    assert simulation.run("apply", "--yes").exit == 0
    for name in names:
        change_world(simulation, "tailscale", host=name)
        assert simulation.run("apply", "--yes").exit == 0
    assert simulation.run("undo", "--yes").exit == 0
    assert seen(simulation) == before


@pytest.mark.parametrize(("when", "number"), [(when, n) for n in range(1, 6) for when in ("BEFORE", "AFTER")])
@pytest.mark.parametrize(("scenario", "port"), [("other-handlers", "443"), ("cgnat-fresh", "8443")])
def test_killed_in_a_later_run(
    scenario: str, port: str, when: str, number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation(scenario, tmp_path, capsys)
    simulation.run("check")
    before = seen(simulation)
    assert simulation.run("apply", "--yes").exit == 0
    words = [when, str(number), *simulation.words("apply", "--yes", "--port", port)]
    died = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("dying.py")), *words],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert died.returncode == -9, died.stderr.decode()
    again = simulation.run("apply", "--yes", "--port", port)
    assert (again.exit, again.document["outcome"]) == (0, "ready"), again.changes
    public = seen(simulation)[0]["AllowFunnel"]
    assert [key for key in public if key.startswith(f"{NAME}:")] == [f"{NAME}:{port}"], "one address, not two"
    assert simulation.run("undo", "--yes").exit == 0
    assert seen(simulation) == before


def test_the_last_way_in_is_not_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where Remote Access does not come back, the address stays, and the next undo goes on from there."""
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    simulation.run("check")
    before = seen(simulation)
    simulation.run("apply", "--yes")
    standing = seen(simulation)
    change_world(simulation, "network", line="offline")
    stuck = simulation.run("undo", "--yes")
    assert (stuck.exit, stuck.changes) == (
        1,
        {"plex_remote_access": "failed", "plex_url": "skipped", "funnel": "skipped"},
    )
    assert seen(simulation) == standing
    change_world(simulation, "network", line="cgnat")
    assert simulation.run("undo", "--yes").exit == 0
    assert seen(simulation) == before


@pytest.mark.parametrize(("section", "values"), [("network", {"line": "offline"}), ("plex", {"state": "stopped"})])
def test_a_gate_that_cannot_be_told_closes_nothing(
    section: str, values: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("two-hop", tmp_path, capsys)
    assert simulation.run("apply", "--yes").exit == 0
    standing = seen(simulation)
    change_world(simulation, section, **values)
    undone = simulation.run("undo", "--yes")
    assert (undone.exit, undone.changes) == (1, {"funnel": "failed"})
    assert seen(simulation) == standing


def test_closing_that_did_not_come_is_not_called_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("public-and-open", tmp_path, capsys)
    assert simulation.run("apply", "--yes").exit == 0
    change_world(simulation, "tailscale", service="stopped")
    undone = simulation.run("undo", "--yes")
    assert (undone.exit, undone.changes["funnel"]) == (1, "failed")
    change_world(simulation, "tailscale", service="running")
    assert simulation.run("undo", "--yes").changes["funnel"] == "left_alone"
    assert "AllowFunnel" not in seen(simulation)[0]


@pytest.mark.parametrize("values", [{"funnel": False}, {"shields_up": True}, {"installed": False}], ids=str)
def test_entries_come_back_where_nothing_is_public(
    values: dict[str, bool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("open-to-loopback", tmp_path, capsys)
    simulation.run("check")
    networks = seen(simulation)[1]["allowedNetworks"]
    assert simulation.run("apply", "--yes").exit == 0
    if "installed" in values:
        change_world(simulation, "tailscale", serve={})
    change_world(simulation, "tailscale", **values)
    simulation.run("undo", "--yes")
    simulation.run("undo", "--yes")
    if "installed" not in values:
        assert seen(simulation)[1]["allowedNetworks"] == networks
    else:
        change_world(simulation, "tailscale", installed=True)
        assert simulation.run("undo", "--yes").exit == 0
        assert seen(simulation)[1]["allowedNetworks"] == networks


@pytest.mark.parametrize("skip", range(4))
@pytest.mark.parametrize("at", ["GET clients.plex.tv", "GET localhost/:/prefs"])
def test_one_look_that_does_not_come_closes_nothing(
    at: str, skip: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Something small is pending on a host that works; one request on the way is lost."""
    text = (resources_folder() / "scenarios" / "drifted.toml").read_text(encoding="utf-8")
    scenario = tmp_path / "drifted.toml"
    fault = f'\n[[faults]]\nat = "{at}"\nskip = {skip}\ntimes = 1\nfail = "timeout"\n'
    scenario.write_text(text + fault, encoding="utf-8")
    simulation = Simulation(str(scenario), tmp_path / "run", capsys)
    simulation.run("apply", "--yes")
    assert seen(simulation)[0]["AllowFunnel"] == {f"{NAME}:443": True}
    assert simulation.run("apply", "--yes").exit == 0


OPEN_WAYS: dict[str, dict[str, Any]] = {
    "a forward of a live session": {
        "Foreground": {
            "session": {"TCP": {"443": {"TCPForward": "127.0.0.1:32400"}}, "AllowFunnel": {f"{NAME}:443": True}}
        }
    },
    "a path of Plex": served((443, "/library", f"{PLEX}/library", True)),
    "Plex from a path on": served((443, "/", f"{PLEX}/web", True)),
    "over another port's path": served((443, "/", "http://127.0.0.1:10000", True), (10000, "/web", PLEX, False)),
}


@pytest.mark.parametrize("way", OPEN_WAYS)
def test_every_public_way_into_an_open_plex_is_closed_first(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("plex-unclaimed", tmp_path, capsys)
    simulation.run("check")
    change_world(simulation, "tailscale", serve=OPEN_WAYS[way])
    found = simulation.run("check")
    assert found.causes["safety_gate"] == "public_and_unclaimed"
    assert found.document["findings"][0]["code"] == "safety_gate"
    assert found.pending == ["close_funnel"]
    simulation.run("apply", "--yes")
    serve = seen(simulation)[0]
    live = [session.get("AllowFunnel") for session in (serve.get("Foreground") or {}).values()]
    assert not serve.get("AllowFunnel")
    assert not any(live)
