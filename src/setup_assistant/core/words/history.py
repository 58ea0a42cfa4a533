# SPDX-License-Identifier: MIT
"""Words about our own record, and the answers that any question can have."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

TITLES = {"journal": Text("Our own record")}

CASES = (
    Case("journal", None, Status.OK, "The record of our own changes can be read."),
    Case(
        "journal",
        "unreadable",
        Status.PROBLEM,
        "The record of our own changes has a line that cannot be read: {detail}",
        "Without it we could not take back exactly what we changed, so nothing is changed now.",
        (manual("Save a report, then move the file {path} away to start a new record."),),
    ),
    Case(
        "journal",
        "newer",
        Status.PROBLEM,
        "The record of our own changes was written by a newer version of this program.",
        "An older version could misread it, so nothing is changed now.",
        (manual("Use the newer version of this program."),),
    ),
)

NOT_READABLE = Text("This could not be looked at: {why}")
NOT_LOOKED = Text("This could not be looked at yet, because another answer is missing: {title}.")
WAITS = Text("This waits for: {title}.")
CRASHED = Text("This could not be judged because of a mistake in this program. Please send us the report.")
"""``not_readable``, ``not_looked``, waiting, and ``check_crashed``: any question can be answered so."""
