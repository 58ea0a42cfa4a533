# SPDX-License-Identifier: MIT
"""A Plex unlike most: behind another port, refusing the plain hop, with addresses and settings of its owner's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.bootstrap import resources_folder
from setup_assistant.host.simulated.plex_settings import SimulatedSettings
from setup_assistant.host.simulated.world import World
from tests.scenarios.running import Simulation

FRESH = resources_folder() / "scenarios" / "cgnat-fresh.toml"
OWN = """[plex.settings]
PublishServerOnPlexOnlineKey = true
customConnections = "https://a.example:8443, http://plexbox.tail1234.ts.net:32400 ,https://b.example"
allowedNetworks = "203.0.113.0/24,127.0.0.1, 198.51.100.7"
secureConnections = 0
RelayEnabled = false
ManualPortMappingMode = true
ManualPortMappingPort = 41234
LanNetworksBandwidth = "192.168.1.0/24"
"""


def all_settings(simulation: Simulation) -> dict[str, Any]:
    settings = SimulatedSettings(World("kept", simulation.world())).all()
    assert len(settings) == 155
    return {setting["id"]: setting["value"] for setting in settings}


def test_set_up_by_tls_on_its_own_port_and_given_back_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "odd.toml"
    odd = "[plex]\nport = 32500\nplain_hop_refused = true\n"
    content = FRESH.read_text(encoding="utf-8").replace("[plex]\n", odd, 1)
    content, count = re.subn(r"(?m)^settings = .*$", "", content)
    assert (odd in content, count) == (True, 1)
    scenario.write_text(f"{content}\n{OWN}", encoding="utf-8")
    simulation = Simulation(str(scenario), tmp_path / "run", capsys)
    assert simulation.run("check").causes["plex_server"] is None
    before = all_settings(simulation)

    done = simulation.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.changes
    assert list(done.changes) == ["plex_allowed_networks", "funnel", "plex_url", "plex_remote_access"]
    url = done.document["public_url"]
    after = all_settings(simulation)
    assert after["customConnections"] == f"https://a.example:8443,{url},https://b.example"
    assert after["allowedNetworks"] == "203.0.113.0/24, 198.51.100.7"
    ours = {"customConnections", "allowedNetworks", "PublishServerOnPlexOnlineKey"}
    assert {name for name, value in before.items() if after[name] != value} == ours
    assert "https+insecure://localhost:32500" in str(simulation.world()["tailscale"])

    simulation.run("undo", "--yes")
    assert all_settings(simulation) == before
    assert "localhost:32500" not in str(simulation.world()["tailscale"])
