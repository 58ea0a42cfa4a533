# SPDX-License-Identifier: MIT
"""Where the journal is, for those who only want to know whether there is one."""

from __future__ import annotations

from pathlib import Path

FILE = "journal.jsonl"


def journal_exists(folder: Path) -> bool:
    """Whether anything was ever written; True too where that can't be told."""
    try:
        (folder / FILE).stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
