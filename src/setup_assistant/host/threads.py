# SPDX-License-Identifier: MIT
"""Threads for calls that cannot be cancelled, and that must not hold up the end of the program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class DaemonExecutor(ThreadPoolExecutor):
    """Runs each call on a daemon thread of its own.

    The loop's own pool is joined when the loop ends and again when the process does: one name lookup on a dead
    network (half a minute with the usual resolver settings) would keep a finished run from ending.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start the call at once."""
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="outside-call", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of whatever still runs."""


def use_daemon_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Make the loop run name lookups and ``to_thread`` calls on daemon threads."""
    loop.set_default_executor(DaemonExecutor(max_workers=1))


def real_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose blocking calls never hold up the end of the program."""
    loop = asyncio.new_event_loop()
    use_daemon_threads(loop)
    return loop
