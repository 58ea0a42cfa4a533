# SPDX-License-Identifier: MIT
"""A simulated plex.tv: pins, account, sign-out and the list of servers, in the shapes of the recordings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from setup_assistant.host.simulated.plex import GUESTS_KEY, OWNERS_KEY, VERSION, machine_identifier
from setup_assistant.host.simulated.plex_settings import SimulatedSettings
from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, World

_FIRST_KEY = "simulated-sign-in-0"
_FIRST_PIN = 111222333
_PLACE: Mapping[str, Any] = {"code": "GB", "country": "United Kingdom", "city": "London", "time_zone": "Europe/London"}
"""A pin tells where it was asked for (recorded: myplex_api_v2_pins_new.json); a client must not log that."""


def first_key(world: World) -> str | None:
    """The token the keyring holds at the start: a good one where signed in, a dead one where it was revoked."""
    plex_tv = world.data["plex_tv"]
    return _FIRST_KEY if plex_tv.get("signed_in", False) or plex_tv.get("revoked", False) else None


class SimulatedPlexTv:
    """Both hosts of plex.tv; everything they know is in ``world.data["plex_tv"]``.

    Keys: ``signed_in``, ``revoked`` (the keyring holds a token that is no longer good), ``links_at_poll`` (0: never),
    ``pin_expires_s``, ``ended_pin`` (missing or null), ``owned``, ``plex_pass``, ``name``, ``replies_after_s`` (seconds
    for every answer), ``lists_after_s``, ``deaf`` (what Plex says is lost until Remote Access is
    switched; ``"until_restart"``: until it is started anew), ``listed``.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._settings = SimulatedSettings(world)

    @property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = self._world.data["plex_tv"]
        if "tokens" not in data:
            data["tokens"] = [_FIRST_KEY] if data.get("signed_in", False) else []
        return data

    def site(self, request: SimulatedRequest) -> SimulatedReply:
        """Answer one request."""
        reply = self._answer(request)
        return replace(reply, delay=float(self._data.get("replies_after_s", 0.0)))

    def _answer(self, request: SimulatedRequest) -> SimulatedReply:
        path = request.path.rstrip("/")
        if (request.method, path) == ("POST", "/api/v2/pins"):
            return self._new_pin(request)
        if request.method == "GET" and path.startswith("/api/v2/pins/"):
            return self._pin(request, path.rpartition("/")[2])
        key = request.headers.get("x-plex-token") or request.param("X-Plex-Token")
        if key is None or key not in self._data["tokens"]:
            return _problem(request, 401, 1001, "User could not be authenticated")
        match request.method, path:
            case "GET", "/api/v2/user":
                return _reply(request, "user", self._user(key))
            case "GET", "/api/v2/resources":
                return self._resources(request)
            case "DELETE", "/api/v2/users/signout":
                self._data["tokens"].remove(key)
                return SimulatedReply(204)
        return _problem(request, 404, 1000, "Not Found")

    def _new_pin(self, request: SimulatedRequest) -> SimulatedReply:
        client = request.headers.get("x-plex-client-identifier") or request.param("X-Plex-Client-Identifier")
        if not client:
            return _problem(request, 400, 1000, "X-Plex-Client-Identifier is missing")
        pins = self._data.setdefault("pins", {})
        number = str(_FIRST_PIN + len(pins))
        strong = (request.param("strong") or "").lower() in ("true", "1")
        pins[number] = {
            # 25 characters when strong, four to type when not (facts: plex, 1.1).
            "code": f"simulatedstrongcode{len(pins):06d}" if strong else f"AB{len(pins):02d}",
            "client": client,
            "at": self._world.seconds,
            "life": self._data.get("pin_expires_s", 1800 if strong else 900),
            "polls": 0,
            "token": None,
        }
        return _reply(request, "pin", self._pin_values(number), 201)

    def _pin(self, request: SimulatedRequest, number: str) -> SimulatedReply:
        pin = self._data.setdefault("pins", {}).get(number)
        client = request.headers.get("x-plex-client-identifier") or request.param("X-Plex-Client-Identifier")
        if pin is None or pin["client"] != client:
            return _problem(request, 404, 1020, "Code not found or expired")
        if self._world.seconds - pin["at"] >= pin["life"]:
            # Reports disagree: 404, or 200 with a null token (facts: plex, 1.1).
            if self._data.get("ended_pin", "missing") == "missing":
                return _problem(request, 404, 1020, "Code not found or expired")
            return _reply(request, "pin", self._pin_values(number))
        pin["polls"] += 1
        due = self._data.get("links_at_poll", 1)
        if pin["token"] is None and due and pin["polls"] >= due:
            pin["token"] = self._data.pop("next_token", None) or f"simulated-sign-in-{len(self._data['tokens']) + 1}"
            self._data["tokens"].append(pin["token"])
        return _reply(request, "pin", self._pin_values(number))

    def _pin_values(self, number: str) -> dict[str, Any]:
        pin = self._data["pins"][number]
        began = self._world.now()
        return {
            "id": int(number),
            "code": pin["code"],
            "product": "0",
            "trusted": False,
            "clientIdentifier": pin["client"],
            "location": dict(_PLACE),
            "expiresIn": int(pin["life"]),
            "createdAt": f"{began:%Y-%m-%dT%H:%M:%SZ}",
            "expiresAt": f"{began + timedelta(seconds=pin['life']):%Y-%m-%dT%H:%M:%SZ}",
            "authToken": pin["token"],
            "newRegistration": None if pin["token"] is None else False,
        }

    def _user(self, key: str) -> dict[str, Any]:
        """The part of myplex_api_v2_user_user_info_free.json that anybody reads."""
        has_pass = bool(self._data.get("plex_pass", False))
        return {
            "id": 12345,
            "uuid": "212acf24b07315e5",
            "username": "user@example.com",
            "title": "user@example.com",
            "email": "user@example.com",
            "friendlyName": self._data.get("name", ""),
            "locale": None,
            "confirmed": True,
            "emailOnlyAuth": False,
            "hasPassword": True,
            "protected": False,
            "thumb": "https://plex.tv/users/212acf24b07315e5/avatar?c=123456",
            "authToken": key,
            "mailingListStatus": "unsubscribed",
            "mailingListActive": False,
            "scrobbleTypes": "",
            "country": "GB",
            "subscription": {
                "active": has_pass,
                "subscribedAt": None,
                "status": "Active" if has_pass else "Inactive",
                "paymentService": None,
                "plan": None,
            },
            "subscriptionDescription": None,
            "restricted": False,
            "home": False,
            "guest": False,
            "homeSize": 1,
            "homeAdmin": False,
            "maxHomeSize": 15,
            "profile": {"autoSelectAudio": True, "autoSelectSubtitle": 1},
        }

    def _resources(self, request: SimulatedRequest) -> SimulatedReply:
        entries = [self._server()] if self._world.data["plex"].get("claimed", True) else []
        if "application/json" in request.headers.get("accept", ""):
            return _json(entries)
        root = Element("resources")
        for entry in entries:
            connections = entry.pop("connections")
            inside = SubElement(SubElement(root, "resource", _attributes(entry)), "connections")
            for connection in connections:
                SubElement(inside, "connection", _attributes(connection))
        return _xml(root)

    def _server(self) -> dict[str, Any]:
        owned = bool(self._data.get("owned", True))
        listing = self._settings.listing()
        relayed = bool(listing["publish"] and self._settings.value("RelayEnabled"))
        return {
            "name": self._settings.value("FriendlyName"),
            "product": "Plex Media Server",
            "productVersion": VERSION,
            "platform": "Linux",
            "platformVersion": "5.4.0-88-generic",
            "device": "Docker Container",
            "clientIdentifier": machine_identifier(self._world),
            "createdAt": "2021-01-01T12:12:24Z",
            "lastSeenAt": "2022-01-01T13:43:34Z",
            "provides": "server",
            "ownerId": None if owned else 54321,
            "sourceTitle": None if owned else "somebody",
            "publicAddress": self._world.data["network"].get("public_ip", "2.2.2.2"),
            "accessToken": OWNERS_KEY if owned else GUESTS_KEY,
            "owned": owned,
            "home": False,
            "synced": False,
            "relay": relayed,
            "presence": True,
            "httpsRequired": self._settings.value("secureConnections") == 0,
            "publicAddressMatches": True,
            "dnsRebindingProtection": False,
            "natLoopbackSupported": False,
            "connections": self._connections(listing, relayed),
        }

    def _connections(self, listing: Mapping[str, Any], relayed: bool) -> list[dict[str, Any]]:
        public = self._world.data["network"].get("public_ip", "2.2.2.2")
        found = [_connection("192.168.1.10", 32400, "https://192-168-1-10.client-id2.plex.direct:32400", local=True)]
        for entry in str(listing["urls"]).split(","):
            url = entry.strip()
            if not url:
                continue
            scheme, _, place = url.partition("://")
            place = place.partition("/")[0]
            bracketed = place.startswith("[") and "]" in place  # an IPv6 address, in which colons end nothing
            host = place[: place.index("]") + 1] if bracketed else place.partition(":")[0]
            port = place[len(host) :].removeprefix(":")
            # Without a port Plex adds that of its own mapping (facts: plex, section 3).
            number = int(port) if port.isdecimal() else int(self._settings.value("ManualPortMappingPort"))
            found.append(_connection(host, number, f"{scheme}://{host}:{number}", protocol=scheme))
        if listing["publish"]:
            dashed = public.replace(".", "-")
            found.append(_connection(public, 32400, f"https://{dashed}.client-id2.plex.direct:32400"))
        if relayed:
            found.append(_connection("178.3.2.1", 8443, "https://178-3-2-1.client-id2.plex.direct:8443", relay=True))
        return found


