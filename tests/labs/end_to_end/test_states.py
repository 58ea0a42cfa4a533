# SPDX-License-Identifier: MIT
"""Every state a real tailscaled can be in besides running: what is said of it, what mends it, what is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.settings import Settings, TailscaleSettings
from setup_assistant.host.real import real_host
from setup_assistant.services.tailscale import Tailscale
from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import Home, Run, opened
from tests.labs.tailnet.lab import FUNNEL_PORTS, Lab, poll, programs_or_skip

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("quick_probes")]

URL = "https://plexbox.lab.ts.net:443"


class StartHome(Protocol):
    """Start a lab with options of one's own, and a home around it."""

    def __call__(self, **options: object) -> Home: ...


@pytest.fixture
def start_home(make_home: MakeHome) -> Iterator[StartHome]:
    programs = programs_or_skip()
    with ExitStack() as stack:

        def start(**options: object) -> Home:
            return stack.enter_context(make_home(stack.enter_context(Lab(programs=programs, **options))))  # type: ignore[arg-type]

        yield start


def check(home: Home) -> Run:
    return home.run("check", "--consent", "no")


def refuses(home: Home, code: str, cause: str) -> Run:
    """``apply`` says what stands in the way, and touches nothing."""
    config, settings = home.lab.serve_config(), home.plex_settings()
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (1, "needs_you")
    assert (done.causes[code], done.statuses[code]) == (cause, "problem"), done.document["findings"]
    assert (home.lab.serve_config(), home.plex_settings(), home.journal()) == (config, settings, [])
    return done


def becomes_ready(home: Home) -> Run:
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert home.lab.serve_config() == opened(port=443, target=home.plex_port, name=home.lab.host)
    assert home.plex_settings()["customConnections"] == URL
    return done


def link_of(run: Run, code: str) -> str:
    finding = next(finding for finding in run.document["findings"] if finding["code"] == code)
    links = [remedy["link"] for remedy in finding["remedies"] if remedy["link"]]
    assert links, finding
    return str(links[0])


def signs_in_through_the_browser(home: Home) -> str:
    """Run ``sign-in tailscale`` with a browser, and be the person in front of it; returns what was said."""
    program, opens = home.start_with_browser("sign-in", "tailscale")
    link = poll("the sign-in page", lambda: opens.read_text(encoding="utf-8").strip() if opens.exists() else None, 60)
    assert link.startswith(f"{home.lab.login_server}/auth/")
    assert program.process.poll() is None
    home.lab.visit(link)
    out, words = program.process.communicate(timeout=60)
    assert (program.process.returncode, out) == (0, ""), words
    assert link in words
    assert home.lab.status()["BackendState"] in ("Running", "Starting")
    return words


def test_a_node_that_was_never_signed_in(start_home: StartHome) -> None:
    home = start_home(signed_in=False)
    home.lab.start_login()  # tells it of the lab's control server, which leaves a link that waits
    refuses(home, "tailscale_signed_in", "signed_out")
    prefs = home.lab.prefs()
    signs_in_through_the_browser(home)
    assert home.lab.prefs()["Hostname"] == prefs["Hostname"]
    becomes_ready(home)


def test_an_expired_key(start_home: StartHome) -> None:
    home = start_home()
    becomes_ready(home)
    config, etag = home.lab.serve_config(), home.lab.etag()
    home.lab.expire()
    home.lab.wait_for_state("NeedsLogin")
    seen = check(home)
    assert (seen.exit, seen.causes["tailscale_signed_in"]) == (1, "key_expired"), seen.document["findings"]
    signs_in_through_the_browser(home)
    home.lab.wait_for_state("Running")
    assert (home.lab.serve_config(), home.lab.etag()) == (config, etag)
    assert set(becomes_ready(home).changes.values()) == {"already"}


def test_a_stopped_backend_is_connected_and_stays_so(start_home: StartHome) -> None:
    home = start_home()
    prefs = home.lab.prefs()
    home.lab.tailscale("down")
    seen = check(home)
    assert (seen.exit, seen.document["outcome"]) == (1, "needs_changes")
    assert seen.causes["tailscale_connected"] == "stopped"
    assert seen.pending == ["connect_tailscale", "funnel", "plex_url", "plex_remote_access"]
    assert set(becomes_ready(home).changes.values()) == {"applied"}
    assert home.lab.prefs() == prefs
    assert home.run("undo", "--yes", "--consent", "no").exit == 0
    assert (home.lab.serve_config(), home.lab.status()["BackendState"]) == ({}, "Running")


def test_what_funnel_needs_is_missing_and_then_granted(start_home: StartHome) -> None:
    home = start_home(capabilities="none")
    seen = refuses(home, "https_certificates", "off")
    assert link_of(seen, "https_certificates").startswith(f"{home.lab.login_server}/f/funnel?node=")
    home.lab.grant("https")
    home.lab.wait_for("https", lambda status: "https" in (status["Self"].get("CapMap") or {}))
    seen = refuses(home, "funnel_allowed", "not_allowed")
    home.lab.visit(link_of(seen, "funnel_allowed"))
    home.lab.wait_for("funnel", lambda status: "funnel" in (status["Self"].get("CapMap") or {}))
    becomes_ready(home)


