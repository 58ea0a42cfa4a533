# SPDX-License-Identifier: MIT
"""The log of the program, for the report: begun with its first line."""

from __future__ import annotations

import logging
from pathlib import Path

LARGEST_BYTES = 500_000
"""A larger one is put aside, and the one before it goes."""


def start_log(file: Path | None) -> None:
    """Write what is told from now on to a file; None, or one that can't be written to, means no log."""
    root = logging.getLogger("setup_assistant")
    root.setLevel(logging.INFO)
    root.addHandler(logging.NullHandler())
    if file is not None:
        root.addHandler(LogFile(file))


class LogFile(logging.Handler):
    """Opens the file when there is something to write: most windows have nothing to tell at first."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._is_tried = False
        self._open: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if not self._is_tried:
            self._is_tried = True
            self._open = self._begin()
        if self._open is not None:
            self._open.handle(record)

    def _begin(self) -> logging.Handler | None:
        from logging.handlers import RotatingFileHandler

        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = RotatingFileHandler(self._file, maxBytes=LARGEST_BYTES, backupCount=1, encoding="utf-8")
        except OSError:
            return None
        made.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        return made

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        super().close()
