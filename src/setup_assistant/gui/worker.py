# SPDX-License-Identifier: MIT
"""One background thread with its own event loop; what happens there reaches the window as signals."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    import asyncio

    from setup_assistant.gui.tasks import Tasks

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
    """Runs one piece of work at a time; a new one first cancels the one under way and waits for its end.

    The thread starts with the first of them: a window on which nothing has begun is on the screen sooner.
    """

    happened = Signal(int, object)
    """The number of the piece of work, and what it says."""
    ended = Signal(object)
    _came = Signal()
    answered = Signal(object)
    """How a question beside the work ended: an `Ended` with the number 0."""

    def __init__(self, loop_factory: Callable[[], asyncio.AbstractEventLoop], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop_factory = loop_factory
        self._tasks: Tasks | None = None
        """What is under way on the thread; None: it is not up yet."""
        self._early: list[Callable[[Tasks], object]] = []
        """What was wanted before the thread was up."""
        self._closed = False
        self._lock = threading.Lock()
        self._coming: deque[tuple[int, object]] = deque()
        self._came.connect(self._hand_over)
        self._begun = 0
        # A daemon, so that a call that hangs outside our reach can't keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def _run(self) -> None:
        from setup_assistant.gui.tasks import Tasks

        tasks = Tasks(self._loop_factory(), self._tell_end)
        with self._lock:
            for wanted in self._early:
                tasks.loop.call_soon(wanted, tasks)
            self._tasks = tasks
        tasks.run()

    def _post(self, wanted: Callable[[Tasks], object]) -> None:
        """Have something done on the thread."""
        with self._lock:
            if self._tasks is not None:
                self._tasks.loop.call_soon_threadsafe(wanted, self._tasks)
                return
            self._early.append(wanted)
        if self._thread.ident is None:
            self._thread.start()

    def _tell_end(self, how: Ended) -> None:
        if self._closed:
            return
        if how.number:
            self.ended.emit(how)
        else:
            self.answered.emit(how)

    def tell(self, event: object) -> None:
        """Hand an event to the window; may be called on any thread."""
        if self._closed:
            return
        from setup_assistant.core.events import Waiting

        with self._lock:
            current = self._tasks.current if self._tasks is not None else 0
            before = self._coming[-1] if self._coming else (0, None)
            if isinstance(event, Waiting) and isinstance(before[1], Waiting) and before[0] == current:
                # A countdown that nobody has read yet: only how far it is now counts.
                self._coming[-1] = current, event
                return
            self._coming.append((current, event))
        self._came.emit()

    def _hand_over(self) -> None:
        with self._lock:
            number, event = self._coming.popleft()
        self.happened.emit(number, event)

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> int:
        """Begin ``work`` on the background thread and return its number; `ended` tells how it went."""
        self._begun += 1
        number = self._begun
        if not self._closed:
            self._post(lambda tasks: tasks.replace(number, name, work))
        return number

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a short function on the background thread."""
        if not self._closed:
            self._post(lambda tasks: function(*arguments))

    def ask(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have something answered beside the work under way, which goes on; `answered` tells what came of it."""
        if not self._closed:
            self._post(lambda tasks: tasks.ask(name, work))

    def cancel(self) -> None:
        """Cancel what is under way."""
        if not self._closed:
            self._post(lambda tasks: tasks.cancel())

    def leave(self) -> None:
        """Cancel what is under way and let the thread end, without waiting for it."""
        if self._closed:
            return
        self._closed = True
        if self._thread.ident is not None:
            self._post(lambda tasks: tasks.wind_down())

    def close(self, seconds: float = CLOSE_S) -> bool:
        """Leave, wait for the thread to end, and return whether it has."""
        self.leave()
        if self._thread.ident is None:
            return True
        self._thread.join(seconds)
        if self._thread.is_alive():
            log.info("the engine's thread did not end within %s s", seconds)
        return not self._thread.is_alive()
