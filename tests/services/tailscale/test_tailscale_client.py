# SPDX-License-Identifier: MIT
"""The client changes exactly what it is asked to, and asks for rights only where they are needed."""

from __future__ import annotations

import json

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed
from tests.services.tailscale.node import NAME, Node, run, timed

KEY = f"{NAME}:443"
OURS = {
    "TCP": {"443": {"HTTPS": True}},
    "Web": {KEY: {"Handlers": {"/": {"Proxy": "http://localhost:32400"}}}},
    "AllowFunnel": {KEY: True},
}


def raised(node: Node, work: str, *arguments: object) -> HostError:
    with pytest.raises(HostError) as caught:
        run(getattr(node.client, work)(*arguments))
    return caught.value


def test_funnel_on() -> None:
    node = Node()
    run(node.client.turn_funnel_on(443, "localhost:32400"))
    assert node.serve == OURS
    assert node.changed() == [("funnel", "--bg", "--yes", "--https=443", "localhost:32400")]


def test_our_handler_off() -> None:
    node = Node(serve=json.loads(json.dumps(OURS)))
    run(node.client.turn_handler_off(443))
    assert node.serve == {}
    assert node.changed() == [("serve", "--yes", "--https=443", "--set-path=/", "off")]


def test_off_works_where_funnel_was_switched_off_for_the_tailnet() -> None:
    node = Node(serve=json.loads(json.dumps(OURS)), funnel=False)
    _, seconds = timed(lambda: node.client.turn_handler_off(443))
    assert node.serve == {}
    assert seconds == 0


def test_access_denied_brings_up_the_prompt_once() -> None:
    node = Node(operator=False)
    run(node.client.turn_funnel_on(443, "localhost:32400"))
    assert node.serve == OURS
    assert node.commands.as_admin == [("funnel", "--bg", "--yes", "--https=443", "localhost:32400")]


def test_the_prompt_may_be_refused() -> None:
    node = Node(operator=False, system={"admin": "refused"})
    assert raised(node, "turn_funnel_on", 443, "localhost:32400").trouble is Trouble.ADMIN_REFUSED
    assert node.serve == {}


def test_denied_even_to_the_administrator() -> None:
    node = Node()

    async def denied() -> Completed:
        return Completed(1, "", "sending serve config: Access denied: serve config denied")

    node.commands.answers["funnel"] = denied
    assert raised(node, "turn_funnel_on", 443, "localhost:32400").trouble is Trouble.ACCESS_DENIED


def test_funnel_that_waits_for_a_page_is_cut_off() -> None:
    node = Node(funnel=False)
    error, seconds = timed(lambda: _caught(node, "turn_funnel_on", 443, "localhost:32400"))
    assert error.trouble is Trouble.TIMED_OUT
    assert seconds == 20


async def _caught(node: Node, work: str, *arguments: object) -> HostError:
    with pytest.raises(HostError) as caught:
        await getattr(node.client, work)(*arguments)
    return caught.value


def test_funnel_that_ends_well_without_doing_it() -> None:
    node = Node()

    async def polite() -> Completed:
        # Recorded: nocaps.funnel_exit0.
        return Completed(
            0,
            "\nFunnel is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/funnel?node=n\n\n",
            "",
        )

    node.commands.answers["funnel"] = polite
    assert raised(node, "turn_funnel_on", 443, "localhost:32400").trouble is Trouble.NOT_TAKEN


def test_a_race_is_tried_again() -> None:
    node = Node()
    tries = []

    async def raced() -> Completed:
        tries.append(1)
        if len(tries) == 2:
            node.commands.answers.clear()
        return Completed(1, "", "Another client is changing the serve config; please try again.")

    node.commands.answers["funnel"] = raced
    run(node.client.turn_funnel_on(443, "localhost:32400"))
    assert node.serve == OURS
    assert len(tries) == 2


def test_a_race_without_end() -> None:
    node = Node()

    async def raced() -> Completed:
        return Completed(1, "", "sending serve config: Preconditions failed: etag mismatch")

    node.commands.answers["funnel"] = raced
    assert raised(node, "turn_funnel_on", 443, "localhost:32400").trouble is Trouble.CHANGED_MEANWHILE


def test_refusals_name_what_was_said_without_links() -> None:
    node = Node(shields_up=True)
    error = raised(node, "turn_funnel_on", 443, "localhost:32400")
    assert error.trouble is Trouble.TOOL_FAILED
    assert "shields-up" in error.detail
    # A person reads our sentence; the words of the program are for the log and the report.
    assert (error.what, "shields-up" in str(error.text)) == ("Tailscale", False)
    node = Node()

    async def link() -> Completed:
        return Completed(1, "", "To authenticate, visit https://login.tailscale.com/a/secret")

    node.commands.answers["funnel"] = link
    assert "secret" not in str(raised(node, "turn_funnel_on", 443, "localhost:32400"))


