# SPDX-License-Identifier: MIT
"""The lines of the lab, as data: how each is built, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field

PUBLIC = "81.2.69.77"
SHARED = "81.2.69.10"
"""The home's own public address, and the one that the provider's gateway shares among its customers."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One line.

    ``line``: how the home gets IPv4: ``public`` (the router has a public address), ``cgnat`` (100.64.0.0/10),
    ``cgnat_private`` (10.55.0.0/16), ``cgnat_like_home`` (192.168.7.0/24), ``cgnat_squat`` (25.55.0.0/16, public
    addresses of somebody else), ``double`` and ``double_cgnat`` (a modem with NAT in between), ``dslite``
    (192.0.0.0/29), ``ipv6`` (no IPv4 at all), ``bridge_public`` and ``bridge_cgnat`` (no router: the host has the
    address itself).
    ``router``: ``miniupnpd``, ``silent`` (drops the questions), ``none`` (nothing listens), or what a scripted router
    says of its address. ``extras``: see `tests.labs.lines.home`.
    """

    name: str
    line: str
    verdict: str
    confidence: str
    router: str = "none"
    extras: frozenset[str] = frozenset()
    rule: str = ""
    public: str | None = None
    wan: str | None = None
    evidence: tuple[str, ...] = ()
    """Labels that the finding's evidence must hold."""
    absent: tuple[str, ...] = ()
    is_blind: bool = False
    """Whether silence is all there is to see, so that waiting is the only way."""
    nat_type: str | None = None
    mapping_varies: bool | None = None
    timed: bool = field(default=True)


def variant(name: str, line: str, expected: str, router: str = "none", *extras: str, **more: object) -> Variant:
    """Write a variant in one line; ``expected`` is ``verdict confidence rule``."""
    verdict, confidence, rule = expected.split()
    public = None if verdict in ("offline", "vpn") else _public(line)
    values = {"public": public, **more}
    return Variant(name, line, verdict, confidence, router, frozenset(extras), rule, **values)  # type: ignore[arg-type]


def _public(line: str) -> str | None:
    if line == "ipv6":
        return None
    return SHARED if "cgnat" in line or line == "dslite" else PUBLIC


HIDDEN = "The router answered, and did not tell its internet address"
PAST = "A packet to our own public address went past the router"
MINE = "A packet to our own public address was answered by the router itself"
QUIET = "A packet to our own public address was not answered"

