# SPDX-License-Identifier: MIT
"""Words about what Funnel makes public, and where it leads."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, auto, manual
from setup_assistant.core.texts import Text

TITLES = {
    "funnel_shape": Text("Funnel leads straight to Plex"),
    "public_services": Text("What else is public"),
}

_CHAIN = Text("Viewers would reach nothing, or the wrong thing, through it.").message

CASES = (
    Case("funnel_shape", None, Status.OK, "Funnel leads {url} straight to Plex."),
    Case(
        "funnel_shape",
        "missing",
        Status.PROBLEM,
        "Funnel is not set up for Plex yet.",
        "Funnel is what gives Plex an address that works from anywhere.",
        (auto("funnel", "Set up Funnel: {url} to Plex."),),
    ),
    Case(
        "funnel_shape",
        "two_hop",
        Status.PROBLEM,
        "Funnel leads to port {hop} first, and only from there to Plex.",
        "Every hop in between can break, and clients get confused by it.",
        (auto("funnel", "Lead Funnel straight to Plex."),),
    ),
    Case(
        "funnel_shape",
        "self_loop",
        Status.PROBLEM,
        "Funnel leads back to itself on port {hop}.",
        _CHAIN,
        (auto("funnel", "Lead Funnel to Plex."),),
    ),
    Case(
        "funnel_shape",
        "wrong_target",
        Status.PROBLEM,
        "Funnel leads to {target}, where Plex is not.",
        _CHAIN,
        (auto("funnel", "Lead Funnel to Plex."),),
    ),
    Case(
        "funnel_shape",
        "port_of_others",
        Status.PROBLEM,
        "Port {port}, which you asked for, carries something else: {what}.",
        "Plex can take the port over. What is there now comes back when this is undone.",
        (auto("funnel", "Take port {port} over for Plex."),),
    ),
    Case(
        "funnel_shape",
        "wrong_port",
        Status.PROBLEM,
        "Funnel offers Plex on port {port}, but the address is meant to use port {wanted}.",
        "Plex tells its apps one address; the port in it must be the one that is open.",
        (
            auto("funnel", "Offer Plex on port {wanted}."),
            auto("funnel_tidy", "Take the address with port {port} down, once Plex tells the new one."),
        ),
    ),
    Case(
        "funnel_shape",
        "tcp_forward",
        Status.PROBLEM,
        "Port {port} leads to Plex without Tailscale's certificate.",
        "Plex apps need https with a certificate for this name.",
        (auto("funnel", "Replace it by Funnel with https."),),
    ),
    Case(
        "funnel_shape",
        "stale_name",
        Status.PROBLEM,
        "Funnel is set up for an old name of this computer: {old}.",
        "The computer is called {name} now, so the old address leads nowhere.",
        (auto("funnel", "Set up Funnel for the present name."),),
    ),
    Case(
        "funnel_shape",
        "funnel_off",
        Status.PROBLEM,
        "Plex is offered inside your Tailscale network only; Funnel is off.",
        "Viewers outside it reach nothing.",
        (auto("funnel", "Switch Funnel on for Plex."),),
    ),
    Case(
        "funnel_shape",
        "allow_left_behind",
        Status.PROBLEM,
        "Funnel is on for {url}, but leads nowhere.",
        "Visitors get no answer.",
        (auto("funnel", "Lead Funnel to Plex."),),
    ),
    Case(
        "funnel_shape",
        "plain_hop",
        Status.PROBLEM,
        "Plex refuses the unencrypted last step from Tailscale.",
        "Plex is set to require secure connections, so the step on this computer must be encrypted too.",
        (auto("funnel", "Use an encrypted step to Plex."),),
    ),
    Case(
        "funnel_shape",
        "foreground_session",
        Status.PROBLEM,
        "Another program holds port {port} with a live Serve or Funnel session.",
        "It would be cut off if we took the port.",
        (manual("End that session (a window where “tailscale serve” or “tailscale funnel” runs), then look again."),),
    ),
    Case(
        "funnel_shape",
        "no_free_port",
        Status.PROBLEM,
        "All three Funnel ports carry something else: {ports}.",
        "Taking one of them over would change what is public there.",
        (
            manual(
                "Choose which port Plex may take over; undo gives back what is there now. This program offers the "
                "choice in its window before the changes; command: setup-assistant apply --yes --port 443"
            ),
        ),
    ),
    Case("public_services", None, Status.OK, "Nothing else of this computer is public through Funnel."),
    Case(
        "public_services",
        "earlier_left",
        Status.PROBLEM,
        "Plex is also still public at its earlier address, with port {port}.",
        "The move to port {wanted} was interrupted before its last step; one address is enough.",
        (auto("funnel_tidy", "Take the address with port {port} down."),),
    ),
    Case(
        "public_services",
        "others_public",
        Status.NOTICE,
        "This computer makes more public than Plex: {others}.",
        "It was there before and is left as it is.",
    ),
)
