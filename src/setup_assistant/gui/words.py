# SPDX-License-Identifier: MIT
"""Short words of the window that more than one page uses."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.changes import Result
from setup_assistant.core.errors import HostError
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.engine.lock import AnotherRun
from setup_assistant.flow import Step
from setup_assistant.gui.standing import Asks

PRODUCT = Text("Setup Assistant for Plex")
ABOUT = Text("About this program")

STATUSES: Mapping[Status, Text] = {
    Status.OK: Text("Fine"),
    Status.NOTICE: Text("Good to know"),
    Status.PROBLEM: Text("Needs you"),
    Status.UNKNOWN: Text("Could not tell"),
    Status.BLOCKED: Text("Waits"),
}
TASKS: Mapping[Asks, Text] = {
    Asks.PROGRAM: Text("To be set up"),
    Asks.SIGN_IN: Text("Next step"),
    Asks.ALARM: Text("Open door"),
}
"""Problems that this program or a sign-in mends, in words of their own; what is left needs the person."""
LOOKING = Text("Looking")
NOT_ASKED = Text("Not looked at")
SIGNED_OUT = Text("Signed out of Plex; the sign-in is revoked and forgotten here.")
NO_SIGN_IN = Text("No sign-in to Plex was found here, so nothing was taken back.")

RESULTS: Mapping[Result, Text] = {
    Result.APPLIED: Text("Done"),
    Result.ALREADY: Text("Already right"),
    Result.FAILED: Text("Did not go through"),
    Result.UNDONE: Text("Taken back"),
    Result.LEFT_ALONE: Text("Left alone"),
    Result.SKIPPED: Text("Not started"),
}
UNDER_WAY = Text("Under way")
HELD = Text("Waiting")
STILL_TO_COME = Text("Still to come")

STAGES: Mapping[Step, Text] = {
    Step.WELCOME: Text("Welcome"),
    Step.CONNECTION: Text("Your connection"),
    Step.TAILSCALE: Text("Tailscale"),
    Step.PLEX: Text("Plex"),
    Step.HEALTH: Text("Overview"),
    Step.REVIEW: Text("Review"),
    Step.APPLY: Text("Apply"),
    Step.PROOF: Text("Proof"),
    Step.DONE: Text("Done"),
    Step.UNDO_REVIEW: Text("What is taken back"),
    Step.UNDO: Text("Taking back"),
    Step.UNDONE: Text("Done"),
}

ANOTHER_RUN = Text(
    "Another run of this program is changing things right now. Wait until it has ended, then look again."
)
CRASHED = Text("This program met a mistake of its own. Nothing more is changed.")

NOT_AT_ITS_END = Text("The look did not come to its end. Look again.")
DOOR_CLOSED = Text("The door is closed: nobody gets in from outside now. Go on to see what is next.")
LOOK_AGAIN = Text("&Look again")
CHECK_FROM_OUTSIDE = Text("Check &from outside")
DETAILS = Text("Details")
COPY = Text("Copy")
COPIED = Text("Copied")
OPEN_PAGE = Text("Open the page")

UNDOINGS: Mapping[str, Text] = {
    "close_funnel": Text("The address that was closed: opens again only if Plex asks everyone to sign in"),
    "funnel": Text("The public address that this program set up is closed"),
    "funnel_tidy": Text("The earlier address comes back"),
    "plex_url": Text("Plex no longer tells its apps this address"),
    "plex_remote_access": Text("Plex’s own Remote Access is as it was before"),
    "plex_allowed_networks": Text("Who may enter Plex without signing in is as before"),
}
"""Code of a change -> what taking it back does."""


def undoing(code: str, summary: Text) -> Text:
    """What taking a change back does; ``summary``, which tells what it did, where we have no words for it."""
    return UNDOINGS.get(code, summary)


def of_trouble(trouble: BaseException) -> Text | None:
    """What got in the way of a job, in words; None for a mistake of our own."""
    if isinstance(trouble, HostError):
        return trouble.text
    return ANOTHER_RUN if isinstance(trouble, AnotherRun) else None
