# SPDX-License-Identifier: MIT
"""Each row of the table of causes (facts: reachability, 4.2) ends in its own finding through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.bootstrap import resources_folder
from setup_assistant.core.words import CASES
from setup_assistant.host.simulated.world import WORLD_FILE
from tests.scenarios.running import Answer, Simulation

FRESH = resources_folder() / "scenarios" / "cgnat-fresh.toml"
OUTSIDE = FRESH.read_text(encoding="utf-8").partition("[outside]")[2].partition("[keyring]")[0]

LIMIT = (
    "429 Too Many Requests: acme: urn:ietf:params:acme:error:rateLimited: "
    "too many certificates (5) already issued for this exact set of identifiers"
)


def simulate(tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, Any], rest: str = "") -> Simulation:
    """A fresh home behind CGNAT whose public side is as ``keys`` say."""
    lines = {"dns_after_s": 0, "funnel_reaches": "plex", "checker": "ok", **keys}
    table = "\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items()) + "\n\n"
    scenario = tmp_path / "broken.toml"
    scenario.write_text(FRESH.read_text(encoding="utf-8").replace(OUTSIDE, table) + rest, encoding="utf-8")
    return Simulation(str(scenario), tmp_path / "run", capsys)


def both(kind: str) -> dict[str, Any]:
    """What the node itself gives, whichever way a visitor comes."""
    return {"near": kind, "funnel_reaches": kind}


def entrance(kind: str) -> dict[str, Any]:
    """What only the public entrance gives."""
    return {"funnel_reaches": kind}


def elsewhere(kind: str) -> dict[str, Any]:
    """What only the places outside meet, at the retry too."""
    return {"first_tests": [kind] * 6}


ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "Plex stopped, or another port": (both("bad_gateway"), "own_address", "bad_gateway"),
    "Serve configuration gone, refused": (both("refused"), "own_address", "refused"),
    "Serve configuration gone, closed": (both("closed"), "own_address", "closed"),
    "no certificate": (both("tls_alert"), "own_address", "no_certificate"),
    "the certificate is being made": (both("timeout"), "own_address", "slow"),
    "name not published": ({"dns_after_s": 10_000_000}, "public_dns", "missing"),
    "a private answer": ({"dns": "private"}, "public_dns", "private_answer"),
    "name servers that do not know": ({"dns": "broken", "checker": "down"}, "public_dns", "no_answer"),
    "resolvers blocked": ({"dns": "blocked", "checker": "down"}, "public_dns", "not_asked"),
    "turned away, closed": (entrance("closed"), "public_entrance", "turned_away"),
    "turned away, reset": (entrance("reset"), "public_entrance", "turned_away"),
    "the entrance stalls": (entrance("timeout"), "public_entrance", "stalls"),
    "the entrance refuses": (entrance("refused"), "public_entrance", "refused"),
    "no certificate at the entrance": (entrance("tls_alert"), "public_entrance", "no_certificate"),
    "certificate expired": (both("certificate_expired"), "own_address", "certificate_expired"),
    "certificate of another name": (both("certificate_name"), "own_address", "certificate_wrong"),
    "certificate nobody trusts": (both("certificate_untrusted"), "own_address", "certificate_wrong"),
    "certificate refused at the entrance": (entrance("certificate_expired"), "public_entrance", "certificate"),
    "another server": (both("other_server"), "own_address", "other_server"),
    "another server at the entrance": (entrance("other_server"), "public_entrance", "other_server"),
    "mounted on a path": (both("not_found"), "own_address", "not_found"),
    "mounted on a path at the entrance": (entrance("not_found"), "public_entrance", "not_found"),
    "asks for a sign-in": (both("unauthorized"), "own_address", "unauthorized"),
    "asks for a sign-in at the entrance": (entrance("unauthorized"), "public_entrance", "unauthorized"),
    "sent elsewhere": (both("redirect"), "own_address", "redirect"),
    "sent elsewhere at the entrance": (entrance("redirect"), "public_entrance", "redirect"),
    "another app": (both("other_app"), "own_address", "other_app"),
    "another app at the entrance": (entrance("other_app"), "public_entrance", "other_app"),
    "starting": (both("starting"), "own_address", "starting"),
    "starting at the entrance": (entrance("starting"), "public_entrance", "starting"),
    "Plex down at the entrance": (entrance("bad_gateway"), "public_entrance", "bad_gateway"),
    "outside: name not known": (elsewhere("name_not_found"), "outside", "name_not_found"),
    "outside: a private answer": (elsewhere("private_address"), "outside", "private_answer"),
    "outside: refused": (elsewhere("refused"), "outside", "refused"),
    "outside: reset": (elsewhere("reset"), "outside", "turned_away"),
    "outside: closed": (elsewhere("closed"), "outside", "turned_away"),
    "outside: no certificate": (elsewhere("tls_alert"), "outside", "no_certificate"),
    "outside: stalls": (elsewhere("timeout"), "outside", "stalls"),
    "checkers busy": ({"checker": "busy"}, "outside", "could_not_check"),
    "checkers down": ({"checker": "down"}, "outside", "could_not_check"),
    "checkers without probes": ({"checker": "no_probes"}, "outside", "could_not_check"),
    "probes with troubles of their own": ({"checker": "internal"}, "outside", "could_not_check"),
}


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, code, cause = ROWS[name]
    simulation = simulate(tmp_path, capsys, keys)
    answer = simulation.run("apply", "--yes")
    assert answer.causes[code] == cause, {
        code: answer.causes[code] for code in ("own_address", "public_dns", "outside")
    }
    assert answer.statuses[code] == CASES[code, cause].status.value
    assert answer.exit == {"needs_you": 1, "needs_changes": 1, "unknown": 3}[answer.document["outcome"]]
    assert_nothing_else_is_lost(answer, simulation, code)


def assert_nothing_else_is_lost(answer: Answer, simulation: Simulation, code: str) -> None:
    """One question has a cause; what comes before it stands, and the host's only way in today is kept."""
    good = ("connection", "tailscale_connected", "funnel_shape", "plex_server", "safety_gate", "plex_owner")
    assert all(answer.statuses[one] in ("ok", "notice") for one in good)
    assert answer.changes["funnel"] == "applied"
    told_nobody = CASES[code, answer.causes[code]].status.value == "problem" or code != "outside"
    if told_nobody:
        assert answer.changes["plex_remote_access"] == "skipped"
        assert simulation.world()["plex"]["settings"].get("PublishServerOnPlexOnlineKey") is True


