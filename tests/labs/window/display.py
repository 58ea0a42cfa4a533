# SPDX-License-Identifier: MIT
"""A display of its own with a window manager, and a person with nothing but a keyboard in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

NEEDED = ("Xvfb", "openbox", "xdotool", "import")
SIZE = "1024x768x24"
LIMIT_S = 120.0
PROGRAM = (sys.executable, "-m", "setup_assistant")


@dataclass
class Display:
    """An X server nobody else uses."""

    name: str
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a program on this display and return what it printed."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys in the window that has the focus."""
        self.run("xdotool", "key", "--clearmodifiers", *keys)

    def title(self) -> str:
        """The title of the window that has the focus, or an empty string."""
        return self.run("xdotool", "getactivewindow", "getwindowname")

    def has_window_manager(self) -> bool:
        """Whether a window manager has taken over: only then are there any desktops."""
        return self.run("xdotool", "get_num_desktops") not in ("", "0")

    def take(self, file: Path) -> None:
        """Write a picture of the screen."""
        self.run("import", "-window", "root", str(file))


@contextmanager
def display(folder: Path) -> Iterator[Display]:
    """Start the X server and the window manager; end both."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    with ExitStack() as stack:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        stack.callback(end, server)
        os.close(writing)
        with os.fdopen(reading) as stream:
            name = f":{stream.readline().strip()}"
        environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", "XDG_RUNTIME_DIR": str(folder)}
        environment.pop("WAYLAND_DISPLAY", None)
        manager = subprocess.Popen(["openbox"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(end, manager)
        screen = Display(name, environment)
        wait_until(screen.has_window_manager, "the window manager")  # a window that was there before gets no focus
        yield screen


@contextmanager
def program(on: Display, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the program on a display; it is ended if it has not ended by itself."""
    running = subprocess.Popen(
        [*PROGRAM, *arguments], env=on.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with running:
        try:
            yield running
        finally:
            end(running)


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process that we started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_until(true: Callable[[], bool], what: str, again: Callable[[], object] = lambda: None) -> None:
    """Wait until it is so, doing ``again`` in between."""
    until = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < until, f"still waiting for {what}"
        again()
        time.sleep(0.3)
