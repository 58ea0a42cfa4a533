# SPDX-License-Identifier: MIT
"""What is under way on the background thread: one piece of work, and questions beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from setup_assistant.gui.worker import Ended


class Tasks:
    """Lives on the background thread, where its loop runs; nothing of it is called from elsewhere."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Ended], object]) -> None:
        self.loop = loop
        self._tell = tell
        self.current = 0
        """The number of the piece of work under way."""
        self._task: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Run the loop until `wind_down` ends it."""
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            self.loop.close()

    def replace(self, number: int, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Cancel what is under way, and begin this once that has ended."""
        former = self._task
        if former is not None:
            former.cancel()
        self._task = self.loop.create_task(self._work(number, name, work, former))

    async def _work(
        self,
        number: int,
        name: str,
        work: Callable[[], Coroutine[Any, Any, object]],
        former: asyncio.Task[None] | None,
    ) -> None:
        if former is not None:
            await asyncio.wait([former])
        self.current = number
        try:
            how = Ended(number, name, result=await work())
        except asyncio.CancelledError:
            how = Ended(number, name, cancelled=True)
        except Exception as error:
            how = Ended(number, name, trouble=error)
        self._tell(how)

    def cancel(self) -> None:
        """Cancel what is under way."""
        if self._task is not None:
            self._task.cancel()

    def ask(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Answer a question beside the work; its number is 0."""
        task = self.loop.create_task(self._answer(name, work))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _answer(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            how = Ended(0, name, result=await work())
        except Exception as error:
            how = Ended(0, name, trouble=error)
        self._tell(how)

    def wind_down(self) -> None:
        """Cancel everything, and end the loop once it has ended."""
        self._ending = self.loop.create_task(self._wind_down())

    async def _wind_down(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.loop.stop()
