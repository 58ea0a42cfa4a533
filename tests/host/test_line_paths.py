# SPDX-License-Identifier: MIT
"""Telling the physical way out from tunnels, on three systems' interface names."""

from __future__ import annotations

import socket
import sys
from ipaddress import IPv4Network
from typing import Any

import pytest

from setup_assistant.core.connection import Gateway
from setup_assistant.host import datagrams, paths
from setup_assistant.host.datagrams import open_socket
from setup_assistant.host.names import addresses_of
from setup_assistant.host.paths import Link, Path, Surroundings, is_tunnel, look_around, read_links, surroundings
from setup_assistant.services.routes import DefaultRoute, parse_route_print
from tests.conftest import OutsideWatch
from tests.host.line_stands import PATH, Programs
from tests.services.connection.recordings import text

LAN = IPv4Network("192.168.1.0/24")


def link(name: str, *addresses: str, point_to_point: bool = False, v6: tuple[str, ...] = ()) -> Link:
    networks = {address: IPv4Network(f"{address}/24", strict=False) for address in addresses}
    return Link(name, networks, v6, point_to_point)


ETHERNET = link("eth0", "192.168.1.50", v6=("2a02:810d::50",))
TAILSCALE = link("tailscale0", "100.101.102.103", point_to_point=True)
WIREGUARD = link("wg0", "10.8.0.2", point_to_point=True)
VIA_ROUTER = DefaultRoute("eth0", "192.168.1.1", 100)


def seen(
    *links: Link, routes: tuple[DefaultRoute, ...] = (VIA_ROUTER,), used: str | None = "192.168.1.50", **more: Any
) -> Surroundings:
    return surroundings(links, routes, used=used, used_v6=more.get("used_v6"), routes_v6=more.get("routes_v6", ()))


def test_a_plain_host() -> None:
    around = seen(ETHERNET)
    assert around.gateway == Gateway("192.168.1.1", "eth0", "192.168.1.50")
    assert around.path is not None
    assert around.path.network == LAN
    assert not around.default_is_tunnel
    assert around.interfaces[0].addresses == ("192.168.1.50", "2a02:810d::50")


def test_tailscale_up_is_no_tunnel_for_everything() -> None:
    around = seen(ETHERNET, TAILSCALE)
    assert not around.default_is_tunnel
    assert [one.kind for one in around.interfaces] == ["physical", "tailscale"]


def test_an_exit_node() -> None:
    around = seen(ETHERNET, TAILSCALE, used="100.101.102.103")
    assert (around.default_is_tunnel, around.tunnel) == (True, "tailscale0")
    assert around.gateway == Gateway("192.168.1.1", "eth0", "192.168.1.50")


def test_a_vpn_in_the_main_table() -> None:
    around = seen(ETHERNET, WIREGUARD, routes=(DefaultRoute("wg0", "10.8.0.1", 1), VIA_ROUTER), used="10.8.0.2")
    assert (around.default_is_tunnel, around.tunnel) == (True, "wg0")
    assert around.path is not None
    assert around.path.interface == "eth0"


def test_a_vpn_that_took_the_route_away() -> None:
    around = seen(ETHERNET, WIREGUARD, routes=(DefaultRoute("wg0", "", 1),), used="10.8.0.2")
    assert (around.path, around.default_is_tunnel) == (None, True)


def test_a_modem_dialled_up_from_here_is_the_line() -> None:
    dialled = link("ppp0", "81.2.69.77", point_to_point=True)
    around = seen(link("eth0", "192.168.0.2"), dialled, routes=(DefaultRoute("ppp0", "", 0),), used="81.2.69.77")
    assert around.gateway == Gateway("", "ppp0", "81.2.69.77")
    assert not around.default_is_tunnel
    assert around.interfaces[1].kind == "physical"


def test_mobile_broadband_is_the_line() -> None:
    modem = link("wwan0", "10.111.2.3", point_to_point=True)
    around = seen(modem, routes=(DefaultRoute("wwan0", "", 700),), used="10.111.2.3")
    assert around.gateway == Gateway("", "wwan0", "10.111.2.3")
    assert not around.default_is_tunnel


def test_no_way_out() -> None:
    around = seen(ETHERNET, routes=(), used=None)
    assert (around.path, around.default_is_tunnel) == (None, False)


