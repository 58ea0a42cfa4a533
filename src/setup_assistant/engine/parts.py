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
from setup_assistant.services import Services


def _in_order() -> tuple[Check, ...]:
    known = {
        check.code: check
        for area in (history, connection, tailscale, plex, outside, closing, program)
        for check in area.CHECKS
    }
    return tuple(known[code] for code in ASKED)


ASKED: tuple[str, ...] = (
    "journal",
    "connection",
    "open_port",
    "tailscale_installed",
    "tailscale_version",
    "tailscale_running",
    "tailscale_signed_in",
    "tailscale_connected",
    "tailscale_permission",
    "tailscale_key",
    "magicdns",
    "https_certificates",
    "funnel_allowed",
    "shields_up",
    "exit_node",
    "certificate_name",
    "plex_server",
    "plex_sign_in",
    "keyring",
    "plex_owner",
    "safety_gate",
    "funnel_shape",
    "public_services",
    "plex_url",
    "plex_remote_access",
    "plex_published",
    "plex_pass",
    "plex_sessions",
    "stays_up",
    "for_viewers",
    "own_address",
    "public_dns",
    "public_entrance",
    "outside",
    "limits",
    "closed_again",
    "program_version",
)
"""Codes of all questions; one may only need those before it."""

ALL_CHECKS = _in_order()

OUTSIDE_CODES = frozenset(check.code for check in outside.CHECKS)
"""Questions whose answers come last, since they wait for the world."""


def build_change(code: str, services: Services, facts: HostFacts) -> Change | None:
    """Return the change of that code for these facts, or None where it can't be made yet."""
    return tailscale_changes.build(code, services, facts) or plex_changes.build(code, services, facts)


def rebuild_change(code: str, services: Services, args: Mapping[str, Any]) -> Change | None:
    """Return the change a journal line speaks of, or None for a code this version does not know."""
    return tailscale_changes.rebuild(code, services, args) or plex_changes.rebuild(code, services, args)
