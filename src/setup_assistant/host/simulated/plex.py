# SPDX-License-Identifier: MIT
"""A simulated Plex Media Server that answers as the recordings say (tests/recorded/plex/ORIGINS.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from xml.etree.ElementTree import Element

from setup_assistant.host.simulated.plex_replies import (
    API_401,
    BODY_400,
    BODY_403,
    BODY_404,
    ROOT_401,
    as_json,
    as_xml,
    attributes,
    container,
    page,
    wants_json,
)
from setup_assistant.host.simulated.plex_settings import SimulatedSettings, UnknownSettingError
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest, World

MACHINE_IDENTIFIER = "7920f7dbf88b58df1f41ec1f11db692769a0927a"
VERSION = "1.41.6.9685-d301f511a"
"""Both as in the recorded ``/identity``."""

OWNERS_KEY = "simulated-access-of-the-owner"
GUESTS_KEY = "simulated-access-of-a-guest"
"""What plex.tv gives out for this server: to its owner, and to somebody it is shared with."""

_PRIVATE = tuple(ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"))


class SimulatedPlex:
    """The server on this computer; everything it knows is in ``world.data["plex"]``.

    Keys: ``state`` (see `plex_state`), ``starts_after_s``, ``claimed``, ``settings``, ``viewers`` (see `viewers`),
    ``plain_hop_refused`` (a visitor who comes by plain http is hung up on), ``busy_after_put``, ``elsewhere``
    (addresses of servers on other machines), ``port`` (another than the settings name), ``machine_identifier``,
    ``version``.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.settings = SimulatedSettings(world)
        self.pages: Mapping[tuple[str, str], Callable[[SimulatedRequest, str], SimulatedReply]] = {
            ("GET", "/"): self._root,
            ("GET", "/:/prefs"): self._prefs,
            ("PUT", "/:/prefs"): self._set_prefs,
            ("GET", "/:/prefs/get"): self._one_pref,
            ("GET", "/myplex/account"): self._account,
            ("GET", "/status/sessions"): self._sessions,
        }

    @property
    def _plex(self) -> dict[str, Any]:
        plex: dict[str, Any] = self._world.data["plex"]
        return plex

    def site(self, request: SimulatedRequest) -> SimulatedReply:
        """Answer one request that came in from this computer. Raises SimulatedFailure."""
        match plex_state(self._world):
            case "missing" | "stopped":
                raise SimulatedFailure("refused")
            case "silent":
                raise SimulatedFailure("timeout")
            case "other_app":
                return SimulatedReply(200, b"<html><body>It works!</body></html>", {"content-type": "text/html"})
            case "starting":
                # Known: the status, also on /identity. Nobody has kept the body (docs/unproven.md).
                return SimulatedReply(503, b"", {"content-type": "text/html"})
        if self._refuses_hop(request):
            raise SimulatedFailure("closed")
        # The next request right after a PUT is answered with 400 (plex-api.rs, tests/server_prefs.rs).
        if self._plex.pop("busy", False):
            return page(400, BODY_400)
        if (request.method, request.path) == ("GET", "/identity"):
            return self._identity(request)
        who = self._who(request)
        if not who:
            return self._unauthorized(request)
        answer = self.pages.get((request.method, request.path))
        return answer(request, who) if answer is not None else page(404, BODY_404)

    def _refuses_hop(self, request: SimulatedRequest) -> bool:
        """Secure connections Required may refuse a visitor who comes by plain http (not proven: docs/unproven.md)."""
        plain = request.scheme == "http" and _address_of(request) != "127.0.0.1"
        return plain and bool(self._plex.get("plain_hop_refused", False))

    def _who(self, request: SimulatedRequest) -> str:
        """``owner``, ``guest`` or nobody."""
        key = request.headers.get("x-plex-token") or request.param("X-Plex-Token")
        if key == OWNERS_KEY:
            return "owner"
        if key == GUESTS_KEY:
            return "guest"
        # Nobody knows whether a visitor counts as local on a server that is not claimed: the worst is assumed here.
        if not self._plex.get("claimed", True) or self._is_allowed(_address_of(request)):
            return "owner"
        return ""

    def _is_allowed(self, address: str) -> bool:
        for entry in str(self.settings.value("allowedNetworks")).split(","):
            try:
                network = ip_network(entry.strip(), strict=False)
            except ValueError:
                continue
            if ip_address(address) in network:
                return True
        return False

    def _unauthorized(self, request: SimulatedRequest) -> SimulatedReply:
        return page(401, ROOT_401 if request.path == "/" else API_401)

    def _identity(self, request: SimulatedRequest) -> SimulatedReply:
        claimed = {} if self._plex.get("claimed", True) is None else {"claimed": bool(self._plex.get("claimed", True))}
        return container(
            request,
            {
                "size": 0,
                "apiVersion": "0.2.0",
                **claimed,
                "machineIdentifier": machine_identifier(self._world),
                "version": self._plex.get("version", VERSION),
            },
        )

    def _root(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        """The attributes that the recordings of a claimed and an unclaimed server share, for those who ask for them."""
        claimed = bool(self._plex.get("claimed", True))
        publish = bool(self.settings.value("PublishServerOnPlexOnlineKey"))
        return container(
            request,
            {
                "size": 0,
                "allowCameraUpload": claimed,
                "allowChannelAccess": True,
                "allowSharing": True,
                "allowSync": claimed,
                "friendlyName": self.settings.value("FriendlyName"),
                "machineIdentifier": machine_identifier(self._world),
                "multiuser": True,
                "myPlex": True,
                "myPlexMappingState": "mapped" if claimed and publish else "unknown",
                "myPlexSigninState": "ok" if claimed else "none",
                "myPlexSubscription": bool(self._world.data["plex_tv"].get("plex_pass", False)),
                **({"myPlexUsername": "username"} if claimed else {}),
                "platform": "Linux",
                "platformVersion": "5.10.76-linuxkit",
                "transcoderActiveVideoSessions": 0,
                "updatedAt": 1714653009,
                "version": self._plex.get("version", VERSION),
            },
        )

    def _prefs(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        if who != "owner":
            return page(403, BODY_403)
        settings = self.settings.all()
        return container(request, {"size": len(settings)}, "Setting", settings)

    def _one_pref(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        wanted = [setting for setting in self.settings.all() if setting["id"] == request.param("id")]
        if who != "owner":
            return page(403, BODY_403)
        return container(request, {"size": 1}, "Setting", wanted) if wanted else page(404, BODY_404)

    def _set_prefs(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        if who != "owner":
            return page(403, BODY_403)
        values = {name: value for name, value in request.params if not name.startswith("X-Plex-")}
        try:
            self.settings.set(values)
        except UnknownSettingError as error:
            return page(400, f"cannot set preference value for unknown preference {error}".encode())
        except ValueError:
            return page(400, BODY_400)
        if self._plex.get("busy_after_put", False):
            self._plex["busy"] = True
        return SimulatedReply(200, b"", {"x-plex-protocol": "1.0", "content-length": "0"})

    def _account(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        """The attributes that python-plexapi reads (plexapi/server.py, Account); holds the owner's token, as there."""
        if who != "owner":
            return page(403, BODY_403)
        claimed = bool(self._plex.get("claimed", True))
        publish = bool(self.settings.value("PublishServerOnPlexOnlineKey"))
        values = {
            "authToken": (self._world.data["plex_tv"].get("tokens") or [""])[-1] if claimed else "",
            "username": "username" if claimed else "",
            "mappingState": "mapped" if publish else "unknown",
            "mappingError": "",
            "signInState": "ok" if claimed else "none",
            "publicAddress": self._world.data["network"].get("public_ip", ""),
            "publicPort": 0,
            "privateAddress": "192.168.1.10",
            "privatePort": 32400,
            "subscriptionFeatures": "federated-auth,home",
            "subscriptionActive": bool(self._world.data["plex_tv"].get("plex_pass", False)),
            "subscriptionState": "Active" if self._world.data["plex_tv"].get("plex_pass", False) else "Inactive",
        }
        if wants_json(request):
            return as_json({"MyPlex": values})
        return as_xml(Element("MyPlex", attributes(values)))

    def _sessions(self, request: SimulatedRequest, who: str) -> SimulatedReply:
        """One entry for each viewer, with what python-plexapi reads of it (plexapi/media.py and client.py)."""
        if who != "owner":
            return page(403, BODY_403)
        watching = [
            {"sessionKey": str(n), "type": "movie", "title": f"Film {n}", **_parts(viewer)}
            for n, viewer in enumerate(viewers(self._world), 1)
        ]
        return container(request, {"size": len(watching)}, "Metadata" if wants_json(request) else "Video", watching)


def plex_state(world: World) -> str:
    """What the server does now: running, starting, stopped, missing, silent or other_app."""
    plex = world.data["plex"]
    state: str = plex.get("state", "running")
    if state == "starting" and world.seconds - plex.get("started_at", 0.0) >= plex.get("starts_after_s", 8):
        state = plex["state"] = "running"
    return state


def start_plex(world: World) -> None:
    """Start the server, or start it once more."""
    world.data["plex"].update(state="starting", started_at=world.seconds)
    SimulatedSettings(world).started()


def machine_identifier(world: World) -> str:
    """The identifier that ``/identity`` and plex.tv both name."""
    identifier: str = world.data["plex"].get("machine_identifier", MACHINE_IDENTIFIER)
    return identifier


def viewers(world: World) -> list[Mapping[str, Any]]:
    """Those who watch: a number in the scenario, or a list of tables as `_parts` reads them."""
    watching: int | list[Mapping[str, Any]] = world.data["plex"].get("viewers", 0)
    if isinstance(watching, int):
        return [{} for _ in range(watching)]
    return [viewer for viewer in watching if world.seconds >= viewer.get("after_s", 0.0)]


def _parts(viewer: Mapping[str, Any]) -> dict[str, Any]:
    """The player and the session of a viewer, as Plex tells of them."""
    address = viewer.get("address", "192.168.1.20")
    player = {
        "address": address,
        "remotePublicAddress": viewer.get("public_address", address),
        "local": viewer.get("location", "lan") == "lan",
        "relayed": viewer.get("relayed", False),
        "secure": viewer.get("secure", True),
        "product": viewer.get("app", "Plex Web"),
        "state": "playing",
    }
    return {"Player": player, "Session": {"id": "session-id", "location": viewer.get("location", "lan")}}


def _address_of(request: SimulatedRequest) -> str:
    """The address Plex believes: X-Forwarded-For from a local proxy, where it is not private (facts: plex, 6.1)."""
    try:
        forwarded: IPv4Address | IPv6Address = ip_address(request.headers.get("x-forwarded-for", "127.0.0.1"))
    except ValueError:
        return "127.0.0.1"
    if any(forwarded in network for network in _PRIVATE):
        return "127.0.0.1"
    return str(forwarded)
