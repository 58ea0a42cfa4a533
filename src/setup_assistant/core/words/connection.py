# SPDX-License-Identifier: MIT
"""Words about the internet line."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

TITLES = {
    "connection": Text("Your internet line"),
    "open_port": Text("Open ports on your router"),
}

_SHARED_WHY = (
    "Nobody outside can start a connection to this home: a port forward, dynamic DNS or a VPN server at home cannot "
    "work, and no setting in the provider's portal changes that. Funnel does not need any of them."
)
_FORWARD_TOO = (
    "A port forward on the router would be possible here too. Funnel needs none and keeps every port closed; "
    "in return the traffic takes the way through Tailscale's relays."
)

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
        "Your provider gives you IPv6 and shares one IPv4 address among many customers. {reason}",
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
        (manual("Type in the internet (WAN) address from your router's page, and look again."),),
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
        (manual("Remove the port forward on your router's page."),),
    ),
)
