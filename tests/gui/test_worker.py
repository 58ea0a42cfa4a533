# SPDX-License-Identifier: MIT
"""The background thread: one piece of work at a time, every end told, none left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.gui.collector import Collector
from setup_assistant.gui.worker import Ended, Worker


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[Worker]:
    made = Worker(asyncio.new_event_loop)
    yield made
    assert made.close()


class Ends:
    """What the worker told."""

    def __init__(self, qtbot: QtBot, worker: Worker) -> None:
        self._qtbot = qtbot
        self.seen: list[Ended] = []
        self.heard: list[tuple[int, object]] = []
        worker.ended.connect(self.seen.append)
        worker.happened.connect(lambda number, event: self.heard.append((number, event)))

    def wait(self, count: int) -> list[Ended]:
        self._qtbot.waitUntil(lambda: len(self.seen) >= count, timeout=10_000)
        return self.seen


def test_a_result_comes_back_to_the_window_thread(qtbot: QtBot, worker: Worker) -> None:
    ends = Ends(qtbot, worker)
    threads: list[str] = []

    async def work() -> int:
        threads.append(threading.current_thread().name)
        worker.tell("half way")
        return 7

    number = worker.start("sum", work)
    assert ends.wait(1) == [Ended(number, "sum", result=7)]
    assert ends.heard == [(number, "half way")]
    assert threads == ["engine"]


def test_trouble_comes_back_too(qtbot: QtBot, worker: Worker) -> None:
    ends = Ends(qtbot, worker)

    async def work() -> None:
        raise KeyError("lost")

    worker.start("find", work)
    assert isinstance(ends.wait(1)[0].trouble, KeyError)


def test_new_work_waits_for_the_end_of_the_old(qtbot: QtBot, worker: Worker) -> None:
    ends = Ends(qtbot, worker)
    order: list[str] = []

    async def old() -> None:
        try:
            order.append("old begins")
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            order.append("old ends")

    async def new() -> str:
        order.append("new begins")
        return "done"

    first = worker.start("old", old)
    qtbot.waitUntil(lambda: order == ["old begins"], timeout=10_000)
    second = worker.start("new", new)
    assert ends.wait(2) == [Ended(first, "old", cancelled=True), Ended(second, "new", result="done")]
    assert order == ["old begins", "old ends", "new begins"]


def test_cancelling(qtbot: QtBot, worker: Worker) -> None:
    ends = Ends(qtbot, worker)
    begun = threading.Event()

    async def work() -> None:
        begun.set()
        await asyncio.get_running_loop().create_future()

    worker.cancel()
    worker.start("wait", work)
    begun.wait(10)
    worker.cancel()
    assert ends.wait(1)[0].cancelled


def test_closing_cancels_and_ends_the_thread(qtbot: QtBot) -> None:
    worker = Worker(asyncio.new_event_loop)
    begun, cleaned = threading.Event(), threading.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.set()

    worker.start("wait", work)
    begun.wait(10)
    assert worker.close()
    assert cleaned.is_set()
    assert worker.close(), "closing twice is no trouble"
    worker.start("late", work)
    worker.tell("late")


def test_leaving_does_not_wait_for_the_end(qtbot: QtBot) -> None:
    worker = Worker(asyncio.new_event_loop)
    begun, free = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        free.wait(30)

    worker.start("stubborn", work)
    begun.wait(10)
    worker.leave()
    assert worker._thread.is_alive(), "it goes on where nobody waits for it"
    free.set()
    assert worker.close()


def test_work_that_will_not_end_is_left_behind(qtbot: QtBot) -> None:
    worker = Worker(asyncio.new_event_loop)
    begun, free = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        free.wait(30)

    worker.start("stubborn", work)
    begun.wait(10)
    assert not worker.close(0.01), "the window closes all the same"
    free.set()
    worker._thread.join(30)


def test_garbage_is_collected_on_the_window_thread_only(qtbot: QtBot) -> None:
    collector = Collector()
    assert not gc.isenabled()
    gc.collect()
    waste: list[list[object]] = []
    for _ in range(gc.get_threshold()[0] + 10):
        ring: list[object] = []
        ring.append(ring)
        waste.append(ring)
    waste.clear()
    collector.collect()
    assert gc.get_count()[0] < gc.get_threshold()[0]
    collector.stop()
    assert gc.isenabled()
