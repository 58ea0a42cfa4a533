# SPDX-License-Identifier: MIT
"""All words of all findings and changes, one module per area (listed in docs/findings.md)."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.findings import Case
from setup_assistant.core.texts import Text
from setup_assistant.core.words import (
    account,
    connection,
    history,
    outside,
    plex,
    program,
    staying,
    tailscale,
    watching,
)

CASES: Mapping[tuple[str, str | None], Case] = {
    (entry.code, entry.cause): entry
    for area in (history, connection, tailscale, plex, account, watching, staying, outside, program)
    for entry in area.CASES
}

TITLES: Mapping[str, Text] = {
    code: title
    for area in (history, connection, tailscale, plex, account, watching, staying, outside, program)
    for code, title in area.TITLES.items()
}


def case(code: str, cause: str | None = None) -> Case:
    """Return the words of one answer; KeyError means it is not listed."""
    return CASES[(code, cause)]
