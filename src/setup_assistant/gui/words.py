# SPDX-License-Identifier: MIT
"""Short words of the window that more than one page uses."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.changes import Result
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui.standing import Asks

PRODUCT = Text("Setup Assistant for Plex")

STATUSES: Mapping[Status, Text] = {
    Status.OK: Text("Fine"),
    Status.NOTICE: Text("Good to know"),
    Status.PROBLEM: Text("Needs you"),
    Status.UNKNOWN: Text("Could not tell"),
    Status.BLOCKED: Text("Waits"),
}
TASKS: Mapping[Asks, Text] = {Asks.PROGRAM: Text("To be set up"), Asks.SIGN_IN: Text("Next step")}
"""Problems that are but tasks: this program or a sign-in mends them."""
LOOKING = Text("Looking")
NOT_ASKED = Text("Not looked at")

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

LOOK_AGAIN = Text("&Look again")
DETAILS = Text("Details")
COPY = Text("Copy")
COPIED = Text("Copied")
OPEN_PAGE = Text("Open the page")
MAY_CLOSE = Text("You may close this window; it goes on when you open it again.")
