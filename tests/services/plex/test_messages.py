# SPDX-License-Identifier: MIT
"""Recorded answers of Plex are read as they are; anything else is an unexpected reply, never a crash or a guess."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Watching
from setup_assistant.core.host import Reply
from setup_assistant.services.plex_messages import (
    Identity,
    choose_settings,
    parse_identity,
    parse_settings,
)
from setup_assistant.services.plex_sessions import parse_sessions
from tests.services.plex.recordings import as_reply, official, recorded

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><MediaContainer machineIdentifier="&c;"/>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<MediaContainer machineIdentifier="abc">&a;</MediaContainer>"""
SURPRISES = {
    "nothing": b"",
    "a page": b"<html><head><title>Welcome</title></head><body>Hello</body></html>",
    "half a page": b"<MediaContainer machineIdentifier=",
    "half an object": b'{"MediaContainer": {"machineIdent',
    "a list": b"[]",
    "another object": b'{"status": "ok"}',
    "a container that is a text": b'{"MediaContainer": "x"}',
    "a bomb": BOMB,
    "a file of ours": OUTSIDE,
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep elements": b"<a>" * 100_000,
    "an unknown encoding": b'<?xml version="1.0" encoding="x-none"?><MediaContainer machineIdentifier="abc"/>',
    "a wrong encoding": b'<?xml version="1.0" encoding="UTF-8"?><MediaContainer machineIdentifier="\xff\xfe"/>',
    "wrong bytes": b'{"MediaContainer": {"machineIdentifier": "\xff\xfe"}}',
    "zeroes": b"\0" * 1000,
    "a huge number": b'{"MediaContainer": ' + b"9" * 10_000 + b"}",
    "no identifier": b'{"MediaContainer": {"version": "1.41"}}',
    "an identifier that is a list": b'{"MediaContainer": {"machineIdentifier": ["a"]}}',
    "an identifier with a line end": b'{"MediaContainer": {"machineIdentifier": "a\\r\\nX-Plex-Token: b"}}',
    "an endless identifier": b'{"MediaContainer": {"machineIdentifier": "' + b"a" * 5000 + b'"}}',
    "a claimed that is a text": b'{"MediaContainer": {"machineIdentifier": "abc", "claimed": "perhaps"}}',
}


def test_identity_as_recorded() -> None:
    assert parse_identity(recorded("pms_identity.xml")) == Identity(
        "7920f7dbf88b58df1f41ec1f11db692769a0927a", "1.41.6.9685-d301f511a", True
    )


def test_identity_as_plex_documents_it() -> None:
    example = official("GET /identity", "200 application/json identity")
    assert parse_identity(as_reply(example)) == Identity(
        "0123456789abcdef0123456789abcdef", "1.40.2.8395-c67dce28e", True
    )


@pytest.mark.parametrize(("written", "claimed"), [('claimed="0"', False), ("", None), ('claimed="1"', True)])
def test_a_missing_claimed_is_not_unclaimed(written: str, claimed: bool | None) -> None:
    body = f'<MediaContainer {written} machineIdentifier="abc" version="1"/>'.encode()
    assert parse_identity(Reply(200, {}, body)).claimed is claimed


def test_a_byte_order_mark_is_no_harm() -> None:
    reply = Reply(200, {}, b'\xef\xbb\xbf{"MediaContainer": {"machineIdentifier": "abc"}}')
    assert parse_identity(reply).machine_identifier == "abc"


@pytest.mark.parametrize("body", SURPRISES.values(), ids=SURPRISES.keys())
def test_a_surprise_is_an_unexpected_reply(body: bytes) -> None:
    with pytest.raises(HostError) as met:
        parse_identity(Reply(200, {}, body))
    assert met.value.trouble is Trouble.UNEXPECTED_REPLY
    assert len(str(met.value)) < 200


@pytest.mark.parametrize("name", ["pms_root_401.html", "pms_api_401.html"])
def test_a_page_of_plex_is_no_identity(name: str) -> None:
    with pytest.raises(HostError):
        parse_identity(recorded(name))


def test_settings_as_recorded() -> None:
    settings = parse_settings(recorded("server_prefs.json"))
    assert len(settings) == 155
    assert settings["customConnections"] == "https://example.com"
    assert settings["TranscoderH264MinimumCRF"] == 16.0
    assert settings["secureConnections"] == 1
    chosen = choose_settings(settings)
    assert (chosen.urls, chosen.publish, chosen.allowed_networks) == (("https://example.com",), True, "")
    assert (chosen.secure_connections, chosen.relay, chosen.manual_port_mapping) == (1, True, True)
    assert (chosen.mapped_port, chosen.ipv6) == (0, True)


def test_the_same_settings_as_xml() -> None:
    recording = json.loads(recorded("server_prefs.json").body)["MediaContainer"]["Setting"]
    lines = []
    for setting in recording:
        value = str(int(setting["value"])) if isinstance(setting["value"], bool) else str(setting["value"])
        lines.append(f'<Setting id="{setting["id"]}" type="{setting["type"]}" value="{value}"/>')
    xml = Reply(200, {}, f'<MediaContainer size="155">{"".join(lines)}</MediaContainer>'.encode())
    assert parse_settings(xml) == parse_settings(recorded("server_prefs.json"))


