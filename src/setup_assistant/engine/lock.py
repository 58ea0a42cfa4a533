# SPDX-License-Identifier: MIT
"""One run at a time: the interface of the lock that `host.lock` implements."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class AnotherRun(Exception):
    """Another run of this user changes things right now."""


class RunLock(Protocol):
    """A lock that the operating system gives back when the process ends, however it ends."""

    def hold(self) -> AbstractContextManager[None]:
        """Hold it for a block. Raises AnotherRun."""
        ...
