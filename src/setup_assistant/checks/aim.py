# SPDX-License-Identifier: MIT
"""The address that judgement and plan speak of (the rules stand in `core.aim`, where changes see them too)."""

from __future__ import annotations

from setup_assistant.core.aim import Aim, PortChoice, aim, is_host_label, plex_port, plex_target, port_choices

__all__ = ["Aim", "PortChoice", "aim", "is_host_label", "plex_port", "plex_target", "port_choices"]