def test_one_setting_as_xml() -> None:
    one = recorded("pms_prefs_setting_customConnections.xml").body
    reply = Reply(200, {}, b"<MediaContainer>" + one + b"</MediaContainer>")
    assert parse_settings(reply) == {"customConnections": "https://plex.yourdomain.com:443"}


def test_settings_as_plex_documents_them() -> None:
    example = official("GET /:/prefs", "200 application/json somePrefs")
    assert parse_settings(as_reply(example))["ScheduledLibraryUpdateInterval"] == 3600


def test_an_odd_setting_among_many_is_left_out() -> None:
    entries = [
        {"id": "a", "type": "bool", "value": "perhaps"},
        {"id": "b", "type": "int", "value": 10**30},
        {"id": "c", "type": "double", "value": "x"},
        {"id": "d", "type": "text", "value": None},
        {"id": "e", "type": "newer", "value": "kept"},
        {"id": "f", "type": "bool", "value": "1"},
    ]
    assert parse_settings(as_reply({"MediaContainer": {"Setting": entries}})) == {"e": "kept", "f": True}


@pytest.mark.parametrize("name", ["customConnections", "PublishServerOnPlexOnlineKey", "allowedNetworks"])
def test_a_setting_that_matters_must_be_there(name: str) -> None:
    settings = parse_settings(recorded("server_prefs.json"))
    del settings[name]
    with pytest.raises(HostError) as met:
        choose_settings(settings)
    assert (met.value.trouble, met.value.detail) == (Trouble.UNEXPECTED_REPLY, name)


@pytest.mark.parametrize(
    "value",
    [
        {"MediaContainer": {"Setting": []}},
        {"MediaContainer": {"Setting": "x"}},
        {"MediaContainer": {"Setting": ["x"]}},
        {"MediaContainer": {"Setting": [{"type": "bool", "value": True}]}},
    ],
)
def test_settings_of_another_shape(value: object) -> None:
    with pytest.raises(HostError):
        parse_settings(as_reply(value))


PLAYER = {"address": "::ffff:203.0.113.7", "remotePublicAddress": "81.2.69.10", "relayed": True, "secure": False}
AS_XML = b"""<MediaContainer size="2">
<Video title="Film"><User title="Ann"/><Player address="203.0.113.7" remotePublicAddress="81.2.69.10" relayed="1"
 secure="0" title="TV"/><Session location="wan" bandwidth="2000"/></Video><Track/></MediaContainer>"""


def test_sessions_in_both_forms() -> None:
    seen = Watching("203.0.113.7", "81.2.69.10", "wan", relayed=True, secure=False)
    assert parse_sessions(Reply(200, {}, AS_XML)) == (seen, Watching())
    entry = {"title": "Film", "Player": PLAYER, "Session": {"location": "wan"}}
    assert parse_sessions(as_reply({"MediaContainer": {"size": 2, "Metadata": [entry]}})) == (seen, Watching())
    assert "Film" not in repr(seen)


def test_an_app_that_plays_is_known_by_its_kind_and_state() -> None:
    player = {"product": "Plex for Android (Mobile)" + "x" * 90, "state": "playing", "title": "Ann's phone"}
    entry = {"sessionKey": "7", "Player": player}
    (seen,) = parse_sessions(as_reply({"MediaContainer": {"size": 1, "Metadata": [entry]}}))
    assert (seen.key, seen.state, len(seen.app)) == ("7", "playing", 40)
    assert "Ann" not in repr(seen)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"Player": None, "Session": 5},
        {"Player": "x", "Session": []},
        {"Player": {"address": "home", "relayed": "perhaps"}, "Session": {"location": "moon"}},
        {"Player": [{"address": 7}], "Session": [{}, {}]},
    ],
)
def test_odd_sessions_are_counted_and_not_known(entry: dict[str, object]) -> None:
    assert parse_sessions(as_reply({"MediaContainer": {"size": 1, "Metadata": [entry]}})) == (Watching(),)


@pytest.mark.parametrize("size", [None, "many", True, 1.5, -1, 10**9])
def test_how_many_must_be_a_number(size: object) -> None:
    assert parse_sessions(as_reply({"MediaContainer": {"size": 0}})) == ()
    with pytest.raises(HostError):
        parse_sessions(as_reply({"MediaContainer": {"size": size}}))


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["MediaContainer", "Setting", "id", "type", "value", "size"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(st.binary(max_size=400) | _json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_the_only_error_is_ours(body: bytes) -> None:
    reply = Reply(200, {}, body)
    for parse in (parse_identity, parse_settings, parse_sessions):
        assert trouble_of(parse, reply) in (None, Trouble.UNEXPECTED_REPLY)


def trouble_of(parse: Callable[[Reply], object], reply: Reply) -> Trouble | None:
    try:
        parse(reply)
    except HostError as error:
        return error.trouble
    return None
