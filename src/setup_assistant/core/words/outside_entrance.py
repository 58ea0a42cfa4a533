# SPDX-License-Identifier: MIT
"""Words about the public entrance, as seen from this computer."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual

_AGAIN = manual("Run this program again later; it goes on from here.")

CASES = (
    Case("public_entrance", None, Status.OK, "The public entrance leads to Plex."),
    Case(
        "public_entrance",
        "partly",
        Status.NOTICE,
        "One of the public entrances did not lead to Plex: {detail}",
        "The others do. This lies on Tailscale's side.",
    ),
    Case(
        "public_entrance",
        "turned_away",
        Status.PROBLEM,
        "The public entrance closes the connection before Plex is reached.",
        "Tailscale on this computer turns visitors away, or the entrance does not know it.",
        (manual("Update Tailscale, and restart it. If it stays so, switch Funnel off and on in the access controls."),),
    ),
    Case(
        "public_entrance",
        "stalls",
        Status.PROBLEM,
        "The public entrance accepts the connection, but nothing comes back.",
        "The entrance does not reach this computer.",
        (
            manual(
                "Check that Tailscale is online and this computer does not sleep; restart Tailscale; then look again."
            ),
        ),
    ),
    Case(
        "public_entrance",
        "refused",
        Status.PROBLEM,
        "The public entrance refuses the connection on this port.",
        "Only the ports 443, 8443 and 10000 are open there.",
        (_AGAIN,),
    ),
    Case(
        "public_entrance",
        "no_certificate",
        Status.PROBLEM,
        "The public entrance is reached, but no certificate is shown.",
        "Tailscale on this computer has none for the name.",
        (_AGAIN,),
    ),
    Case(
        "public_entrance",
        "certificate",
        Status.PROBLEM,
        "The public entrance shows a certificate that apps refuse: {detail}",
        "",
        (manual("Check this computer's date and time, restart Tailscale, then look again."),),
    ),
    Case(
        "public_entrance",
        "bad_gateway",
        Status.PROBLEM,
        "The public entrance works, but Tailscale does not reach Plex.",
        "Plex has stopped, or its port has changed.",
        (manual("Start Plex, then look again."),),
    ),
    Case(
        "public_entrance",
        "other_server",
        Status.PROBLEM,
        "The public entrance leads to another Plex server.",
        "",
        (manual("Look which computer uses this name, then look again."),),
    ),
    Case(
        "public_entrance",
        "other_app",
        Status.PROBLEM,
        "The public entrance leads to something that is not Plex: {detail}",
        "",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "public_entrance",
        "not_reached",
        Status.UNKNOWN,
        "The public entrance could not be tried from here: {detail}",
        "",
        (_AGAIN,),
    ),
    Case(
        "public_entrance",
        "one_family",
        Status.NOTICE,
        "The public entrance leads to Plex by {good}, but not by {bad}: {detail}",
        "Nearly all viewers can use either. This lies on Tailscale's side, or on this line's.",
    ),
    Case(
        "public_entrance",
        "starting",
        Status.PROBLEM,
        "The public entrance works, but Plex answers that it is starting.",
        "Plex needs a moment after a start or an update.",
        (manual("Wait until Plex has started, then look again."),),
    ),
    Case(
        "public_entrance",
        "not_found",
        Status.PROBLEM,
        "The public entrance answers, but Plex is not at its root.",
        "Funnel is set up for a path only.",
        (manual("Run the setup again; it puts Plex at the root."),),
    ),
    Case(
        "public_entrance",
        "unauthorized",
        Status.PROBLEM,
        "The public entrance asks for a sign-in before Plex is reached.",
        "Plex answers this question without one, so something stands in between.",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "public_entrance",
        "redirect",
        Status.PROBLEM,
        "The public entrance sends visitors elsewhere: {detail}",
        "Another app or proxy stands in between.",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "public_entrance",
        "only_here",
        Status.NOTICE,
        "From this computer it looks different: {seen}",
        "From elsewhere Plex is reached all the same.",
    ),
)
