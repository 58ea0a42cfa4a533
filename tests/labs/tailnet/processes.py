# SPDX-License-Identifier: MIT
"""Programs that end with the test that started them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class LabError(Exception):
    """The lab did not do what it was asked to."""


def poll(what: str, read: Callable[[], T | None], deadline: float = 20.0) -> T:
    """Read until there is an answer (neither None nor False), or say what did not come."""
    end = time.monotonic() + deadline
    pause = 0.02
    while True:
        value = read()
        if value is not None and value is not False:
            return value
        if time.monotonic() > end:
            raise LabError(f"did not come within {deadline:g} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


class Guarded:
    """A program under `labcontrol guard`, in a process group of its own.

    The guard ends the program when our end of its standard input closes, which
    also happens when this process is killed.
    """

    def __init__(
        self,
        guard: Path,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str],
        cwd: Path,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(guard), "guard", *self.command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, deadline: float = 10.0) -> int:
        """Ask the program to end; kill it when it does not. Returns the exit code."""
        end_group(self.process, deadline)
        return self.process.returncode

    def kill(self) -> None:
        """End the program as a crash would, with no chance to tidy up."""
        end_group(self.process, 0)


def end_group(process: subprocess.Popen[bytes], deadline: float = 10.0) -> None:
    """End a program and all that it started."""
    if sys.platform == "win32":
        raise LabError("the lab needs process groups")
    if deadline > 0 and process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(deadline)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait(10)
