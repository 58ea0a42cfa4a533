# SPDX-License-Identifier: MIT
"""Words about an address that was taken back, and about what such an address cannot do."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual

CASES = (
    Case(
        "limits",
        None,
        Status.NOTICE,
        "A few things are beyond such an address, whatever is set up here.",
        "",
        (
            manual(
                "It ends in .ts.net. An address under a domain of your own needs something else in front of Plex, "
                "such as Cloudflare Tunnel; look at its rules on video first."
            ),
            manual(
                "Tailscale opens three ports of a computer to the internet (443, 8443 and 10000), each for one service. "
                "A fourth service needs a computer of its own in your Tailscale network."
            ),
            manual(
                "How many can watch at once rests on what your line sends (its upload), and on limits of Funnel's own, "
                "which Tailscale does not publish. Where pictures stop and wait, lower the quality for remote streams."
            ),
            manual(
                "Plex asks for Plex Pass or a Remote Watch Pass for watching away from home. That stays as it is: "
                "this program neither avoids it nor hides it."
            ),
        ),
    ),
    Case("closed_again", None, Status.OK, "{url} no longer leads to Plex: checked from {places}."),
    Case(
        "closed_again",
        "from_here",
        Status.NOTICE,
        "{url} no longer leads to Plex, as far as this computer can tell.",
        "No place outside was asked, or none could check.",
    ),
    Case(
        "closed_again",
        "still_open",
        Status.PROBLEM,
        "{url} still leads to Plex: seen from {places}.",
        "Tailscale was told to close it. The public entrance may need a moment to hear of it.",
        (manual("Look again in a few minutes. If it stays so, restart Tailscale."),),
    ),
    Case(
        "closed_again",
        "not_seen",
        Status.UNKNOWN,
        "Nobody could see whether {url} is closed.",
        "Tailscale says that it no longer offers Plex.",
        (manual("Look with a phone: Wi-Fi off, then open {url}/identity. Nothing may come."),),
    ),
)
