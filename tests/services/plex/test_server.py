# SPDX-License-Identifier: MIT
"""The Plex server: what answers on its port, its door, its settings, its start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexAnswer, PlexInstallation
from setup_assistant.core.host import Command, Completed
from setup_assistant.core.settings import PlexServerSettings
from setup_assistant.host.simulated.plex import MACHINE_IDENTIFIER, plex_state, start_plex
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest
from tests.services.plex.home import Home

URL = "https://plexbox.tail1234.ts.net:443"
OTHER_SERVER = b'<MediaContainer machineIdentifier="another" version="1.0" claimed="1"/>'


def trouble(home: Home, job: Any) -> HostError:
    with pytest.raises(HostError) as met:
        home.run(job)
    return met.value


def failing(kind: str) -> Any:
    def site(request: SimulatedRequest) -> SimulatedReply:
        raise SimulatedFailure(kind)

    return site


def test_a_running_server() -> None:
    home = Home()
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.port, plex.url) == (PlexAnswer.PLEX, 32400, "http://localhost:32400")
    assert (plex.machine_identifier, plex.version) == (MACHINE_IDENTIFIER, "1.41.6.9685-d301f511a")
    assert (plex.claimed, plex.strangers_enter, plex.plain_hop_refused) == (True, False, False)
    assert plex.installation == PlexInstallation("package")
    assert plex.can_start
    assert not [one for one in home.seen.requests if "x-plex-token" in one.headers], "looking needs no token"


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("missing", PlexAnswer.REFUSED),
        ("stopped", PlexAnswer.REFUSED),
        ("silent", PlexAnswer.SILENT),
        ("starting", PlexAnswer.STARTING),
        ("other_app", PlexAnswer.NOT_PLEX),
    ],
)
def test_what_else_may_be_there(state: str, answer: PlexAnswer) -> None:
    home = Home(plex={"state": state})
    plex = home.run(home.server.observe)
    assert plex.answer is answer
    assert (plex.installation is None) == (state == "missing")
    assert (plex.claimed, plex.strangers_enter, plex.plain_hop_refused) == (None, None, None)


@pytest.mark.parametrize("kind", ["reset", "closed"])
def test_what_hangs_up_is_not_plex(kind: str) -> None:
    home = Home()
    home.sites["localhost"] = failing(kind)
    assert home.run(home.server.observe).answer is PlexAnswer.NOT_PLEX


@pytest.mark.parametrize(
    "reply",
    [
        SimulatedReply(200, b"x" * 400_000),
        SimulatedReply(404, b""),
        SimulatedReply(301, b"", {"location": "https://evil.example/identity"}),
        SimulatedReply(200, b"{}", {"content-type": "text/html"}),
        SimulatedReply(401, b""),
    ],
    ids=["huge", "not found", "redirect", "another object", "unauthorized"],
)
def test_another_program_on_the_port(reply: SimulatedReply) -> None:
    home = Home()
    home.sites["localhost"] = lambda request: reply
    assert home.run(home.server.observe).answer is PlexAnswer.NOT_PLEX
    assert {one.host for one in home.seen.requests} == {"localhost"}


def test_still_starting_as_a_400() -> None:
    home = Home()
    home.sites["localhost"] = lambda request: SimulatedReply(
        400, b"the server is still starting up. Please retry later"
    )
    assert home.run(home.server.observe).answer is PlexAnswer.STARTING


def test_plex_only_on_ipv6() -> None:
    home = Home()
    inner = home.simulated_plex.site

    def only_six(request: SimulatedRequest) -> SimulatedReply:
        if request.address != "::1":
            raise SimulatedFailure("refused")
        return inner(request)

    home.sites["localhost"] = only_six
    home.reach_ipv6 = True
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.strangers_enter) == (PlexAnswer.PLEX, False)
    assert home.run(home.server.read_settings).publish is True


def test_another_port_and_a_literal_address() -> None:
    home = Home(plex_settings=PlexServerSettings(url="http://127.0.0.1:32499"))
    home.sites["127.0.0.1"] = home.simulated_plex.site
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.port) == (PlexAnswer.PLEX, 32499)
    assert {(one.address, one.port) for one in home.seen.requests} == {("127.0.0.1", 32499)}


@pytest.mark.parametrize("ports", [(32500,), (1900, 32400, 32401, 32500)])
def test_a_running_server_is_found_on_the_port_it_listens_on(ports: tuple[int, ...]) -> None:
    home = Home()
    home.port = 32500
    home.computer.installation = PlexInstallation("docker", running=True, ports=ports)
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.port, plex.strangers_enter) == (PlexAnswer.PLEX, 32500, False)
    assert home.run(home.server.read_settings).publish is True
    assert {one.port for one in home.seen.to("/:/prefs")} == {32500}


def test_what_answers_on_another_port_and_is_not_plex_is_not_taken() -> None:
    home = Home()
    home.port = 32500
    home.computer.installation = PlexInstallation("package", running=True, ports=(32500,))
    home.sites["localhost"] = lambda request: SimulatedReply(200, b"<html></html>")
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.port) == (PlexAnswer.REFUSED, 32400)


def test_plex_that_only_speaks_tls() -> None:
    home = Home()
    inner = home.simulated_plex.site

    def tls_only(request: SimulatedRequest) -> SimulatedReply:
        if request.scheme == "http":
            raise SimulatedFailure("reset")
        return inner(request)

    home.sites["localhost"] = tls_only
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.plain_hop_refused, plex.strangers_enter) == (PlexAnswer.PLEX, True, False)
    assert home.run(home.server.read_settings).publish is True


def test_the_visitor_is_shaped_like_funnels() -> None:
    home = Home()
    home.run(lambda: home.server.observe("plexbox.tail1234.ts.net"))
    knocks = [one for one in home.seen.requests if "x-forwarded-for" in one.headers]
    assert {one.path for one in knocks} == {"/", "/identity"}
    visitors = {one.headers["x-forwarded-for"] for one in knocks if one.path == "/"}
    assert visitors == {"203.0.113.7", "198.51.100.7", "192.0.2.7", "2001:db8::7", "3fff::7"}
    for one in knocks:
        assert one.headers["host"] == "plexbox.tail1234.ts.net"
        assert one.headers["x-forwarded-host"] == "plexbox.tail1234.ts.net"
        assert one.headers["x-forwarded-proto"] == "https"
        assert one.headers["tailscale-funnel-request"] == "?1"
        assert "x-plex-token" not in one.headers


@pytest.mark.parametrize(
    ("plex", "enter"),
    [
        ({}, False),
        ({"settings": {"allowedNetworks": "127.0.0.1"}}, False),
        ({"settings": {"allowedNetworks": "0.0.0.0/0"}}, True),
        ({"settings": {"allowedNetworks": "::/0"}}, True),
        # One visitor is somebody the owner lets in on purpose; the others are still sent away.
        ({"settings": {"allowedNetworks": "203.0.113.0/24,198.51.100.7,2001:db8::/32"}}, False),
        ({"settings": {"allowedNetworks": "192.0.0.0/2"}}, True),
        ({"claimed": False}, True),
    ],
)
def test_the_door(plex: dict[str, Any], enter: bool) -> None:
    home = Home(plex=plex)
    assert home.run(home.server.observe).strangers_enter is enter


def test_one_let_in_and_the_others_kept_waiting_is_no_closed_door() -> None:
    home = Home(plex={"settings": {"allowedNetworks": "203.0.113.0/24"}})
    inner = home.simulated_plex.site

    def slow_for_the_others(request: SimulatedRequest) -> SimulatedReply:
        if request.headers.get("x-forwarded-for") in ("198.51.100.7", "192.0.2.7"):
            raise SimulatedFailure("timeout")
        return inner(request)

    home.sites["localhost"] = slow_for_the_others
    assert home.run(home.server.observe).strangers_enter is True


def test_a_refused_plain_hop_is_taken_by_tls() -> None:
    home = Home(plex={"plain_hop_refused": True})
    plex = home.run(home.server.observe)
    assert (plex.plain_hop_refused, plex.strangers_enter) == (True, False)


@pytest.mark.parametrize(
    ("root", "enter"),
    [(SimulatedReply(403), False), (SimulatedReply(500), None), (SimulatedReply(302), None)],
)
def test_other_answers_at_the_door(root: SimulatedReply, enter: bool | None) -> None:
    home = Home()
    inner = home.simulated_plex.site
    home.sites["localhost"] = lambda request: root if request.path == "/" else inner(request)
    assert home.run(home.server.observe).strangers_enter is enter


def test_a_visitor_who_is_kept_waiting_proves_nothing() -> None:
    home = Home()
    inner = home.simulated_plex.site

    def slow_for_visitors(request: SimulatedRequest) -> SimulatedReply:
        if "x-forwarded-for" in request.headers:
            raise SimulatedFailure("timeout")
        return inner(request)

    home.sites["localhost"] = slow_for_visitors
    plex = home.run(home.server.observe)
    assert (plex.answer, plex.strangers_enter, plex.plain_hop_refused) == (PlexAnswer.PLEX, None, None)


def test_a_visitor_led_to_another_server_proves_nothing_of_the_hop() -> None:
    home = Home()
    inner = home.simulated_plex.site

    def another(request: SimulatedRequest) -> SimulatedReply:
        if "x-forwarded-for" in request.headers and request.path == "/identity":
            return SimulatedReply(200, OTHER_SERVER)
        return inner(request)

    home.sites["localhost"] = another
    plex = home.run(home.server.observe)
    assert (plex.strangers_enter, plex.plain_hop_refused) == (None, None)


def test_settings_are_read_with_the_servers_own_token() -> None:
    home = Home(plex={"settings": {"customConnections": "https://a.example", "allowedNetworks": "10.0.0.0/8"}})
    settings = home.run(home.server.read_settings)
    assert (settings.urls, settings.publish, settings.allowed_networks) == (("https://a.example",), True, "10.0.0.0/8")
    tokens = {one.headers.get("x-plex-token") for one in home.seen.to("/:/prefs")}
    assert tokens == {"simulated-access-of-the-owner"}


def test_writing_is_one_request_and_is_read_back() -> None:
    home = Home()

    async def job() -> Any:
        await home.server.write_settings(
            {"customConnections": f"https://a.example,{URL}", "PublishServerOnPlexOnlineKey": False}
        )
        return await home.server.read_settings()

    settings = home.run(job)
    assert (settings.urls, settings.publish) == (("https://a.example", URL), False)
    [put] = home.seen.to("PUT")
    assert put.params == (("customConnections", f"https://a.example,{URL}"), ("PublishServerOnPlexOnlineKey", "0"))


def test_right_after_a_put_plex_may_say_400_once() -> None:
    home = Home(plex={"busy_after_put": True})

    async def job() -> Any:
        await home.server.write_settings({"customConnections": URL})
        return await home.server.read_settings()

    assert home.run(job).urls == (URL,)
    assert len(home.seen.to("GET localhost/:/prefs")) == 2


def test_a_setting_plex_does_not_know_is_not_tried_twice() -> None:
    home = Home()
    error = trouble(home, lambda: home.server.write_settings({"customConnections": URL, "noSuchThing": True}))
    assert error.trouble is Trouble.NOT_TAKEN
    assert len(home.seen.to("PUT")) == 1
    assert home.run(home.settings)["customConnections"] == "", "all or nothing"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(403, Trouble.ACCESS_DENIED), (401, Trouble.UNAUTHORIZED), (500, Trouble.HTTP_STATUS), (400, Trouble.HTTP_STATUS)],
)
def test_refusals(status: int, expected: Trouble) -> None:
    home = Home(faults=[{"at": "GET localhost/:/prefs", "status": status, "times": 0}])
    error = trouble(home, home.server.read_settings)
    assert (error.trouble, error.status) == (expected, status)
    assert "simulated-access" not in str(error)


def test_a_server_token_that_was_exchanged_is_fetched_anew() -> None:
    home = Home()
    home.run(home.server.read_settings)
    home.account._server_tokens[MACHINE_IDENTIFIER] = "an-old-one"
    assert home.run(home.server.read_settings).publish is True


def test_nobody_signed_in() -> None:
    home = Home(plex_tv={"signed_in": False})
    assert trouble(home, home.server.read_settings).trouble is Trouble.SIGN_IN_NEEDED
    assert not home.seen.to("/:/prefs")


def test_a_guest_of_this_server() -> None:
    home = Home(plex_tv={"signed_in": True, "owned": False})
    assert trouble(home, home.server.read_settings).trouble is Trouble.ACCESS_DENIED
    assert not home.seen.to("/:/prefs"), "a guest's token is not even tried"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("stopped", Trouble.REFUSED),
        ("silent", Trouble.TIMED_OUT),
        ("starting", Trouble.HTTP_STATUS),
        ("other_app", Trouble.UNEXPECTED_REPLY),
    ],
)
def test_settings_of_a_server_that_does_not_answer(state: str, expected: Trouble) -> None:
    home = Home(plex={"state": state})
    assert trouble(home, home.server.read_settings).trouble is expected


def test_the_backup_holds_what_we_touch_and_nothing_private() -> None:
    home = Home()
    assert home.run(home.server.raw_settings) == {
        "customConnections": "",
        "PublishServerOnPlexOnlineKey": True,
        "allowedNetworks": "",
        "RelayEnabled": True,
        "secureConnections": 1,
        "ManualPortMappingMode": False,
        "ManualPortMappingPort": 32400,
        "LastAutomaticMappedPort": 0,
    }


def test_viewers() -> None:
    home = Home(plex={"viewers": 3})
    assert home.run(home.server.viewers) == 3


def test_starting_and_waiting_with_progress() -> None:
    home = Home(plex={"state": "stopped", "starts_after_s": 90})
    told: list[tuple[float, float]] = []
    home.run(lambda: home.server.start(lambda gone, limit: told.append((gone, limit))))
    assert home.computer.commands == [(("systemctl", "start", "plexmediaserver.service"), True)]
    assert told[0][0] < 2 < 80 < told[-1][0] < told[-1][1]
    assert home.run(home.server.answer) is PlexAnswer.PLEX


def test_a_start_that_never_comes() -> None:
    home = Home(plex={"state": "stopped"})
    home.sites["localhost"] = failing("refused")
    assert trouble(home, home.server.start).trouble is Trouble.TIMED_OUT
    assert 100 < home.world.seconds < 200


def test_an_update_may_take_many_minutes() -> None:
    home = Home(plex={"state": "starting", "starts_after_s": 1000})
    home.run(home.server.wait_until_ready)
    assert home.world.seconds >= 1000
    endless = Home(plex={"state": "starting", "starts_after_s": 10_000})
    assert trouble(endless, endless.server.wait_until_ready).trouble is Trouble.TIMED_OUT


def test_where_we_cannot_start_it() -> None:
    home = Home(plex={"state": "stopped"})
    home.computer.can_start = False
    assert home.run(home.server.observe).can_start is False
    assert trouble(home, home.server.start).trouble is Trouble.UNSUPPORTED
    assert trouble(home, home.server.restart).trouble is Trouble.UNSUPPORTED


def test_a_start_command_that_ends_badly() -> None:
    home = Home(plex={"state": "stopped"})
    home.computer.exit_code = 5
    error = trouble(home, home.server.start)
    assert (error.trouble, error.what, error.detail) == (Trouble.TOOL_FAILED, "systemctl", "exit 5")


def test_a_restart_is_confirmed_by_the_same_server() -> None:
    home = Home()
    home.run(home.server.restart)
    assert home.computer.commands == [(("systemctl", "restart", "plexmediaserver.service"), True)]
    assert home.run(home.server.answer) is PlexAnswer.PLEX


def test_a_restart_that_brings_up_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(plex_settings=PlexServerSettings(restart_command=("/opt/restart-plex", "now")))

    async def job() -> None:
        await home.server.observe()
        home.world.data["plex"]["machine_identifier"] = MACHINE_IDENTIFIER
        run = home.computer.run

        async def swap(*arguments: Any, **options: Any) -> Any:
            home.world.data["plex"]["machine_identifier"] = "another"
            return await run(*arguments, **options)

        monkeypatch.setattr(home.computer, "run", swap)
        await home.server.restart()

    assert trouble(home, job).trouble is Trouble.CHANGED_MEANWHILE
    assert home.computer.commands == [(("/opt/restart-plex", "now"), False)]


def test_not_knowing_whether_plex_is_installed_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cannot_tell() -> None:
        raise HostError(Trouble.TIMED_OUT, what="systemctl")

    home = Home(plex={"state": "stopped"})
    monkeypatch.setattr(home.computer, "plex_installation", cannot_tell)
    assert trouble(home, home.server.observe).trouble is Trouble.TIMED_OUT

    async def never() -> None:
        await asyncio.sleep(3600)

    slow = Home(plex={"state": "stopped"})
    monkeypatch.setattr(slow.computer, "plex_installation", never)
    assert trouble(slow, slow.server.observe).trouble is Trouble.TIMED_OUT
    assert slow.world.seconds < 5
    running = Home()
    monkeypatch.setattr(running.computer, "plex_installation", cannot_tell)
    assert running.run(running.server.observe).installation is None


class TestRestartInSteps:
    """How Plex is stopped and started where that takes more than one command."""

    def in_two_steps(self, home: Home, monkeypatch: pytest.MonkeyPatch, *, closes_after_s: float) -> list[str]:
        """As on Windows and macOS: ask it to close, then open it; opening one that still runs does nothing."""
        stop, start = Command(("quit",)), Command(("open",), any_exit=True)
        monkeypatch.setattr(home.computer, "restart_plex", lambda installation: (stop, start))
        done: list[str] = []

        async def run(argv: Sequence[str], **options: object) -> Completed:
            done.append(f"{argv[0]} while {plex_state(home.world)}")
            if argv[0] == "quit":
                loop = asyncio.get_running_loop()
                loop.call_later(closes_after_s, lambda: home.world.data["plex"].update(state="stopped"))
                return Completed(0, "", "")
            if plex_state(home.world) == "stopped":
                start_plex(home.world)
            # Windows' explorer.exe ends with 1 for a program it has started.
            return Completed(1, "", "")

        monkeypatch.setattr(home.computer, "run", run)
        return done

    def test_it_is_opened_only_once_it_has_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        home = Home(plex={"starts_after_s": 20})
        done = self.in_two_steps(home, monkeypatch, closes_after_s=45)
        home.run(home.server.restart)
        assert done == ["quit while running", "open while stopped"]
        assert plex_state(home.world) == "running"

    def test_one_that_does_not_close_is_never_forced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        home = Home()
        done = self.in_two_steps(home, monkeypatch, closes_after_s=3600)
        with pytest.raises(HostError) as met:
            home.run(home.server.restart)
        assert met.value.trouble is Trouble.TIMED_OUT
        assert done == ["quit while running"]

    def test_the_persons_own_command_is_used(self) -> None:
        home = Home(plex_settings=PlexServerSettings(restart_command=("docker", "restart", "plex")))
        home.computer.installation = None
        facts = home.run(home.server.observe)
        assert (facts.can_restart, facts.restart_needs_admin, facts.can_start) == (True, False, False)
        home.run(home.server.restart)
        assert home.computer.commands == [(("docker", "restart", "plex"), False)]

    def test_the_prompt_is_known_before(self) -> None:
        home = Home()
        facts = home.run(home.server.observe)
        assert (facts.can_restart, facts.restart_needs_admin) == (True, True)
        cannot = Home()
        cannot.computer.can_start = False
        facts = cannot.run(cannot.server.observe)
        assert (facts.can_restart, facts.restart_needs_admin) == (False, False)
