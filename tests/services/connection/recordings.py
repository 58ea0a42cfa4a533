# SPDX-License-Identifier: MIT
"""Reads tests/recorded/connection (its ORIGINS.md says where each file came from)."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "recorded" / "connection"


def text(name: str) -> str:
    return (FOLDER / name).read_bytes().decode("utf-8")


def data(name: str) -> bytes:
    """The bytes of a ``.hex`` file, or those of any other as they are."""
    content = (FOLDER / name).read_bytes()
    return bytes.fromhex(content.decode("ascii")) if name.endswith(".hex") else content
