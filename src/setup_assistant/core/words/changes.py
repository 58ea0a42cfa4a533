# SPDX-License-Identifier: MIT
"""Words about changes: what each does, how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.texts import Text

SUMMARIES: Mapping[str, str] = {
    "close_funnel": Text("Close the public address").message,
    "start_tailscale": Text("Start the Tailscale service").message,
    "connect_tailscale": Text("Switch Tailscale on").message,
    "start_plex": Text("Start Plex Media Server").message,
    "plex_allowed_networks": Text("Plex: no entry without signing in for this computer's programs").message,
    "funnel": Text("Funnel: {url} leads to Plex").message,
    "plex_url": Text("Plex: tell apps {url}").message,
    "plex_republish": Text("Plex: tell plex.tv again").message,
    "plex_remote_access": Text("Plex: Remote Access off").message,
}
"""Every code of a change, in the order of a plan."""

APPLIED = Text("Done, and read back.")
ALREADY = Text("Already as it should be.")
SKIPPED = Text("Not started, because a step before it did not come.")
SKIPPED_WAIT = Text("Not started: {why} Run this program again; it goes on from here.")
SKIPPED_STOPPED = Text("Not started, because you stopped.")
NOT_TAKEN = Text("It was set, but reading it back shows something else.")
UNDONE = Text("Taken back.")
NOTHING_LEFT = Text("Nothing of ours was left here.")
LEFT_ALONE = Text("Left alone: somebody else has changed it since.")
STAYS_STRICT = Text("Left as it is: Plex is public, so it must go on asking everyone to sign in.")
STAYS_CLOSED = Text("Left closed: it was public before while Plex let visitors in without signing in.")
