# SPDX-License-Identifier: MIT
"""The lock of one run: held by the operating system, gone with the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.engine.lock import AnotherRun


class FolderLock:
    """`engine.lock.RunLock` on a file of the state folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run.lock"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold it for a block. Raises AnotherRun, or HostError STATE_NOT_WRITABLE."""
        lock = FileLock(self._path, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise AnotherRun from error
        except OSError as error:
            raise HostError(Trouble.STATE_NOT_WRITABLE, str(error), what=str(self._path)) from error
        try:
            yield
        finally:
            lock.release()
