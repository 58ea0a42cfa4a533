# SPDX-License-Identifier: MIT
"""Words about changes: what each does, how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.texts import Text

SUMMARIES: Mapping[str, str] = {
    "close_funnel": Text("Close the public address").message,
    "start_plex": Text("Start Plex Media Server").message,
    "plex_allowed_networks": Text("Let nobody into Plex without signing in").message,
    "start_tailscale": Text("Start the Tailscale service").message,
    "connect_tailscale": Text("Switch Tailscale on").message,
    "funnel": Text("Make Plex reachable at {url}").message,
    "plex_url": Text("Let Plex tell its apps this address").message,
    "plex_republish": Text("Let Plex tell plex.tv about it again").message,
    "restart_plex": Text("Restart Plex Media Server").message,
    "funnel_tidy": Text("Take the earlier address down").message,
    "plex_remote_access": Text("Switch Plex’s own Remote Access off").message,
}
"""Every code of a change, in the order of a plan."""

APPLIED = Text("Done, and read back.")
ALREADY = Text("Already as it should be.")
SKIPPED = Text("Not started, because a step before it did not come.")
SKIPPED_WAIT = Text("Not started: {why} Run this program again; it goes on from here.")
SKIPPED_STOPPED = Text("Not started, because you stopped.")
STOPPED_MIDWAY = Text("Stopped in the middle. Run this program again to go on, or undo to take it back.")
CLOSED_AFTER_START = Text(
    "Done. Plex was public then, and it was not seen to ask everyone to sign in, so the public address was closed."
)
NOT_TAKEN = Text("It was set, but reading it back shows something else.")
UNDONE = Text("Taken back.")
NOTHING_LEFT = Text("Nothing of ours was left here.")
LEFT_ALONE = Text("Left alone: somebody else has changed it since.")
STAYS_STRICT = Text("Left as it is: Plex is public, so it must go on asking everyone to sign in.")
NOT_TOLD = Text("Not taken back yet: {why} Nothing was closed. Try again later.")
PUBLIC_NOT_TOLD = Text(
    "Not taken back yet: it could not be told whether Plex is public. While it is, it must ask everyone to sign in."
)
GATE_NOT_TOLD = Text("Nothing was made public: {why}")
STAYS_CLOSED = Text("Left closed: it was public before while Plex let visitors in without signing in.")

SERVICE_STOPPED = Text("The Tailscale service is stopped.")
SERVICE_RUNNING = Text("The Tailscale service runs.")
SWITCHED_OFF = Text("Tailscale is switched off.")
SWITCHED_ON = Text("Tailscale is switched on.")
PUBLIC_ADDRESS = Text("the public address")
NOT_KNOWN_YET = Text("Not known yet.")
NOTHING_AT = Text("Nothing at port {port}.")
CARRIES = Text("Port {port} carries {what} ({reach}).")
REACH_PUBLIC = Text("public")
REACH_TAILNET = Text("inside your Tailscale network only")
LEADS_TO = Text("{url} leads straight to {target}, for everyone on the internet.")
TAKES_ROOT = Text("{then} What was at / of port {port} goes, and comes back with undo.")
TAKES_PORT = Text(
    "{then} What was on port {port} goes, so that it does not become public too, and comes back with undo."
)
OTHERS_STAY = Text("{then} Port {ports} belongs to others and stays as it is ({what}).")
EARLIER_GONE = Text("Only {url} leads to Plex; undo brings the earlier address back.")
PUBLIC_AT = Text("Plex is public: {urls}.")
NOT_PUBLIC = Text("Plex is not public.")
"""What it is now and what it will be, of the changes to Tailscale, for Review."""

PLEX_VALUE = Text("{value}")
PLEX_NO_URLS = Text("no address of your own")
PLEX_NO_NETWORKS = Text("nobody enters without signing in")
PLEX_REMOTE_ON = Text("Remote Access on")
PLEX_REMOTE_OFF = Text("Remote Access off")
PLEX_STOPPED = Text("stopped")
PLEX_RUNNING = Text("running")
RESTART_WATCHED = Text(
    "Restart Plex Media Server: it interrupts the one viewer of right now",
    plural="Restart Plex Media Server: it interrupts the {count} viewers of right now",
)
RESTART_UNSEEN = Text("Restart Plex Media Server: it interrupts everyone who is watching (not known how many)")
RESTART_IDLE = Text("Restart Plex Media Server (nobody is watching right now)")
RESTARTED = Text("started anew, and the same server as before answers")
PLEX_NOT_LISTED = Text("plex.tv does not list {url}")
PLEX_LISTED = Text("plex.tv lists {url}")

WAIT_LISTED = Text(
    "Waiting until plex.tv lists the public address. You may close this; it goes on when you open it again."
)
WAIT_PLEX = Text(
    "Waiting until Plex has started. After an update this can take many minutes. "
    "You may close this; it goes on when you open it again."
)
"""What is waited for, and that nothing is lost meanwhile."""
