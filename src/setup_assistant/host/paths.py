# SPDX-License-Identifier: MIT
"""This computer's interfaces, the physical way out, and whether a tunnel carries the traffic instead."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path as File

import psutil

from setup_assistant.core.addresses import ipv4, is_global_v6, is_ipv4_service
from setup_assistant.core.connection import Gateway, Interface
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Commands
from setup_assistant.host.processes import system32
from setup_assistant.services.routes import (
    DefaultRoute,
    parse_ipconfig,
    parse_netstat,
    parse_proc_ipv6_route,
    parse_proc_route,
    parse_route_print,
)

NEUTRAL = "198.41.0.4"
NEUTRAL_V6 = "2001:503:ba3e::2:30"
"""a.root-servers.net: an address on the internet that belongs to nobody's provider and has not moved since 1997."""
ROUTES_S = 1.0
_ANYWHERE_PORT = 53

_TAILSCALE = re.compile(r"tailscale", re.IGNORECASE)
_TUNNEL = re.compile(
    r"^(tun|tap|utun|wg|wt|ipsec|zt|gpd|nordlynx|proton|mullvad|cloudflarewarp|warp|ppp|sit|gre|ipip|vti|xfrm)"
    r"|wireguard|openvpn|tap-windows|vpn|zerotier|netbird|cloudflare warp|wintun",
    re.IGNORECASE,
)
_CONTAINER = re.compile(
    r"^(docker|br-|veth|virbr|cni|podman|lxc|lxd|vmnet|vboxnet|bridge1\d\d|flannel|cali)"
    r"|^vEthernet|virtualbox|vmware|hyper-v",
    re.IGNORECASE,
)
_NO_OWN_LINK = re.compile(r"^(lo\d*|awdl|llw|anpi|ap\d|gif|stf|dummy|ifb)|loopback", re.IGNORECASE)
_DIAL_UP = re.compile(r"^ppp", re.IGNORECASE)
_MODEM = re.compile(r"^(wwan|wwp|rmnet|cellular|mobilfunk)", re.IGNORECASE)
"""Mobile broadband: point to point, and yet the line itself. Windows calls it "Cellular", in its own language."""


@dataclass(frozen=True, slots=True)
class Path:
    """The physical way out: what sockets are bound to. ``gateway`` is empty where the link has none."""

    interface: str
    address: str
    gateway: str
    index: int = 0
    network: IPv4Network | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known without sending a packet."""

    interfaces: tuple[Interface, ...] = ()
    path: Path | None = None
    default_is_tunnel: bool = False
    tunnel: str | None = None
    ipv6_address: str | None = None

    @property
    def gateway(self) -> Gateway | None:
        """The physical default route, as a fact."""
        return Gateway(self.path.gateway, self.path.interface, self.path.address) if self.path else None


@dataclass(frozen=True, slots=True)
class Link:
    """An interface that is up: IPv4 addresses with their networks, and global IPv6 addresses."""

    name: str
    networks: Mapping[str, IPv4Network | None]
    global_v6: tuple[str, ...] = ()
    is_point_to_point: bool = False


async def look_around(commands: Commands) -> Surroundings:
    """Read interfaces and routes; sends nothing."""
    links = read_links()
    routes = await _default_routes(commands)
    return surroundings(
        links,
        routes,
        used=_source_address(socket.AF_INET, NEUTRAL),
        used_v6=_source_address(socket.AF_INET6, NEUTRAL_V6),
        routes_v6=_default_routes_v6(),
    )


def surroundings(
    links: Sequence[Link],
    routes: Sequence[DefaultRoute],
    *,
    used: str | None,
    used_v6: str | None,
    routes_v6: Sequence[DefaultRoute] | None = None,
) -> Surroundings:
    """Tell the physical way out from tunnels.

    ``used`` and ``used_v6`` are the addresses that the system would send from; ``routes_v6`` None: not known.
    """
    owner = {address: link for link in links for address in link.networks}
    named = [(route, link) for route in routes if (link := _link_of(route, links, owner)) is not None]
    physical = [(route, link) for route, link in named if not is_tunnel(link)]
    beside = _beside_a_router(physical)
    physical = [(route, link) for route, link in physical if link.name not in beside]
    if not physical:
        # A modem dialled up from this very computer looks like a tunnel, but it is the line itself.
        physical = [(route, link) for route, link in named if _DIAL_UP.match(link.name)]
    way = owner.get(used or "")
    path = _path(*physical[0]) if physical else None
    is_through = way is not None and (is_tunnel(way) or way.name in beside)
    if path is None and not named and way is not None and used is not None and not is_through:
        # The routing table could not be read, but the system does know a way.
        path = _path(DefaultRoute(way.name, "", 0), way)
    through_tunnel = way is not None and is_through and (path is None or way.name != path.interface)
    return Surroundings(
        interfaces=tuple(
            Interface(link.name, (*link.networks, *link.global_v6), "vpn" if link.name in beside else _kind(link, path))
            for link in links
            if link.networks or link.global_v6
        ),
        path=path,
        default_is_tunnel=through_tunnel,
        tunnel=way.name if way is not None and through_tunnel else None,
        ipv6_address=_ipv6(links, used_v6, routes_v6),
    )


def is_tunnel(link: Link) -> bool:
    """Whether it is a VPN's interface, by its name or kind; one that carries 464XLAT or DS-Lite is none."""
    if _is_a_line(link):
        return False
    return bool(_TAILSCALE.search(link.name) or _TUNNEL.search(link.name)) or link.is_point_to_point


