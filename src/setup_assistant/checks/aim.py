# SPDX-License-Identifier: MIT
"""The address that judgement and plan speak of (the rules stand in `core.aim`, where changes see them too)."""

from __future__ import annotations

from setup_assistant.core.aim import Aim, aim, plex_port, plex_target

__all__ = ["Aim", "aim", "plex_port", "plex_target"]
