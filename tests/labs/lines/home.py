# SPDX-License-Identifier: MIT
"""Builds the internet of the lab once, and a home on it for each variant.

    host --192.168.1.0/24-- router --(WAN)-- [modem] -- provider --81.2.68.0/30-- core -- servers

Addresses look like real ones on purpose: routers and Python treat the ranges for documentation as reserved.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import trustme

from tests.labs.lines.namespaces import LabError, Namespaces, listens, poll
from tests.labs.lines.variants import PUBLIC, SHARED, Variant

HERE = Path(__file__).parent
HOST, ROUTER = "192.168.1.50", "192.168.1.1"
STUN_ONE, STUN_ONE_OTHER, STUN_TWO = "81.2.70.10", "81.2.70.11", "62.210.5.20"
WEB_ONE, WEB_TWO = "81.2.70.30", "62.210.5.30"
DNS, DNS64, DNS_DEAD = "81.2.70.53", "81.2.70.64", "81.2.70.99"
PREFIX = "2a01:4f8:1::"
"""Where the servers are over IPv6; the last part says which one, as in IPv4."""
NAMES_V6 = {
    "stun.one.example": f"{PREFIX}10",
    "stun.two.example": f"{PREFIX}20",
    "ip.one.example": f"{PREFIX}30",
    "ip.two.example": f"{PREFIX}31",
}
NAMES = {
    "stun.one.example": STUN_ONE,
    "stun.two.example": STUN_TWO,
    "ip.one.example": WEB_ONE,
    "ip.two.example": WEB_TWO,
}
SETTINGS = """\
[plex]
url = "http://127.0.0.1:32400"
[outside]
consent = false
resolvers = ["https://ip.one.example/dns-query"]
[plex_tv]
api = "https://ip.one.example"
sign_in = "https://ip.one.example"
[connection]
stun_servers = ["{stun_one}:3478", "{stun_two}:3478"]
nat_type_server = "{nat_type}:3478"
address_services = ["https://{web_one}/?format=json", "https://{web_two}/"]
[network]
ca_file = "{ca}"
"""
_CLOSED = "table ip closed { chain in { type filter hook input priority 0; iifname wan ct state new drop; }\n }\n"
"""As real gateways do. Without it a packet nobody asked for leaves a trace in the router's table, the next mapping gets
another port, and a cone looks symmetric (RFC 3489 tests send such packets on purpose)."""
_MASQUERADE = "table ip nat {{ chain post {{ type nat hook postrouting priority 100; oifname wan {how}; }}\n}}\n"


class Internet(Namespaces):
    """The part that every home is connected to."""

    def __enter__(self) -> Self:
        self.add("core", "servers")
        addresses = f"{STUN_ONE}/24 {STUN_ONE_OTHER}/24 {WEB_ONE}/24 {DNS}/24 {DNS64}/24"
        self.link("core", "one", "81.2.70.1/24", "servers", "one", addresses)
        self.link("core", "two", "62.210.5.1/24", "servers", "two", f"{STUN_TWO}/24 {WEB_TWO}/24")
        self.ip("servers", "route add default via 81.2.70.1")
        self.with_ipv6(
            "core:one " + PREFIX + "1/64", *(f"servers:one {PREFIX}{one}/64" for one in (10, 20, 30, 31, 53, 64))
        )
        self.ip("servers", f"route add default via {PREFIX}1")
        authority = trustme.CA()
        self.ca_file = self.folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = self.folder / "web.pem"
        authority.issue_cert(*NAMES, WEB_ONE, WEB_TWO).private_key_and_cert_chain_pem.write_to_path(str(certificate))
        stun: tuple[str, ...] = (
            "turnserver",
            "-n",
            "--stun-only",
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--log-file",
            "stdout",
        )
        stun = (*stun, "--simple-log", "-p", "3478")
        one = ("--pidfile", str(self.folder / "one.pid"), "--userdb", str(self.folder / "one.db"))
        one_v6 = ("--pidfile", str(self.folder / "six.pid"), "--userdb", str(self.folder / "six.db"))
        two = ("--pidfile", str(self.folder / "two.pid"), "--userdb", str(self.folder / "two.db"))
        self.start("servers", *stun, *one, "-L", STUN_ONE, "-L", STUN_ONE_OTHER)
        self.start("servers", *stun, *one_v6, "-L", f"{PREFIX}10", "-L", f"{PREFIX}20", "--no-rfc5780")
        self.start("servers", *stun, *two, "-L", STUN_TWO, "--no-rfc5780", "--no-stun-backward-compatibility")
        web = [WEB_ONE, WEB_TWO]
        options = {
            "names": NAMES,
            "names_v6": NAMES_V6,
            "dns": [DNS, f"{PREFIX}53"],
            "dns64": [DNS64, f"{PREFIX}64"],
            "web": [*web, NAMES_V6["ip.one.example"], NAMES_V6["ip.two.example"]],
            "certificate": str(certificate),
        }
        self.start("servers", sys.executable, str(HERE / "outside_servers.py"), json.dumps(options))
        udp = [f"{address}:3478" for address in (STUN_ONE, STUN_ONE_OTHER, STUN_TWO)] + [f"{DNS}:53"]
        try:
            poll("the STUN and name servers", lambda: listens(self, "servers", "udp", udp))
            poll("the web services", lambda: listens(self, "servers", "tcp", [f"{one}:443" for one in web]))
        except LabError as error:
            raise LabError(f"{error}\n{self.logs()}") from error
        return self

    def settings(self, variant: Variant) -> Path:
        """Write the settings file for a program on the home's host. Where DNS is dead, one server has no name."""
        dead = "dns_dead" in variant.extras
        place = self.folder / f"{variant.name}.toml"
        place.write_text(
            SETTINGS.format(
                stun_one=STUN_ONE if dead else "stun.one.example",
                stun_two="stun.two.example",
                nat_type=STUN_ONE,
                web_one="ip.one.example",
                web_two="ip.two.example",
                ca=self.ca_file,
            ),
            encoding="utf-8",
        )
        return place


