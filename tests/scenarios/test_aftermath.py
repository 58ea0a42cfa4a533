# SPDX-License-Identifier: MIT
"""After success the home's own addresses are looked at, after an undo the address taken back; seven tests a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import resources_folder
from setup_assistant.services.checkers import MOST_TESTS
from tests.scenarios.running import Simulation

READY = resources_folder() / "scenarios" / "all-good.toml"


def simulate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, direct: str = "timeout", *, more: str = ""
) -> Simulation:
    """A host that is ready, on a line of this kind."""
    content = READY.read_text(encoding="utf-8")
    for old, new in (
        ('line = "cgnat"', f'line = "{line}"'),
        ('router_wan_ip = "100.64.12.34"', 'router_wan_ip = "81.2.69.10"'),
        ("ipv6 = false", "ipv6 = true"),
        ('checker = "ok"', f'checker = "ok"\ndirect = "{direct}"\n{more}'),
    ):
        assert old in content, old
        content = content.replace(old, new, 1)
    if line == "cgnat":
        content = content.replace('router_wan_ip = "81.2.69.10"', 'router_wan_ip = "100.64.12.34"')
    scenario = tmp_path / "ready.toml"
    scenario.write_text(content, encoding="utf-8")
    return Simulation(str(scenario), tmp_path / "run", capsys)


def asked(simulation: Simulation) -> dict[str, int]:
    """Target -> how many tests the public service was asked for."""
    found: dict[str, int] = {}
    for kept in simulation.world()["outside"]["measurements"].values():
        target = kept["asked"]["target"]
        found[target] = found.get(target, 0) + len(kept["places"])
    return found


NAME = "plexbox.tail1234.ts.net"
V4, V6 = "81.2.69.10", "2a02:810d:1::50"


@pytest.mark.parametrize("line", ["home_nat", "public"])
@pytest.mark.parametrize(
    ("direct", "cause"), [("plex", "answers_outside"), ("timeout", None), ("refused", None), ("other_server", None)]
)
def test_the_home_is_looked_at_from_outside(
    line: str, direct: str, cause: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = simulate(tmp_path, capsys, line, direct)
    answer = simulation.run("check")
    assert (answer.document["outcome"], answer.exit) == ("ready", 0)
    assert answer.causes["open_port"] == cause
    assert asked(simulation) == {NAME: 3, V4: 1, V6: 1}
    seen: dict[str, Any] = next(one for one in answer.document["findings"] if one["code"] == "open_port")
    assert [evidence["value"] for evidence in seen["evidence"]] == [V4, V6]


@pytest.mark.parametrize("line", ["cgnat", "double_nat", "ds_lite", "vpn"])
def test_an_address_of_strangers_is_never_asked(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulate(tmp_path, capsys, line, "plex")
    simulation.run("check")
    assert V4 not in asked(simulation)
    # The IPv6 address is this computer's own, unless it is a VPN's.
    assert (V6 in asked(simulation)) is (line != "vpn")


def test_without_consent_nobody_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulate(tmp_path, capsys, "home_nat", "plex")
    assert simulation.run("check", "--consent", "no").causes["outside"] == "no_consent"
    assert asked(simulation) == {}


def test_never_more_than_seven_tests_with_the_retry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulate(tmp_path, capsys, "home_nat", "plex", more='first_tests = ["timeout", "timeout", "timeout"]')
    answer = simulation.run("check")
    assert answer.causes["open_port"] == "answers_outside"
    assert asked(simulation) == {NAME: 6, V4: 1}
    assert sum(asked(simulation).values()) <= MOST_TESTS


def test_an_undo_is_seen_from_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    done = simulation.run("apply", "--yes")
    assert "closed_again" not in done.causes
    before = sum(asked(simulation).values())
    back = simulation.run("undo", "--yes")
    assert (back.exit, back.statuses["closed_again"], back.causes["closed_again"]) == (0, "ok", None)
    assert sum(asked(simulation).values()) - before <= MOST_TESTS
    again = simulation.run("undo", "--yes")
    assert "closed_again" not in again.causes


def test_an_undo_without_consent_is_seen_from_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    simulation.run("apply", "--yes")
    before = asked(simulation)
    back = simulation.run("undo", "--yes", "--consent", "no")
    assert (back.exit, back.causes["closed_again"]) == (0, "from_here")
    assert asked(simulation) == before


def test_what_was_public_before_us_is_not_expected_to_be_closed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation("two-hop", tmp_path, capsys)
    simulation.run("apply", "--yes")
    assert "closed_again" not in simulation.run("undo", "--yes").causes


def test_people_are_told_that_the_address_is_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("cgnat-fresh", tmp_path, capsys)
    simulation.run("apply", "--yes")
    main(["undo", "--yes", "--demo", "cgnat-fresh", "--settings", str(simulation.settings)])
    said = capsys.readouterr().out
    assert f"https://{NAME}:443 no longer leads to Plex: checked from Ashburn, US" in said


def test_the_places_are_a_table_with_latency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation("all-good", tmp_path, capsys)
    main(["check", "--demo", "all-good", "--settings", str(simulation.settings)])
    rows = [line for line in capsys.readouterr().out.splitlines() if "From " in line and "Plex answers" in line]
    assert len(rows) >= 3
    assert len({row.index("120 ms") for row in rows}) == 1, "one column"
