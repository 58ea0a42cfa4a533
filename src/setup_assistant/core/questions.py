# SPDX-License-Identifier: MIT
"""The codes of all questions, in the order people meet them."""

from __future__ import annotations

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

ALWAYS_ASKED = frozenset(ASKED) - {"closed_again", "program_version"}
"""Questions that every look answers; the others have an answer only where there is something to ask (`Check.when`)."""
