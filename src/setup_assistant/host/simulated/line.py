# SPDX-License-Identifier: MIT
"""The simulated internet line: evidence as such a line would give it, for the real rules to judge.

What each kind of line answers is what networks built from Linux namespaces answered (tests/labs/lines).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from setup_assistant.core.connection import (
    Binding,
    ConnectionFacts,
    Gateway,
    Hop,
    Interface,
    NatType,
    SelfTrace,
    WanAnswer,
)
from setup_assistant.host.simulated.world import World

PLEX_HOST = "192.168.1.50"
ROUTER = "192.168.1.1"
OUTER_ROUTER = "192.168.0.1"
PROVIDER = "100.64.0.1"
INTERNET = "81.2.68.1"
SERVERS = ("stun.l.google.com", "stun.cloudflare.com")
SECONDS = 0.3
IPV6_ADDRESS = "2a02:810d:1::50"

# The WAN address of the router where the scenario names none; None: the router holds the public address.
_WAN: Mapping[str, str | None] = {
    "cgnat": "100.64.12.34",
    "double_nat": "192.168.0.20",
    "ds_lite": "192.0.0.2",
}
_HOPS: Mapping[str, tuple[str | None, ...]] = {
    "public": (INTERNET,),
    "home_nat": (ROUTER, INTERNET),
    "cgnat": (ROUTER, PROVIDER, INTERNET),
    "double_nat": (ROUTER, OUTER_ROUTER, INTERNET),
    "ds_lite": (ROUTER, "192.0.0.1", INTERNET),
    "vpn": (),
    "offline": (),
}


class SimulatedLine:
    """`core.host.LineObserver` over the scenario's ``[network]``.

    Keys: ``line`` (public, home_nat, cgnat, double_nat, ds_lite, vpn or offline), ``public_ip``, ``router_wan_ip``
    ("" when the router does not tell), ``ipv6``; optional ``upnp`` (false: the router answers nothing), ``hops``
    (addresses, "" for a silent one), ``nat_type``, ``port_mapping`` (a text), ``provider`` and ``asn`` (told with
    consent only), ``tailscale_up`` (whether Tailscale's interface is there), ``seconds`` (how long looking takes).
    """

    def __init__(self, world: World) -> None:
        self._world = world

    async def observe(self, *, provider_allowed: bool) -> ConnectionFacts:
        """Return the evidence after a short while."""
        network = self._world.data["network"]
        await asyncio.sleep(float(network.get("seconds", SECONDS)))
        return evidence(network, provider_allowed=provider_allowed)

    async def complete(self, facts: ConnectionFacts, *, provider_allowed: bool) -> ConnectionFacts:
        """Everything came at once."""
        return facts


def evidence(network: Mapping[str, Any], *, provider_allowed: bool) -> ConnectionFacts:
    """Return what a line of this kind shows."""
    line = str(network.get("line", "home_nat"))
    public = str(network.get("public_ip", "81.2.69.77"))
    ipv6 = IPV6_ADDRESS if network.get("ipv6") else None
    interfaces, gateway = _here(line, public, ipv6, tailscale_up=bool(network.get("tailscale_up", True)))
    mappings = (str(network["port_mapping"]),) if network.get("port_mapping") else ()
    known = ConnectionFacts(
        interfaces=interfaces,
        gateway=gateway,
        ipv6=ipv6 is not None,
        ipv6_address=ipv6,
        nat64=False,
        gateway_answered=line != "public",
        wan=_wan(line, public, network),
        port_mappings=mappings,
        are_mappings_known=network.get("upnp") is not False and line not in ("public", "vpn", "offline"),
        timings_ms={"final": 80.0},
    )
    if line == "offline":
        return replace(known, ipv6=False, ipv6_address=None, nat64=None, wan=(), udp_blocked=None)
    if line == "vpn":
        return replace(
            known, default_is_tunnel=True, tunnel="wg0", web_addresses=("62.210.5.99",), wan=(), udp_blocked=None
        )
    hops = network.get("hops")
    path = tuple(str(hop) or None for hop in hops) if hops is not None else _HOPS[line]
    owned = line in ("home_nat", "public")
    told = provider_allowed and network.get("provider")
    return replace(
        known,
        bindings=tuple(Binding(server, public, 40000) for server in SERVERS),
        web_addresses=(public,),
        hops=tuple(Hop(number, address, 1.0 + number) for number, address in enumerate(path, 1)),
        self_trace=SelfTrace.ROUTER_ANSWERED if owned else SelfTrace.EXPIRED_AT_ROUTER,
        self_trace_depth=1 if owned else 2,
        neutral_expired=True,
        udp_blocked=False,
        mapping_varies=network.get("nat_type") == "symmetric",
        nat_type=NatType(str(network.get("nat_type", "port_restricted"))),
        provider=str(network["provider"]) if told else None,
        asn=int(network["asn"]) if told and network.get("asn") else None,
    )


def _here(line: str, public: str, ipv6: str | None, *, tailscale_up: bool) -> tuple[tuple[Interface, ...], Gateway]:
    own, gateway = (public, public.rpartition(".")[0] + ".1") if line == "public" else (PLEX_HOST, ROUTER)
    interfaces = [Interface("eth0", (own, *([ipv6] if ipv6 else [])))]
    if tailscale_up:
        # Tailscale's addresses are of the very range that providers share: they must never look like CGNAT.
        interfaces.append(Interface("tailscale0", ("100.101.102.103",), "tailscale"))
    if line == "vpn":
        interfaces.append(Interface("wg0", ("10.8.0.2",), "vpn"))
    return tuple(interfaces), Gateway(gateway, "eth0", own)


def _wan(line: str, public: str, network: Mapping[str, Any]) -> tuple[WanAnswer, ...]:
    if network.get("upnp") is False or line == "public":
        return ()
    told = network.get("router_wan_ip", _WAN.get(line) or public)
    if not told:
        return (WanAnswer("upnp", None, hidden=True, detail="Connected"), WanAnswer("nat_pmp", None, hidden=True))
    return (WanAnswer("upnp", str(told), detail="Connected"), WanAnswer("nat_pmp", str(told)))
