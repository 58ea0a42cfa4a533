# SPDX-License-Identifier: MIT
"""One look at the node tells what can be told, in time, whatever the program does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Daemon, OperatingSystem, ServeConfig, Unknown
from setup_assistant.core.host import Completed
from setup_assistant.core.settings import TailscaleSettings
from tests.services.tailscale.node import NAME, Node, recorded, replay, run, timed

LOOK_S = 6.0


def node_with(state: Mapping[str, Any]) -> Node:
    node = Node()
    node.state.update(state)
    return node


def test_a_healthy_node() -> None:
    node = Node()
    facts = run(node.client.observe())
    assert facts.program == "/usr/bin/tailscale"
    assert (facts.client_version, facts.daemon_version) == ("1.102.3", "1.102.3-t53a0d659a-g1")
    assert facts.daemon is Daemon.ANSWERS
    assert facts.is_running
    assert facts.dns_name == NAME
    assert (facts.magicdns, facts.https, facts.funnel) == (True, True, True)
    assert facts.funnel_ports == {443, 8443, 10000}
    assert (facts.shields_up, facts.may_change, facts.unattended) == (False, True, None)
    assert facts.control_url == "https://controlplane.tailscale.com"
    assert facts.serve == ServeConfig(raw={})
    assert facts.custom_relays is False
    assert node.changed() == []


def test_nothing_missing_means_that_the_control_server_is_not_asked() -> None:
    node = Node()
    run(node.client.observe())
    assert not any("query-feature" in " ".join(words) for words in node.commands.asked)


@pytest.mark.parametrize("missing", ["https", "funnel"])
def test_something_missing_means_that_the_page_is_asked_for(missing: str) -> None:
    facts = run(node_with({missing: False}).client.observe())
    assert facts.funnel_link == "https://login.tailscale.com/f/funnel?node=nSIMULATED11CNTRL"
    assert not facts.funnel_by_admin


def test_a_member_is_told_that_an_admin_is_needed() -> None:
    facts = run(Node(funnel=False, member=True).client.observe())
    assert (facts.funnel_link, facts.funnel_by_admin) == (None, True)


@pytest.mark.parametrize("state", [{"version": "1.80.0"}, {"control_url": "https://headscale.example.org"}])
def test_no_page_where_it_cannot_be_asked_for(state: dict[str, str]) -> None:
    facts = run(node_with({"funnel": False, **state}).client.observe())
    assert facts.funnel_link is None


def test_the_page_is_not_asked_for_when_time_is_up() -> None:
    node = Node(funnel=False)

    async def late() -> Completed:
        node.commands.answers.clear()
        await asyncio.sleep(5.5)
        return await node.commands.run(("tailscale", "debug", "prefs"), timeout=1)

    node.commands.answers["debug prefs"] = late
    facts, seconds = timed(node.client.observe)
    assert (facts.shields_up, facts.funnel_link) == (False, None)
    assert seconds < LOOK_S


def test_a_page_that_comes_too_late() -> None:
    node = Node(funnel=False)
    node.world.data["faults"] = [{"at": "tailscale debug localapi", "delay_s": 30}]
    facts, seconds = timed(node.client.observe)
    assert facts.funnel_link is None
    assert seconds < LOOK_S


def test_the_page_is_optional() -> None:
    node = Node(funnel=False)

    async def rubbish() -> Completed:
        return Completed(0, "<html>", "")

    node.commands.answers["debug localapi"] = rubbish
    facts = run(node.client.observe())
    assert (facts.funnel, facts.funnel_link) == (False, None)


def test_a_missing_program() -> None:
    node = Node(installed=False)
    facts = run(node.client.observe())
    assert facts.program is None
    assert node.commands.asked == []


def test_the_settings_program_and_no_other() -> None:
    facts = run(Node(TailscaleSettings(program="/nowhere/tailscale")).client.observe())
    assert facts.program is None


def test_the_socket_comes_before_the_command() -> None:
    node = Node(TailscaleSettings(socket="/var/snap/tailscale/common/socket/tailscaled.sock"))
    assert run(node.client.observe()).is_running
    assert {words[0] for words in node.commands.asked} == {"--socket=/var/snap/tailscale/common/socket/tailscaled.sock"}


def test_a_program_that_does_not_know_the_socket_of_a_snap(monkeypatch: pytest.MonkeyPatch) -> None:
    socket = "/var/snap/tailscale/common/socket/tailscaled.sock"
    node = Node()
    monkeypatch.setattr(type(node.host.platform), "tailscale_socket", lambda self: socket)
    assert run(node.client.observe()).is_running
    assert {words[0] for words in node.commands.asked} == {f"--socket={socket}"}
    # The snap's own program names it already.
    node = Node()
    node.commands.find = lambda name: "/snap/bin/tailscale"  # type: ignore[method-assign]
    run(node.client.observe())
    assert not any(words[0].startswith("--socket") for words in node.commands.asked)


def test_places_other_than_the_path() -> None:
    node = Node()
    real, node.commands.find = node.commands.find, lambda name: None if name == "tailscale" else name  # type: ignore[method-assign]
    assert node.client.program() == "/usr/bin/tailscale"
    assert real("tailscale") == "/usr/bin/tailscale"


@pytest.mark.parametrize(
    ("service", "daemon"),
    [
        ("stopped", Daemon.STOPPED),
        ("silent", Daemon.SILENT),
        ("garbage", Daemon.CONFUSED),
        ("other_user", Daemon.OTHER_USER),
    ],
)
def test_a_service_that_does_not_answer(service: str, daemon: Daemon) -> None:
    facts, seconds = timed(Node(service=service).client.observe)
    assert facts.daemon is daemon
    assert facts.client_version == "1.102.3"
    assert isinstance(facts.serve, Unknown)
    assert facts.backend is None
    assert seconds < LOOK_S


def test_a_program_that_hangs_in_everything() -> None:
    node = Node(funnel=False)

    async def hang() -> Completed:
        await asyncio.sleep(3600)
        raise AssertionError("the caller's deadline comes first")

    async def limited() -> Completed:
        try:
            async with asyncio.timeout(5.6):
                return await hang()
        except TimeoutError:
            raise HostError(Trouble.TIMED_OUT) from None

    node.commands.answers[""] = limited
    facts, seconds = timed(node.client.observe)
    assert (facts.daemon, facts.client_version, facts.may_change) == (Daemon.SILENT, "", None)
    assert seconds < LOOK_S


def test_a_control_server_that_hangs_does_not_stretch_the_look() -> None:
    node = Node(funnel=False)
    node.world.data["faults"] = [
        {"at": "tailscale status", "delay_s": 4, "exit": 1, "stderr": "x"},
        {"at": "tailscale debug localapi", "delay_s": 3600},
    ]
    _, seconds = timed(node.client.observe)
    assert seconds < LOOK_S
    node.world.data["faults"] = [{"at": "tailscale debug localapi", "delay_s": 3600}]
    facts, seconds = timed(node.client.observe)
    assert facts.funnel_link is None
    assert seconds < LOOK_S


def test_a_program_that_ends_with_an_unknown_text() -> None:
    node = Node()

    async def odd() -> Completed:
        return Completed(1, "", "Segmentation fault")

    node.commands.answers["status"] = odd
    assert run(node.client.observe()).daemon is Daemon.CONFUSED


def test_a_program_that_vanishes_while_it_is_looked_at() -> None:
    node = Node()

    async def gone() -> Completed:
        raise HostError(Trouble.TOOL_MISSING)

    node.commands.answers[""] = gone
    assert run(node.client.observe()).daemon is Daemon.CONFUSED


def test_a_version_from_before_json() -> None:
    node = Node(version="1.30.0")

    async def flag_unknown() -> Completed:
        return Completed(2, "", "flag provided but not defined: -json")

    node.commands.answers["version --json"] = flag_unknown
    assert run(node.client.observe()).client_version == "1.30.0"


@pytest.mark.parametrize("backend", ["Stopped", "NeedsLogin", "NeedsMachineAuth"])
def test_a_node_that_is_not_up_does_not_tell_its_configuration(backend: str) -> None:
    facts = run(Node(backend=backend).client.observe())
    assert facts.backend == backend
    assert isinstance(facts.serve, Unknown)


def test_a_configuration_that_cannot_be_read() -> None:
    node = Node()

    async def odd() -> Completed:
        return Completed(0, '{"TCP": []}', "")

    node.commands.answers["serve status"] = odd
    facts = run(node.client.observe())
    assert isinstance(facts.serve, Unknown)
    assert facts.serve.trouble == Trouble.UNEXPECTED_REPLY


class TestRightToChange:
    """`switch --list` needs the right to write and writes nothing."""

    def test_refused(self) -> None:
        assert run(Node(operator=False).client.observe()).may_change is False

    def test_refused_as_recorded(self) -> None:
        for version in ("1.102.3", "1.62.1"):
            node = Node()

            async def refused(version: str = version) -> Completed:
                return replay(recorded(version)["denied.switch"])

            node.commands.answers["switch"] = refused
            assert run(node.client.observe()).may_change is False

    def test_root(self) -> None:
        node = Node(operator=False)
        node.person.admin = True
        assert run(node.client.observe()).may_change is True

    @pytest.mark.parametrize("system", [OperatingSystem.WINDOWS, OperatingSystem.MACOS])
    def test_systems_without_operators(self, system: OperatingSystem) -> None:
        node = Node(operator=False, unattended=False)
        node.person.os = system
        facts = run(node.client.observe())
        assert facts.may_change is True
        assert facts.unattended is (False if system is OperatingSystem.WINDOWS else None)

    def test_named_operator_where_the_question_got_no_answer(self) -> None:
        node = Node(operator_user="ann")

        async def odd() -> Completed:
            return Completed(1, "", "something else")

        node.commands.answers["switch"] = odd
        assert run(node.client.observe()).may_change is True
        node.state["operator_user"] = "bob"
        assert run(node.client.observe()).may_change is None

    def test_preferences_that_cannot_be_read(self) -> None:
        node = Node()

        async def odd() -> Completed:
            return Completed(1, "", "nothing")

        node.commands.answers["debug prefs"] = odd
        node.commands.answers["debug derp-map"] = odd
        facts = run(node.client.observe())
        assert (facts.shields_up, facts.may_change, facts.custom_relays) == (None, True, None)


def test_variants() -> None:
    assert run(Node(variant="appstore").client.observe()).variant == "appstore"
    node = Node()
    node.commands.find = lambda name: "/snap/bin/tailscale"  # type: ignore[method-assign]
    assert run(node.client.observe()).variant == "snap"
