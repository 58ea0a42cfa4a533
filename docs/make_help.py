# SPDX-License-Identifier: MIT
"""Writes docs/help.md from the words that “What is this?” shows (``nox -s docs`` runs it)."""

from __future__ import annotations

from pathlib import Path

from setup_assistant.gui.help_texts import ALL

HEAD = """# What is this?

What the window explains behind “What is this?”, on every page. Written by `nox -s docs` from `gui/help_texts.py`.
"""


def render() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for subject in ALL:
        parts.append(f"## {subject.heading.message}\n")
        parts.extend(f"{paragraph.message}\n" for paragraph in subject.paragraphs)
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent / "help.md").write_text(render(), encoding="utf-8")