@pytest.mark.parametrize(
    ("keys", "code", "cause"),
    [
        ({"dns": "patchy"}, "public_dns", "patchy"),
        ({"dns": "broken"}, "public_dns", "only_here"),
        ({"dns": "blocked"}, "public_dns", "only_here"),
        ({"entrances_down": ["209.177.145.137"]}, "public_entrance", "partly"),
        ({"entrances_down": ["2403:2500:400:20::e8e"]}, "public_entrance", "one_family"),
        ({"first_tests": ["timeout"]}, "outside", None),
        ({"first_tests": ["timeout", "timeout"]}, "outside", "partly"),
        ({"first_tests": ["timeout"] * 3}, "outside", None),
        ({"near": "closed"}, "own_address", "only_here"),
        ({"certificate_days": 5}, "outside", "certificate_soon"),
        ({"checker": "second"}, "outside", "answered"),
    ],
)
def test_what_keeps_nobody_from_ready(
    keys: dict[str, Any], code: str, cause: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = simulate(tmp_path, capsys, keys)
    scenario = Path(simulation.scenario)
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("ipv6 = false", "ipv6 = true"), encoding="utf-8")
    answer = simulation.run("apply", "--yes")
    assert (answer.causes[code], answer.document["outcome"], answer.exit) == (cause, "ready", 0)


