# SPDX-License-Identifier: MIT
"""docs/privacy.md names everybody who is asked unless the settings say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from setup_assistant.core.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
HOST = re.compile(r"^(?:https?://)?([\w-]+(?:\.[\w-]+)+)(?=[:/?]|$)")


def hosts(value: object) -> Iterator[str]:
    """The hosts that stand in the settings as they come."""
    if is_dataclass(value):
        for entry in fields(value):
            yield from hosts(getattr(value, entry.name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from hosts(one)
    elif isinstance(value, str) and (match := HOST.match(value)):
        yield match.group(1)


def test_every_outside_party_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8").lower()
    asked = sorted(set(hosts(Settings())) - {"localhost"})
    assert len(asked) >= 8
    unnamed = [host for host in asked if not any(part in text for part in re.split("[.-]", host) if len(part) > 3)]
    assert not unnamed
