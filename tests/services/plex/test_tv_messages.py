# SPDX-License-Identifier: MIT
"""Recorded answers of plex.tv are read as they are; no token and no e-mail gets into a repr or an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Reply
from setup_assistant.services.plex_tv_messages import (
    Connection,
    is_token,
    parse_pin,
    parse_pin_token,
    parse_server,
    parse_user,
)
from tests.services.plex.recordings import as_reply, recorded


def resources() -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads(recorded("myplex_api_v2_resources.json").body)
    return value


def test_pins_as_recorded() -> None:
    pin = parse_pin(recorded("myplex_api_v2_pins_new.json"))
    assert (pin.identifier, pin.code, pin.seconds) == (111222333, "CODE", 900.0)
    assert "CODE" not in repr(pin)
    assert parse_pin_token(recorded("myplex_api_v2_pins_new.json")) is None
    assert parse_pin_token(recorded("myplex_api_v2_pins_linked.json")) == "auth_token"


@pytest.mark.parametrize(
    "change",
    [
        {"code": None},
        {"code": "a b"},
        {"code": "x" * 500},
        {"id": None},
        {"id": "../user"},
        {"expiresIn": 0},
        {"expiresIn": -5},
        {"expiresIn": 1e12},
        {"expiresIn": float("nan")},
    ],
)
def test_an_odd_pin(change: dict[str, Any]) -> None:
    value = {**json.loads(recorded("myplex_api_v2_pins_new.json").body), **change}
    with pytest.raises(HostError) as met:
        parse_pin(as_reply(value))
    assert met.value.trouble is Trouble.UNEXPECTED_REPLY


@pytest.mark.parametrize("token", ["a\r\nX: y", "with space", "ü", 5, ["a"], "a" * 5000, "\0"])
def test_an_odd_token_is_not_taken(token: object) -> None:
    value = {**json.loads(recorded("myplex_api_v2_pins_linked.json").body), "authToken": token}
    with pytest.raises(HostError) as met:
        parse_pin_token(as_reply(value))
    assert str(token) not in str(met.value)
    assert not is_token(token)


def test_the_newer_tokens_fit() -> None:
    assert is_token("eyJhbGciOiJFZERTQSJ9.eyJhdWQiOiJwbGV4LnR2In0.c2lnbmF0dXJl-_")


def test_the_user_as_recorded_has_no_name_but_an_address() -> None:
    user = parse_user(recorded("myplex_api_v2_user_user_info_free.json"))
    assert (user.name, user.has_pass) == ("", False)


def test_a_friendly_name_and_a_pass() -> None:
    value = json.loads(recorded("myplex_api_v2_user_user_info_free.json").body)
    value.update(friendlyName="Ann", subscription={"active": True})
    user = parse_user(as_reply(value))
    assert (user.name, user.has_pass) == ("Ann", True)
    del value["subscription"]
    assert parse_user(as_reply(value)).has_pass is None


def test_resources_as_recorded() -> None:
    server = parse_server(recorded("myplex_api_v2_resources.json"), "client_id2")
    assert server is not None
    assert (server.owned, server.access_token, server.relay) == (True, "auth_token", True)
    assert "auth_token" not in repr(server)
    assert server.connections == (
        Connection("https://172-18-0-3.client-id2.plex.direct:32400", True, False),
        Connection("https://example.org:443", False, False),
        Connection("https://2-2-2-2.client-id2.plex.direct:443", False, False),
        Connection("https://178-3-2-1.client-id2.plex.direct:8443", False, True),
    )


def test_a_server_that_is_not_listed() -> None:
    assert parse_server(recorded("myplex_api_v2_resources.json"), "another") is None
    assert parse_server(as_reply([]), "client_id2") is None
    player = [{**resources()[0], "provides": "client,player"}]
    assert parse_server(as_reply(player), "client_id2") is None


def test_listed_twice_is_a_surprise() -> None:
    with pytest.raises(HostError) as met:
        parse_server(as_reply(resources() * 2), "client_id2")
    assert met.value.trouble is Trouble.UNEXPECTED_REPLY


@pytest.mark.parametrize(
    "change", [{"owned": None}, {"owned": "yes"}, {"connections": "x"}, {"connections": ["x"]}, {"connections": [{}]}]
)
def test_an_odd_server(change: dict[str, Any]) -> None:
    with pytest.raises(HostError):
        parse_server(as_reply([{**resources()[0], **change}]), "client_id2")


def test_a_server_whose_token_cannot_be_sent_has_none() -> None:
    server = parse_server(as_reply([{**resources()[0], "accessToken": "a\nb"}]), "client_id2")
    assert server is not None
    assert server.access_token is None


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"null", b"5", b'"x"', b"[" * 99_999, b"\xff\xfe\x00"])
def test_no_answer_of_plex_tv(body: bytes) -> None:
    reply = Reply(200, {}, body)
    for parse in (parse_pin, parse_pin_token, parse_user, lambda one: parse_server(one, "x")):
        with pytest.raises(HostError) as met:
            parse(reply)
        assert met.value.trouble is Trouble.UNEXPECTED_REPLY


@given(st.binary(max_size=300))
def test_whatever_comes_the_only_error_is_ours(body: bytes) -> None:
    reply = Reply(200, {}, body)
    for parse in (parse_pin, parse_pin_token, parse_user, lambda one: parse_server(one, "x")):
        with pytest.raises(HostError):
            parse(reply)
