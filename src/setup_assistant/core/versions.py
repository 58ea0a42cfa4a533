# SPDX-License-Identifier: MIT
"""Version numbers in the forms that programs write them."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"([0-9]{1,6}+)\.([0-9]{1,6}+)(?:\.([0-9]{1,6}+))?+(?![0-9])")


def version_numbers(version: str) -> tuple[int, int, int] | None:
    """Return (major, minor, patch), or None for anything else.

    Tailscale writes ``1.102.3``, ``1.102.3-t5f…-g8b1…``, ``1.102.3-dev20260819`` and ``1.102.3-ERR-BuildInfo``
    (version/version.go); those who build it themselves add what they like after the numbers.
    """
    found = _NUMBERS.match(version.strip())
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