def _is_a_line(link: Link) -> bool:
    """Whether it looks like a tunnel, and is what the provider's line comes in by."""
    return any(is_ipv4_service(address) for address in link.networks) or bool(_MODEM.search(link.name))


def _beside_a_router(routes: Sequence[tuple[DefaultRoute, Link]]) -> frozenset[str]:
    """Interfaces that claim everything without a router, beside one with a router: tunnels, whatever their name."""
    if not any(route.gateway for route, _ in routes):
        return frozenset()
    return frozenset(link.name for route, link in routes if not route.gateway and not _is_a_line(link))


def _kind(link: Link, path: Path | None) -> str:
    if path is not None and link.name == path.interface:
        return "physical"
    if _TAILSCALE.search(link.name):
        return "tailscale"
    if is_tunnel(link):
        return "vpn"
    if _CONTAINER.search(link.name):
        return "container"
    return "other" if _NO_OWN_LINK.search(link.name) else "physical"


def _link_of(route: DefaultRoute, links: Sequence[Link], owner: Mapping[str, Link]) -> Link | None:
    return owner.get(route.interface) or next((link for link in links if link.name == route.interface), None)


def _path(route: DefaultRoute, link: Link) -> Path:
    gateway = ipv4(route.gateway)
    near = [address for address, network in link.networks.items() if network and gateway and gateway in network]
    address = route.interface if route.interface in link.networks else next(iter([*near, *link.networks]), "")
    return Path(link.name, address, route.gateway, _index(link.name, route.gateway), link.networks.get(address))


def _ipv6(links: Sequence[Link], used: str | None, routes: Sequence[DefaultRoute] | None) -> str | None:
    tunnelled = {address for link in links if is_tunnel(link) for address in link.global_v6}
    if used is not None and is_global_v6(used) and used not in tunnelled:
        return used
    ways = {route.interface for route in routes or ()}
    own = (link for link in links if link.name in ways and not is_tunnel(link))
    return next((address for link in own for address in link.global_v6), None)


def read_links() -> tuple[Link, ...]:
    """Return the interfaces that are up, loopback left out."""
    states = psutil.net_if_stats()
    links = []
    for name, entries in psutil.net_if_addrs().items():
        state = states.get(name)
        if state is not None and not state.isup:
            continue
        networks = {
            entry.address: _network(entry.address, entry.netmask)
            for entry in entries
            if entry.family == socket.AF_INET and not entry.address.startswith("127.")
        }
        v6 = tuple(
            entry.address for entry in entries if entry.family == socket.AF_INET6 and is_global_v6(entry.address)
        )
        flags = state.flags.split(",") if state is not None else []
        links.append(Link(name, networks, v6, "pointopoint" in flags))
    return tuple(links)


def _network(address: str, mask: str | None) -> IPv4Network | None:
    try:
        return IPv4Network(f"{address}/{mask}", strict=False) if mask else None
    except ValueError:
        return None


async def _default_routes(commands: Commands) -> tuple[DefaultRoute, ...]:
    try:
        if sys.platform == "win32":
            return await _default_routes_of_windows(commands)
        if sys.platform == "darwin":
            printed = await commands.run(["/usr/sbin/netstat", "-rn", "-f", "inet"], timeout=ROUTES_S)
            return parse_netstat(printed.stdout)
        return parse_proc_route(_read_proc("route"))
    except (HostError, OSError):
        return ()


async def _default_routes_of_windows(commands: Commands) -> tuple[DefaultRoute, ...]:
    """By `route`, which knows metrics; where that gives nothing, by `ipconfig`."""
    for program, arguments, parse in (
        ("ROUTE.EXE", ("print", "-4"), parse_route_print),
        ("ipconfig.exe", (), parse_ipconfig),
    ):
        with contextlib.suppress(HostError):
            printed = await commands.run([system32(program), *arguments], timeout=ROUTES_S)
            if found := parse(printed.stdout):
                return found
    return ()


def _default_routes_v6() -> tuple[DefaultRoute, ...] | None:
    if sys.platform != "linux":
        return None
    try:
        return parse_proc_ipv6_route(_read_proc("ipv6_route"))
    except OSError:
        return None


def _read_proc(name: str) -> str:
    return File("/proc/net", name).read_text(encoding="ascii", errors="replace")


def _source_address(family: socket.AddressFamily, target: str) -> str | None:
    """The address that the system would send from. Connecting a datagram socket sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, _ANYWHERE_PORT))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _index(name: str, gateway: str) -> int:
    if sys.platform == "win32":
        from ctypes import byref, c_ulong, windll

        found = c_ulong(0)
        destination = int.from_bytes(socket.inet_aton(gateway or NEUTRAL), "little")
        return int(found.value) if windll.iphlpapi.GetBestInterface(destination, byref(found)) == 0 else 0
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0
