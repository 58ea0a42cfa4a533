# SPDX-License-Identifier: MIT
"""The changes to Plex on the simulated server: made, made twice, taken back, and taken back beside others' edits."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from setup_assistant.changes.plex import StartPlex, build, rebuild
from setup_assistant.changes.plex_publish import PlexRepublish
from setup_assistant.changes.plex_restart import RestartPlex
from setup_assistant.changes.plex_settings import PlexAllowedNetworks, PlexRemoteAccess, PlexUrl
from setup_assistant.core.changes import Change, Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.events import Event, WaitEnded, Waiting
from setup_assistant.core.facts import HistoryFacts, PlexAnswer, PlexInstallation, Unknown
from setup_assistant.core.host import Completed
from setup_assistant.core.settings import Settings
from setup_assistant.core.texts import Text
from setup_assistant.core.words.changes import SUMMARIES
from setup_assistant.services import Services
from setup_assistant.services.outside import Outside
from setup_assistant.services.releases import Releases
from setup_assistant.services.tailscale import Tailscale
from tests.checks.test_plex import FACTS, TAILSCALE, account, plex, settings
from tests.services.plex.home import Home

NAME = "plexbox.tail1234.ts.net"
URL = f"https://{NAME}:443"
FOREIGN = " https://plex.example.org:8443, http://10.1.2.3:32400"


def home_with(**values: Any) -> Home:
    return Home(plex={"settings": values})


async def carry_out(change: Change) -> tuple[Snapshot, Snapshot]:
    """As the engine does."""
    before = await change.snapshot()
    if not change.is_done(before):
        await change.apply(before)
    return before, await change.snapshot()


def services_of(home: Home) -> Services:
    wanted = Settings()
    return Services(
        host=home.host,
        settings=wanted,
        tailscale=Tailscale(home.host, wanted.tailscale),
        plex=home.server,
        account=home.account,
        outside=Outside(home.host, wanted.outside),
        releases=Releases(home.host, wanted.updates),
    )


CHANGES: dict[str, Callable[[Home], Change]] = {
    "plex_url": lambda home: PlexUrl(home.server, URL, ("oldbox.tail1234.ts.net",)),
    "plex_remote_access": lambda home: PlexRemoteAccess(home.server),
    "plex_allowed_networks": lambda home: PlexAllowedNetworks(home.server, container=False),
}
STARTS: dict[str, list[dict[str, Any]]] = {
    "plex_url": [
        {"customConnections": ""},
        {"customConnections": FOREIGN},
        {"customConnections": f"https://a.example,https://{NAME}:32400 ,https://b.example"},
        {"customConnections": f"http://{NAME},https://oldbox.tail1234.ts.net:443,https://a.example"},
        {"customConnections": f"{URL},https://{NAME}"},
        {"customConnections": "https://ä.example/?q=1&x=%20+,https://a.example,"},
    ],
    "plex_remote_access": [{"PublishServerOnPlexOnlineKey": True}],
    "plex_allowed_networks": [
        {"allowedNetworks": "127.0.0.1"},
        {"allowedNetworks": " 127.0.0.1/255.0.0.0, 203.0.113.0/24 ,::1"},
        {"allowedNetworks": "0.0.0.0/0"},
    ],
}
CASES = [(code, start) for code, starts in STARTS.items() for start in starts]


@pytest.mark.parametrize(("code", "start"), CASES)
def test_made_once_and_taken_back_whole(code: str, start: dict[str, Any]) -> None:
    home = home_with(**start)
    before_all = home.run(home.settings)
    change: Change = CHANGES[code](home)

    async def job() -> None:
        before, after = await carry_out(change)
        assert not change.is_done(before)
        assert change.is_done(after)
        assert len(home.seen.to("PUT")) == 1
        assert await carry_out(change) == (after, after)
        assert len(home.seen.to("PUT")) == 1, "a second time nothing is written"
        assert await change.undo([Taken(change, before, after)]) is UndoResult.RESTORED

    home.run(job)
    after_all = home.run(home.settings)
    assert len(after_all) == 155
    assert after_all == before_all


@pytest.mark.parametrize(("code", "start"), CASES)
def test_a_run_that_was_cut_off_is_taken_back_too(code: str, start: dict[str, Any]) -> None:
    home = home_with(**start)
    before_all = home.run(home.settings)
    change: Change = CHANGES[code](home)

    async def job() -> None:
        before = await change.snapshot()
        assert await change.undo([Taken(change, before, None)]) is UndoResult.NOTHING_TO_DO
        await change.apply(before)
        assert await change.undo([Taken(change, before, None)]) is UndoResult.RESTORED
        assert await change.undo([Taken(change, before, None)]) is UndoResult.NOTHING_TO_DO

    home.run(job)
    assert home.run(home.settings) == before_all


def test_all_three_at_once_leave_all_155_as_they_were() -> None:
    home = home_with(customConnections=FOREIGN, allowedNetworks="::1,203.0.113.7", secureConnections=0, logDebug=False)
    before_all = home.run(home.settings)

    async def job() -> None:
        done = []
        for make in (CHANGES["plex_allowed_networks"], CHANGES["plex_url"], CHANGES["plex_remote_access"]):
            change: Change = make(home)
            done.append((change, *await carry_out(change)))
        changed = await home.settings()
        assert {name for name in changed if changed[name] != before_all[name]} == {
            "customConnections",
            "allowedNetworks",
            "PublishServerOnPlexOnlineKey",
        }
        for change, before, after in reversed(done):
            assert await change.undo([Taken(change, before, after)]) is UndoResult.RESTORED

    home.run(job)
    assert home.run(home.settings) == before_all


@pytest.mark.parametrize(
    ("since", "left"),
    [
        (
            f"https://new.example, {URL} ,https://a.example",
            f"https://new.example,https://{NAME}:32400,https://a.example",
        ),
        (f"{URL}", f"https://{NAME}:32400"),
    ],
)
def test_others_edits_of_the_list_stay(since: str, left: str) -> None:
    home = home_with(customConnections=f"https://a.example,https://{NAME}:32400")
    change = PlexUrl(home.server, URL)

    async def job() -> str:
        before, after = await carry_out(change)
        await home.server.write_settings({"customConnections": since})
        assert await change.undo([Taken(change, before, after)]) is UndoResult.RESTORED
        return (await home.server.read_settings()).custom_connections

    assert home.run(job) == left


@pytest.mark.parametrize(
    ("start", "since", "result"),
    [
        ("", "", UndoResult.NOTHING_TO_DO),
        ("", "https://a.example", UndoResult.NOTHING_TO_DO),
        (f"https://{NAME}:32400", "https://a.example", UndoResult.LEFT_ALONE),
        (f"https://{NAME}:32400", f"https://{NAME}:32400", UndoResult.NOTHING_TO_DO),
    ],
)
def test_where_ours_is_gone_it_is_not_put_back(start: str, since: str, result: UndoResult) -> None:
    home = home_with(customConnections=start)
    change = PlexUrl(home.server, URL)

    async def job() -> str:
        before, after = await carry_out(change)
        await home.server.write_settings({"customConnections": since})
        assert await change.undo([Taken(change, before, after)]) is result
        return (await home.server.read_settings()).custom_connections

    assert home.run(job) == since


def test_two_runs_with_two_ports_are_taken_back_to_the_first_state() -> None:
    home = home_with(customConnections="https://a.example")
    first, second = PlexUrl(home.server, URL), PlexUrl(home.server, f"https://{NAME}:8443")

    async def job() -> str:
        one, two = await carry_out(first), await carry_out(second)
        assert two[1] == {"customConnections": f"https://a.example,https://{NAME}:8443"}
        assert await second.undo([Taken(first, *one), Taken(second, *two)]) is UndoResult.RESTORED
        return (await home.server.read_settings()).custom_connections

    assert home.run(job) == "https://a.example"


def test_remote_access_switched_on_by_somebody_is_left_on() -> None:
    home = home_with(PublishServerOnPlexOnlineKey=True)
    change = PlexRemoteAccess(home.server)

    async def job() -> None:
        before, after = await carry_out(change)
        await home.server.write_settings({"PublishServerOnPlexOnlineKey": True})
        assert await change.undo([Taken(change, before, after)]) is UndoResult.NOTHING_TO_DO
        await home.server.write_settings({"PublishServerOnPlexOnlineKey": False})
        assert (
            await change.undo([Taken(change, {"PublishServerOnPlexOnlineKey": False}, after)])
            is UndoResult.NOTHING_TO_DO
        )

    home.run(job)
    assert home.run(home.settings)["PublishServerOnPlexOnlineKey"] is False


def test_networks_that_somebody_added_stay() -> None:
    home = home_with(allowedNetworks="127.0.0.1, 203.0.113.7")
    change = PlexAllowedNetworks(home.server, container=False)

    async def job() -> str:
        before, after = await carry_out(change)
        await home.server.write_settings({"allowedNetworks": "203.0.113.7,203.0.113.9"})
        assert await change.undo([Taken(change, before, after)]) is UndoResult.RESTORED
        return (await home.server.read_settings()).allowed_networks

    assert home.run(job) == "203.0.113.7,203.0.113.9,127.0.0.1"


@pytest.mark.parametrize("code", CHANGES)
def test_a_refusal_is_raised_and_nothing_is_changed(code: str) -> None:
    home = home_with(**STARTS[code][0])
    before_all = home.run(home.settings)
    home.world.data["faults"] = [{"at": "PUT localhost/:/prefs", "status": 403, "times": 0}]
    change: Change = CHANGES[code](home)
    with pytest.raises(HostError) as met:
        home.run(lambda: carry_out(change))
    assert met.value.trouble is Trouble.ACCESS_DENIED
    assert home.run(home.settings) == before_all


@pytest.mark.parametrize("code", CHANGES)
def test_no_setting_of_plex_opens_anything(code: str) -> None:
    change: Change = CHANGES[code](Home())
    assert change.reversible
    assert not change.reopens([])
    assert not change.needs_admin(FACTS)
    assert change.summary.render()


@pytest.mark.parametrize("code", CHANGES)
def test_the_journal_rebuilds_it(code: str) -> None:
    home = Home()
    change: Change = CHANGES[code](home)
    again = rebuild(code, services_of(home), change.args)
    assert again is not None
    assert (again.code, again.setting, again.args) == (code, change.setting, change.args)
    assert "simulated" not in repr(change.args)


def test_strange_lines_of_the_journal_are_not_guessed_at() -> None:
    services = services_of(Home())
    assert rebuild("plex_url", services, {}) is None
    assert rebuild("plex_url", services, {"url": URL, "earlier": [5]}) is None
    assert rebuild("funnel", services, {}) is None


def test_what_can_be_built_for_which_facts() -> None:
    services = services_of(Home())
    wanted = [
        "start_plex",
        "plex_allowed_networks",
        "plex_url",
        "plex_republish",
        "restart_plex",
        "plex_remote_access",
    ]
    for code in wanted:
        change = build(code, services, FACTS)
        assert change is not None
        assert change.code == code
        assert SUMMARIES[code]
        assert change.is_satisfied(FACTS)
        now, then = change.before_and_after(FACTS)
        assert now.render()
        assert then.render()
    nameless = replace(FACTS, tailscale=replace(TAILSCALE, dns_name=None))
    assert build("plex_url", services, nameless) is None
    assert build("plex_republish", services, nameless) is None
    assert build("funnel", services, FACTS) is None


def test_what_review_shows() -> None:
    services = services_of(Home())
    facts = settings(custom_connections=FOREIGN, publish=True, allowed_networks="127.0.0.1")
    facts = account(facts, connections=())
    shown = {}
    for code in ("plex_url", "plex_remote_access", "plex_allowed_networks", "plex_republish"):
        change = build(code, services, facts)
        assert change is not None
        assert not change.is_satisfied(facts)
        shown[code] = [text.render() for text in change.before_and_after(facts)]
    assert shown["plex_url"] == [FOREIGN, f"{FOREIGN},{URL}"]
    assert shown["plex_remote_access"] == ["Remote Access on", "Remote Access off"]
    assert shown["plex_allowed_networks"] == ["127.0.0.1", "nobody enters without signing in"]
    assert shown["plex_republish"] == [f"plex.tv does not list {URL}", f"plex.tv lists {URL}"]


def test_names_from_before_and_containers_are_part_of_the_change() -> None:
    services = services_of(Home())
    facts = replace(FACTS, history=HistoryFacts(our_url="https://oldbox.tail1234.ts.net:443"))
    url = build("plex_url", services, facts)
    assert url is not None
    assert url.args == {"url": URL, "earlier": ["oldbox.tail1234.ts.net"]}
    networks = build("plex_allowed_networks", services, plex(installation=PlexInstallation("docker")))
    assert networks is not None
    assert networks.args == {"container": True}


class TestStart:
    """Starting the server."""

    def test_it_is_started_and_waited_for(self) -> None:
        home = Home(plex={"state": "stopped", "starts_after_s": 30})
        change = StartPlex(home.server, home.computer)
        before, after = home.run(lambda: carry_out(change))
        assert (before, after) == ({"answer": "refused"}, {"answer": "plex"})
        assert home.computer.commands == [(("systemctl", "start", "plexmediaserver.service"), True)]

    @pytest.mark.parametrize(("starts_after_s", "came"), [(900, True), (9000, False)])
    def test_a_long_start_is_told_as_it_goes_on(self, starts_after_s: int, came: bool) -> None:
        """After an update Plex tidies its library: minutes in which nobody should think that nothing happens."""
        home = Home(plex={"state": "stopped", "starts_after_s": starts_after_s})
        told: list[Event] = []
        change = StartPlex(home.server, home.computer, told.append)
        with nullcontext() if came else pytest.raises(HostError):
            home.run(lambda: carry_out(change))
        waits = [event for event in told if isinstance(event, Waiting)]
        assert len(waits) > 100
        assert all(before.elapsed < after.elapsed for before, after in itertools.pairwise(waits))
        assert told[-1] == WaitEnded("plex_server", came)

    def test_one_that_is_starting_is_only_waited_for(self) -> None:
        home = Home(plex={"state": "starting", "starts_after_s": 30})
        change = StartPlex(home.server, home.computer)
        assert home.run(lambda: carry_out(change))[1] == {"answer": "plex"}
        assert home.computer.commands == []

    def test_the_prompt_is_announced(self) -> None:
        home = Home()
        change = StartPlex(home.server, home.computer)
        stopped = plex(answer=PlexAnswer.REFUSED)
        assert change.needs_admin(stopped)
        assert not change.needs_admin(replace(stopped, system=replace(stopped.system, is_admin=True)))
        assert not change.needs_admin(plex(answer=PlexAnswer.REFUSED, installation=None))
        assert not change.needs_admin(replace(stopped, plex=Unknown(Text(""))))
        assert not change.is_satisfied(stopped)

    def test_undo_leaves_it_running(self) -> None:
        home = Home()
        change = StartPlex(home.server, home.computer)
        assert not change.reversible
        assert not change.reopens([])
        assert home.run(lambda: change.undo([Taken(change, {}, None)])) is UndoResult.NOTHING_TO_DO


class TestRepublish:
    """Plex is made to tell plex.tv again."""

    def lost(self, *, publish: bool, **plex_tv: Any) -> Home:
        """plex.tv has not heard of the address that stands in Plex's list."""
        listed = {"urls": "", "publish": publish}
        return Home(
            plex={
                "settings": {"customConnections": f"https://a.example,{URL}", "PublishServerOnPlexOnlineKey": publish}
            },
            plex_tv={"signed_in": True, "listed": listed, **plex_tv},
        )

    def test_with_remote_access_off_it_is_switched_on_and_off(self) -> None:
        home = self.lost(publish=False, deaf=True, lists_after_s=6)
        before_all = home.run(home.settings)
        change = PlexRepublish(home.server, home.account, URL)
        before, after = home.run(lambda: carry_out(change))
        assert (before, after) == ({"listed": False}, {"listed": True})
        sent = [put.params for put in home.seen.to("PUT")]
        assert sent == [(("PublishServerOnPlexOnlineKey", "1"),), (("PublishServerOnPlexOnlineKey", "0"),)]
        assert home.run(home.settings) == before_all

    def test_with_remote_access_on_it_is_never_switched_off(self) -> None:
        home = self.lost(publish=True, lists_after_s=6)
        before_all = home.run(home.settings)
        change = PlexRepublish(home.server, home.account, URL)
        assert home.run(lambda: carry_out(change))[1] == {"listed": True}
        sent = [put.params for put in home.seen.to("PUT")]
        assert sent == [
            (("customConnections", "https://a.example"),),
            (("customConnections", f"https://a.example,{URL}"),),
        ]
        assert home.run(home.settings) == before_all

    def test_what_never_comes_is_not_waited_for_without_end(self) -> None:
        home = self.lost(publish=False, lists_after_s=100_000)
        change = PlexRepublish(home.server, home.account, URL)
        assert home.run(lambda: carry_out(change))[1] == {"listed": False}
        assert 200 < home.world.seconds < 240

    @pytest.mark.parametrize("publish", [True, False])
    def test_stopped_in_the_middle_every_setting_is_as_it_was(self, publish: bool) -> None:
        home = self.lost(publish=publish, lists_after_s=100_000)
        before_all = home.run(home.settings)
        change = PlexRepublish(home.server, home.account, URL)

        async def job() -> None:
            task = asyncio.ensure_future(carry_out(change))
            await asyncio.sleep(1)
            assert len(home.seen.to("PUT")) == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        home.run(job)
        assert home.run(home.settings) == before_all

    def test_a_missed_answer_is_asked_for_again(self) -> None:
        home = self.lost(publish=False, lists_after_s=6)
        home.world.data["faults"] = [{"at": "GET clients.plex.tv/", "skip": 2, "status": 500, "times": 2}]
        change = PlexRepublish(home.server, home.account, URL)
        assert home.run(lambda: carry_out(change))[1] == {"listed": True}

    def test_a_sign_in_that_ended_stops_it(self) -> None:
        home = self.lost(publish=False, lists_after_s=100_000)
        before_all = home.run(home.settings)
        home.world.data["faults"] = [{"at": "GET clients.plex.tv/", "skip": 2, "status": 401, "times": 0}]
        change = PlexRepublish(home.server, home.account, URL)
        with pytest.raises(HostError) as met:
            home.run(lambda: carry_out(change))
        assert met.value.trouble is Trouble.UNAUTHORIZED
        assert home.run(home.settings) == before_all

    def test_there_is_nothing_to_take_back(self) -> None:
        home = Home()
        change = PlexRepublish(home.server, home.account, URL)
        assert not change.reversible
        assert not change.reopens([])
        assert not change.needs_admin(FACTS)
        assert change.args == {"url": URL}
        assert home.run(lambda: change.undo([Taken(change, {}, None)])) is UndoResult.NOTHING_TO_DO