def test_the_configuration_is_read_from_a_node_that_is_up() -> None:
    assert run(Node(serve=OURS).client.raw_serve_config()) == OURS
    for backend in ("Stopped", "NeedsLogin"):
        assert raised(Node(serve=OURS, backend=backend), "raw_serve_config").trouble is Trouble.UNREACHABLE
    assert raised(Node(service="stopped"), "raw_serve_config").trouble is Trouble.UNREACHABLE


def test_a_configuration_that_cannot_be_read() -> None:
    node = Node()

    async def odd() -> Completed:
        return Completed(1, "", "getting serve config: x")

    node.commands.answers["serve status"] = odd
    assert raised(node, "raw_serve_config").trouble is Trouble.TOOL_FAILED


def test_null_is_an_empty_configuration() -> None:
    node = Node()

    async def null() -> Completed:
        return Completed(0, "null\n", "")

    node.commands.answers["serve status"] = null
    assert run(node.client.raw_serve_config()) == {}


def test_a_port_changes_its_kind_in_two_steps() -> None:
    tcp = {"TCP": {"443": {"TCPForward": "127.0.0.1:32400"}, "8443": {"HTTPS": True}}}
    node = Node(serve=json.loads(json.dumps(tcp)))
    wanted = {**OURS, "TCP": {"443": {"HTTPS": True}, "8443": {"HTTPS": True}}}
    run(node.client.write_serve_config(tcp, wanted))
    assert node.serve == wanted
    assert node.changed() == [("serve", "set-raw"), ("serve", "set-raw")]


def test_other_writes_take_one_step() -> None:
    node = Node()
    run(node.client.write_serve_config({}, OURS))
    assert node.serve == OURS
    assert node.changed() == [("serve", "set-raw")]


def test_start() -> None:
    node = Node(service="stopped")
    run(node.client.start())
    assert run(node.client.observe()).is_running


def test_start_where_we_do_not_know_how() -> None:
    node = Node(service="stopped")
    node.person.start_tailscale = lambda: None  # type: ignore[method-assign]
    assert raised(node, "start").trouble is Trouble.UNSUPPORTED


def test_start_that_is_refused() -> None:
    assert raised(Node(service="stopped", system={"admin": "refused"}), "start").trouble is Trouble.ADMIN_REFUSED


def test_start_that_does_not_come() -> None:
    node = Node(service="stopped")
    node.world.data["faults"] = [{"at": "systemctl start", "delay_s": 1, "exit": 5, "stderr": "Unit not found."}]
    assert raised(node, "start").trouble is Trouble.TOOL_FAILED
    node.world.data["faults"] = [{"at": "systemctl start", "exit": 0}]
    assert raised(node, "start").trouble is Trouble.TIMED_OUT


def test_connect() -> None:
    node = Node(backend="Stopped")
    run(node.client.connect())
    assert node.changed() == [("up",)]
    assert run(node.client.observe()).is_running


def test_connect_needs_the_administrator() -> None:
    node = Node(backend="Stopped", operator=False)
    run(node.client.connect())
    assert node.commands.as_admin == [("up",)]


def test_connect_that_waits_for_an_approval() -> None:
    node = Node(backend="NeedsMachineAuth")
    assert raised(node, "connect").trouble is Trouble.TIMED_OUT


def test_connect_that_is_refused() -> None:
    node = Node(backend="Stopped", operator=False, system={"admin": "refused"})
    assert raised(node, "connect").trouble is Trouble.ADMIN_REFUSED


def test_the_certificate_is_made_early_and_its_key_stays() -> None:
    node = Node()
    _, seconds = timed(lambda: node.client.fetch_certificate(NAME))
    assert seconds == 8
    assert node.changed() == [("cert", "--cert-file=-", NAME)]


def test_no_certificate() -> None:
    assert raised(Node(https=False), "fetch_certificate", NAME).trouble is Trouble.TOOL_FAILED
    assert raised(Node(), "fetch_certificate", "other.ts.net").trouble is Trouble.TOOL_FAILED
    assert raised(Node(operator=False), "fetch_certificate", NAME).trouble is Trouble.ACCESS_DENIED


def test_a_missing_program_says_so() -> None:
    assert raised(Node(installed=False), "status").trouble is Trouble.TOOL_MISSING