def test_a_member_who_may_not_switch_funnel_on(start_home: StartHome) -> None:
    home = start_home(capabilities="https")
    text = "You don't have permission to enable this feature."
    home.lab.set_feature_answer("funnel", text=text, url="", should_wait=False)
    seen = refuses(home, "funnel_allowed", "ask_admin")
    assert link_of(seen, "funnel_allowed").startswith("https://login.tailscale.com/admin/")
    home.lab.set_feature_answer("funnel")
    home.lab.grant("all")
    home.lab.wait_for("funnel", lambda status: "funnel" in (status["Self"].get("CapMap") or {}))
    becomes_ready(home)


def test_a_control_server_without_funnel(start_home: StartHome) -> None:
    home = start_home(capabilities="none")
    home.lab.set_feature_answer("funnel", status=501)
    refuses(home, "funnel_allowed", "self_hosted")


def test_a_tailnet_without_names(start_home: StartHome) -> None:
    home = start_home(magicdns=False)
    seen = refuses(home, "magicdns", "off")
    assert link_of(seen, "magicdns") == "https://login.tailscale.com/admin/dns"
    home.lab.set_magicdns(True)
    home.lab.wait_for("MagicDNS", lambda status: bool(status["CurrentTailnet"]["MagicDNSEnabled"]))
    becomes_ready(home)


def test_a_port_that_is_not_allowed(start_home: StartHome) -> None:
    home = start_home(capabilities="https,funnel,https://tailscale.com/cap/funnel-ports?ports=8443")
    done = home.run("apply", "--yes", "--port", "443")
    assert (done.exit, done.causes["funnel_allowed"]) == (1, "port_not_allowed")
    assert (home.lab.serve_config(), home.journal()) == ({}, [])
    home.lab.grant("ports")
    home.lab.wait_for("the ports", lambda status: FUNNEL_PORTS in (status["Self"].get("CapMap") or {}))
    becomes_ready(home)


def test_shields_up(start_home: StartHome) -> None:
    home = start_home()
    home.lab.tailscale("set", "--shields-up")
    refuses(home, "shields_up", "on")
    home.lab.tailscale("set", "--shields-up=false")
    becomes_ready(home)


def test_funnel_switched_off_for_the_tailnet_does_not_hold_up_the_undo(start_home: StartHome) -> None:
    home = start_home()
    settings = home.plex_settings()
    becomes_ready(home)
    home.lab.revoke("funnel")
    home.lab.wait_for("no funnel", lambda status: "funnel" not in (status["Self"].get("CapMap") or {}))
    assert check(home).causes["funnel_allowed"] == "not_allowed"
    undone = home.run("undo", "--yes", "--consent", "no")
    assert undone.exit == 0, undone.document
    assert (home.lab.serve_config(), home.plex_settings()) == ({}, settings)


def test_another_name_is_given_before_it_becomes_public(start_home: StartHome) -> None:
    home = start_home()
    prefs = home.lab.prefs()
    assert check(home).causes["certificate_name"] == "first_time"
    tailscale = Tailscale(
        real_host(Settings()), TailscaleSettings(program=str(home.lab.program), socket=str(home.lab.socket))
    )
    asyncio.run(tailscale.set_host_name("den"))
    new = f"den.{home.lab.domain}"
    assert home.lab.status()["Self"]["DNSName"] == f"{new}."
    assert home.lab.prefs() == prefs | {"Hostname": "den"}
    # A name that was given on the admin's pages counts more.
    home.lab.host_name = "den"
    home.lab.rename("fixed")
    home.lab.wait_for("the fixed name", lambda status: bool(status["Self"]["DNSName"].startswith("fixed.")))
    with pytest.raises(HostError) as kept:
        asyncio.run(tailscale.set_host_name("attic"))
    assert kept.value.trouble is Trouble.NAME_KEPT


def test_a_rename_is_followed(start_home: StartHome) -> None:
    home = start_home()
    becomes_ready(home)
    before = home.lab.serve_config()
    new = home.lab.rename("plexbox-1")
    home.lab.seed_certificate(new)
    home.lab.wait_for("the new name", lambda status: bool(status["Self"]["DNSName"] == f"{new}."))
    seen = check(home)
    assert (seen.exit, seen.causes["funnel_shape"]) == (1, "stale_name"), seen.document["findings"]
    done = home.run("apply", "--yes")
    assert (done.exit, done.document["outcome"]) == (0, "ready"), done.document["findings"]
    assert home.lab.serve_config() == opened(port=443, target=home.plex_port, name=new) != before
    assert home.plex_settings()["customConnections"] == f"https://{new}:443"
    assert home.run("undo", "--yes", "--consent", "no").exit == 0
    assert (home.lab.serve_config(), home.plex_settings()["customConnections"]) == ({}, "")
