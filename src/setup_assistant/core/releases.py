# SPDX-License-Identifier: MIT
"""A published version of this program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """The newest one that is published: its version, and the page that tells of it; both empty where there is none."""

    version: str = ""
    page: str = ""