def test_a_table_that_could_not_be_read() -> None:
    around = seen(ETHERNET, routes=())
    assert around.gateway == Gateway("", "eth0", "192.168.1.50")


def test_464xlat_on_the_host_is_no_tunnel() -> None:
    clat = link("clat4", "192.0.0.2", point_to_point=True)
    around = seen(ETHERNET, clat, routes=(DefaultRoute("clat4", "192.0.0.1", 0),), used="192.0.0.2")
    assert not around.default_is_tunnel
    assert around.gateway == Gateway("192.0.0.1", "clat4", "192.0.0.2")


def test_windows_names_its_routes_by_address() -> None:
    wifi, tunnel = link("Wi-Fi", "192.168.1.50"), link("Mullvad", "10.8.0.2")
    around = seen(
        wifi,
        tunnel,
        routes=(DefaultRoute("10.8.0.2", "", 5), DefaultRoute("192.168.1.50", "192.168.1.1", 25)),
        used="10.8.0.2",
    )
    assert around.gateway == Gateway("192.168.1.1", "Wi-Fi", "192.168.1.50")
    assert around.tunnel == "Mullvad"


def test_a_tunnel_of_any_name_has_no_router() -> None:
    # A proxy's adapter, as in windows/route_russian.txt: everything goes through it, and there is nobody behind it.
    routes = parse_route_print(text("windows/route_russian.txt"))
    wifi, proxy = link("Wi-Fi", "192.168.1.50"), link("Meta", "172.19.0.1")
    around = seen(wifi, proxy, routes=routes, used="172.19.0.1")
    assert around.gateway == Gateway("192.168.1.1", "Wi-Fi", "192.168.1.50")
    assert (around.default_is_tunnel, around.tunnel) == (True, "Meta")
    assert [one.kind for one in around.interfaces] == ["physical", "vpn"]
    alone = seen(proxy, routes=routes[:1], used="172.19.0.1")
    assert alone.path is not None
    modem = seen(wifi, link("Cellular", "10.111.2.3"), routes=(DefaultRoute("Cellular", "", 1), *routes[1:]), used=None)
    assert modem.path is not None
    assert modem.path.interface == "Cellular"


def test_of_two_addresses_the_one_next_to_the_router() -> None:
    both = Link("eth0", {"10.9.9.9": IPv4Network("10.9.9.0/24"), "192.168.1.50": LAN})
    around = seen(both)
    assert around.path is not None
    assert around.path.address == "192.168.1.50"


@pytest.mark.parametrize(
    ("name", "tunnel", "kind"),
    [
        ("eth0", False, "physical"),
        ("enp3s0", False, "physical"),
        ("wlan0", False, "physical"),
        ("en0", False, "physical"),
        ("Ethernet", False, "physical"),
        ("Wi-Fi", False, "physical"),
        ("br0", False, "physical"),
        ("bond0", False, "physical"),
        ("tailscale0", True, "tailscale"),
        ("Tailscale", True, "tailscale"),
        ("utun4", True, "vpn"),
        ("tun0", True, "vpn"),
        ("wg0", True, "vpn"),
        ("nordlynx", True, "vpn"),
        ("ProtonVPN TUN", True, "vpn"),
        ("OpenVPN TAP-Windows6", True, "vpn"),
        ("wt0", True, "vpn"),
        ("docker0", False, "container"),
        ("br-1a2b3c4d5e6f", False, "container"),
        ("veth1234", False, "container"),
        ("vEthernet (WSL)", False, "container"),
        ("VirtualBox Host-Only Network", False, "container"),
        ("awdl0", False, "other"),
    ],
)
def test_kinds_by_name(name: str, tunnel: bool, kind: str) -> None:
    one = link(name, "10.1.2.3")
    assert is_tunnel(one) is tunnel
    around = surroundings([one], [], used=None, used_v6=None)
    assert around.interfaces[0].kind == kind


def test_a_container_that_leads_out_is_the_way() -> None:
    # Inside a namespace or a container the way out is often one end of a veth pair.
    around = seen(link("veth0", "192.168.1.50"), routes=(DefaultRoute("veth0", "192.168.1.1", 0),))
    assert around.path is not None
    assert around.interfaces[0].kind == "physical"


