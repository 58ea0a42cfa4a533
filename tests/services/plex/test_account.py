# SPDX-License-Identifier: MIT
"""The account: a token that is good, revoked or not to be checked; a keyring that serves or not; signing out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import AccountFacts, KeyringState, TokenState
from setup_assistant.host.simulated.plex import MACHINE_IDENTIFIER
from setup_assistant.services.plex_account import ENTRY
from tests.services.plex.home import Home

URL = "https://plexbox.tail1234.ts.net:443"


def look(home: Home, identifier: str | None = MACHINE_IDENTIFIER) -> AccountFacts:
    return home.run(lambda: home.account.observe(identifier))


def never_offered(link: str, code: str | None, seconds: float) -> None:
    return None


def test_signed_in_as_the_owner() -> None:
    home = Home(
        plex={"settings": {"customConnections": f"https://a.example:1,{URL}"}},
        plex_tv={"signed_in": True, "plex_pass": True, "name": "Ann"},
    )
    facts = look(home)
    assert (facts.token, facts.keyring, facts.listed, facts.owned) == (TokenState.VALID, KeyringState.READY, True, True)
    assert (facts.username, facts.has_pass, facts.relay) == ("Ann", True, True)
    assert URL in facts.connections
    assert facts.locals == ("https://192-168-1-10.client-id2.plex.direct:32400",)
    assert facts.relays == ("https://178-3-2-1.client-id2.plex.direct:8443",)
    [asked] = home.seen.to("/api/v2/resources")
    assert asked.host == "clients.plex.tv"
    assert dict(asked.params) == {"includeHttps": "1", "includeRelay": "1", "includeIPv6": "1"}


def test_nobody_is_signed_in() -> None:
    home = Home(plex_tv={"signed_in": False})
    assert look(home) == AccountFacts(TokenState.NONE, KeyringState.READY)
    assert not home.seen.requests


def test_an_email_address_is_no_name() -> None:
    facts = look(Home())
    assert facts.username == ""
    assert "@" not in repr(facts)


def test_a_guest() -> None:
    facts = look(Home(plex_tv={"signed_in": True, "owned": False}))
    assert (facts.listed, facts.owned) == (True, False)


def test_a_server_that_is_not_listed() -> None:
    facts = look(Home(), "another")
    assert (facts.token, facts.listed, facts.owned) == (TokenState.VALID, False, False)


def test_without_a_server_only_the_token_is_looked_at() -> None:
    home = Home()
    facts = look(home, None)
    assert (facts.token, facts.listed, facts.owned) == (TokenState.VALID, None, None)
    assert not home.seen.to("/api/v2/resources")


@pytest.mark.parametrize("path", ["plex.tv/api/v2/user", "clients.plex.tv/api/v2/resources"])
def test_only_a_401_means_revoked(path: str) -> None:
    home = Home(faults=[{"at": f"GET {path}", "status": 401}])
    assert look(home).token is TokenState.REVOKED
    assert home.world.data["keyring"]["secrets"][ENTRY], "it is the person who decides what comes next"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 403}, "http_status"),
        ({"status": 429}, "http_status"),
        ({"status": 500}, "http_status"),
        ({"status": 302, "headers": {"location": "https://evil.example/"}}, "redirected"),
        ({"status": 200, "body": "<html>Wi-Fi</html>"}, "unexpected_reply"),
        ({"fail": "timeout"}, "timed_out"),
        ({"fail": "name_not_found"}, "unreachable"),
        ({"fail": "certificate_expired"}, "tls"),
    ],
)
def test_anything_else_keeps_the_token(fault: dict[str, Any], code: str) -> None:
    home = Home(faults=[{"at": "GET plex.tv/api/v2/user", "times": 0, **fault}])
    facts = look(home)
    assert (facts.token, facts.trouble, facts.listed) == (TokenState.UNCHECKED, code, None)
    assert {one.host for one in home.seen.requests} <= {"plex.tv", "clients.plex.tv"}
    home.world.data["faults"] = []
    assert look(home).token is TokenState.VALID


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 200, "body": "{}"}, {"fail": "timeout"}])
def test_a_list_that_cannot_be_read_is_not_an_empty_one(fault: dict[str, Any]) -> None:
    facts = look(Home(faults=[{"at": "GET clients.plex.tv/", "times": 0, **fault}]))
    assert (facts.token, facts.listed, facts.owned) == (TokenState.VALID, None, None)
    assert facts.trouble


def test_slow_answers_fit_into_the_time_of_one_source() -> None:
    home = Home(plex_tv={"signed_in": True, "replies_after_s": 3})
    assert look(home).owned is True
    assert home.world.seconds < 4


@pytest.mark.parametrize(
    ("state", "expected"),
    [("locked", KeyringState.LOCKED), ("missing", KeyringState.MISSING), ("refused", KeyringState.REFUSED)],
)
def test_without_a_keyring_the_token_lives_in_memory(state: str, expected: KeyringState) -> None:
    home = Home(plex_tv={"signed_in": False}, keyring={"state": state})
    assert look(home) == AccountFacts(TokenState.NONE, expected)
    home.run(lambda: home.account.sign_in(never_offered))
    facts = look(home)
    assert (facts.token, facts.keyring, facts.owned) == (TokenState.VALID, expected, True)
    assert "secrets" not in home.world.data["keyring"]
    again = Home(home.world)
    assert look(again).token is TokenState.NONE, "a second process knows nothing of it"


def test_a_keyring_that_opens_later_is_read() -> None:
    home = Home(keyring={"state": "locked"})
    assert look(home).token is TokenState.NONE
    home.world.data["keyring"]["state"] = "ready"
    facts = look(home)
    assert (facts.token, facts.keyring) == (TokenState.VALID, KeyringState.READY)


def test_two_questions_at_once_read_the_keyring_once(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home()
    reads = []
    read = home.host.secrets.read

    async def slow(name: str) -> str | None:
        reads.append(name)
        await asyncio.sleep(1)
        return await read(name)

    async def job() -> None:
        await asyncio.gather(home.account.observe(None), home.account.server_token(MACHINE_IDENTIFIER))

    monkeypatch.setattr(home.host.secrets, "read", slow)
    home.run(job)
    assert reads == [ENTRY]


def test_rubbish_in_the_keyring_is_no_token() -> None:
    home = Home(keyring={"secrets": {ENTRY: "a\r\nHost: evil.example"}})
    assert look(home).token is TokenState.NONE
    assert not home.seen.requests


def test_signing_in_again_after_a_revoked_token() -> None:
    home = Home(plex_tv={"revoked": True})
    assert look(home).token is TokenState.REVOKED
    home.run(lambda: home.account.sign_in(never_offered))
    assert look(home).token is TokenState.VALID


def test_signing_out_revokes_and_forgets() -> None:
    home = Home()
    home.run(home.server.read_settings)
    home.run(home.account.sign_out)
    assert home.world.data["plex_tv"]["tokens"] == []
    assert home.world.data["keyring"]["secrets"] == {}
    assert look(home).token is TokenState.NONE
    with pytest.raises(HostError) as met:
        home.run(home.server.read_settings)
    assert met.value.trouble is Trouble.SIGN_IN_NEEDED


def test_signing_out_twice_or_of_a_revoked_token() -> None:
    home = Home()
    assert home.run(home.account.sign_out) is True
    assert home.run(home.account.sign_out) is False, "there is no sign-in any more"
    assert len(home.seen.to("DELETE")) == 1
    revoked = Home(plex_tv={"revoked": True})
    revoked.run(revoked.account.sign_out)
    assert revoked.world.data["keyring"]["secrets"] == {}


@pytest.mark.parametrize("fault", [{"fail": "timeout"}, {"fail": "unreachable"}, {"status": 500}, {"status": 302}])
def test_signing_out_without_plex_tv_forgets_all_the_same_and_says_what_is_left(fault: dict[str, Any]) -> None:
    home = Home(faults=[{"at": "DELETE plex.tv/", **fault}])
    with pytest.raises(HostError) as met:
        home.run(home.account.sign_out)
    assert met.value.trouble is Trouble.NOT_REVOKED
    assert "settings/devices" in met.value.text.render()
    assert home.world.data["keyring"]["secrets"] == {}
    assert look(home).token is TokenState.NONE


@pytest.mark.parametrize("state", ["locked", "refused"])
def test_signing_out_with_a_keyring_that_does_not_open(state: str) -> None:
    home = Home(keyring={"state": state})
    with pytest.raises(HostError) as met:
        home.run(home.account.sign_out)
    assert met.value.trouble is Trouble.STILL_KEPT
    assert "Unlock the keyring" in met.value.text.render()


def test_signing_out_where_no_keyring_is_forgets_what_was_in_memory() -> None:
    home = Home(keyring={"state": "missing"}, plex_tv={"signed_in": False})
    home.run(lambda: home.account.sign_in(never_offered))
    assert home.account.not_kept is not None
    assert "forgotten when this program ends" in home.account.not_kept.render()
    home.run(home.account.sign_out)
    assert home.world.data["plex_tv"]["tokens"] == []
    assert look(home).token is TokenState.NONE


def test_without_a_keyring_and_a_sign_in_nothing_is_called_revoked() -> None:
    home = Home(keyring={"state": "missing"})
    assert home.run(home.account.sign_out) is False
    assert not home.seen.to("DELETE")


def test_without_a_keyring_what_could_not_be_revoked_is_said_too() -> None:
    home = Home(
        keyring={"state": "missing"},
        plex_tv={"signed_in": False},
        faults=[{"at": "DELETE plex.tv/", "fail": "unreachable"}],
    )
    home.run(lambda: home.account.sign_in(never_offered))
    with pytest.raises(HostError) as met:
        home.run(home.account.sign_out)
    assert met.value.trouble is Trouble.NOT_REVOKED


def test_what_is_published() -> None:
    home = Home(plex_tv={"signed_in": True, "lists_after_s": 20})

    async def job() -> list[bool]:
        await home.server.write_settings({"customConnections": URL, "PublishServerOnPlexOnlineKey": False})
        first = await home.account.published(MACHINE_IDENTIFIER)
        await asyncio.sleep(20)
        second = await home.account.published(MACHINE_IDENTIFIER)
        assert len(second) == 2, "neither the relay nor the router's address is listed any more"
        return [URL in first, URL in second]

    assert home.run(job) == [False, True]


def test_what_is_published_for_nobody() -> None:
    home = Home(plex_tv={"signed_in": False})
    with pytest.raises(HostError) as met:
        home.run(lambda: home.account.published(MACHINE_IDENTIFIER))
    assert met.value.trouble is Trouble.SIGN_IN_NEEDED
    other = Home()
    assert other.run(lambda: other.account.published("another")) == ()