class Home:
    """A provider, a router and a host, built from a variant."""

    def __init__(self, net: Namespaces, variant: Variant) -> None:
        self.net = net
        self.variant = variant

    def has(self, extra: str) -> bool:
        """Whether the variant has it."""
        return extra in self.variant.extras

    def build(self) -> None:
        """Make the namespaces, the links, the rules and the programs."""
        net, line = self.net, self.variant.line
        net.add("provider", "host")
        net.link("core", "homes", "81.2.68.1/30", "provider", "wan", "81.2.68.2/30")
        net.ip("core", "route add 81.2.69.0/24 via 81.2.68.2")
        net.ip("provider", "route add default via 81.2.68.1")
        if line == "ipv6":
            self._build_ipv6()
        elif line.startswith("bridge"):
            self._build_bridge()
        else:
            self._build_router()
        self._provider()
        if line == "ipv6":
            net.resolver("host", f"{PREFIX}64" if self.has("nat64") else f"{PREFIX}53")
        else:
            net.resolver("host", DNS64 if self.has("nat64") else DNS_DEAD if self.has("dns_dead") else DNS)
        self._host()
        if self.variant.router != "none" and not line.startswith("bridge"):
            self._router_daemon()
        self._trouble()

    def _build_ipv6(self) -> None:
        """A line that gives IPv6 only."""
        net = self.net
        net.add("router")
        net.link("host", "eth0", "", "router", "lan", "")
        net.link("router", "wan", "", "provider", "lan", "")
        net.with_ipv6("core:homes 2a01:4f8:2::1/64", "provider:wan 2a01:4f8:2::2/64", "provider:lan 2a02:810d::1/64")
        net.with_ipv6("router:wan 2a02:810d::2/64", "router:lan 2a02:810d:1::1/64", "host:eth0 2a02:810d:1::50/64")
        net.ip("core", "route add 2a02:810d::/32 via 2a01:4f8:2::2")
        net.ip("provider", "route add default via 2a01:4f8:2::1", "route add 2a02:810d:1::/64 via 2a02:810d::2")
        net.ip("router", "route add default via 2a02:810d::1")
        net.ip("host", "route add default via 2a02:810d:1::1")

    def _build_bridge(self) -> None:
        own, gateway = (
            (f"{PUBLIC}/24", "81.2.69.1") if self.variant.line == "bridge_public" else ("100.64.12.34/10", "100.64.0.1")
        )
        self.net.link("host", "eth0", own, "provider", "lan", f"{gateway}/{own.partition('/')[2]}")
        self.net.ip("host", f"route add default via {gateway}")

    def _build_router(self) -> None:
        net, line = self.net, self.variant.line
        net.add("router")
        if self.has("chromebook"):
            self._build_chromebook()
        else:
            net.link("host", "eth0", f"{HOST}/24", "router", "lan", f"{ROUTER}/24")
            if not self.has("no_route"):
                net.ip("host", f"route add default via {ROUTER}")
        side, wan, gateway = (
            "provider",
            *{
                "public": (f"{PUBLIC}/24", "81.2.69.1/24"),
                "cgnat": ("100.64.12.34/10", "100.64.0.1/10"),
                "cgnat_private": ("10.55.3.2/16", "10.55.0.1/16"),
                "cgnat_like_home": ("192.168.7.2/24", "192.168.7.1/24"),
                "cgnat_squat": ("25.55.3.2/16", "25.55.0.1/16"),
                "dslite": ("192.0.0.2/29", "192.0.0.1/29"),
                "double": (f"{PUBLIC}/24", "81.2.69.1/24"),
                "double_cgnat": ("100.64.12.34/10", "100.64.0.1/10"),
            }[line],
        )
        if line.startswith("double"):
            net.add("modem")
            net.link("modem", "wan", wan, "provider", "lan", gateway)
            net.ip("modem", f"route add default via {gateway.partition('/')[0]}")
            net.nft("modem", _MASQUERADE.format(how="masquerade") + _CLOSED)
            side, wan, gateway = "modem", "192.168.0.20/24", "192.168.0.1/24"
        delay = next(
            (float(extra.partition(" ")[2]) for extra in self.variant.extras if extra.startswith("delay ")), 0.0
        )
        if delay:
            net.slow_link("router", "wan", wan, side, "lan", gateway, delay / 2)
        else:
            net.link("router", "wan", wan, side, "lan", gateway)
        net.ip("router", f"route add default via {gateway.partition('/')[0]}")
        net.nft("router", _CLOSED)
        how = "masquerade fully-random" if self.has("symmetric_home") else "masquerade"
        if self.has("shared_ports"):
            # MAP-E (RFC 7597): the public address is the router's, and only some of its ports are.
            how = "meta l4proto { tcp, udp } masquerade to :20480-20735"
        net.nft("router", _MASQUERADE.format(how=how))

    def _build_chromebook(self) -> None:
        """The host is a container: its gateway, with an address of 100.64.0.0/10, is the Chromebook itself."""
        net = self.net
        net.add("book")
        net.link("book", "wan", f"{HOST}/24", "router", "lan", f"{ROUTER}/24")
        net.link("host", "eth0", "100.115.92.198/28", "book", "lan", "100.115.92.193/28")
        net.ip("book", f"route add default via {ROUTER}")
        net.nft("book", _MASQUERADE.format(how="masquerade"))
        net.ip("host", "route add default via 100.115.92.193")

    def _provider(self) -> None:
        net, line = self.net, self.variant.line
        if "cgnat" in line or line == "dslite":
            net.ip("provider", f"addr add {SHARED}/32 dev lo")
            how = f"snat to {SHARED}" + (" fully-random" if self.has("symmetric_provider") else "")
            net.nft("provider", _MASQUERADE.format(how=how) + _CLOSED)
        if self.has("shared_hop"):
            # A line with a public address, whose provider numbers its own routers with 100.64.0.0/10.
            net.ip("provider", "addr add 100.64.0.1/32 dev lan", f"route add {PUBLIC}/32 dev lan src 100.64.0.1")
        if self.has("silent_provider"):
            net.nft(
                "provider",
                "table ip quiet { chain out { type filter hook output priority 0; ip protocol icmp drop; }\n }\n",
            )

    def _router_daemon(self) -> None:
        net, router = self.net, self.variant.router
        if router == "silent":
            self._deaf_to("udp dport { 1900, 5351 }")
        elif router == "miniupnpd":
            start_miniupnpd(net, "router")
        else:
            start_scripted(net, "router", ROUTER, router, delay=3.0 if self.has("slow_router") else 0.0)
        if self.has("no_ssdp"):
            self._deaf_to("udp dport 1900")
        if self.has("only_multicast"):
            self._deaf_to(f"ip daddr {ROUTER} udp dport {{ 1900, 5351 }}")
        if self.has("only_unicast"):
            self._deaf_to("ip daddr 239.255.255.250", "udp dport 5351")
        if self.has("outer_tells"):
            start_scripted(net, "modem", "192.168.0.1", "100.64.12.34")

    def _deaf_to(self, *questions: str) -> None:
        """The router drops these, asked from home."""
        rules = " ".join(f"iifname lan {question} drop;" for question in questions)
        self.net.nft("router", f"table ip deaf {{ chain in {{ type filter hook input priority 0; {rules} }}\n }}\n")

    def _host(self) -> None:
        net = self.net
        if self.has("other_networks"):
            # What Docker, a virtual machine and another mesh network bring along; all but the first in 100.64.0.0/10.
            net.add("inside")
            for interface, address in (
                ("docker0", "172.17.0.1/16"),
                ("br-5f2c", "100.65.0.1/16"),
                ("virbr0", "100.66.0.1/24"),
                ("wt0", "100.77.1.2/16"),
            ):
                net.link("host", interface, address, "inside", f"to-{interface}", "")
        if self.has("tailscale"):
            self._tunnel("tailscale0", "100.101.102.103/32", "tailnet", table=self.has("exit_node"))
        if self.has("vpn"):
            self._tunnel("wg0", "10.8.0.2/32", "vpn", table=False)
            net.ip("host", "route add 0.0.0.0/1 dev wg0", "route add 128.0.0.0/1 dev wg0")
        if self.has("kill_switch") or self.has("kill_switch_beyond"):
            rules = "oifname eth0 drop;"
            if self.has("kill_switch_beyond"):
                rules = "oifname eth0 ip daddr != { 192.168.1.0/24, 239.255.255.250 } drop;"
            net.nft("host", f"table ip kill {{ chain out {{ type filter hook output priority 0; {rules} }}\n }}\n")
        if self.has("ts_input"):
            # tailscale/tailscale, util/linuxfw: what comes from 100.64.0.0/10 on another interface is dropped.
            rules = "iifname != tailscale0 ip saddr 100.64.0.0/10 drop;"
            net.nft("host", f"table ip ts {{ chain ts_input {{ type filter hook input priority 0; {rules} }}\n }}\n")
        if self.has("ipv6"):
            net.with_ipv6("host:eth0 2a02:810d:1::50/64", "router:lan 2a02:810d:1::1/64")
            net.ip("host", "route add default via 2a02:810d:1::1")
        if self.has("listens_on_ipv6"):
            net.start("host", sys.executable, "-m", "http.server", "--bind", "2a02:810d:1::50", "32400")
            poll("a listener on IPv6", lambda: ":7E90 " in net.run("host", "cat", "/proc/net/tcp6"))
        if self.has("clat"):
            net.add("plat")
            net.link("host", "clat4", "192.0.0.2/29", "plat", "far", "192.0.0.1/29")

    def _tunnel(self, interface: str, address: str, far: str, *, table: bool) -> None:
        """A VPN: a pair of interfaces whose far end answers for everything and leaves with an address of its own."""
        net = self.net
        net.add(far)
        net.link("host", interface, address, far, "near", "10.99.0.1/32")
        net.link(far, "wan", "45.83.220.5/24", "core", far[:6], "45.83.220.1/24")
        net.setting(far, "net/ipv4/conf/near/proxy_arp", "1")
        net.setting(far, "net/ipv4/neigh/near/proxy_delay", "0")
        net.ip(far, "route add default via 45.83.220.1", f"route add {address} dev near")
        net.nft(far, _MASQUERADE.format(how="masquerade"))
        if table:
            # As tailscaled does for an exit node; its own packets carry a mark and use the main table.
            net.ip("host", f"route add default dev {interface} table 52", "rule add pref 5270 lookup 52")
            net.ip("host", "rule add pref 5210 fwmark 0x80000/0xff0000 lookup main")

    def _trouble(self) -> None:
        net = self.net
        if self.has("udp_blocked"):
            rules = "iifname lan udp dport != 53 drop;"
            net.nft("router", f"table ip block {{ chain fwd_ {{ type filter hook forward priority 0; {rules} }}\n }}\n")
        if self.has("web_blocked"):
            rules = "iifname lan tcp dport { 80, 443 } drop;"
            net.nft("router", f"table ip web {{ chain fwd_ {{ type filter hook forward priority 0; {rules} }}\n }}\n")
        if self.has("swallows"):
            rules = f"iifname lan ip daddr {PUBLIC} drop;"
            net.nft("router", f"table ip own {{ chain in {{ type filter hook input priority 0; {rules} }}\n }}\n")
        if self.has("one_to_one"):
            rules = f"iifname wan ip daddr {SHARED} dnat to 100.64.12.34;"
            net.nft("provider", f"table ip one {{ chain p {{ type nat hook prerouting priority -100; {rules} }}\n }}\n")
        if self.has("dead"):
            net.nft("provider", "table ip dead { chain f { type filter hook forward priority 0; drop; }\n }\n")
            net.nft(
                "provider",
                "table ip deaf { chain o { type filter hook output priority 0; ip protocol icmp drop; }\n }\n",
            )
        if self.has("dead_told"):
            net.ip("router", "route del default", "route add unreachable default")
        if self.has("black"):
            net.nft("host", "table ip black { chain i { type filter hook input priority 0; iifname eth0 drop; }\n }\n")
        if self.has("mapping"):
            net.run("host", sys.executable, str(HERE / "open_port.py"), ROUTER, HOST)
        if self.has("dmz"):
            rules = f"iifname lan ip daddr {PUBLIC} dnat to {HOST}; iifname wan dnat to {HOST};"
            net.nft("router", f"table ip dmz {{ chain pre {{ type nat hook prerouting priority -100; {rules} }}\n }}\n")
            hair = f"iifname lan ip saddr 192.168.1.0/24 ip daddr {HOST} masquerade;"
            net.nft("router", f"table ip hair {{ chain post {{ type nat hook postrouting priority 90; {hair} }}\n }}\n")


