# SPDX-License-Identifier: MIT
"""The one place where programs are started: argument lists, a deadline, a cap, no shell, no leftover."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import psutil

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed
from setup_assistant.host.processes import POWERSHELL, is_admin, system32

MOST_BYTES = 4 * 1024 * 1024
_DRAIN_S = 1.0
_PKEXEC_DISMISSED = 126
_PKEXEC_NOT_AUTHORISED = 127
_WINDOWS_CANCELLED = 1223
"""ERROR_CANCELLED: the person said no to the elevation prompt."""
_WINDOWS_NOT_STARTED = 70_001
"""Windows could not start it; beyond every error code of the system, which programs like sc.exe end with."""


class RealCommands:
    """`core.host.Commands` on this machine."""

    def find(self, name: str) -> str | None:
        """Return the full path of a program on PATH, or None."""
        return shutil.which(name)

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        """Run a program to its end; see `core.host.Commands.run`."""
        what = Path(argv[0]).name
        command = self._elevated(argv, stdin) if as_admin else list(argv)
        extra = {**(env or {}), **(_windows_arguments(argv) if as_admin else {})}
        try:
            process = await _start(command, extra, feeds=stdin is not None)
        except (OSError, ValueError) as error:
            raise HostError(Trouble.TOOL_MISSING, type(error).__name__, what=what) from error
        try:
            async with asyncio.timeout(timeout):
                completed = await _finish(process, stdin, what)
        except TimeoutError as error:
            raise HostError(Trouble.TIMED_OUT, f"{timeout:g} s", what=what) from error
        finally:
            await _to_its_end(_let_go(process))
        if as_admin:
            _check_admin(command, completed, what)
        return completed

    def _elevated(self, argv: Sequence[str], stdin: str | None) -> list[str]:
        if is_admin():
            return list(argv)
        if sys.platform == "win32":
            return _windows_elevation(argv, stdin)
        if sys.platform == "darwin":
            return _macos_elevation(argv, stdin)
        program = self.find(argv[0]) or argv[0]
        graphical = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        on_terminal = sys.stdin is not None and sys.stdin.isatty()
        pkexec, sudo = self.find("pkexec"), self.find("sudo")
        if pkexec and graphical:
            return [pkexec, program, *argv[1:]]
        if sudo and on_terminal:
            return [sudo, "--", program, *argv[1:]]
        if pkexec:
            return [pkexec, program, *argv[1:]]
        raise HostError(Trouble.ADMIN_UNAVAILABLE, what=Path(argv[0]).name)


def _prompts_on_terminal(command: Sequence[str]) -> bool:
    """Sudo asks on the controlling terminal, which a new session would take away."""
    return Path(command[0]).name == "sudo"


def _windows_elevation(argv: Sequence[str], stdin: str | None) -> list[str]:
    """The verb ``runas`` shows the one UAC prompt; what an elevated program prints can't be read, only its exit code.

    Not by Start-Process: the error that it throws has lost the number of Windows' own (PowerShell, Process.cs).
    """
    if stdin is not None:
        raise HostError(Trouble.UNSUPPORTED, what=Path(argv[0]).name)
    start = (
        "$i = New-Object System.Diagnostics.ProcessStartInfo; "
        "$i.FileName = $env:SETUP_ASSISTANT_FILE; $i.Arguments = $env:SETUP_ASSISTANT_ARGUMENTS; "
        "$i.Verb = 'runas'; $i.UseShellExecute = $true; $i.WindowStyle = 'Hidden'; "
        "$p = [System.Diagnostics.Process]::Start($i); $p.WaitForExit(); exit $p.ExitCode"
    )
    # The error is wrapped by PowerShell; the innermost one is Windows' own.
    tell = (
        "$e = $_.Exception; while ($e.InnerException) { $e = $e.InnerException }; "
        f"if ($e.NativeErrorCode -eq {_WINDOWS_CANCELLED}) {{ exit {_WINDOWS_CANCELLED} }}; "
        f"[Console]::Error.Write($e.GetType().Name + ' ' + $e.NativeErrorCode); exit {_WINDOWS_NOT_STARTED}"
    )
    script = f"$ErrorActionPreference = 'Stop'; try {{ {start} }} catch {{ {tell} }}"
    return [system32(POWERSHELL), "-NoProfile", "-NonInteractive", "-Command", script]


def _windows_arguments(argv: Sequence[str]) -> dict[str, str]:
    """What the elevation script starts; by environment, so that nothing has to be quoted for PowerShell."""
    return {
        "SETUP_ASSISTANT_FILE": argv[0],
        "SETUP_ASSISTANT_ARGUMENTS": subprocess.list2cmdline(list(argv[1:])),
    }


def _macos_elevation(argv: Sequence[str], stdin: str | None) -> list[str]:
    """AppleScript shows the one password prompt; each argument is quoted by AppleScript itself."""
    if stdin is not None:
        raise HostError(Trouble.UNSUPPORTED, what=Path(argv[0]).name)
    script = (
        "on run argv",
        'set line to ""',
        "repeat with one in argv",
        'set line to line & quoted form of (one as text) & " "',
        "end repeat",
        "do shell script line with administrator privileges",
        "end run",
    )
    return ["/usr/bin/osascript", *(part for line in script for part in ("-e", line)), *argv]


def _check_admin(command: Sequence[str], completed: Completed, what: str) -> None:
    """Tell what the way to the rights met from what the program met. ``what`` names the program."""
    # Of either kind of separator, on every system.
    tool, code = PureWindowsPath(command[0]).name, completed.exit_code
    dismissed = (
        (tool == "pkexec" and code == _PKEXEC_DISMISSED)
        or (tool == "osascript" and "(-128)" in completed.stderr)
        or (tool == "powershell.exe" and code == _WINDOWS_CANCELLED)
        or (tool == "sudo" and code == 1 and "password" in completed.stderr)
    )
    if dismissed:
        raise HostError(Trouble.ADMIN_REFUSED, what=tool)
    if tool == "powershell.exe" and code == _WINDOWS_NOT_STARTED:
        raise HostError(Trouble.TOOL_FAILED, completed.stderr.strip()[:200], what=what)
    if tool == "pkexec" and code == _PKEXEC_NOT_AUTHORISED and "polkit" in completed.stderr.lower():
        raise HostError(Trouble.ADMIN_UNAVAILABLE, what=tool)


async def _start(command: Sequence[str], extra: Mapping[str, str], *, feeds: bool) -> asyncio.subprocess.Process:
    """Start a program. A cancellation meanwhile ends it: asyncio would wait for all that it has started itself."""
    creating = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", **extra},
            start_new_session=os.name == "posix" and not _prompts_on_terminal(command),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    )
    try:
        return await asyncio.shield(creating)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError, ValueError):
            await _to_its_end(_let_go_once_started(creating))
        raise


async def _finish(process: asyncio.subprocess.Process, stdin: str | None, what: str) -> Completed:
    output = asyncio.ensure_future(_read(process.stdout, what))
    words = asyncio.ensure_future(_read(process.stderr, what))
    feeding = asyncio.ensure_future(_feed(process.stdin, stdin))
    try:
        stdout, stderr, _ = await asyncio.gather(output, words, feeding)
    finally:
        for task in (output, words, feeding):
            task.cancel()
        await asyncio.gather(output, words, feeding, return_exceptions=True)
    exit_code = await process.wait()
    return Completed(exit_code, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace"))


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await something short that must not be left half done; a cancellation meanwhile holds once it is over."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


async def _let_go_once_started(creating: asyncio.Future[asyncio.subprocess.Process]) -> None:
    await _let_go(await creating)


async def _let_go(process: asyncio.subprocess.Process) -> None:
    """End what still runs, and read what is left: only then the event loop closes the pipes and `wait` ends."""
    if process.returncode is None:
        # Not process.kill(): it would reap the program under the event loop's own watcher.
        _end_tree(process.pid)
    # Something that has left the process tree may still hold a pipe; it is not waited for.
    try:
        async with asyncio.timeout(_DRAIN_S):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(65536):
                    pass
            await process.wait()
    except TimeoutError:
        # There is no public way to close our ends, and left open they complain once the loop is gone.
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()


async def _read(stream: asyncio.StreamReader | None, what: str) -> bytes:
    content = bytearray()
    if stream is None:
        return b""
    while chunk := await stream.read(65536):
        content += chunk
        if len(content) > MOST_BYTES:
            raise HostError(Trouble.TOO_LARGE, what=what)
    return bytes(content)


async def _feed(stream: asyncio.StreamWriter | None, text: str | None) -> None:
    if stream is None or text is None:
        return
    # A program may end without reading what it is given; its exit code tells more than the broken pipe.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(text.encode())
        await stream.drain()
    stream.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await stream.wait_closed()


def _end_tree(pid: int) -> None:
    """Kill a program with everything it has started."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for child in parent.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        parent.kill()
