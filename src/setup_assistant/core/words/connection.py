# SPDX-License-Identifier: MIT
"""Words about the internet line."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

TITLES = {
    "connection": Text("Your internet line"),
    "open_port": Text("Open ports on your router"),
}

_SHARED_WHY = Text(
    "Nobody outside can start a connection to this home: a port forward, dynamic DNS or a VPN server at home cannot "
    "work, and no setting in the provider's portal changes that. Funnel does not need any of them."
).message
_FORWARD_TOO = Text(
    "A port forward on the router would be possible here too. Funnel needs none and keeps every port closed; "
    "in return the traffic takes the way through Tailscale's relays."
).message

CASES = (
    Case(
        "connection",
        "cgnat",
        Status.NOTICE,
        "Your provider shares one internet address among many homes: {reason}",
        _SHARED_WHY,
    ),
    Case(
        "connection",
        "cgnat_likely",
        Status.NOTICE,
        "Your provider most likely shares one internet address among many homes: {reason}",
        _SHARED_WHY,
    ),
    Case(
        "connection",
        "moved_to_cgnat",
        Status.NOTICE,
        "Your line has changed since the last time: it now shares its internet address with other homes. {reason}",
        _SHARED_WHY,
    ),
    Case(
        "connection",
        "ds_lite",
        Status.NOTICE,
        "Your provider shares one internet address among many homes, and gives you addresses of the new kind. {reason}",
        _SHARED_WHY,
    ),
    Case(
        "connection",
        "double_nat",
        Status.NOTICE,
        "There are two routers at home, one behind the other. {reason}",
        "A port forward would have to be made on both of them. Funnel needs neither.",
    ),
    Case(
        "connection", "home_nat", Status.NOTICE, "Your router itself holds the public address. {reason}", _FORWARD_TOO
    ),
    Case("connection", "public", Status.NOTICE, "This computer has its own internet address. {reason}", _FORWARD_TOO),
    Case(
        "connection",
        "vpn",
        Status.NOTICE,
        "A VPN is on, and it hides what your own line is like. {reason}",
        "Funnel works behind a VPN too, often more slowly.",
        (manual("Switch the VPN off and look again if you want to know what your line is like."),),
    ),
    Case(
        "connection",
        "offline",
        Status.PROBLEM,
        "This computer has no working internet connection. {reason}",
        "Everything that follows needs the internet.",
        (manual("Connect this computer to the internet, then look again."),),
    ),
    Case(
        "connection",
        "undecided",
        Status.UNKNOWN,
        "It could not be told what kind of line this is. {reason}",
        "Funnel works on any line that reaches the internet, so you can go on.",
        (
            manual(
                "Find the internet (WAN) address on your router's page. “Your connection” in the window takes it, and so "
                "does --router-wan on the command line."
            ),
        ),
    ),
    Case(
        "open_port",
        None,
        Status.OK,
        "No port of this computer's Plex is open on the router, as far as the router tells.",
    ),
    Case(
        "open_port",
        "mapping_left",
        Status.NOTICE,
        "Your router still has a port open to Plex: {mapping}.",
        "Funnel does not need it, and it lets strangers knock on Plex directly.",
        (manual("Remove the port forward on your router's page, unless it is meant for another Plex server."),),
    ),
    Case(
        "open_port",
        "not_told",
        Status.UNKNOWN,
        "Your router did not show which ports it has open.",
        "A port forward to Plex may be left from earlier days. Funnel does not need it, and it lets strangers knock on "
        "Plex directly.",
        (manual("Look under “port forwarding” on your router's page, and remove an entry for port 32400."),),
    ),
    Case(
        "open_port",
        "no_router",
        Status.UNKNOWN,
        "No router stands before this computer. Whether strangers reach Plex's port 32400 is up to its own firewall.",
        "Funnel does not need that port to be open.",
        (manual("See to it that this computer's firewall keeps visitors from the internet away from port 32400."),),
    ),
    Case(
        "open_port",
        "answers_outside",
        Status.NOTICE,
        "Plex also answers from outside at your home's own public address ({families}), port 32400.",
        "Funnel does not need that, and it lets strangers knock on Plex directly.",
        (manual("Remove the port forward, or for IPv6 the firewall's exception, on your router's page."),),
    ),
)

REASONS: Mapping[str, str] = {
    # Keys are the names of the rules in checks/line_rules.py.
    "no_route": Text("It has no way out: no router was found.").message,
    "router_only": Text("Your router answers, the internet beyond it does not.").message,
    "nothing_answers": Text("Nothing on the internet answered.").message,
    "service_here": Text("This computer has an address of 192.0.0.0/29, which carries IPv4 over IPv6.").message,
    "service_wan": Text("Your router has the address {wan}, which carries IPv4 over IPv6.").message,
    "service_hop": Text("On the way out is the address {hop}, which carries IPv4 over IPv6.").message,
    "nat64": Text("The provider's name service translates IPv4 addresses into IPv6 ones (NAT64).").message,
    "only_ipv6": Text("Only IPv6 reaches the internet from here.").message,
    "own_address": Text("The internet sees {public}, and that is this computer's own address.").message,
    "shared_here": Text("Your provider gave this computer the shared address {here}.").message,
    "tunnel_shared_wan": Text(
        "A VPN hides the line, but your router has {wan}, an address that providers share among customers."
    ).message,
    "tunnel_public_wan": Text(
        "A VPN hides the line, but your router says that it has the public address {wan}."
    ).message,
    "tunnel": Text("Everything goes through the VPN {tunnel}, and nothing gets past it.").message,
    "router_owns": Text("The public address {public} sits on your router.").message,
    "shared_wan": Text("Your router got {wan}, an address that providers share among customers.").message,
    "wan_agrees": Text("Your router has {wan}, the address that the internet sees.").message,
    "wan_repeats_shared": Text(
        "Your router repeats the public address {public}, but the address sits at your provider, behind {hop}."
    ).message,
    "wan_repeats": Text("Your router repeats the public address {public}, but the address sits farther away.").message,
    "wan_alone": Text("Your router says that it has the public address {wan}.").message,
    "wan_differs_shared": Text(
        "Your router says {wan}, the internet sees {public}, and between them is {hop}, an address providers share."
    ).message,
    "wan_differs": Text(
        "Your router says {wan}, but the internet sees {public}: your provider, or a VPN on the router, translates it."
    ).message,
    "outer_shared": Text(
        "Behind your second router is {outer}, an address that providers share among customers."
    ).message,
    "shared_hop": Text(
        "Between your router and the internet is {hop}, an address that providers use for sharing."
    ).message,
    "outer_private": Text("The second router on the way out has no public address either.").message,
    "two_routers": Text("Behind your router is {hop}, another router of the kind found in homes.").message,
    "private_wan": Text("Your router only got the private address {wan}, most likely from your provider.").message,
    "private_beyond": Text("Behind your router is the private address {hop}, most likely your provider's.").message,
    "not_on_router": Text("The public address {public} does not sit on your router but farther away.").message,
    "hidden_wan": Text("Your router answers, but has no public address to tell.").message,
    "hop_hint": Text("Your provider uses the shared address {hop} on the way; your router could not be asked.").message,
    "sites_differ": Text("Different places on the internet see different addresses of yours.").message,
    "undecided": Text("The internet sees {public}, but your router told nothing of itself.").message,
}

CONTRADICTIONS: Mapping[str, Text] = {
    "routers_disagree": Text("The router gives different answers to different questions"),
    "wan_disagrees": Text("The router claims another address than the internet sees"),
    "wan_claims_public": Text("The router claims a public address"),
    "sites_differ": Text("Different places see different addresses"),
    "tailscale_disagrees": Text("Tailscale saw another public address"),
    "nat64_seen": Text("The name service also offers IPv4 over IPv6 (NAT64)"),
}

EVIDENCE: Mapping[str, Text] = {
    "interface": Text("This computer's address on {interface}"),
    "gateway": Text("Router"),
    "no_gateway": Text("No router was found"),
    "tunnel": Text("A VPN or exit node carries the traffic"),
    "wan": Text("The router's internet address ({protocol})"),
    "wan_hidden": Text("The router answered, and did not tell its internet address ({protocol})"),
    "wan_user": Text("The router's internet address, as typed in"),
    "outer_wan": Text("The second router's internet address ({protocol})"),
    "outer_hidden": Text("The second router did not tell its internet address ({protocol})"),
    "router_silent": Text("The router was asked by UPnP, NAT-PMP and PCP, and told nothing"),
    "stun": Text("Public address as {server} saw it"),
    "stun_tunnel": Text("Public address as {server} saw it, through the VPN"),
    "web": Text("Public address as a web service saw it"),
    "tailscale": Text("Public address as Tailscale measured it"),
    "self_router_answered": Text("A packet to our own public address was answered by the router itself"),
    "self_expired_at_router": Text("A packet to our own public address went past the router"),
    "self_expired_from_public": Text("A packet to our own public address came back through the router"),
    "self_silent": Text("A packet to our own public address was not answered"),
    "hairpin": Text("A packet to our own public address came back to this computer"),
    "hop": Text("Router number {distance} on the way out"),
    "symmetric": Text("Every destination sees another port of ours (symmetric NAT)"),
    "udp_blocked": Text("UDP does not get out"),
    "nat64": Text("The name service translates IPv4 into IPv6 (NAT64)"),
    "ipv6": Text("IPv6 address"),
    "ipv6_plex": Text("Plex answers on this computer's IPv6 address; whether the router lets anybody in was not tried"),
    "ipv6_no_plex": Text("Plex does not answer on this computer's IPv6 address"),
    "ipv6_seen": Text("IPv6 address as the internet sees it"),
    "names_dead": Text("No name could be looked up (DNS)"),
    "provider": Text("Provider"),
    "permission": Text("macOS did not let this program ask the router (Local Network permission)"),
}

CONSEQUENCES: Mapping[str, Text] = {
    "names_dead": Text("No name can be looked up here (DNS), so most of what follows cannot be reached."),
    "symmetric": Text(
        "Every destination sees another port of this line (symmetric NAT), so Tailscale relays: slower, but it works."
    ),
    "udp_blocked": Text("UDP does not get out of this network, so Tailscale relays: slower, but it works."),
    "ipv6": Text(
        "You have IPv6, but it does not help today: viewers without IPv6, and many Plex apps, cannot reach you by it."
    ),
    "ipv6_answers": Text(
        "For viewers who have IPv6, Plex does answer from outside at this computer's IPv6 address, port 32400."
    ),
    "ipv6_closed": Text("From outside, nothing answers at this computer's IPv6 address, port 32400."),
    "ipv6_listens": Text(
        "Plex does answer at this computer's IPv6 address, port 32400; whether your router lets visitors in was not tried."
    ),
    "ipv6_silent": Text("Plex does not answer at this computer's IPv6 address, port 32400."),
    "seems_moved": Text("The last time, this line still had a public address of its own. It seems to have changed."),
    "permission": Text(
        "Allow this program under System Settings, Privacy & Security, Local Network, and the router can be asked too."
    ),
}
