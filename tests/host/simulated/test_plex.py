# SPDX-License-Identifier: MIT
"""The simulated Plex and plex.tv beside the recordings, and before python-plexapi, which is not ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import requests
from defusedxml.ElementTree import fromstring
from plexapi import myplex
from plexapi import server as plex_server
from plexapi.exceptions import BadRequest, NotFound, Unauthorized

from setup_assistant.host.simulated.mount import Mount
from setup_assistant.host.simulated.plex import (
    GUESTS_KEY,
    MACHINE_IDENTIFIER,
    OWNERS_KEY,
    SimulatedPlex,
)
from setup_assistant.host.simulated.plex_replies import API_401, ROOT_401
from setup_assistant.host.simulated.plex_settings import recorded_settings
from setup_assistant.host.simulated.plex_tv import SimulatedPlexTv
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest, World
from tests.services.plex.home import Home, make_world
from tests.services.plex.recordings import body, official

URL = "https://plexbox.tail1234.ts.net:443"
FIRST = "simulated-sign-in-0"
CLIENT = "8f14e45f-ceea-467f-a83c-0e6f0b0f1a11"

# python-plexapi has no types.
TheirServer: Any = plex_server.PlexServer
MyPlexAccount: Any = myplex.MyPlexAccount
MyPlexPinLogin: Any = myplex.MyPlexPinLogin


def plex(**sections: Any) -> SimulatedPlex:
    return SimulatedPlex(make_world(**{"plex_tv": {"signed_in": True}, **sections}))


def ask(
    site: Any, method: str, path: str, params: dict[str, str] | None = None, /, key: str | None = None, **headers: str
) -> SimulatedReply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        sent["x-plex-token"] = key
    request = SimulatedRequest(method, "http", "localhost", 32400, path, tuple((params or {}).items()), sent)
    reply: SimulatedReply = site(request)
    return reply


def xml(reply: SimulatedReply) -> Element:
    root: Element = fromstring(reply.body)
    return root


JSON = "application/json"


class TestBesideTheRecordings:
    """What it answers is what was recorded."""

    def test_identity(self) -> None:
        reply = ask(plex().site, "GET", "/identity")
        assert (
            re.sub(rb"\s+", b" ", reply.body.replace(b" />", b">")).split(b">")[1].strip()
            == re.sub(rb"\s+", b" ", body("pms_identity.xml")).split(b">")[1].strip()
        )
        shown = json.loads(ask(plex().site, "GET", "/identity", accept=JSON).body)["MediaContainer"]
        example = official("GET /identity", "200 application/json identity")["MediaContainer"]
        assert set(example) <= set(shown)
        assert {key: type(value) for key, value in example.items()} == {key: type(shown[key]) for key in example}

    def test_the_bodies_without_a_token(self) -> None:
        site = plex().site
        root, other = ask(site, "GET", "/"), ask(site, "GET", "/:/prefs")
        assert (root.status, root.body) == (401, body("pms_root_401.html"))
        assert (other.status, other.body) == (401, body("pms_api_401.html"))
        assert (len(ROOT_401), len(API_401)) == (193, 91)
        recorded = dict(
            line.split(": ", 1) for line in body("pms_root_401.headers.txt").decode().splitlines()[1:] if line
        )
        for name in ("X-Plex-Protocol", "Content-Type", "Cache-Control"):
            assert root.headers is not None
            assert root.headers[name.lower()] == recorded[name]

    def test_all_155_settings_with_their_types(self) -> None:
        site = plex().site
        recording = json.loads(body("server_prefs.json"))["MediaContainer"]["Setting"]
        shown = json.loads(ask(site, "GET", "/:/prefs", key=OWNERS_KEY, accept=JSON).body)["MediaContainer"]
        assert shown["size"] == len(shown["Setting"]) == 155
        assert [without_value(one) for one in shown["Setting"]] == [without_value(one) for one in recording]
        assert recorded_settings() == tuple(recording), "the file that is shipped is the recording"
        entries = xml(ask(site, "GET", "/:/prefs", key=OWNERS_KEY))
        assert entries.tag == "MediaContainer"
        assert len(entries) == 155
        example = fromstring(body("pms_prefs_setting_customConnections.xml"))
        one = next(entry for entry in entries if entry.get("id") == "customConnections")
        assert set(one.attrib) == set(example.attrib)
        assert {key: one.get(key) for key in ("type", "hidden", "advanced", "group", "label")} == {
            key: example.get(key) for key in ("type", "hidden", "advanced", "group", "label")
        }

    def test_one_setting(self) -> None:
        site = plex().site
        reply = ask(site, "GET", "/:/prefs/get", {"id": "FriendlyName"}, key=OWNERS_KEY, accept=JSON)
        shown = json.loads(reply.body)["MediaContainer"]
        example = official("GET /:/prefs/get", "200 application/json friendlyName")["MediaContainer"]
        assert without_value(shown["Setting"][0]) == without_value(example["Setting"][0])
        missing = ask(site, "GET", "/:/prefs/get", {"id": "foo"}, key=OWNERS_KEY)
        assert (missing.status, missing.body.decode()) == (404, official("GET /:/prefs/get", "404 text/html notFound"))

    def test_refusals_of_a_put(self) -> None:
        site = plex().site
        unknown = ask(site, "PUT", "/:/prefs", {"foo": "1", "logDebug": "0"}, key=OWNERS_KEY)
        assert (unknown.status, unknown.body.decode()) == (400, official("PUT /:/prefs", "400 text/html badRequest"))
        guest = ask(site, "PUT", "/:/prefs", {"logDebug": "0"}, key=GUESTS_KEY)
        assert (guest.status, guest.body.decode()) == (403, official("PUT /:/prefs", "403 text/html forbidden"))
        assert value(site, "logDebug") is True

    @pytest.mark.parametrize(
        ("name", "sent", "kept"),
        [
            ("logDebug", "0", False),
            ("logDebug", "true", True),
            ("secureConnections", "0", 0),
            ("TranscoderH264MinimumCRF", "18.5", 18.5),
            ("customConnections", "https://a.example,https://b.example", "https://a.example,https://b.example"),
            ("customConnections", "", ""),
        ],
    )
    def test_a_put_changes_the_next_get(self, name: str, sent: str, kept: object) -> None:
        site = plex().site
        assert ask(site, "PUT", "/:/prefs", {name: sent}, key=OWNERS_KEY).status == 200
        assert value(site, name) == kept

    @pytest.mark.parametrize(("name", "sent"), [("logDebug", "perhaps"), ("secureConnections", "x")])
    def test_a_value_of_another_type(self, name: str, sent: str) -> None:
        site = plex().site
        before = value(site, name)
        assert ask(site, "PUT", "/:/prefs", {name: sent}, key=OWNERS_KEY).status == 400
        assert value(site, name) == before

    @pytest.mark.parametrize(("claimed", "name"), [(True, "free"), (False, "unclaimed")])
    def test_the_root_tells_what_a_real_one_tells(self, claimed: bool, name: str) -> None:
        reply = ask(plex(plex={"claimed": claimed}).site, "GET", "/", key=OWNERS_KEY, accept=JSON)
        shown = json.loads(reply.body)["MediaContainer"]
        recorded = json.loads(body(f"server_media_providers_{name}.json"))["MediaContainer"]
        for key in ("myPlex", "myPlexSigninState", "myPlexMappingState", "myPlexSubscription", "allowSync"):
            assert shown[key] == recorded[key]
        assert ("myPlexUsername" in shown) == ("myPlexUsername" in recorded)

    def test_pins_user_and_resources_have_the_recorded_shape(self) -> None:
        world = make_world(
            plex_tv={"signed_in": True}, plex={"settings": {"customConnections": "https://example.org:443"}}
        )
        site = SimulatedPlexTv(world).site
        client = {"x_plex_client_identifier": CLIENT, "accept": JSON}
        pin = json.loads(ask(site, "POST", "/api/v2/pins", {"strong": "true"}, **client).body)
        recorded = json.loads(body("myplex_api_v2_pins_new.json"))
        assert shape(pin) == shape({**recorded, "location": pin["location"]})
        assert set(pin["location"]) <= set(recorded["location"])
        user = json.loads(ask(site, "GET", "/api/v2/user", key=FIRST, accept=JSON).body)
        recorded_user = json.loads(body("myplex_api_v2_user_user_info_free.json"))
        assert set(user) <= set(recorded_user)
        [server] = json.loads(ask(site, "GET", "/api/v2/resources", key=FIRST, accept=JSON).body)
        [recorded_server] = json.loads(body("myplex_api_v2_resources.json"))
        assert shape({**server, "connections": None}) == shape({**recorded_server, "connections": None})
        ours = next(one for one in server["connections"] if one["address"] == "example.org")
        assert ours == recorded_server["connections"][1]
        assert [one["relay"] for one in server["connections"]] == [False, False, False, True]

    def test_the_401_of_plex_tv(self) -> None:
        site = SimulatedPlexTv(make_world()).site
        reply = ask(site, "GET", "/api/v2/user", key="nobody")
        recorded = fromstring(body("plextv_user_401.xml"))
        assert reply.status == 401
        assert xml(reply)[0].attrib == recorded[0].attrib
        assert json.loads(ask(site, "GET", "/api/v2/user", key="nobody", accept=JSON).body) == {
            "errors": [{"code": 1001, "message": "User could not be authenticated", "status": 401}]
        }


def without_value(setting: dict[str, Any]) -> dict[str, Any]:
    return {key: content for key, content in setting.items() if key != "value"}


def value(site: Any, name: str) -> Any:
    reply = ask(site, "GET", "/:/prefs/get", {"id": name}, key=OWNERS_KEY, accept=JSON)
    return json.loads(reply.body)["MediaContainer"]["Setting"][0]["value"]


def shape(value: dict[str, Any]) -> dict[str, str]:
    return {key: type(content).__name__ for key, content in value.items()}


class TestWhoEnters:
    """Claimed, allowed networks, and the address Plex believes."""

    @pytest.mark.parametrize(
        ("allowed", "forwarded", "status"),
        [
            ("", None, 401),
            ("127.0.0.1", None, 200),
            ("127.0.0.1", "203.0.113.7", 401),
            ("0.0.0.0/0", "203.0.113.7", 200),
            ("127.0.0.0/8", "192.168.1.5", 200),
            ("nonsense, 203.0.113.0/24", "203.0.113.7", 200),
            ("127.0.0.1", "nonsense", 200),
        ],
    )
    def test_without_a_token(self, allowed: str, forwarded: str | None, status: int) -> None:
        site = plex(plex={"settings": {"allowedNetworks": allowed}}).site
        headers = {} if forwarded is None else {"x_forwarded_for": forwarded}
        assert ask(site, "GET", "/", **headers).status == status

    def test_an_unclaimed_server_lets_everyone_in(self) -> None:
        site = plex(plex={"claimed": False}).site
        assert ask(site, "GET", "/:/prefs", x_forwarded_for="203.0.113.7").status == 200

    def test_states(self) -> None:
        for state, kind in (("stopped", "refused"), ("missing", "refused"), ("silent", "timeout")):
            with pytest.raises(SimulatedFailure) as met:
                ask(plex(plex={"state": state}).site, "GET", "/identity")
            assert met.value.kind == kind
        assert ask(plex(plex={"state": "starting"}).site, "GET", "/identity").status == 503
        assert ask(plex(plex={"state": "other_app"}).site, "GET", "/identity").status == 200

    def test_it_starts_after_a_while(self) -> None:
        world = make_world(plex={"state": "starting", "starts_after_s": 90})
        site = SimulatedPlex(world).site
        world.time = lambda: 89.0
        assert ask(site, "GET", "/identity").status == 503
        world.time = lambda: 90.0
        assert ask(site, "GET", "/identity").status == 200


@dataclass
class Reachable:
    """The simulated services on loopback, and a session that finds plex.tv there."""

    home: Home
    plex: Mount
    session: requests.Session

    @property
    def world(self) -> World:
        return self.home.world


class ToLoopback(requests.adapters.HTTPAdapter):
    """Sends what is meant for plex.tv to the mount."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount
        super().__init__()

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.headers["Host"] = request.url.split("/")[2]
        request.url = re.sub(r"^https://[^/]+", self._mount.url, request.url)
        return super().send(request, *arguments, **options)


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reachable]:
    monkeypatch.setattr(MyPlexPinLogin, "POLLINTERVAL", 0)
    home = Home(plex_tv={"signed_in": True, "links_at_poll": 3})
    with Mount(home.simulated_plex.site) as server, Mount(home.plex_tv.site) as plex_tv, requests.Session() as session:
        for name in ("https://plex.tv", "https://clients.plex.tv"):
            session.mount(name, ToLoopback(plex_tv))
        yield Reachable(home, server, session)