class TestRestart:
    """Plex is restarted where plex.tv does not hear of the address in any gentler way."""

    def deaf(self, **plex: Any) -> Home:
        """plex.tv hears of the address only when Plex starts."""
        return Home(
            plex={
                "settings": {"customConnections": URL, "PublishServerOnPlexOnlineKey": True},
                "starts_after_s": 30,
                **plex,
            },
            plex_tv={
                "signed_in": True,
                "deaf": "until_restart",
                "listed": {"urls": "", "publish": True},
                "lists_after_s": 6,
            },
        )

    def restart(self, home: Home, viewers: int | None = 0) -> RestartPlex:
        return RestartPlex(home.server, home.account, URL, viewers)

    def test_telling_again_does_not_help_and_a_restart_does(self) -> None:
        home = self.deaf()
        before_all = home.run(home.settings)
        assert home.run(lambda: carry_out(PlexRepublish(home.server, home.account, URL)))[1] == {"listed": False}
        told: list[Event] = []
        change = RestartPlex(home.server, home.account, URL, 0, told.append)
        before, after = home.run(lambda: carry_out(change))
        assert {event.code for event in told if isinstance(event, Waiting)} == {"plex_server", "plex_published"}
        assert [event for event in told if isinstance(event, WaitEnded)][-1] == WaitEnded("plex_published", True)
        assert (before, after) == ({"listed": False}, {"listed": True})
        assert home.computer.commands == [(("systemctl", "restart", "plexmediaserver.service"), True)]
        assert home.run(home.settings) == before_all

    def test_listed_meanwhile_it_is_not_done(self) -> None:
        home = self.deaf()
        home.world.data["plex_tv"].update(deaf=False, listed={"urls": URL, "publish": True})
        home.run(lambda: carry_out(self.restart(home)))
        assert home.computer.commands == []

    @pytest.mark.parametrize(("told", "watching", "done"), [(0, 1, 0), (2, 3, 0), (2, 2, 1), (2, 0, 1), (None, 3, 1)])
    def test_nobody_is_interrupted_who_was_not_announced(self, told: int | None, watching: int, done: int) -> None:
        home = self.deaf(viewers=watching)

        async def job() -> Trouble | None:
            try:
                await carry_out(self.restart(home, told))
            except HostError as error:
                return error.trouble
            return None

        assert home.run(job) is (None if done else Trouble.MORE_WATCHING)
        assert len(home.computer.commands) == done

    def test_the_number_of_those_who_watch_is_part_of_the_summary(self) -> None:
        home = Home()
        assert self.restart(home, 0).summary.render() == "Restart Plex Media Server (nobody is watching right now)"
        assert "the 3 viewers" in self.restart(home, 3).summary.render()
        assert "the one viewer" in self.restart(home, 1).summary.render()
        assert "not known" in self.restart(home, None).summary.render()

    def test_another_server_comes_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        home = self.deaf()
        really = home.computer.run

        async def swapped(argv: Sequence[str], **options: Any) -> Completed:
            home.world.data["plex"]["machine_identifier"] = "b" * 40
            return await really(argv, **options)

        monkeypatch.setattr(home.computer, "run", swapped)
        with pytest.raises(HostError) as met:
            home.run(lambda: carry_out(self.restart(home)))
        assert met.value.trouble is Trouble.CHANGED_MEANWHILE

    def test_what_review_and_undo_know_of_it(self) -> None:
        home = Home()
        change = self.restart(home)
        now, then = change.before_and_after(FACTS)
        assert now.render() == f"plex.tv does not list {URL}"
        assert "same server" in then.render()
        assert change.is_satisfied(account(connections=(URL,)))
        assert not change.is_satisfied(account(connections=()))
        assert not change.reversible
        assert not change.reopens([])
        assert change.args == {"url": URL}
        assert change.needs_admin(plex(restart_needs_admin=True))
        assert not change.needs_admin(plex(restart_needs_admin=False))
        assert home.run(lambda: change.undo([Taken(change, {}, None)])) is UndoResult.NOTHING_TO_DO
