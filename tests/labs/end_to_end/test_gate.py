# SPDX-License-Identifier: MIT
"""Plex found public while it lets anybody in, on a real tailscaled: closed first, and never opened by us."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import Home, opened
from tests.labs.tailnet.lab import Lab, programs_or_skip

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("quick_probes")]

ALLOWED = "PUT /:/prefs allowedNetworks"
HTTPS = {"HTTPS": True}


@pytest.fixture
def home(make_home: MakeHome) -> Iterator[Home]:
    with Lab(programs=programs_or_skip()) as lab, make_home(lab) as home:
        yield home


def ways(home: Home) -> dict[str, dict[str, object]]:
    """Configurations through which the internet reaches Plex."""
    name, target = home.lab.host, f"localhost:{home.plex_port}"
    plain = {"TCPForward": target}
    return {
        "as we do it": opened(port=443, target=home.plex_port, name=name),
        "on another port": opened(port=8443, target=home.plex_port, name=name),
        "a plain forward": {"TCP": {"443": plain}, "AllowFunnel": {f"{name}:443": True}},
        "TLS ended, then forwarded": {
            "TCP": {"443": {**plain, "TerminateTLS": name}},
            "AllowFunnel": {f"{name}:443": True},
        },
        "beside somebody else's": {
            "TCP": {"443": HTTPS},
            "Web": {f"{name}:443": {"Handlers": {"/": {"Text": "theirs"}, "/plex": {"Proxy": f"http://{target}"}}}},
            "AllowFunnel": {f"{name}:443": True},
        },
    }


@pytest.mark.parametrize(
    "way",
    [
        "as we do it",
        "on another port",
        "a plain forward",
        "TLS ended, then forwarded",
        "beside somebody else's",
    ],
)
def test_an_unclaimed_server_is_closed_and_stays_so(way: str, home: Home) -> None:
    home.world.data["plex"]["claimed"] = False
    config = ways(home)[way]
    assert home.lab.set_serve_config(config).status == 200
    seen = home.run("check", "--consent", "no")
    assert (seen.exit, seen.document["findings"][0]["cause"]) == (1, "public_and_unclaimed"), seen.document["findings"]
    assert seen.pending == ["close_funnel"]
    done = home.run("apply", "--yes")
    assert (done.exit, done.changes) == (1, {"close_funnel": "applied"})
    assert done.causes["safety_gate"] == "unclaimed"
    now = home.lab.serve_config()
    if way == "beside somebody else's":  # what is theirs stays, and stays public
        theirs = {f"{home.lab.host}:443": {"Handlers": {"/": {"Text": "theirs"}}}}
        assert now == config | {"Web": theirs}
        assert home.lab.fetch("/").body == b"theirs"
    else:
        assert now == {name: value for name, value in config.items() if name != "AllowFunnel"}
        assert not any(home.lab.lets_in(port=port) for port in (443, 8443, 10000))
    undone = home.run("undo", "--yes", "--consent", "no")
    assert (undone.exit, undone.changes) == (0, {"close_funnel": "left_alone"})
    assert home.lab.serve_config() == now


def test_a_live_session_that_makes_an_unclaimed_server_public(home: Home) -> None:
    home.world.data["plex"]["claimed"] = False
    with home.lab.foreground("funnel", "--https=443", f"localhost:{home.plex_port}"):
        assert home.lab.lets_in()
        done = home.run("apply", "--yes")
        assert (done.exit, done.changes) == (1, {"close_funnel": "applied"}), done.document["changes"]
        assert not home.lab.lets_in()


def test_a_server_that_lets_visitors_in_is_closed_mended_and_opened_again(home: Home) -> None:
    home.world.data["plex"]["settings"]["allowedNetworks"] = "127.0.0.0/8"
    settings = home.plex_settings()
    config = opened(port=443, target=home.plex_port, name=home.lab.host)
    assert home.lab.set_serve_config(config).status == 200
    public: list[bool] = []
    home.at_plex = lambda line: public.append(home.lab.lets_in()) if line == ALLOWED else None
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert set(done.changes.values()) == {"applied"}
    assert public == [False]
    assert home.lab.serve_config() == config
    home.at_plex = lambda line: None
    undone = home.run("undo", "--yes", "--consent", "no")
    assert undone.exit == 0
    assert home.plex_settings() == settings
    assert not home.lab.lets_in()


def test_what_else_is_public_is_said(home: Home) -> None:
    theirs = {
        "TCP": {"8443": HTTPS},
        "Web": {f"{home.lab.host}:8443": {"Handlers": {"/": {"Text": "theirs"}}}},
        "AllowFunnel": {f"{home.lab.host}:8443": True},
    }
    assert home.lab.set_serve_config(theirs).status == 200
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert (done.causes["public_services"], done.statuses["public_services"]) == ("others_public", "notice")
    assert home.run("undo", "--yes", "--consent", "no").exit == 0
    assert home.lab.serve_config() == theirs
    assert home.lab.fetch("/", port=8443).body == b"theirs"
