# SPDX-License-Identifier: MIT
"""What keeps the server reachable day and night (read it through `core.facts`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Starts(StrEnum):
    """When a program starts by itself."""

    WITH_COMPUTER = "with_computer"
    AT_SIGN_IN = "at_sign_in"
    """Once somebody signs in on this computer, not before."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class StayingFacts:
    """What was seen of it; None: it could not be seen."""

    plex: Starts | None = None
    tailscale: Starts | None = None
    sleeps: bool | None = None
    """Whether this computer goes to sleep by itself while it is plugged in."""
    signs_in_alone: bool | None = None
    """Whether somebody is signed in by the system itself when it starts."""
