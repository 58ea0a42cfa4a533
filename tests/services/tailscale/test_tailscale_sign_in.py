# SPDX-License-Identifier: MIT
"""Signing in goes through the browser, goes on by itself, and touches no preference."""

from __future__ import annotations

import asyncio

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed
from tests.services.tailscale.node import Node, recorded, replay, run, timed

LINK = "https://login.tailscale.com/a/1f2e3d4c5b6a"


class Offers:
    """What was shown to the person."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.seconds: list[float] = []

    def __call__(self, link: str, code: str | None, seconds: float) -> None:
        assert code is None
        self.links.append(link)
        self.seconds.append(seconds)


def test_signing_in() -> None:
    node, offers = Node(backend="NeedsLogin", links_at_poll=3), Offers()
    run(node.client.sign_in(offers))
    assert offers.links == node.person.opened == [LINK]
    assert 0 < offers.seconds[0] <= 900
    assert node.changed() == [("debug", "localapi", "POST", "login-interactive")]
    assert run(node.client.observe()).is_running


def test_an_expired_key_is_renewed_in_the_same_way() -> None:
    node, offers = Node(backend="NeedsLogin", key_expired=True), Offers()
    run(node.client.sign_in(offers))
    assert offers.links == [LINK]
    assert not run(node.client.observe()).key_expired


def test_a_link_that_waits_already_is_used() -> None:
    node, offers = Node(backend="NeedsLogin", auth_url="https://login.tailscale.com/a/waiting"), Offers()
    run(node.client.sign_in(offers))
    assert offers.links == ["https://login.tailscale.com/a/waiting"]
    assert node.changed() == []


def test_a_new_link_is_shown_again() -> None:
    node, offers = Node(backend="NeedsLogin", links_at_poll=6), Offers()

    async def change_link() -> None:
        await asyncio.sleep(2.5)
        node.state["auth_url"] = "https://login.tailscale.com/a/second"

    async def both() -> None:
        await asyncio.gather(node.client.sign_in(offers), change_link())

    run(both())
    assert offers.links == [LINK, "https://login.tailscale.com/a/second"]


def test_a_daemon_that_is_just_starting_is_waited_for() -> None:
    """Asked before it has spoken to its control server, the daemon would end (ipnlocal/local.go:4641)."""
    node, offers = Node(backend="NoState"), Offers()

    async def start() -> None:
        await asyncio.sleep(4)
        assert node.changed() == []
        node.state["backend"] = "NeedsLogin"

    async def both() -> None:
        await asyncio.gather(node.client.sign_in(offers), start())

    run(both())
    assert offers.links == [LINK]


@pytest.mark.parametrize("backend", ["Running", "NeedsMachineAuth"])
def test_nothing_to_do(backend: str) -> None:
    node, offers = Node(backend=backend), Offers()
    run(node.client.sign_in(offers))
    assert (offers.links, node.changed()) == ([], [])


def test_a_stopped_node_is_only_switched_on() -> None:
    node, offers = Node(backend="Stopped"), Offers()
    run(node.client.sign_in(offers))
    assert (offers.links, node.changed()) == ([], [("up",)])


def test_a_person_who_does_not_come_back() -> None:
    node, offers = Node(backend="NeedsLogin", links_at_poll=100_000), Offers()

    async def wait() -> Trouble:
        with pytest.raises(HostError) as caught:
            await node.client.sign_in(offers)
        return caught.value.trouble

    trouble, seconds = timed(wait)
    assert trouble is Trouble.SIGN_IN_EXPIRED
    assert 900 <= seconds < 960


def test_without_the_right_the_prompt_comes() -> None:
    node, offers = Node(backend="NeedsLogin", operator=False), Offers()
    run(node.client.sign_in(offers))
    assert offers.links == [LINK]
    assert node.commands.as_admin == [("debug", "localapi", "POST", "login-interactive")]


def test_a_refused_prompt_ends_it() -> None:
    node, offers = Node(backend="NeedsLogin", operator=False, system={"admin": "refused"}), Offers()
    with pytest.raises(HostError) as caught:
        run(node.client.sign_in(offers))
    assert caught.value.trouble is Trouble.ADMIN_REFUSED
    assert offers.links == []


def test_an_old_client_is_asked_in_its_own_way() -> None:
    node, offers = Node(backend="NeedsLogin", version="1.62.1"), Offers()
    run(node.client.sign_in(offers))
    assert offers.links == [LINK]
    assert node.changed() == [("up", "--json")]


def test_an_old_client_keeps_every_setting() -> None:
    """Where some are not the default, `up` wants them named, and names them itself: recorded `up.json`."""
    node, offers = Node(backend="NeedsLogin", version="1.62.1"), Offers()
    first = replay(recorded("1.62.1")["up.json"])

    async def refuse_once() -> Completed:
        node.commands.answers.clear()
        return first

    node.commands.answers["up --json"] = refuse_once
    run(node.client.sign_in(offers))
    asked, again = node.changed()
    assert asked == ("up", "--json")
    assert "--hostname=plexbox" in again
    assert not any("reset" in word for word in again)


def test_an_old_client_without_the_right() -> None:
    node, offers = Node(backend="NeedsLogin", version="1.62.1", operator=False), Offers()
    run(node.client.sign_in(offers))
    assert node.commands.as_admin == [("up", "--json")]


def test_a_passing_silence_is_no_end() -> None:
    node, offers = Node(backend="NeedsLogin", links_at_poll=3), Offers()
    node.world.data["faults"] = [{"at": "tailscale status", "skip": 3, "exit": 1, "stderr": "x"}]
    run(node.client.sign_in(offers))
    assert offers.links == [LINK]


def test_it_can_be_cancelled() -> None:
    node, offers = Node(backend="NeedsLogin", links_at_poll=100_000), Offers()

    async def cancel() -> None:
        signing = asyncio.create_task(node.client.sign_in(offers))
        await asyncio.sleep(5)
        signing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await signing
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left

    run(cancel())
    assert offers.links == [LINK]