def _connection(
    address: str, port: int, uri: str, *, protocol: str = "https", local: bool = False, relay: bool = False
) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "address": address,
        "port": port,
        "uri": uri,
        "local": local,
        "relay": relay,
        "IPv6": False,
    }


def _reply(request: SimulatedRequest, kind: str, values: Mapping[str, Any], status: int = 200) -> SimulatedReply:
    if "application/json" in request.headers.get("accept", ""):
        return replace(_json(values), status=status)
    root = Element(kind, _attributes(values))
    for name, value in values.items():
        if isinstance(value, dict):
            SubElement(root, name, _attributes(value))
    return replace(_xml(root), status=status)


def _problem(request: SimulatedRequest, status: int, code: int, message: str) -> SimulatedReply:
    """As recorded in plextv_user_401.xml, or the same as JSON."""
    values = {"code": code, "message": message, "status": status}
    if "application/json" in request.headers.get("accept", ""):
        return replace(_json({"errors": [values]}), status=status)
    root = Element("errors")
    SubElement(root, "error", _attributes(values))
    return replace(_xml(root), status=status)


def _attributes(values: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    for name, value in values.items():
        if not isinstance(value, dict | list):
            texts[name] = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
    return texts


def _xml(root: Element) -> SimulatedReply:
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"
    return SimulatedReply(200, body, {"content-type": "application/xml; charset=utf-8"})


def _json(value: object) -> SimulatedReply:
    return SimulatedReply(200, json.dumps(value).encode(), {"content-type": "application/json; charset=utf-8"})
