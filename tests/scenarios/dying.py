# SPDX-License-Identifier: MIT
"""Runs the program and kills it (SIGKILL) at one point of the journal: ``dying.py BEFORE|AFTER NUMBER WORDS…``."""

from __future__ import annotations

import os
import signal
import sys

from setup_assistant.__main__ import main
from setup_assistant.engine.journal import Entry, Journal


def end_at_once() -> None:
    """End this process without a chance to tidy up."""
    if sys.platform == "win32":
        os.kill(os.getpid(), signal.SIGTERM)  # Windows knows no other end than this one
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def die_at(when: str, number: int) -> None:
    """Make the journal's write of that number the last thing this process does."""
    written = 0
    real = Journal.append

    def append(self: Journal, entry: Entry) -> None:
        nonlocal written
        written += 1
        if when == "AFTER" and written == number:
            real(self, entry)
        if written == number:
            end_at_once()
        real(self, entry)

    Journal.append = append  # type: ignore[method-assign]


if __name__ == "__main__":
    die_at(sys.argv[1], int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