VARIANTS: tuple[Variant, ...] = (
    variant(
        "cgnat_miniupnpd",
        "cgnat",
        "cgnat high shared_wan",
        "miniupnpd",
        wan="100.64.12.34",
        evidence=(HIDDEN, PAST, "(PCP)"),
    ),
    variant("cgnat_router_tells", "cgnat", "cgnat high shared_wan", "100.64.12.34", wan="100.64.12.34"),
    variant("cgnat_router_zero", "cgnat", "cgnat high shared_hop", "0.0.0.0", evidence=(HIDDEN, PAST)),
    variant("cgnat_no_upnp", "cgnat", "cgnat high shared_hop", evidence=("told nothing", PAST)),
    variant("cgnat_router_drops", "cgnat", "cgnat high shared_hop", "silent", evidence=("told nothing", PAST)),
    variant("cgnat_silent_hop", "cgnat", "cgnat_likely medium not_on_router", "none", "silent_provider"),
    variant("cgnat_silent_hop_miniupnpd", "cgnat", "cgnat high shared_wan", "miniupnpd", "silent_provider"),
    variant(
        "cgnat_symmetric", "cgnat", "cgnat high shared_wan", "100.64.12.34", "symmetric_provider", mapping_varies=True
    ),
    variant(
        "cgnat_tailscale_drops_icmp", "cgnat", "cgnat_likely medium not_on_router", "none", "tailscale", "ts_input"
    ),
    variant("cgnat_private_range", "cgnat_private", "cgnat_likely medium private_wan", "10.55.3.2", wan="10.55.3.2"),
    variant("cgnat_private_no_upnp", "cgnat_private", "cgnat_likely medium private_beyond"),
    variant(
        "cgnat_router_lies_public",
        "cgnat",
        "cgnat medium wan_differs_shared",
        "81.2.99.99",
        evidence=("claims a public",),
    ),
    variant("cgnat_router_repeats", "cgnat", "cgnat medium wan_repeats_shared", SHARED, evidence=("claims a public",)),
    variant("cgnat_tailscale_up", "cgnat", "cgnat high shared_hop", "none", "tailscale"),
    variant("cgnat_exit_node", "cgnat", "cgnat high shared_wan", "100.64.12.34", "tailscale", "exit_node"),
    variant(
        "cgnat_udp_blocked", "cgnat", "cgnat high shared_wan", "100.64.12.34", "udp_blocked", evidence=("UDP does not",)
    ),
    variant("cgnat_dns_dead", "cgnat", "cgnat high shared_wan", "miniupnpd", "dns_dead", evidence=("No name could",)),
    variant(
        "cgnat_ipv6",
        "cgnat",
        "cgnat high shared_wan",
        "miniupnpd",
        "ipv6",
        evidence=("IPv6 address", "Plex does not answer on this computer's IPv6 address"),
    ),
    variant(
        "cgnat_ipv6_plex",
        "cgnat",
        "cgnat high shared_wan",
        "miniupnpd",
        "ipv6",
        "listens_on_ipv6",
        evidence=("Plex answers on this computer's IPv6 address",),
    ),
    variant("cgnat_20_ms", "cgnat", "cgnat high shared_wan", "miniupnpd", "delay 20", wan="100.64.12.34"),
    variant("cgnat_20_ms_no_upnp", "cgnat", "cgnat high shared_hop", "none", "delay 20"),
    variant("cgnat_satellite", "cgnat", "cgnat high shared_wan", "miniupnpd", "delay 600", wan="100.64.12.34"),
    variant("cgnat_satellite_no_upnp", "cgnat", "cgnat high shared_hop", "none", "delay 600"),
    variant("cgnat_host_direct", "bridge_cgnat", "cgnat high shared_here"),
    variant("cgnat_host_direct_tailscale", "bridge_cgnat", "cgnat high shared_here", "none", "tailscale"),
    variant("cgnat_like_home_range", "cgnat_like_home", "cgnat_likely medium private_wan", "miniupnpd", "delay 60"),
    variant("cgnat_squatted", "cgnat_squat", "cgnat_likely medium wan_differs", "miniupnpd", wan="25.55.3.2"),
    variant("cgnat_squatted_no_upnp", "cgnat_squat", "cgnat_likely medium not_on_router", evidence=(PAST,)),
    variant(
        "cgnat_full_vpn", "cgnat", "cgnat high shared_wan", "100.64.12.34", "vpn", evidence=("VPN or exit node", PAST)
    ),
    variant(
        "cgnat_vpn_spares_router",
        "cgnat",
        "cgnat medium tunnel_shared_wan",
        "miniupnpd",
        "vpn",
        "kill_switch_beyond",
        public=None,
        wan="100.64.12.34",
        is_blind=True,
    ),
    variant("cgnat_no_ssdp", "cgnat", "cgnat high shared_wan", "miniupnpd", "no_ssdp", wan="100.64.12.34"),
    variant("cgnat_chromebook", "cgnat", "cgnat high shared_hop", "none", "chromebook", evidence=(PAST,)),
    variant("cgnat_one_to_one", "cgnat", "cgnat high shared_wan", "100.64.12.34", "one_to_one", wan="100.64.12.34"),
    variant(
        "home_miniupnpd",
        "public",
        "home_nat high router_owns",
        "miniupnpd",
        wan=PUBLIC,
        evidence=(MINE,),
        nat_type="port_restricted",
    ),
    variant("home_no_upnp", "public", "home_nat high router_owns", evidence=("told nothing", MINE)),
    variant("home_router_drops", "public", "home_nat high router_owns", "silent"),
    variant(
        "home_symmetric",
        "public",
        "home_nat high router_owns",
        "miniupnpd",
        "symmetric_home",
        mapping_varies=True,
        nat_type="symmetric",
    ),
    variant(
        "home_router_lies_shared", "public", "home_nat medium router_owns", "100.64.9.9", evidence=("claims another",)
    ),
    variant(
        "home_router_lies_public", "public", "home_nat medium router_owns", "81.2.99.99", evidence=("claims another",)
    ),
    variant("home_router_zero", "public", "home_nat high router_owns", "0.0.0.0", evidence=(HIDDEN, MINE)),
    variant("home_router_swallows", "public", "home_nat medium router_owns", "none", "swallows", evidence=(QUIET,)),
    variant(
        "home_router_swallows_and_tells",
        "public",
        "home_nat high router_owns",
        "miniupnpd",
        "swallows",
        wan=PUBLIC,
        evidence=(QUIET,),
    ),
    variant("home_only_multicast", "public", "home_nat high router_owns", "miniupnpd", "only_multicast", wan=PUBLIC),
    variant("home_only_unicast", "public", "home_nat high router_owns", "miniupnpd", "only_unicast", wan=PUBLIC),
    variant("home_no_web", "public", "home_nat high router_owns", "miniupnpd", "web_blocked"),
    variant("home_slow_router", "public", "home_nat high router_owns", PUBLIC, "slow_router"),
    variant("home_tailscale_up", "public", "home_nat high router_owns", "miniupnpd", "tailscale"),
    variant(
        "home_exit_node",
        "public",
        "home_nat high router_owns",
        "miniupnpd",
        "tailscale",
        "exit_node",
        evidence=("VPN or exit node",),
    ),
    variant("home_full_vpn", "public", "home_nat high router_owns", "miniupnpd", "vpn", evidence=("VPN or exit node",)),
    variant("home_vpn_kill_switch", "public", "vpn high tunnel", "none", "vpn", "kill_switch", is_blind=True),
    variant(
        "home_vpn_spares_router",
        "public",
        "home_nat medium tunnel_public_wan",
        "miniupnpd",
        "vpn",
        "kill_switch_beyond",
        public=None,
        wan=PUBLIC,
        is_blind=True,
    ),
    variant("home_other_networks", "public", "home_nat high router_owns", "none", "other_networks"),
    variant("home_chromebook", "public", "home_nat high router_owns", "none", "chromebook"),
    variant("home_shared_ports", "public", "home_nat high router_owns", "miniupnpd", "shared_ports", wan=PUBLIC),
    variant("home_satellite", "public", "home_nat high router_owns", "miniupnpd", "delay 600", wan=PUBLIC),
    variant("home_shared_hop", "public", "home_nat high router_owns", "none", "shared_hop"),
    variant("home_udp_blocked", "public", "home_nat high router_owns", "miniupnpd", "udp_blocked", nat_type="blocked"),
    variant(
        "home_dns_dead", "public", "home_nat high router_owns", "miniupnpd", "dns_dead", evidence=("No name could",)
    ),
    variant("home_20_ms", "public", "home_nat high router_owns", "miniupnpd", "delay 20", wan=PUBLIC),
    variant("home_dmz", "public", "home_nat high router_owns", "none", "dmz"),
    variant("home_port_left", "public", "home_nat high router_owns", "miniupnpd", "mapping"),
    variant("double_miniupnpd", "double", "double_nat high two_routers", "miniupnpd", wan="192.168.0.20"),
    variant("double_router_tells", "double", "double_nat high two_routers", "192.168.0.20", wan="192.168.0.20"),
    variant("double_no_upnp", "double", "double_nat high two_routers"),
    variant("double_cgnat_no_upnp", "double_cgnat", "cgnat high shared_hop"),
    variant("double_cgnat", "double_cgnat", "cgnat high shared_hop", "miniupnpd", wan="192.168.0.20"),
    variant(
        "double_cgnat_outer_tells",
        "double_cgnat",
        "cgnat high outer_shared",
        "192.168.0.20",
        "silent_provider",
        "outer_tells",
    ),
    variant("dslite", "dslite", "ds_lite high service_hop"),
    variant("dslite_router_tells", "dslite", "ds_lite high service_wan", "192.0.0.2", wan="192.0.0.2"),
    variant("dslite_miniupnpd", "dslite", "ds_lite high service_wan", "miniupnpd", wan="192.0.0.2", evidence=(HIDDEN,)),
    variant("clat_on_host", "public", "ds_lite high service_here", "none", "clat"),
    variant("nat64", "cgnat_private", "ds_lite medium nat64", "none", "nat64"),
    variant("ipv6_only", "ipv6", "unknown low only_ipv6", evidence=("IPv6 address",)),
    variant("ipv6_only_nat64", "ipv6", "ds_lite medium nat64", "none", "nat64", evidence=("(NAT64)",)),
    variant("host_public", "bridge_public", "public high own_address", nat_type="open"),
    variant("no_default_route", "public", "offline high no_route", "miniupnpd", "no_route"),
    variant("internet_dead", "public", "offline high router_only", "miniupnpd", "dead", is_blind=True),
    variant("internet_dead_told", "public", "offline high router_only", "none", "dead_told"),
    variant("all_black", "public", "offline medium nothing_answers", "silent", "black", is_blind=True),
)
