# SPDX-License-Identifier: MIT
"""All questions and all changes, each from its area, in the order people meet them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setup_assistant.changes import plex as plex_changes
from setup_assistant.changes import tailscale as tailscale_changes
from setup_assistant.checks import closing, connection, history, outside, plex, program, tailscale
from setup_assistant.core.changes import Change
from setup_assistant.core.facts import HostFacts
from setup_assistant.core.findings import Check
from setup_assistant.core.questions import ASKED
from setup_assistant.services import Services


def _in_order() -> tuple[Check, ...]:
    known = {
        check.code: check
        for area in (history, connection, tailscale, plex, outside, closing, program)
        for check in area.CHECKS
    }
    return tuple(known[code] for code in ASKED)


ALL_CHECKS = _in_order()

OUTSIDE_CODES = frozenset(check.code for check in outside.CHECKS)
"""Questions whose answers come last, since they wait for the world."""


def build_change(code: str, services: Services, facts: HostFacts) -> Change | None:
    """Return the change of that code for these facts, or None where it can't be made yet."""
    return tailscale_changes.build(code, services, facts) or plex_changes.build(code, services, facts)


def rebuild_change(code: str, services: Services, args: Mapping[str, Any]) -> Change | None:
    """Return the change a journal line speaks of, or None for a code this version does not know."""
    return tailscale_changes.rebuild(code, services, args) or plex_changes.rebuild(code, services, args)
