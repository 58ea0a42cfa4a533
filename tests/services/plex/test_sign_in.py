# SPDX-License-Identifier: MIT
"""Signing in in the browser: polite polling, links that end, a line that drops, and a person who stops."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import TokenState
from setup_assistant.host.simulated.world import SimulatedRequest
from setup_assistant.services.plex_account import ENTRY, PlexAccount
from setup_assistant.services.plex_sign_in import PinFlow, sign_in
from setup_assistant.services.plex_tv_messages import Pin
from tests.services.plex.home import CLIENT, Home


class Offers(list[tuple[str, str | None, float]]):
    """The links that were shown."""

    def __call__(self, link: str, code: str | None, seconds: float) -> None:
        self.append((link, code, seconds))


def signed_out(**plex_tv: Any) -> Home:
    return Home(plex_tv={"signed_in": False, **plex_tv})


def polls(home: Home) -> list[SimulatedRequest]:
    return home.seen.to("GET plex.tv/api/v2/pins/")


def trouble(home: Home, offers: Offers) -> HostError:
    with pytest.raises(HostError) as met:
        home.run(lambda: home.account.sign_in(offers))
    return met.value


def test_a_sign_in_that_goes_through() -> None:
    home, offers = signed_out(links_at_poll=3), Offers()
    home.run(lambda: home.account.sign_in(offers))
    [(link, code, seconds)] = offers
    assert (code, seconds) == (None, 1800)
    assert home.computer.opened == [link]
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path, parts.query) == ("https", "app.plex.tv", "/auth", "")
    said = parse_qs(parts.fragment.removeprefix("?"))
    assert said["clientID"] == [CLIENT]
    assert said["code"] == ["simulatedstrongcode000000"]
    assert said["context[device][product]"] == ["Setup Assistant for Plex"]
    assert "context%5Bdevice%5D%5Bproduct%5D=Setup%20Assistant" in link
    [made] = home.seen.to("POST plex.tv/api/v2/pins")
    assert made.params == (("strong", "true"),)
    assert made.headers["x-plex-client-identifier"] == CLIENT
    assert made.headers["accept"] == "application/json"
    assert len(polls(home)) == 3
    assert home.world.seconds == pytest.approx(4, abs=0.1), "one poll every two seconds"
    assert home.world.data["keyring"]["secrets"] == {ENTRY: "simulated-sign-in-1"}
    assert home.run(lambda: home.account.observe(None)).token is TokenState.VALID


@pytest.mark.parametrize("ended", ["missing", "null"])
def test_a_link_that_ends_is_replaced(ended: str) -> None:
    home, offers = signed_out(links_at_poll=0, pin_expires_s=60, ended_pin=ended), Offers()

    async def job() -> None:
        task = asyncio.ensure_future(home.account.sign_in(offers))
        await asyncio.sleep(90)
        home.world.data["plex_tv"]["links_at_poll"] = 1
        await task

    home.run(job)
    assert [seconds for _, _, seconds in offers] == [60, 60]
    assert len({link for link, _, _ in offers}) == 2
    assert len(polls(home)) < 60


def test_a_pin_that_vanishes_early_is_replaced_at_once() -> None:
    home, offers = signed_out(links_at_poll=2), Offers()
    home.world.data["faults"] = [{"at": "GET plex.tv/api/v2/pins/111222333", "status": 404}]
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 2
    assert 10 <= home.world.seconds < 15, "but not in a hurry"


def test_nobody_ever_signs_in() -> None:
    home, offers = signed_out(links_at_poll=0, pin_expires_s=100), Offers()
    flow = PinFlow(home.host, home.plex_tv_settings, {"X-Plex-Client-Identifier": CLIENT, "Accept": "application/json"})
    with pytest.raises(HostError) as met:
        home.run(lambda: sign_in(home.host, flow, offers, limit=250))
    assert met.value.trouble is Trouble.SIGN_IN_EXPIRED
    assert [seconds for _, _, seconds in offers] == [100, 100, pytest.approx(50, abs=1)]
    assert home.world.seconds == pytest.approx(250, abs=1)


def test_a_computer_that_slept_past_the_end_makes_a_new_link() -> None:
    home, offers = signed_out(links_at_poll=0), Offers()
    now = home.host.clock.now
    slept = timedelta(0)

    async def job() -> None:
        nonlocal slept
        task = asyncio.ensure_future(home.account.sign_in(offers))
        await asyncio.sleep(20)
        slept = timedelta(hours=8)
        home.world.data["plex_tv"]["pins"]["111222333"]["life"] = 0
        await asyncio.sleep(10)
        home.world.data["plex_tv"]["links_at_poll"] = 1
        await task

    object.__setattr__(home.host, "clock", Clock(lambda: now() + slept))
    home.run(job)
    assert len(offers) == 2
    assert home.world.seconds < 60


class Clock:
    def __init__(self, now: Any) -> None:
        self.now = now


@pytest.mark.parametrize(("header", "waited"), [("45", 45), ("", 5), ("soon", 5), ("0", 2), ("99999999999", 600)])
def test_plex_tv_asks_for_patience_while_we_poll(header: str, waited: float) -> None:
    home, offers = signed_out(links_at_poll=2), Offers()
    fault = {"at": "GET plex.tv/api/v2/pins/", "status": 429, "skip": 1, "headers": {"retry-after": header}}
    home.world.data["faults"] = [fault]
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 1
    assert home.world.seconds == pytest.approx(2 + waited, abs=0.1)


@pytest.mark.parametrize(("date", "waited"), [("Sun, 22 Nov 2026 10:00:00 GMT", 40), ("yesterday", 5), ("", 5)])
def test_plex_tv_names_a_moment_to_come_back(date: str, waited: float) -> None:
    """A date counts from the date of the same reply: no two clocks are the same."""
    home, offers = signed_out(links_at_poll=2), Offers()
    headers = {"retry-after": "Sun, 22 Nov 2026 10:00:40 GMT", "date": date}
    home.world.data["faults"] = [{"at": "GET plex.tv/api/v2/pins/", "status": 429, "skip": 1, "headers": headers}]
    home.run(lambda: home.account.sign_in(offers))
    assert home.world.seconds == pytest.approx(2 + waited, abs=0.1)


def test_plex_tv_asks_for_patience_before_the_first_link() -> None:
    home, offers = signed_out(), Offers()
    home.world.data["faults"] = [
        {"at": "POST plex.tv/api/v2/pins", "status": 429, "headers": {"retry-after": "30"}},
        {"at": "POST plex.tv/api/v2/pins", "status": 503},
    ]
    home.run(lambda: home.account.sign_in(offers))
    assert home.world.seconds == pytest.approx(35, abs=0.1)


@pytest.mark.parametrize("kind", ["timeout", "refused", "unreachable", "reset", "name_not_found"])
def test_a_line_that_drops_for_a_while(kind: str) -> None:
    home, offers = signed_out(links_at_poll=2), Offers()
    home.world.data["faults"] = [{"at": "GET plex.tv/api/v2/pins/", "fail": kind, "times": 5}]
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 1


def test_a_line_that_stays_away_ends_with_words() -> None:
    home, offers = signed_out(), Offers()
    home.world.data["faults"] = [
        {"at": "GET plex.tv/api/v2/pins/", "fail": "unreachable", "times": 0},
        {"at": "POST plex.tv/api/v2/pins", "skip": 1, "fail": "unreachable", "times": 0},
    ]
    assert trouble(home, offers).trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"fail": "certificate_untrusted"}, Trouble.TLS),
        ({"fail": "certificate_name"}, Trouble.TLS),
        ({"fail": "refused"}, Trouble.REFUSED),
        ({"fail": "timeout"}, Trouble.TIMED_OUT),
        ({"status": 200, "body": "<html>Please log in to this Wi-Fi</html>"}, Trouble.UNEXPECTED_REPLY),
        ({"status": 302, "headers": {"location": "http://portal.example/"}}, Trouble.REDIRECTED),
        ({"status": 500}, Trouble.HTTP_STATUS),
    ],
)
def test_what_keeps_a_link_from_being_made(fault: dict[str, Any], expected: Trouble) -> None:
    home, offers = signed_out(), Offers()
    home.world.data["faults"] = [{"at": "POST plex.tv/api/v2/pins", "times": 0, **fault}]
    assert trouble(home, offers).trouble is expected
    assert not offers
    assert {one.host for one in home.seen.requests} <= {"plex.tv"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"fail": "certificate_untrusted"}, Trouble.TLS),
        ({"status": 200, "body": "<html>Please log in to this Wi-Fi</html>"}, Trouble.UNEXPECTED_REPLY),
        ({"status": 302, "headers": {"location": "http://portal.example/"}}, Trouble.REDIRECTED),
        ({"status": 500}, Trouble.HTTP_STATUS),
    ],
)
def test_what_ends_a_wait_that_makes_no_sense(fault: dict[str, Any], expected: Trouble) -> None:
    home, offers = signed_out(), Offers()
    home.world.data["faults"] = [{"at": "GET plex.tv/api/v2/pins/", "times": 0, **fault}]
    assert trouble(home, offers).trouble is expected
    assert home.world.seconds < 10


def test_one_odd_answer_between_good_ones_is_forgiven() -> None:
    home, offers = signed_out(links_at_poll=4), Offers()
    home.world.data["faults"] = [{"at": "GET plex.tv/api/v2/pins/", "skip": n, "status": 500} for n in (0, 1)]
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 1


def test_the_person_stops() -> None:
    home, offers = signed_out(links_at_poll=0), Offers()

    async def job() -> None:
        task = asyncio.ensure_future(home.account.sign_in(offers))
        await asyncio.sleep(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    home.run(job)
    before = len(home.seen.requests)
    home.run(lambda: asyncio.sleep(100))
    assert len(home.seen.requests) == before
    assert "secrets" not in home.world.data["keyring"]


def test_no_browser_here_is_no_obstacle() -> None:
    home, offers = signed_out(), Offers()
    home.computer.has_browser = False
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 1


def test_another_flow_fits() -> None:
    class KeyFlow:
        """As the flow with device keys: another code, and a token that comes with the poll."""

        async def begin(self) -> Pin:
            return Pin(1, "abcd", 300)

        def link(self, pin: Pin) -> str:
            return f"https://app.plex.tv/auth#?code={pin.code}"

        async def poll(self, pin: Pin) -> str | None:
            return "eyJ.header.signature"

    home, offers = signed_out(), Offers()
    account = PlexAccount(home.host, home.plex_tv_settings, CLIENT, KeyFlow())
    home.run(lambda: account.sign_in(offers))
    assert home.world.data["keyring"]["secrets"] == {ENTRY: "eyJ.header.signature"}


def test_a_pin_of_another_program_is_not_ours() -> None:
    home, offers = signed_out(), Offers()
    other = PinFlow(
        home.host, home.plex_tv_settings, {"X-Plex-Client-Identifier": "another", "Accept": "application/json"}
    )

    async def job() -> None:
        pin = await other.begin()
        mine = PinFlow(
            home.host, home.plex_tv_settings, {"X-Plex-Client-Identifier": CLIENT, "Accept": "application/json"}
        )

        class Stolen:
            begin = mine.begin
            link = mine.link

            async def poll(self, _: Pin) -> str | None:
                return await mine.poll(pin)

        await sign_in(home.host, Stolen(), offers, limit=60)

    with pytest.raises(HostError) as met:
        home.run(job)
    assert met.value.trouble is Trouble.SIGN_IN_EXPIRED
    assert len(offers) == 6


def test_a_slow_plex_tv_is_waited_for() -> None:
    home, offers = signed_out(replies_after_s=6), Offers()
    home.run(lambda: home.account.sign_in(offers))
    assert len(offers) == 1