class TestTheirClient:
    """What python-plexapi does and what our client does agree."""

    def test_signing_in_by_pin(self, reachable: Reachable) -> None:
        login = MyPlexPinLogin(session=reachable.session, headers={"X-Plex-Client-Identifier": CLIENT}, oauth=True)
        assert f"clientID={CLIENT}" in login.oauthUrl()
        assert "code=simulatedstrongcode" in login.oauthUrl()
        assert [login.checkLogin() for _ in range(3)] == [False, False, True]
        assert login.token == "simulated-sign-in-2"
        account = MyPlexAccount(token=login.token, session=reachable.session)
        assert (account.username, account.subscriptionActive) == ("user@example.com", False)
        account.signout()
        with pytest.raises(Unauthorized):
            MyPlexAccount(token=login.token, session=reachable.session)

    def test_a_pin_that_has_ended(self, reachable: Reachable) -> None:
        login = MyPlexPinLogin(session=reachable.session, headers={"X-Plex-Client-Identifier": CLIENT}, oauth=True)
        login.oauthUrl()
        reachable.world.data["plex_tv"]["pins"]["111222333"]["life"] = 0
        assert login.checkLogin() is False
        assert login.expired

    def test_resources(self, reachable: Reachable) -> None:
        account = MyPlexAccount(token=FIRST, session=reachable.session)
        [server] = account.resources()
        assert (server.clientIdentifier, server.owned, server.provides) == (MACHINE_IDENTIFIER, True, "server")
        assert server.accessToken == OWNERS_KEY
        ours = reachable.home.run(lambda: reachable.home.account.observe(MACHINE_IDENTIFIER))
        assert tuple(one.uri for one in server.connections) == ours.connections
        assert tuple(one.uri for one in server.connections if one.local) == ours.locals
        assert tuple(one.uri for one in server.connections if one.relay) == ours.relays

    def test_the_server_and_its_identity(self, reachable: Reachable) -> None:
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        ours = reachable.home.run(reachable.home.server.observe)
        assert (server.machineIdentifier, server.version) == (ours.machine_identifier, ours.version)
        identity = server.identity()
        assert (identity.claimed, identity.machineIdentifier) == (ours.claimed, ours.machine_identifier)
        with pytest.raises(Unauthorized, match="401 Unauthorized"):
            TheirServer(reachable.plex.url, "nobody", session=reachable.session)

    def test_what_they_save_we_read(self, reachable: Reachable) -> None:
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        server.settings.get("customConnections").set(f"https://a.example:1,{URL}")
        server.settings.get("publishServerOnPlexOnlineKey").set(False)
        server.settings.get("secureConnections").set(0)
        server.settings.save()
        ours = reachable.home.run(reachable.home.server.read_settings)
        assert (ours.urls, ours.publish, ours.secure_connections) == (("https://a.example:1", URL), False, 0)

    def test_what_we_save_they_read(self, reachable: Reachable) -> None:
        home = reachable.home
        home.run(lambda: home.server.write_settings({"customConnections": URL, "PublishServerOnPlexOnlineKey": False}))
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        assert server.settings.customConnections == URL
        assert server.settings.publishServerOnPlexOnlineKey is False
        assert len(server.settings.all()) == 155
        theirs = {setting.id: setting.value for setting in server.settings.all()}
        assert theirs == home.run(home.settings)

    def test_all_settings_keep_their_types(self, reachable: Reachable) -> None:
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        for recorded in recorded_settings():
            theirs = server.settings.get(recorded["id"])
            assert (theirs.type, theirs.hidden, theirs.advanced) == (
                recorded["type"],
                recorded["hidden"],
                recorded["advanced"],
            )
            assert bool(theirs.enumValues) == ("enumValues" in recorded)

    def test_unknown_settings_and_guests(self, reachable: Reachable) -> None:
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        with pytest.raises(BadRequest, match="unknown preference foo"):
            server.query("/:/prefs?foo=1", method=reachable.session.put)
        with pytest.raises(NotFound):
            server.query("/:/prefs/get?id=foo")
        guest = TheirServer(reachable.plex.url, GUESTS_KEY, session=reachable.session)
        with pytest.raises(BadRequest, match="403"):
            _ = guest.settings

    def test_the_account_of_the_server(self, reachable: Reachable) -> None:
        account = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session).account()
        assert (account.signInState, account.mappingState, account.subscriptionActive) == ("ok", "mapped", False)

    def test_who_is_watching(self, reachable: Reachable) -> None:
        reachable.world.data["plex"]["viewers"] = 2
        server = TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
        assert len(server.query("/status/sessions")) == 2
        assert reachable.home.run(reachable.home.server.viewers) == 2

    def test_a_server_that_is_starting(self, reachable: Reachable) -> None:
        reachable.world.data["plex"].update(state="starting", starts_after_s=90)
        with pytest.raises(BadRequest, match="503"):
            TheirServer(reachable.plex.url, OWNERS_KEY, session=reachable.session)
