# SPDX-License-Identifier: MIT
"""Every broken Serve configuration that is known by name, written into a real tailscaled, mended and given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import Home, opened
from tests.labs.tailnet.backend import serving
from tests.labs.tailnet.lab import Lab, programs_or_skip
from tests.labs.tailnet.machine import JSON

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("quick_probes")]

NAME = "plexbox.lab.ts.net"
OLD_NAME = "mediabox.lab.ts.net"
HTTPS = {"HTTPS": True}
FILES = {"Text": "somebody else's"}


def handlers(**targets: str) -> JSON:
    """``root`` is ``/``, any other name is its path."""
    return {"Handlers": {"/" if name == "root" else f"/{name}": {"Proxy": target} for name, target in targets.items()}}


@dataclass(frozen=True)
class Broken:
    """A configuration with PORT for Plex's own, what it is called, and what is left of it besides our handler."""

    cause: str
    config: JSON
    port: int = 443
    stays: JSON = field(default_factory=dict)


BROKEN = {
    "two hops": Broken(
        "two_hop",
        {
            "TCP": {"443": HTTPS, "10000": HTTPS},
            "Web": {
                f"{NAME}:443": handlers(root="https+insecure://localhost:10000"),
                f"{NAME}:10000": handlers(root="http://127.0.0.1:PORT"),
            },
            "AllowFunnel": {f"{NAME}:443": True},
        },
    ),
    "two hops over a plain forward": Broken(
        "two_hop",
        {
            "TCP": {"443": HTTPS, "10000": {"TCPForward": "localhost:PORT"}},
            "Web": {f"{NAME}:443": handlers(root="http://localhost:10000")},
            "AllowFunnel": {f"{NAME}:443": True},
        },
    ),
    "a loop": Broken(
        "self_loop",
        {
            "TCP": {"443": HTTPS},
            "Web": {f"{NAME}:443": handlers(root="http://127.0.0.1:443")},
            "AllowFunnel": {f"{NAME}:443": True},
        },
    ),
    "a target of another port": Broken(
        "wrong_target",
        {
            "TCP": {"443": HTTPS},
            "Web": {f"{NAME}:443": handlers(root="http://localhost:32469")},
            "AllowFunnel": {f"{NAME}:443": True},
        },
    ),
    "a plain forward": Broken("tcp_forward", {"TCP": {"443": {"TCPForward": "localhost:PORT"}}}),
    "a plain forward that is public": Broken(
        "tcp_forward",
        {"TCP": {"443": {"TCPForward": "localhost:PORT"}}, "AllowFunnel": {f"{NAME}:443": True}},
    ),
    "an old name": Broken(
        "stale_name",
        {
            "TCP": {"443": HTTPS},
            "Web": {f"{OLD_NAME}:443": handlers(root="http://localhost:PORT")},
            "AllowFunnel": {f"{OLD_NAME}:443": True},
        },
    ),
    "an old name that carries more": Broken(
        "stale_name",
        {
            "TCP": {"443": HTTPS},
            "Web": {f"{OLD_NAME}:443": handlers(root="http://localhost:PORT", notes="http://localhost:8080")},
        },
        stays={"Web": {f"{OLD_NAME}:443": handlers(notes="http://localhost:8080")}},
    ),
    "Funnel off": Broken(
        "funnel_off", {"TCP": {"443": HTTPS}, "Web": {f"{NAME}:443": handlers(root="http://localhost:PORT")}}
    ),
    "Funnel left behind": Broken("allow_left_behind", {"AllowFunnel": {f"{NAME}:443": True}}),
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One daemon for all of these: each test writes what it needs."""
    with Lab(programs=programs_or_skip()) as lab:
        yield lab


@pytest.fixture(scope="module")
def old_lab() -> Iterator[Lab]:
    """The same with an old client and daemon."""
    with Lab(version="old", programs=programs_or_skip("old")) as lab:
        yield lab


@pytest.fixture
def home(lab: Lab, make_home: MakeHome) -> Iterator[Home]:
    """Plex has the right address already: what is wrong is Tailscale's part."""
    with make_home(lab) as home:
        home.plex_says(f"https://{NAME}:443")
        yield home


def put(home: Home, config: JSON) -> JSON:
    """Write a configuration into the daemon, and return it as it keeps it."""

    def with_port(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: with_port(entry) for name, entry in value.items()}
        return value.replace("PORT", str(home.plex_port)) if isinstance(value, str) else value

    empty = home.lab.set_serve_config({})
    written = home.lab.set_serve_config(with_port(config))
    assert (empty.status, written.status) == (200, 200), written.body
    kept = home.lab.serve_config()
    assert kept == with_port(config)
    return kept


def merged(one: JSON, other: JSON) -> JSON:
    """Both configurations in one."""
    both = {name: dict(value) if isinstance(value, dict) else value for name, value in one.items()}
    for name, value in other.items():
        both[name] = merged(both[name], value) if isinstance(value, dict) and name in both else value
    return both


@pytest.mark.parametrize("name", BROKEN)
def test_mended_and_given_back(name: str, home: Home) -> None:
    mend_and_give_back(BROKEN[name], home)


@pytest.mark.parametrize("name", BROKEN)
def test_mended_and_given_back_by_an_old_client(name: str, old_lab: Lab, make_home: MakeHome) -> None:
    with make_home(old_lab) as home:
        home.plex_says(f"https://{NAME}:443")
        mend_and_give_back(BROKEN[name], home)


def with_localhost(config: JSON) -> JSON:
    """``localhost`` is as good as its address, which an old client writes for it."""
    changed: JSON = json.loads(json.dumps(config).replace("127.0.0.1:", "localhost:"))
    return changed


def mend_and_give_back(broken: Broken, home: Home) -> None:
    lab = home.lab
    before, settings = put(home, broken.config), home.plex_settings()
    seen = home.run("check", "--consent", "no")
    assert (seen.exit, seen.causes["funnel_shape"]) == (1, broken.cause), seen.document["findings"]
    assert (lab.serve_config(), home.writes_to_plex()) == (before, [])

    done = home.run("apply", "--yes")
    wanted = merged(opened(port=broken.port, target=home.plex_port, name=NAME), broken.stays)
    assert with_localhost(lab.serve_config()) == wanted
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert done.changes == {"funnel": "applied", "plex_url": "already", "plex_remote_access": "already"}
    assert lab.fetch("/identity").status == 200

    undone = home.run("undo", "--yes", "--consent", "no")
    assert (undone.exit, undone.changes) == (0, {"funnel": "undone"})
    assert (lab.serve_config(), home.plex_settings()) == (before, settings)


def test_plex_is_moved_from_another_port_when_443_is_asked_for(home: Home) -> None:
    config = {
        "TCP": {"8443": HTTPS},
        "Web": {f"{NAME}:8443": handlers(root="http://localhost:PORT")},
        "AllowFunnel": {f"{NAME}:8443": True},
    }
    before = put(home, config)
    assert home.run("check", "--consent", "no").causes["funnel_shape"] == "wrong_port"
    done = home.run("apply", "--yes", "--port", "443")
    assert home.lab.serve_config() == opened(port=443, target=home.plex_port, name=NAME)
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert (home.run("undo", "--yes", "--consent", "no").exit, home.lab.serve_config()) == (0, before)


# What is not ours


def test_handlers_of_others_stay_and_plex_takes_the_free_port(lab: Lab, make_home: MakeHome) -> None:
    with make_home(lab) as home, serving(b"notes") as notes:
        theirs = {
            "TCP": {"443": HTTPS, "8443": HTTPS},
            "Web": {
                f"{NAME}:443": handlers(notes=f"http://127.0.0.1:{notes.port}"),
                f"{NAME}:8443": {"Handlers": {"/": FILES}},
            },
        }
        before, settings = put(home, theirs), home.plex_settings()
        home.enter_through(10000)
        done = home.run("apply", "--yes")
        ours = opened(port=10000, target=home.plex_port, name=NAME)
        assert lab.serve_config() == merged(theirs, ours)
        assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
        assert done.document["public_url"] == f"https://{NAME}:10000"
        assert home.plex_settings()["customConnections"] == f"https://{NAME}:10000"
        assert lab.fetch("/identity", port=10000).status == 200
        assert not lab.lets_in(port=443)
        assert not lab.lets_in(port=8443)

        # 443 is kept away from even when it has become free.
        assert lab.set_serve_config(merged(ours, {})).status == 200
        assert home.run("check", "--consent", "no").document["public_url"] == f"https://{NAME}:10000"
        assert lab.set_serve_config(merged(theirs, ours)).status == 200

        assert home.run("undo", "--yes", "--consent", "no").exit == 0
        assert (lab.serve_config(), home.plex_settings()) == (before, settings)


def test_443_is_taken_over_when_asked_for(home: Home) -> None:
    theirs = {
        "TCP": {"443": HTTPS, "8443": HTTPS},
        "Web": {
            f"{NAME}:443": {"Handlers": {"/": FILES, "/notes": FILES}},
            f"{NAME}:8443": {"Handlers": {"/": FILES}},
        },
    }
    before = put(home, theirs)
    done = home.run("apply", "--yes", "--port", "443")
    wanted = opened(port=443, target=home.plex_port, name=NAME)
    wanted["TCP"]["8443"] = HTTPS
    wanted["Web"][f"{NAME}:8443"] = {"Handlers": {"/": FILES}}
    assert home.lab.serve_config() == wanted
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert (home.run("undo", "--yes", "--consent", "no").exit, home.lab.serve_config()) == (0, before)


def test_no_port_is_free(home: Home) -> None:
    ports = (443, 8443, 10000)
    theirs = {
        "TCP": {str(port): HTTPS for port in ports},
        "Web": {f"{NAME}:{port}": {"Handlers": {"/": FILES}} for port in ports},
        "AllowFunnel": {f"{NAME}:8443": True},
    }
    put(home, theirs)
    etag = home.lab.etag()
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (1, "needs_you")
    assert done.causes["funnel_shape"] == "no_free_port"
    assert "funnel" not in done.changes
    assert (home.lab.etag(), home.writes_to_plex(), home.journal()) == (etag, [], [])


def test_a_live_session_of_somebody_else_on_443_survives(lab: Lab, make_home: MakeHome) -> None:
    with make_home(lab) as home, serving(b"theirs") as theirs:
        put(home, {})
        home.enter_through(8443)
        with lab.foreground("serve", "--https=443", f"localhost:{theirs.port}") as session:
            live = lab.serve_config()["Foreground"]
            done = home.run("apply", "--yes")
            ours = opened(port=8443, target=home.plex_port, name=NAME)
            assert lab.serve_config() == ours | {"Foreground": live}
            assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
            asked = home.run("apply", "--yes", "--port", "443")
            assert (asked.exit, asked.causes["funnel_shape"]) == (1, "foreground_session")
            assert lab.serve_config() == ours | {"Foreground": live}
            assert home.run("undo", "--yes", "--consent", "no").exit == 0
            assert lab.serve_config() == {"Foreground": live}
            assert session.running


def test_a_live_session_that_offers_plex_is_left_alone(home: Home) -> None:
    lab = home.lab
    put(home, {})
    with lab.foreground("funnel", "--https=443", f"localhost:{home.plex_port}") as session:
        before, etag = lab.serve_config(), lab.etag()
        done = home.run("apply", "--yes")
        assert (done.exit, done.causes["funnel_shape"]) == (1, "foreground_session")
        assert (lab.serve_config(), lab.etag(), home.journal()) == (before, etag, [])
        assert session.running
