# SPDX-License-Identifier: MIT
"""One background thread with its own event loop; what happens there reaches the window as signals."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from setup_assistant.core.events import Waiting

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long closing waits for the work under way to end, in seconds."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a piece of work ended: with ``result``, with ``trouble``, or cancelled (neither)."""

    number: int
    name: str
    result: object = None
    trouble: BaseException | None = None
    cancelled: bool = False


class Worker(QObject):
    """Runs one piece of work at a time; a new one first cancels the one under way and waits for its end."""

    happened = Signal(int, object)
    """The number of the piece of work, and what it says."""
    ended = Signal(object)
    _came = Signal()
    answered = Signal(object)
    """How a question beside the work ended: an `Ended` with the number 0."""

    def __init__(self, loop_factory: Callable[[], asyncio.AbstractEventLoop], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop_factory = loop_factory
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_up = threading.Event()
        self._closed = False
        self._beside: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._coming: deque[tuple[int, object]] = deque()
        self._came.connect(self._hand_over)
        self._begun = 0
        self._current = 0
        # A daemon, so that a call that hangs outside our reach can't keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._is_up.wait()

    def _run(self) -> None:
        loop = self._loop_factory()
        self._loop = loop
        asyncio.set_event_loop(loop)
        loop.call_soon(self._is_up.set)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()

    def tell(self, event: object) -> None:
        """Hand an event to the window; may be called on any thread."""
        if self._closed:
            return
        with self._lock:
            before = self._coming[-1] if self._coming else (0, None)
            if isinstance(event, Waiting) and isinstance(before[1], Waiting) and before[0] == self._current:
                # A countdown that nobody has read yet: only how far it is now counts.
                self._coming[-1] = self._current, event
                return
            self._coming.append((self._current, event))
        self._came.emit()

    def _hand_over(self) -> None:
        with self._lock:
            number, event = self._coming.popleft()
        self.happened.emit(number, event)

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> int:
        """Begin ``work`` on the background thread and return its number; `ended` tells how it went."""
        self._begun += 1
        self.call(self._replace, self._begun, name, work)
        return self._begun

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a short function on the background thread."""
        if self._loop is not None and not self._closed:
            self._loop.call_soon_threadsafe(function, *arguments)

    def ask(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have something answered beside the work under way, which goes on; `answered` tells what came of it."""
        self.call(self._ask, name, work)

    def _ask(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(name, work))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _answer(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            how = Ended(0, name, result=await work())
        except Exception as error:
            how = Ended(0, name, trouble=error)
        if not self._closed:
            self.answered.emit(how)

    def cancel(self) -> None:
        """Cancel what is under way."""
        self.call(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _replace(self, number: int, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        former = self._task
        if former is not None:
            former.cancel()
        self._task = asyncio.get_running_loop().create_task(self._work(number, name, work, former))

    async def _work(
        self,
        number: int,
        name: str,
        work: Callable[[], Coroutine[Any, Any, object]],
        former: asyncio.Task[None] | None,
    ) -> None:
        if former is not None:
            await asyncio.wait([former])
        self._current = number
        try:
            how = Ended(number, name, result=await work())
        except asyncio.CancelledError:
            how = Ended(number, name, cancelled=True)
        except Exception as error:
            how = Ended(number, name, trouble=error)
        if not self._closed:
            self.ended.emit(how)

    def leave(self) -> None:
        """Cancel what is under way and let the thread end, without waiting for it."""
        if self._closed:
            return
        loop = self._loop
        self._closed = True
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: loop.create_task(self._wind_down(loop)))

    def close(self, seconds: float = CLOSE_S) -> bool:
        """Leave, wait for the thread to end, and return whether it has."""
        self.leave()
        self._thread.join(seconds)
        if self._thread.is_alive():
            log.info("the engine's thread did not end within %s s", seconds)
        return not self._thread.is_alive()

    async def _wind_down(self, loop: asyncio.AbstractEventLoop) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        loop.stop()
