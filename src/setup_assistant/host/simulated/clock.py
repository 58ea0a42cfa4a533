# SPDX-License-Identifier: MIT
"""Event loops whose time is not ours: waits that take no time, and waits that pass faster."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any


class _Selector(selectors.BaseSelector):
    """A selector that lets its owner decide how long a wait is."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Any:
        return self._inner.get_map()

    def wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait in real time."""
        return self._inner.select(timeout)


class _JumpingSelector(_Selector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self.wait(0)
        if ready or timeout is None:
            return ready or self.wait(None)
        self.now += max(timeout, 0.0)
        return ready


class InstantLoop(asyncio.SelectorEventLoop):
    """Where nothing is left to do, time jumps to the next timer: deadlines and waits keep their order and cost nothing.

    Only for a host with no real part in it: a reply that needs real time would always come too late.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class _FastSelector(_Selector):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self.wait(timeout if timeout is None or timeout <= 0 else timeout / self._factor)


class FastLoop(asyncio.SelectorEventLoop):
    """Time passes twenty times as fast, so that a person can watch the waits of the demo."""

    FACTOR = 20.0

    def __init__(self) -> None:
        super().__init__(_FastSelector(self.FACTOR))

    def time(self) -> float:
        return time.monotonic() * self.FACTOR
