# SPDX-License-Identifier: MIT
"""The layers of the proof over a simulated public side, with the real HTTP client."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

import pytest

from setup_assistant.core.facts import Answer
from setup_assistant.core.settings import OutsideSettings
from setup_assistant.services.checkers import MOST_TESTS
from setup_assistant.services.outside import WHOLE_S
from tests.services.outside.world import MACHINE, NAME, OWN, OWN_6, TARGET, Sandbox

GLOBALPING = "api.globalping.io"
CHECK_HOST = "check-host.net"
ENDPOINT = OutsideSettings(own_endpoint="https://check.example/look")


def test_a_healthy_host_is_reached_along_every_layer() -> None:
    sandbox = Sandbox()
    facts = sandbox.observe()
    assert facts.own_address is not None
    assert (facts.own_address.answer, facts.own_address.address) == (Answer.PLEX, OWN)
    assert facts.lookups is not None
    assert {(lookup.resolver, lookup.kind) for lookup in facts.lookups} == {
        (resolver, kind) for resolver in ("cloudflare-dns.com", "dns.google") for kind in ("A", "AAAA")
    }
    assert facts.entrances is not None
    assert [fetch.answer for fetch in facts.entrances] == [Answer.PLEX, Answer.PLEX, Answer.UNREACHABLE]
    assert facts.probes is not None
    assert [(fetch.answer, fetch.place) for fetch in facts.probes] == [
        (Answer.PLEX, "Ashburn, US"),
        (Answer.PLEX, "Frankfurt, DE"),
        (Answer.PLEX, "Tokyo, JP"),
    ]
    assert all(fetch.latitude is not None and fetch.milliseconds is not None for fetch in facts.probes)
    assert (facts.checker, facts.consent) == ("Globalping", True)
    assert sandbox.tests_used == 3


def test_without_consent_no_third_party_hears_the_name() -> None:
    for consent in (None, False):
        sandbox = Sandbox(settings=ENDPOINT)
        facts = sandbox.observe(consent=consent)
        assert facts.probes is None
        assert facts.entrances is not None
        assert not [
            request for _, request in sandbox.asked if request.host in (GLOBALPING, CHECK_HOST, "check.example")
        ]


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_only_the_layers_asked_for_are_tried(layers: int) -> None:
    sandbox = Sandbox()
    facts = sandbox.observe(layers=layers)
    assert facts.own_address is not None
    assert (facts.lookups is not None) is (layers >= 3)
    assert (facts.entrances is not None) is (layers >= 4)
    assert facts.probes is None


def test_no_name_of_ours_is_ever_looked_up_by_this_computer() -> None:
    sandbox = Sandbox()
    sandbox.observe()
    for _, request in sandbox.asked:
        if request.host == NAME:
            ip_address(request.address)  # an address, so no resolver was asked
        assert "x-plex-token" not in request.headers


def test_without_a_network_interface_the_own_address_is_left_out() -> None:
    sandbox = Sandbox()
    assert sandbox.run(sandbox.service.own_address(NAME, 443, (OWN,), False, MACHINE)) is None
    assert sandbox.run(sandbox.service.own_address(NAME, 443, (), True, MACHINE)) is None


def test_another_own_address_is_tried_where_there_is_no_way_to_the_first() -> None:
    sandbox = Sandbox(outside={"near": "unreachable"})
    fetch = sandbox.run(sandbox.service.own_address(NAME, 443, TARGET.addresses, True, MACHINE))
    assert [request.address for _, request in sandbox.asked] == [OWN, OWN_6]
    assert fetch is not None
    assert fetch.answer is Answer.UNREACHABLE


def test_the_first_visit_waits_for_the_certificate() -> None:
    near = Sandbox(outside={"near": "timeout"})
    fetch = near.run(near.service.own_address(NAME, 443, (OWN,), True, MACHINE))
    assert fetch is not None
    assert fetch.answer is Answer.TIMEOUT
    assert near.world.seconds > 60
    # Where the own address can't be tried, the visit through the entrance is the first one.
    public = Sandbox(outside={"funnel_reaches": "timeout"})
    public.run(public.service.observe(replace(TARGET, tun=False), consent=False))
    assert public.world.seconds > 60


def test_settings_replace_entrance_and_port() -> None:
    settings = OutsideSettings(entrance=("127.0.0.7",), ingress_port=8444)
    sandbox = Sandbox(settings=settings)
    sandbox.run(sandbox.service.entrances(NAME, 443, ("199.38.181.54",), MACHINE))
    assert [(request.address, request.port) for _, request in sandbox.asked] == [("127.0.0.7", 8444)]


def test_private_answers_are_never_taken_for_an_entrance() -> None:
    facts = Sandbox(outside={"dns": "private"}).observe(layers=4)
    assert facts.entrances is None


def test_names_are_asked_again_until_all_say_yes() -> None:
    assert len(Sandbox().observe(layers=3).lookups or ()) == 4
    assert len(Sandbox(outside={"dns": "patchy"}).observe(layers=3).lookups or ()) == 12
    waiting = Sandbox(outside={"dns_after_s": 6})
    found = waiting.observe(layers=3).lookups or ()
    assert [lookup.status for lookup in found] == [3] * 8 + [0] * 4


def test_resolvers_that_stay_silent_are_asked_once() -> None:
    sandbox = Sandbox(outside={"dns": "blocked"})
    lookups = sandbox.observe(layers=3).lookups or ()
    assert [lookup.status for lookup in lookups] == [-1] * 4
    assert sandbox.world.seconds < 10


def test_a_name_nobody_knows_costs_no_test() -> None:
    sandbox = Sandbox(outside={"dns_after_s": 480})
    facts = sandbox.observe()
    assert (facts.entrances, facts.probes, sandbox.tests_used) == (None, None, 0)
    assert not sandbox.asked_of(GLOBALPING)


@pytest.mark.parametrize("kind", ["bad_gateway", "starting", "not_found", "unauthorized", "other_app", "other_server"])
def test_what_only_the_node_can_say_costs_no_test(kind: str) -> None:
    sandbox = Sandbox(outside={"funnel_reaches": kind})
    assert sandbox.observe().probes is None
    assert sandbox.tests_used == 0


@pytest.mark.parametrize(
    ("world", "seen"),
    [
        ({"first_tests": ["timeout"] * 3}, Answer.PLEX),
        ({"first_tests": ["timeout"] * 6}, Answer.TIMEOUT),
        ({"funnel_reaches": "closed"}, Answer.CLOSED),
    ],
)
def test_where_nobody_gets_through_all_are_asked_once_more_after_a_wait(world: dict[str, Any], seen: Answer) -> None:
    sandbox = Sandbox(outside=world)
    facts = sandbox.observe()
    assert facts.probes is not None
    assert [fetch.answer for fetch in facts.probes] == [seen] * 3
    created = [moment for moment, request in sandbox.asked_of(GLOBALPING) if request.method == "POST"]
    assert len(created) == 2
    assert created[1] - created[0] >= 20
    assert sandbox.tests_used == 6


def test_what_cannot_lead_to_plex_is_not_asked_twice_and_seen_anew_once_it_is_mended() -> None:
    """A run that mends something has looks left for what it comes to."""
    sandbox = Sandbox(outside={"funnel_reaches": "closed"})
    broken = replace(TARGET, leads_to_plex=False)
    before = sandbox.run(sandbox.service.observe(broken, consent=True, layers=5))
    assert before.probes is not None
    assert Answer.PLEX not in {fetch.answer for fetch in before.probes}
    assert sandbox.tests_used == 3
    sandbox.service.forget()
    sandbox.outside["funnel_reaches"] = "plex"
    after = sandbox.observe()
    assert after.probes is not None
    assert {fetch.answer for fetch in after.probes} == {Answer.PLEX}


def test_never_more_than_seven_tests_a_run_and_never_faster_than_a_poll_a_second() -> None:
    sandbox = Sandbox(outside={"checker": "internal"}, settings=ENDPOINT)
    for _ in range(5):
        sandbox.observe()
    created = [request for _, request in sandbox.asked_of(GLOBALPING) if request.method == "POST"]
    checked = [request for _, request in sandbox.asked_of(CHECK_HOST) if request.path == "/check-http"]
    tests = 3 * len(created) + sum(int(request.param("max_nodes") or 0) for request in checked)
    assert tests <= MOST_TESTS
    assert sandbox.tests_used <= MOST_TESTS
    for host in (GLOBALPING, CHECK_HOST):
        polls = [
            moment for moment, request in sandbox.asked_of(host) if "result" in request.path or "ents/" in request.path
        ]
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(polls))


def test_what_was_seen_stands_when_enough_was_asked_for_one_run() -> None:
    sandbox = Sandbox(outside={"funnel_reaches": "closed"})
    seen = [sandbox.observe().probes for _ in range(4)]
    assert sandbox.tests_used == 6
    assert all(probes == seen[0] for probes in seen)


@pytest.mark.parametrize("mode", ["busy", "down", "no_probes", "internal"])
def test_checkers_that_cannot_check_are_never_unreachable(mode: str) -> None:
    sandbox = Sandbox(outside={"checker": mode})
    facts = sandbox.observe()
    assert facts.probes is not None
    assert {fetch.answer for fetch in facts.probes} == {Answer.COULD_NOT_CHECK}
    assert [fetch.place for fetch in facts.probes] == ["Globalping", CHECK_HOST]
    assert facts.checker == ""


def test_a_refused_measurement_is_not_counted() -> None:
    sandbox = Sandbox(outside={"checker": "busy"})
    sandbox.observe()
    assert sandbox.tests_used == 3  # those asked of check-host.net


def test_check_host_is_the_second_opinion() -> None:
    facts = Sandbox(outside={"checker": "second"}).observe()
    assert facts.checker == CHECK_HOST
    assert facts.probes is not None
    assert [(fetch.answer, fetch.place) for fetch in facts.probes] == [
        (Answer.ANSWERED, "Los Angeles, US"),
        (Answer.ANSWERED, "Frankfurt, DE"),
        (Answer.ANSWERED, "Tokyo, JP"),
    ]


def test_the_own_endpoint_says_who_answers_where_check_host_cannot() -> None:
    for mode in ("second", "down"):
        facts = Sandbox(outside={"checker": mode}, settings=ENDPOINT).observe()
        assert facts.checker == "own endpoint"
        assert facts.probes is not None
        assert [(fetch.answer, fetch.place) for fetch in facts.probes] == [(Answer.PLEX, "check.example")]


def test_own_endpoint_gets_the_whole_address() -> None:
    sandbox = Sandbox(outside={"checker": "down"}, settings=ENDPOINT)
    sandbox.observe()
    assert sandbox.asked_of("check.example")[0][1].param("url") == f"https://{NAME}:443/identity"


@pytest.mark.parametrize("fail", ["timeout", "unreachable", "name_not_found", "closed"])
def test_with_every_service_silent_the_run_ends_in_time_and_the_rest_is_kept(fail: str) -> None:
    faults = [
        {"at": f"{method} {host}", "times": 0, "fail": fail}
        for method in ("GET", "POST")
        for host in (GLOBALPING, CHECK_HOST, "check.example")
    ]
    sandbox = Sandbox(faults=faults, settings=ENDPOINT)
    facts = sandbox.observe()
    assert facts.own_address is not None
    assert facts.own_address.answer is Answer.PLEX
    assert facts.probes is not None
    assert {fetch.answer for fetch in facts.probes} == {Answer.COULD_NOT_CHECK}
    assert sandbox.world.seconds < WHOLE_S


def test_silence_everywhere_ends_in_time() -> None:
    sandbox = Sandbox(
        outside={"near": "timeout"}, faults=[{"at": "", "times": 0, "fail": "timeout"}], settings=ENDPOINT
    )
    facts = sandbox.observe()
    assert facts.own_address is not None
    assert facts.own_address.answer is Answer.TIMEOUT
    assert sandbox.world.seconds <= WHOLE_S


def test_a_measurement_that_never_ends_is_given_up() -> None:
    sandbox = Sandbox()
    faults = sandbox.world.data["faults"]
    running = '{"status": "in-progress", "results": [{"probe": {}, "result": {"status": "in-progress"}}]}'
    faults.append({"at": f"GET {GLOBALPING}", "times": 0, "status": 200, "body": running})
    faults.append({"at": f"GET {CHECK_HOST}", "times": 0, "status": 503})
    facts = sandbox.observe()
    assert facts.probes is not None
    assert {fetch.answer for fetch in facts.probes} == {Answer.COULD_NOT_CHECK}
    polls = [moment for moment, request in sandbox.asked_of(GLOBALPING) if request.method == "GET"]
    assert 40 < len(polls) < 46


def test_a_poll_that_is_too_fast_for_the_service_waits_as_it_asks() -> None:
    busy = {"at": f"GET {GLOBALPING}", "times": 1, "status": 429, "body": "{}", "headers": {"retry-after": "5"}}
    sandbox = Sandbox(faults=[busy])
    facts = sandbox.observe()
    assert facts.checker == "Globalping"
    polls = [moment for moment, request in sandbox.asked_of(GLOBALPING) if request.method == "GET"]
    assert polls[1] - polls[0] >= 5


def test_one_poll_lost_on_the_way_says_nothing() -> None:
    for lost in ({"fail": "reset"}, {"status": 502}):
        sandbox = Sandbox(faults=[{"at": f"GET {GLOBALPING}", "times": 2, **lost}])
        assert sandbox.observe().checker == "Globalping"


def test_it_can_be_cancelled_at_any_moment() -> None:
    async def cancel(sandbox: Sandbox, after: float) -> None:
        task = asyncio.create_task(sandbox.service.observe(TARGET, consent=True))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for after in (0.0, 5.0, 20.0, 40.0):
        sandbox = Sandbox(
            outside={"dns": "patchy"}, faults=[{"at": f"GET {GLOBALPING}", "times": 0, "fail": "timeout"}]
        )
        sandbox.run(cancel(sandbox, after))
