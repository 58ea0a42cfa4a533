# SPDX-License-Identifier: MIT
"""The simulated public side keeps to its keys, and keeps its state as JSON values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from setup_assistant.core.facts import Answer
from setup_assistant.core.settings import ConnectionSettings, OutsideSettings
from setup_assistant.host.simulated.entrance import ENTRANCES
from setup_assistant.host.simulated.outside import SimulatedOutside
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest
from setup_assistant.services import public_dns
from tests.services.outside.world import MACHINE, NAME, OWN, Sandbox

IDENTITY = SimulatedRequest("GET", "https", NAME, 443, "/identity", (), {"host": NAME}, address=ENTRANCES["A"][0])


def ask(sandbox: Sandbox, request: SimulatedRequest) -> SimulatedReply:
    site = sandbox.simulated.site(request)
    assert site is not None
    return site(request)


def look_up(
    sandbox: Sandbox, host: str = "dns.google", kind: str = "A", name: str = NAME
) -> tuple[int, tuple[str, ...]]:
    params = (("name", name), ("type", kind))
    reply = ask(sandbox, SimulatedRequest("GET", "https", host, 443, "/resolve", params, {}, address=host))
    found = public_dns.parse_lookup(host, kind, reply.status, reply.body)
    return found.status, found.addresses


def failure(sandbox: Sandbox, request: SimulatedRequest) -> str:
    with pytest.raises(SimulatedFailure) as caught:
        ask(sandbox, request)
    return caught.value.kind


def test_the_name_comes_after_its_time() -> None:
    sandbox = Sandbox(outside={"dns_after_s": 480})
    assert look_up(sandbox) == (3, ())
    sandbox.world.time = lambda: 479.0
    assert look_up(sandbox) == (3, ())
    sandbox.world.time = lambda: 480.0
    assert look_up(sandbox) == (0, ENTRANCES["A"])
    assert look_up(sandbox, kind="AAAA") == (0, ENTRANCES["AAAA"])
    assert look_up(sandbox, name="other.tail1234.ts.net") == (3, ())


def test_without_funnel_there_is_no_name_and_no_way_in() -> None:
    sandbox = Sandbox()
    sandbox.world.data["tailscale"]["funnel_since"] = None
    assert look_up(sandbox) == (3, ())
    elsewhere = replace(IDENTITY, port=8443)
    assert failure(sandbox, elsewhere) == "closed"
    assert failure(sandbox, replace(elsewhere, address=OWN)) == "refused"


def test_a_visitor_comes_through_as_tailscale_hands_him_on() -> None:
    sandbox = Sandbox()
    seen: list[SimulatedRequest] = []

    def plex(request: SimulatedRequest) -> SimulatedReply:
        seen.append(request)
        return sandbox.plex_site(request)

    simulated = SimulatedOutside(sandbox.world, sandbox.reaches, plex)
    site = simulated.site(IDENTITY)
    assert site is not None
    assert MACHINE in site(IDENTITY).body.decode()
    # ipnlocal/serve.go:1068-1092
    assert seen[0].headers["tailscale-funnel-request"] == "?1"
    assert seen[0].headers["x-forwarded-host"] == NAME
    assert (seen[0].scheme, seen[0].host, seen[0].port, seen[0].address) == ("http", "localhost", 32400, "127.0.0.1")


def test_where_nothing_answers_behind_it_the_proxy_says_so() -> None:
    stopped = Sandbox(plex=False)
    for request in (IDENTITY, replace(IDENTITY, address=OWN)):
        reply = ask(stopped, request)
        assert (reply.status, reply.body) == (502, b"")
    for target in ("loop", "http://localhost:10000", "localhost:5000"):
        assert Sandbox().simulated.entrance.forward(IDENTITY, target).status == 502
    for target in ("localhost:32400", "http://127.0.0.1:32400", "https+insecure://localhost:32400"):
        assert Sandbox().simulated.entrance.forward(IDENTITY, target).status == 200


def test_a_host_without_ipv6_has_no_way_to_an_ipv6_entrance() -> None:
    six = replace(IDENTITY, address=ENTRANCES["AAAA"][0])
    assert failure(Sandbox(), six) == "unreachable"
    assert ask(Sandbox(network={"ipv6": True}), six).status == 200


@pytest.mark.parametrize("kind", ["closed", "reset", "tls_alert", "certificate_expired", "refused", "timeout"])
def test_the_entrance_fails_as_told_and_outside_sees_the_same(kind: str) -> None:
    assert failure(Sandbox(outside={"funnel_reaches": kind}), IDENTITY) == kind
    sandbox = Sandbox(outside={"funnel_reaches": kind})
    fetched, _ = sandbox.run(sandbox.service.probes(f"https://{NAME}:443", MACHINE))
    assert {fetch.answer for fetch in fetched} == {Answer(kind)}


@pytest.mark.parametrize("mode", ["private", "broken"])
def test_names_go_wrong_as_told(mode: str) -> None:
    expected = {"private": (0, (OWN,)), "broken": (2, ())}
    assert look_up(Sandbox(outside={"dns": mode})) == expected[mode]


def test_patchy_names() -> None:
    sandbox = Sandbox(outside={"dns": "patchy"})
    assert look_up(sandbox, "cloudflare-dns.com") == (3, ())
    assert look_up(sandbox, "cloudflare-dns.com", "AAAA")[0] == 0
    assert look_up(sandbox, "dns.google")[0] == 0


def test_one_entrance_can_be_down() -> None:
    sandbox = Sandbox(outside={"entrances_down": [ENTRANCES["A"][1]]})
    assert ask(sandbox, IDENTITY).status == 200
    assert failure(sandbox, replace(IDENTITY, address=ENTRANCES["A"][1])) == "closed"


def test_address_services_tell_the_public_address() -> None:
    sandbox = Sandbox()
    for url in ConnectionSettings().address_services:
        host = url.split("/")[2].split("?")[0]
        params = (("format", "json"),) if "json" in url else ()
        body = ask(sandbox, SimulatedRequest("GET", "https", host, 443, "/", params, {}, address=host)).body.decode()
        assert "81.2.69.10" in body
        assert body.startswith("{") is bool(params)


def test_offline_nothing_is_reached() -> None:
    sandbox = Sandbox(network={"line": "offline"})
    assert failure(sandbox, IDENTITY) == "unreachable"
    google = SimulatedRequest("GET", "https", "dns.google", 443, "/resolve", (), {}, address="dns.google")
    assert failure(sandbox, google) == "unreachable"


def test_others_are_not_answered_for() -> None:
    assert Sandbox().simulated.site(replace(IDENTITY, host="plex.tv", address="plex.tv")) is None
    # The name without an address is for the system's resolver, and that is not the public side.
    assert Sandbox().simulated.site(replace(IDENTITY, address=NAME)) is None


def test_settings_move_the_services() -> None:
    settings = OutsideSettings(globalping="https://ping.example", own_endpoint="https://check.example/look")
    sandbox = Sandbox(settings=settings)
    for host, found in (("ping.example", True), ("check.example", True), ("api.globalping.io", False)):
        request = SimulatedRequest("GET", "https", host, 443, "/", (), {}, address=host)
        assert (sandbox.simulated.site(request) is not None) is found


def test_the_state_can_be_kept() -> None:
    sandbox = Sandbox()
    facts = sandbox.observe()
    kept = json.loads(json.dumps(sandbox.world.data))
    assert kept["outside"]["measurements"]["simulated0000000"]["results"]
    assert facts.probes is not None
