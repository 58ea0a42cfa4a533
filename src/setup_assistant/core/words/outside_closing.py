# SPDX-License-Identifier: MIT
"""Words about an address that was taken back."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual

CASES = (
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