def test_ipv6_counts_past_tunnels_only() -> None:
    assert seen(ETHERNET, used_v6="2a02:810d::50").ipv6_address == "2a02:810d::50"
    assert seen(ETHERNET, used_v6="fd00::50").ipv6_address is None
    tunnelled = link("wg0", "10.8.0.2", v6=("2a07::2",))
    assert seen(link("eth0", "192.168.1.50"), tunnelled, used_v6="2a07::2").ipv6_address is None
    routes = (DefaultRoute("eth0", "fe80::1", 100),)
    assert seen(ETHERNET, tunnelled, used_v6="2a07::2", routes_v6=routes).ipv6_address == "2a02:810d::50"


async def test_this_very_machine(outside_attempts: OutsideWatch) -> None:
    # Connecting a datagram socket sends nothing, but the guard of the tests refuses it all the same.
    outside_attempts.expected = True
    around = await look_around(Programs())
    names = {one.name for one in around.interfaces}
    assert "lo" not in names
    assert around.path is None or around.path.interface in names
    assert {link.name for link in read_links()} >= names


@pytest.mark.parametrize(
    ("platform", "programs", "expected"),
    [
        (
            "win32",
            {r"C:\Windows\System32\ROUTE.EXE": text("windows/route_german.txt")},
            ("192.168.1.50", "192.168.1.1"),
        ),
        (
            "win32",
            {r"C:\Windows\System32\ipconfig.exe": text("windows/ipconfig_russian.txt")},
            ("192.168.1.50", "192.168.1.1"),
        ),
        (
            "win32",
            {
                r"C:\Windows\System32\ROUTE.EXE": "",
                r"C:\Windows\System32\ipconfig.exe": text("windows/ipconfig_chinese.txt"),
            },
            ("192.168.1.50", "192.168.1.1"),
        ),
        ("win32", {}, None),
        ("darwin", {"/usr/sbin/netstat": text("macos/netstat_13.txt")}, ("en0", "192.168.1.1")),
        ("darwin", {}, None),
    ],
)
async def test_routes_by_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, programs: dict[str, str], expected: tuple[str, str] | None
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("SYSTEMROOT", r"C:\Windows")
    routes = await paths._default_routes(Programs(programs))
    assert (None if not routes else (routes[0].interface, routes[0].gateway)) == expected


class Recording(socket.socket):
    """A socket that notes its options."""

    options: list[tuple[int, int, Any]]

    def setsockopt(self, level: int, option: int, value: Any, *_: Any) -> None:
        self.options = [*getattr(self, "options", []), (level, option, value)]


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", (socket.SOL_SOCKET, 25, b"eth0\0")),
        ("darwin", (socket.IPPROTO_IP, 25, 7)),
        ("win32", (socket.IPPROTO_IP, 31, b"\0\0\0\x07")),
    ],
)
def test_sockets_are_bound_to_the_interface(
    monkeypatch: pytest.MonkeyPatch, platform: str, expected: tuple[int, int, Any]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with Recording(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        datagrams.bind_to(opened, Path("eth0", "192.168.1.50", "192.168.1.1", 7))
        assert opened.options == [expected]


def test_refusals() -> None:
    class OnWindows(OSError):
        winerror = 1234

    assert datagrams.is_refusal(ConnectionRefusedError())
    assert datagrams.is_refusal(ConnectionResetError())
    assert datagrams.is_refusal(OnWindows())
    assert not datagrams.is_refusal(OSError(113, "No route to host"))


def test_an_open_socket_has_the_own_address() -> None:
    with open_socket(PATH) as opened:
        assert opened.getsockname()[0] == "127.0.0.1"
        assert opened.getblocking() is False
    with pytest.raises(OSError, match="assign requested address"), open_socket(Path("lo", "192.0.2.1", "")):
        pass


async def test_names() -> None:
    assert await addresses_of("81.2.69.10") == ("81.2.69.10",)
    assert "127.0.0.1" in await addresses_of("localhost")
    assert await addresses_of("") in ((), await addresses_of("localhost"))


async def test_made_up_addresses_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, None, 0, "", ("198.18.0.7", 0)), (socket.AF_INET, None, 0, "", ("81.2.69.10", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    assert await addresses_of("stun.example") == ("81.2.69.10",)

    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert await addresses_of("stun.example") == ()
