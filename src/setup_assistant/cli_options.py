# SPDX-License-Identifier: MIT
"""What the command line can ask for; `cli_parser` reads it from the arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    command: str | None = None
    target: str = "plex"
    json: bool = False
    yes: bool = False
    port: int | None = None
    output: Path | None = None
    demo: str | None = None
    settings: Path | None = None
    consent: bool | None = None
    language: str | None = None
    router_wan: str | None = None
    verbose: bool = False
    updates: bool = False


def wants_json(argv: Sequence[str]) -> bool:
    """Whether an object is expected even though the arguments could not be read."""
    return "--json" in argv