def start_miniupnpd(net: Namespaces, name: str) -> None:
    """Start the real miniupnpd on a router with interfaces ``lan`` and ``wan``."""
    folder = net.folder / f"miniupnpd-{name}"
    folder.mkdir()
    net.nft(
        name,
        "table inet filter { chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }\n"
        "chain miniupnpd { }\n chain prerouting_miniupnpd { type nat hook prerouting priority -100; }\n"
        "chain postrouting_miniupnpd { type nat hook postrouting priority 99; }\n }\n",
    )
    config = folder / "miniupnpd.conf"
    config.write_text(
        "ext_ifname=wan\nlistening_ip=lan\nenable_upnp=yes\nenable_natpmp=yes\nsecure_mode=no\nsystem_uptime=yes\n"
        "http_port=5000\nuuid=00000000-0000-0000-0000-000000000001\nallow 1024-65535 192.168.1.0/24 1024-65535\n"
        "upnp_table_name=filter\nupnp_nat_table_name=filter\nupnp_forward_chain=miniupnpd\n"
        "upnp_nat_chain=prerouting_miniupnpd\nupnp_nat_postrouting_chain=postrouting_miniupnpd\n"
        f"lease_file={folder}/leases\n",
        encoding="ascii",
    )
    net.start(name, "miniupnpd", "-d", "-f", str(config), "-P", str(folder / "pid"))
    _wait_for_router(net, name)


def start_scripted(net: Namespaces, name: str, listen: str, wan: str, *, delay: float = 0.0) -> None:
    """Start a router that says what it is told to say."""
    options = json.dumps({"listen": listen, "wan": wan, "delay": delay})
    net.start(name, sys.executable, str(HERE / "scripted_router.py"), options)
    _wait_for_router(net, name)


def _wait_for_router(net: Namespaces, name: str) -> None:
    def ready() -> bool:
        table = net.run(name, "cat", "/proc/net/udp")
        ports = {int(line.split()[1].partition(":")[2], 16) for line in table.splitlines()[1:]}
        return {1900, 5351} <= ports

    try:
        poll(f"UPnP and NAT-PMP of {name}", ready)
    except LabError as error:
        raise LabError(f"{error}\n{net.logs()}") from error


@contextmanager
def home(internet: Internet, variant: Variant) -> Iterator[Home]:
    """A home on the internet of the lab; it goes when the block ends."""
    with Namespaces(internet) as net:
        built = Home(net, variant)
        built.build()
        yield built
