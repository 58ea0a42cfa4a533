# SPDX-License-Identifier: MIT
"""A screen reader's ear beside the window: what the program tells over AT-SPI, read in the system's own Python."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tests.labs.window.display import LIMIT_S, Display, end

LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
PYTHON = "/usr/bin/python3"
READER = Path(__file__).with_name("reader.py")
Told = dict[str, Any]


@dataclass
class Ear:
    """What was told so far, in order."""

    process: subprocess.Popen[str]
    heard: list[Told] = field(default_factory=list)
    _coming: queue.Queue[Told] = field(default_factory=queue.Queue)

    def listen(self) -> None:
        """Read all that the reader prints; runs on a thread of its own."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(json.loads(line))

    def close(self, thread: threading.Thread) -> None:
        """End the reader, and hear it out."""
        end(self.process)
        thread.join(LIMIT_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def next(self, event: str) -> Told:
        """The next thing of this kind that is told."""
        while True:
            told = self._coming.get(timeout=LIMIT_S)
            self.heard.append(told)
            if told["event"] == event:
                return told

    def ask(self, for_what: str) -> Told:
        """Ask the reader, and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{for_what}\n")
        self.process.stdin.flush()
        return self.next(for_what)

    def tree(self) -> list[Told]:
        """All that is showing, from the top down."""
        return cast("list[Told]", self.ask("tree")["tree"])

    def focused(self) -> Told:
        """What has the focus now."""
        return next((entry for entry in self.tree() if "focused" in entry["states"]), {"name": "", "role": ""})

    def announced(self) -> list[str]:
        """All that was said by itself so far."""
        self.ask("mark")
        return [told["text"] for told in self.heard if told["event"] == "announcement"]


@contextmanager
def listening(on: Display) -> Iterator[Ear]:
    """Start a session bus, the accessibility bus and the reader; programs of this display are heard from then on."""
    for needed in ("dbus-daemon", LAUNCHER):
        if shutil.which(needed) is None:
            pytest.skip(f"needs {needed}")
    if subprocess.run([PYTHON, "-c", "import pyatspi"], capture_output=True).returncode:
        pytest.skip("needs python3-pyatspi")
    with ExitStack() as stack:
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
            env=on.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(end, bus)
        assert bus.stdout is not None
        stack.callback(bus.stdout.close)
        on.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        on.environment["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
        launcher = subprocess.Popen([LAUNCHER, "--launch-immediately"], env=on.environment, stderr=subprocess.DEVNULL)
        stack.callback(end, launcher)
        reader = subprocess.Popen(
            [PYTHON, str(READER)],
            env={**os.environ, **on.environment, "PYTHONPATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ear = Ear(reader)
        thread = threading.Thread(target=ear.listen)
        thread.start()
        stack.callback(ear.close, thread)
        ear.next("ready")
        yield ear