def test_the_weekly_limit_of_certificates_names_the_wait(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = f'\n[[faults]]\nat = "tailscale cert"\nexit = 1\ntimes = 0\nstderr = "{LIMIT}"\n'
    simulation = simulate(tmp_path, capsys, both("tls_alert"), fault)
    for words in (("apply", "--yes"), ("check",)):
        answer = simulation.run(*words)
        finding = next(one for one in answer.document["findings"] if one["code"] == "own_address")
        assert finding["cause"] == "certificate_limit"
        assert "a day and a half" in finding["remedies"][0]["text"]
        assert answer.document["outcome"] == "needs_you"


def test_a_limit_that_ends_soon_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit = {"certificate_after_s": 4000, "certificate_limited": True}
    answer = simulate(tmp_path, capsys, limit).run("apply", "--yes")
    assert (answer.exit, answer.document["outcome"]) == (0, "ready")
    assert answer.document["timings_ms"]["apply"] > 3_900_000


def test_a_limit_of_days_is_told_and_a_later_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit = {"certificate_after_s": 122_400, "certificate_limited": True}
    simulation = simulate(tmp_path, capsys, limit)
    answer = simulation.run("apply", "--yes")
    assert (answer.causes["own_address"], answer.exit) == ("certificate_limit", 1)
    finding = next(one for one in answer.document["findings"] if one["code"] == "own_address")
    assert "Wait about 34 hours" in finding["remedies"][0]["text"]
    assert answer.document["timings_ms"]["apply"] < 600_000
    pass_time(simulation, 122_400)
    assert simulation.run("apply", "--yes").changes == {
        "funnel": "already",
        "plex_url": "applied",
        "plex_remote_access": "applied",
    }


@pytest.mark.parametrize("seconds", [45, 300])
def test_a_certificate_in_the_making_is_waited_for(
    seconds: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = simulate(tmp_path, capsys, {"certificate_after_s": seconds}).run("apply", "--yes")
    assert (answer.exit, answer.document["outcome"]) == (0, "ready")


def pass_time(simulation: Simulation, seconds: float) -> None:
    """Let time go by between two runs."""
    kept = simulation.state / WORLD_FILE
    world = json.loads(kept.read_text(encoding="utf-8"))
    world["data"]["clock"]["elapsed"] += seconds
    kept.write_text(json.dumps(world), encoding="utf-8")


def test_a_wait_for_the_name_goes_on_in_the_next_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulate(tmp_path, capsys, {"dns_after_s": 1500})
    first = simulation.run("apply", "--yes")
    assert first.causes["public_dns"] == "missing"
    assert first.changes == {"funnel": "applied", "plex_url": "skipped", "plex_remote_access": "skipped"}
    pass_time(simulation, 3600)
    second = simulation.run("apply", "--yes")
    assert (second.exit, second.document["outcome"]) == (0, "ready")
    assert second.changes == {"funnel": "already", "plex_url": "applied", "plex_remote_access": "applied"}


@pytest.mark.parametrize("fail", ["timeout", "refused", "unreachable"])
def test_every_service_silent_or_refusing(fail: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hosts = ("POST api.globalping.io", "GET check-host.net", "GET cloudflare-dns.com", "GET dns.google")
    silent = "".join(f'\n[[faults]]\nat = "{host}"\nfail = "{fail}"\ntimes = 0\n' for host in hosts[:2])
    simulation = simulate(tmp_path, capsys, {}, silent)
    answer = simulation.run("apply", "--yes")
    assert (answer.exit, answer.causes["outside"]) == (3, "could_not_check")
    assert set(answer.changes.values()) == {"applied"}
    assert answer.statuses["public_entrance"] == "ok"
    deaf = "".join(f'\n[[faults]]\nat = "{host}"\nfail = "{fail}"\ntimes = 0\n' for host in hosts)
    (tmp_path / "deaf").mkdir()
    simulation = simulate(tmp_path / "deaf", capsys, {}, deaf)
    answer = simulation.run("apply", "--yes")
    assert answer.causes["public_dns"] == "not_asked"
    assert answer.changes == {"funnel": "applied", "plex_url": "skipped", "plex_remote_access": "skipped"}
    assert answer.document["timings_ms"]["apply"] < 20 * 60 * 1000
