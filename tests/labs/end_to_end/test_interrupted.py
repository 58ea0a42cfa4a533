# SPDX-License-Identifier: MIT
"""A run that is cut short: tailscaled dies, the program dies, or somebody starts a second one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import Home, opened
from tests.labs.tailnet.lab import Lab, poll, programs_or_skip

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("quick_probes")]

ALL = ("funnel", "plex_url", "plex_remote_access")
URL = "https://plexbox.lab.ts.net:443"
SET_URL = "PUT /:/prefs customConnections"


@pytest.fixture
def home(make_home: MakeHome) -> Iterator[Home]:
    with Lab(programs=programs_or_skip()) as lab, make_home(lab) as home:
        yield home


def state(home: Home) -> tuple[Any, Any]:
    return home.lab.serve_config(), home.plex_settings()


def converges_and_goes_back(home: Home, before: tuple[Any, Any]) -> None:
    """A new run comes to the end, and what it leaves can be undone, over both runs."""
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert home.lab.serve_config() == opened(port=443, target=home.plex_port, name=home.lab.host)
    assert home.plex_settings() == before[1] | {"customConnections": URL, "PublishServerOnPlexOnlineKey": False}
    goes_back(home, before)


def goes_back(home: Home, before: tuple[Any, Any]) -> None:
    undone = home.run("undo", "--yes", "--consent", "no")
    assert undone.exit == 0, undone.document
    assert state(home) == before
    again = home.run("undo", "--yes", "--consent", "no")
    assert (again.exit, again.changes) == (0, {})


# tailscaled dies


@pytest.mark.parametrize("after", [False, True])
def test_tailscaled_dies_while_funnel_is_switched_on(after: bool, home: Home) -> None:
    before = state(home)
    pause = home.pause_at(" funnel --bg", after=after)
    program = home.start("apply", "--yes", "--json")
    pause.wait()
    home.lab.kill_daemon()
    pause.end()
    done = program.end()
    assert done.exit == 1
    assert done.changes == {"funnel": "failed", "plex_url": "skipped", "plex_remote_access": "skipped"}
    assert done.statuses["tailscale_running"] == "problem", done.document["findings"]
    assert home.plex_settings() == before[1]
    assert "Tailscale" in next(entry["detail"] for entry in done.document["changes"] if entry["change"] == "funnel")
    home.lab.start_daemon()
    home.lab.wait_for_state("Running")
    converges_and_goes_back(home, before)


def test_tailscaled_dies_before_plex_is_told(home: Home) -> None:
    """Funnel is on and proven, and Remote Access stays: the host is as reachable as it was."""
    before = state(home)
    home.at_plex = lambda line: home.lab.kill_daemon() if line == SET_URL else None
    done = home.run("apply", "--yes")
    assert done.exit == 1
    assert done.changes == {"funnel": "applied", "plex_url": "applied", "plex_remote_access": "skipped"}
    assert done.statuses["tailscale_running"] == "problem", done.document["findings"]
    assert home.plex_settings() == before[1] | {"customConnections": URL}
    home.at_plex = lambda line: None
    home.lab.start_daemon()
    home.lab.wait_for_state("Running")
    converges_and_goes_back(home, before)


def test_the_undo_waits_for_a_tailscaled_that_is_gone(home: Home) -> None:
    before = state(home)
    assert home.run("apply", "--yes").exit == 0
    home.lab.kill_daemon()
    undone = home.run("undo", "--yes", "--consent", "no")
    assert (undone.exit, undone.changes["funnel"]) == (1, "failed")
    assert home.plex_settings() == before[1]
    home.lab.start_daemon()
    home.lab.wait_for_state("Running")
    goes_back(home, before)


# The program dies


@pytest.mark.parametrize("after", [False, True])
def test_the_program_dies_while_funnel_is_switched_on(after: bool, home: Home) -> None:
    before = state(home)
    pause = home.pause_at(" funnel --bg", after=after)
    program = home.start("apply", "--yes", "--json")
    pause.wait()
    program.kill()
    pause.end()
    assert [line["mark"] for line in home.journal()] == ["INTENDED"]
    poll("Funnel is on", lambda: bool(home.lab.serve_config()))  # the command goes on without the program
    if after:
        goes_back(home, before)
    else:
        converges_and_goes_back(home, before)


@pytest.mark.parametrize("at", [SET_URL, "PUT /:/prefs PublishServerOnPlexOnlineKey"])
def test_the_program_dies_while_plex_is_changed(at: str, home: Home) -> None:
    before = state(home)
    program = home.start("apply", "--yes", "--json")
    home.at_plex = lambda line: program.process.kill() if line == at else None
    program.process.communicate(timeout=60)
    home.at_plex = lambda line: None
    assert at in home.plex_requests
    assert home.journal()[-1]["mark"] == "INTENDED"
    if at == SET_URL:
        converges_and_goes_back(home, before)
    else:
        goes_back(home, before)


def test_the_program_dies_while_it_takes_things_back(home: Home) -> None:
    before = state(home)
    assert home.run("apply", "--yes").exit == 0
    pause = home.pause_at(" serve --yes --https=443")
    program = home.start("undo", "--yes", "--json", "--consent", "no")
    pause.wait()
    program.kill()
    assert home.plex_settings() == before[1]
    pause.end()
    poll("Funnel is off", lambda: not home.lab.serve_config())
    goes_back(home, before)


def test_the_person_stops_it(home: Home) -> None:
    before = state(home)
    pause = home.pause_at(" funnel --bg")
    program = home.start("apply", "--yes", "--json")
    pause.wait()
    program.process.send_signal(signal.SIGINT)
    done = program.end()
    pause.end()
    assert (done.exit, done.document["error"]["code"]) == (4, "stopped")
    assert done.changes == {"funnel": "failed", "plex_url": "skipped", "plex_remote_access": "skipped"}
    assert state(home) == before
    converges_and_goes_back(home, before)


def test_a_certificate_that_does_not_come_is_waited_for_until_the_person_stops(make_home: MakeHome) -> None:
    """Nothing that works is given up for it, and the next run goes on from there."""
    with Lab(programs=programs_or_skip(), certificate="acme") as lab, make_home(lab) as home:
        before = state(home)
        lab.set_acme("down")
        program = home.start("apply", "--yes", "--json")
        poll("Funnel is on", lambda: [line["mark"] for line in home.journal()] == ["INTENDED", "APPLIED"], 60)
        assert program.process.poll() is None
        program.process.send_signal(signal.SIGINT)
        done = program.end()
        assert done.exit == 4
        assert done.changes == {"funnel": "applied", "plex_url": "skipped", "plex_remote_access": "skipped"}
        assert home.plex_settings() == before[1]
        lab.set_acme("ok")
        assert lab.fetch("/identity").status == 200
        assert lab.issued() == 1
        converges_and_goes_back(home, before)


# Two at once


def test_a_second_run_is_refused_and_brings_nothing_down(home: Home) -> None:
    pause = home.pause_at(" funnel --bg")
    first = home.start("apply", "--yes", "--json")
    pause.wait()
    for words in (("apply", "--yes"), ("undo", "--yes"), ("apply",)):
        second = home.run(*words)
        assert (second.exit, second.document["error"]["code"]) == (3, "another_run")
        assert "Another run" in second.words
    looking = home.run("check", "--consent", "no")
    assert (looking.exit, looking.causes["funnel_shape"]) == (1, "missing")
    assert [line["mark"] for line in home.journal()] == ["INTENDED"]
    pause.end()
    done = first.end()
    assert (done.exit, done.changes) == (0, dict.fromkeys(ALL, "applied"))


@pytest.mark.parametrize("mount", ["/", "/notes"])
def test_somebody_else_takes_the_port_after_the_plan_was_made(mount: str, home: Home) -> None:
    """What they put there meanwhile is neither overwritten nor made public; a new run goes elsewhere."""
    theirs: dict[str, Any] = {
        "TCP": {"443": {"HTTPS": True}},
        "Web": {f"{home.lab.host}:443": {"Handlers": {mount: {"Text": "theirs"}}}},
    }

    def take(line: str) -> None:
        # Plex's settings are read for the plan, and once more for the backup before the first change.
        if home.plex_requests.count("GET /:/prefs") == 2 and not home.lab.serve_config():
            home.lab.set_serve_config(theirs)

    home.at_plex = take
    settings = home.plex_settings()
    done = home.run("apply", "--yes")
    assert home.lab.serve_config() == theirs
    assert (done.exit, done.changes) == (
        1,
        {"funnel": "failed", "plex_url": "skipped", "plex_remote_access": "skipped"},
    )
    assert home.plex_settings() == settings
    home.enter_through(8443)
    again = home.run("apply", "--yes")
    assert (again.exit, again.document["outcome"]) == (0, "ready"), again.document["findings"]
    assert again.document["public_url"] == f"https://{home.lab.host}:8443"
    assert home.lab.serve_config()["Web"][f"{home.lab.host}:443"] == theirs["Web"][f"{home.lab.host}:443"]
    assert home.run("undo", "--yes", "--consent", "no").exit == 0
    assert (home.lab.serve_config(), home.plex_settings()) == (theirs, settings)
