# SPDX-License-Identifier: MIT
"""The simulated public side: names, Funnel's entrances, and the services that look from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.core.settings import ConnectionSettings, OutsideSettings, UpdateSettings
from setup_assistant.host.simulated.check_host import WORDS, CheckHostSite
from setup_assistant.host.simulated.entrance import CERTIFICATE_LIFE, ENTRANCES, REPLIES, Reaches, SimulatedEntrance
from setup_assistant.host.simulated.github import GitHubSite
from setup_assistant.host.simulated.globalping import (
    CERTIFICATE_ERRORS,
    GlobalpingSite,
    failed_result,
    finished_result,
)
from setup_assistant.host.simulated.line import IPV6_ADDRESS
from setup_assistant.host.simulated.tailscale_status import ADDRESSES
from setup_assistant.host.simulated.world import (
    SimulatedFailure,
    SimulatedReply,
    SimulatedRequest,
    Site,
    World,
    json_reply,
)

PRIVATE_ADDRESS = "100.101.102.103"

_KINDS = {"A": 1, "AAAA": 28}


class SimulatedOutside:
    """Answers for ``[outside]`` of the scenario, and for the node's own address inside the tailnet.

    Keys: ``dns_after_s`` (seconds after Funnel is on until the public name is known), ``dns`` (ok, patchy, private,
    broken or blocked), ``funnel_reaches`` (plex, or how the public entrance goes wrong: a kind of
    `SimulatedFailure`, bad_gateway, starting, not_found, unauthorized, redirect, other_app, other_server),
    ``entrances_down`` (addresses of relays that close the connection), ``checker`` (ok, busy, down, no_probes,
    internal, or second: only check-host.net works), ``near`` (plex, or how the own address goes wrong),
    ``first_tests`` (how the first tests from outside go wrong), ``certificate_days`` (how long the certificate still
    holds), ``certificate_after_s`` (seconds from Funnel on until the node has one), ``certificate_limited`` (true:
    until then the authority refuses it, and names that moment), ``direct`` (what answers at the home's own public
    addresses on port 32400: as ``funnel_reaches``, by default nothing), ``newest_version`` (the one published).
    """

    def __init__(
        self,
        world: World,
        reaches: Reaches,
        plex_site: Site,
        settings: OutsideSettings | None = None,
        connection: ConnectionSettings | None = None,
        updates: UpdateSettings | None = None,
    ) -> None:
        self._world = world
        self.entrance = SimulatedEntrance(world, reaches, plex_site)
        settings = settings or OutsideSettings()
        connection = connection or ConnectionSettings()
        updates = updates or UpdateSettings()
        self._state: dict[str, Any] = world.data["outside"]
        services: list[tuple[str, Site]] = [
            (settings.globalping, self._globalping()),
            (settings.check_host, self._check_host()),
            *((resolver, self._resolve) for resolver in settings.resolvers),
            (updates.api, GitHubSite(updates.repository or "", lambda: self._state.get("newest_version"))),
            *((service, self._tell_address) for service in connection.address_services),
        ]
        if settings.own_endpoint is not None:
            services.append((settings.own_endpoint, self._own_endpoint))
        self._services = {urlsplit(url).hostname or "": site for url, site in services}

    def site(self, request: SimulatedRequest) -> Site | None:
        """Return the service behind a request's address, or None where it is none of the public side."""
        entrances = (*ENTRANCES["A"], *ENTRANCES["AAAA"])
        if request.address in ADDRESSES:
            return self.entrance.enter_from_tailnet
        if request.address in entrances:
            return self._unreachable if self._offline else self.entrance.enter
        service = self._services.get(request.host) if request.address == request.host else None
        if service is not None and self._offline:
            return self._unreachable
        return service

    @property
    def _offline(self) -> bool:
        return bool(self._world.data["network"].get("line") == "offline")

    def _unreachable(self, request: SimulatedRequest) -> SimulatedReply:
        raise SimulatedFailure("unreachable")

    # The name

    @property
    def _name(self) -> str:
        tailscale = self._world.data["tailscale"]
        return f"{tailscale.get('host', '')}.{tailscale.get('tailnet', '')}"

    def _is_published(self) -> bool:
        since = self._world.data["tailscale"].get("funnel_since")
        return since is not None and self._world.seconds - since >= self._state.get("dns_after_s", 0)

    def _resolve(self, request: SimulatedRequest) -> SimulatedReply:
        """DNS over HTTPS in JSON, as Google and Cloudflare describe it."""
        name, kind = request.param("name") or "", request.param("type") or "A"
        mode = self._state.get("dns", "ok")
        if mode == "blocked":
            raise SimulatedFailure("timeout")
        addresses: tuple[str, ...] = ()
        status = 2 if mode == "broken" else 3
        if mode != "broken" and name == self._name and kind in _KINDS and self._is_published():
            # Patchy as in tailscale/tailscale issue 20892: no A where AAAA is known, at one of the resolvers.
            missing = mode == "patchy" and kind == "A" and request.host == next(iter(self._resolvers()), "")
            addresses = () if missing else (PRIVATE_ADDRESS,) if mode == "private" else ENTRANCES[kind]
            if mode == "private" and kind == "AAAA":
                addresses = ()
            status = 3 if missing else 0
        document: dict[str, Any] = {
            "Status": status,
            "TC": False,
            "RD": True,
            "RA": True,
            "AD": False,
            "CD": False,
            "Question": [{"name": f"{name}.", "type": _KINDS.get(kind, 16)}],
        }
        if addresses:
            document["Answer"] = [
                {"name": f"{name}.", "type": _KINDS[kind], "TTL": 60, "data": address} for address in addresses
            ]
        return json_reply(document, headers={"content-type": "application/dns-json"})

    def _resolvers(self) -> list[str]:
        return [host for host, site in self._services.items() if site == self._resolve]

    def _tell_address(self, request: SimulatedRequest) -> SimulatedReply:
        address = self._world.data["network"].get("public_ip", "")
        if request.param("format") == "json":
            return json_reply({"ip": address})
        return SimulatedReply(200, f"{address}\n".encode(), {"content-type": "text/plain"})

    # Those who look from outside

    def _kept(self, service: str) -> dict[str, Any]:
        kept: dict[str, Any] = self._state.setdefault(service, {})
        return kept

    def _mode(self) -> str:
        return str(self._state.get("checker", "ok"))

    def _globalping(self) -> Site:
        return GlobalpingSite(
            self.probe,
            state=self._kept("measurements"),
            mode=lambda: "down" if self._mode() == "second" else self._mode(),
            now=self._world.now,
        )

    def _check_host(self) -> Site:
        return CheckHostSite(self._check_visit, state=self._kept("checks"), mode=self._mode)

    def _fetch(self, host: str, port: int, path: str) -> SimulatedReply:
        """Fetch from elsewhere, by name. Raises SimulatedFailure."""
        if host != self._name or not self._is_published():
            raise SimulatedFailure("name_not_found")
        if self._state.get("dns") == "private":
            raise SimulatedFailure("private_address")
        headers = {"accept": "application/json", "host": host}
        return self.entrance.visit(
            SimulatedRequest("GET", "https", host, port, path, (), headers, address=ENTRANCES["A"][0])
        )

    def probe(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one Globalping test in this world."""
        options = asked["measurementOptions"]
        host, port = str(asked["target"]), int(options.get("port", 443))
        address = ENTRANCES["A"][0]
        if host in self._own_addresses():
            return self._probe_home(host, port, options["request"]["path"])
        first: list[str] = self._state.get("first_tests", [])
        if first:
            return failed_result(first.pop(0), host=host, address=address, port=port)
        try:
            reply = self._fetch(host, port, options["request"]["path"])
        except SimulatedFailure as failure:
            error = CERTIFICATE_ERRORS.get(failure.kind)
            if error is None:
                return failed_result(failure.kind, host=host, address=address, port=port)
            return finished_result(502, {}, "", address=address, host=host, error=error)
        body = reply.body.decode("utf-8", "replace")
        until = self._world.now() + timedelta(days=self._state.get("certificate_days", 60))
        holds = (until - CERTIFICATE_LIFE, until)
        return finished_result(reply.status, reply.headers or {}, body, address=address, host=host, holds=holds)

    def _own_addresses(self) -> tuple[str, ...]:
        network = self._world.data["network"]
        return (str(network.get("public_ip", "")), IPV6_ADDRESS)

    def _probe_home(self, address: str, port: int, path: str) -> dict[str, Any]:
        """A test of a bare address: what the router lets in, whatever the certificate."""
        outcome = self._state.get("direct", "timeout")
        if outcome != "plex" and outcome not in REPLIES:
            return failed_result(outcome, host=address, address=address, port=port)
        asked = SimulatedRequest("GET", "https", address, port, path, (), {"accept": "application/json"})
        reply = REPLIES[outcome] if outcome != "plex" else self.entrance.forward(asked, "https://localhost:32400")
        body = reply.body.decode("utf-8", "replace")
        error = CERTIFICATE_ERRORS["certificate_name"]
        return finished_result(reply.status, reply.headers or {}, body, address=address, host=address, error=error)

    def _check_visit(self, url: str) -> list[Any]:
        parts = urlsplit(url)
        try:
            reply = self._fetch(parts.hostname or "", parts.port or 443, parts.path)
        except SimulatedFailure as failure:
            return [0, 0.07, WORDS.get(failure.kind, "Connection timed out"), None, None]
        good = 200 <= reply.status < 400
        return [int(good), 0.13, "OK" if good else "Not OK", str(reply.status), ENTRANCES["A"][0]]

    def _own_endpoint(self, request: SimulatedRequest) -> SimulatedReply:
        parts = urlsplit(request.param("url") or "")
        try:
            reply = self._fetch(parts.hostname or "", parts.port or 443, parts.path)
        except SimulatedFailure as failure:
            bad = failure.kind in CERTIFICATE_ERRORS
            return json_reply({"status": 200 if bad else None, "body": "", "tls_ok": not bad})
        return json_reply({"status": reply.status, "body": reply.body.decode("utf-8", "replace"), "tls_ok": True})
