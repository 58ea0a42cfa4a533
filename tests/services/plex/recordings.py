# SPDX-License-Identifier: MIT
"""The recorded answers of Plex and plex.tv as replies (tests/recorded/plex/ORIGINS.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from setup_assistant.core.host import Reply

FOLDER = Path(__file__).parents[2] / "recorded" / "plex"


def body(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def recorded(name: str, status: int = 200) -> Reply:
    return Reply(status, {}, body(name))


def as_reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(value).encode())


def official(call: str, answer: str) -> Any:
    """One example of Plex's own specification."""
    return json.loads(body("pms_openapi_1.2.2_examples.json"))[call][answer]
