# SPDX-License-Identifier: MIT
"""Judges this program's own age, where somebody asked for it; readiness never rests on that."""

from __future__ import annotations

from setup_assistant import __version__
from setup_assistant.checks.readable import not_readable
from setup_assistant.core.findings import Check, Verdict
from setup_assistant.core.releases import Release
from setup_assistant.core.unknown import NOT_READ, Unknown
from setup_assistant.core.versions import version_numbers
from setup_assistant.core.words import TITLES, case


def judge_version(newest: Release | Unknown, version: str = __version__) -> Verdict:
    """Whether a newer version than ``version`` is published."""
    if isinstance(newest, Unknown):
        if newest.trouble == "no_repository":
            return case("program_version", "no_repository").verdict(version=version)
        return not_readable(newest)
    if not newest.version:
        return case("program_version", "none_published").verdict(version=version)
    ours, theirs = version_numbers(version) or (0, 0, 0), version_numbers(newest.version) or (0, 0, 0)
    cause = "newer" if theirs > ours else "ahead" if theirs < ours else None
    return case("program_version", cause).verdict(version=version, newest=newest.version, page=newest.page)


CHECKS = (
    Check(
        "program_version",
        TITLES["program_version"],
        lambda facts: judge_version(facts.newest or NOT_READ),
        when=lambda facts: facts.newest is not None,
    ),
)
