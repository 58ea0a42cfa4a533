# SPDX-License-Identifier: MIT
"""Words about this program itself."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

TITLES = {"program_version": Text("This program")}

CASES = (
    Case("program_version", None, Status.OK, "This is the newest version of this program, {version}."),
    Case(
        "program_version",
        "newer",
        Status.NOTICE,
        "A newer version of this program is published: {newest}. This one is {version}.",
        "Nothing is downloaded or installed by itself, and what is set up goes on working without it.",
        (manual("Read on its page what is new, and install it from there if you want it.", link="{page}"),),
    ),
    Case(
        "program_version",
        "ahead",
        Status.OK,
        "This version of the program, {version}, is newer than the newest that is published, {newest}.",
    ),
    Case(
        "program_version",
        "none_published",
        Status.OK,
        "No version of this program is published yet. This one is {version}.",
    ),
    Case(
        "program_version",
        "no_repository",
        Status.UNKNOWN,
        "This copy of the program, {version}, does not know where new versions of it are published.",
        "That is so where somebody built it by themselves.",
        (manual("Look for a newer one where you got this one from."),),
    ),
)
