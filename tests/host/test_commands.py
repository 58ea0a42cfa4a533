# SPDX-License-Identifier: MIT
"""Programs are started with lists, ended with all they started, and never believed to be small."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

import psutil
import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Completed
from setup_assistant.host.commands import RealCommands, _check_admin, _windows_arguments

commands = RealCommands()


async def python(code: str, *, timeout: float = 30.0, **options: object) -> tuple[int, str, str]:
    completed = await commands.run([sys.executable, "-c", code], timeout=timeout, **options)  # type: ignore[arg-type]
    return completed.exit_code, completed.stdout, completed.stderr


async def test_output_and_exit_code() -> None:
    assert await python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)") == (3, "out\n", "err\n")


async def test_arguments_are_no_shell() -> None:
    completed = await commands.run(
        [sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); `id` *"], timeout=30
    )
    assert completed.stdout == "$(id); `id` *\n"


async def test_stdin_is_given_or_closed() -> None:
    assert (await python("import sys; print(sys.stdin.read())", stdin="hello"))[1] == "hello\n"
    assert (await python("import sys; print(repr(sys.stdin.read()))"))[1] == "''\n"


async def test_a_program_that_does_not_read_its_input_is_no_trouble() -> None:
    code, out, _ = await python("print('done')", stdin="x" * 1_000_000)
    assert (code, out) == (0, "done\n")


async def test_the_environment_speaks_english_and_takes_more() -> None:
    _, out, _ = await python("import os; print(os.environ['LC_ALL'], os.environ['EXTRA'])", env={"EXTRA": "yes"})
    assert out == "C yes\n"


async def test_rubbish_is_read_as_text() -> None:
    _, out, _ = await python(r"import sys; sys.stdout.buffer.write(b'\xff\xfeok')")
    assert out.endswith("ok")


async def test_no_such_program() -> None:
    with pytest.raises(HostError) as caught:
        await commands.run(["/no/such/program"], timeout=5)
    assert caught.value.trouble is Trouble.TOOL_MISSING
    assert caught.value.what == "program"


async def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    code = (
        "import subprocess, sys, pathlib, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(HostError) as caught:
        await python(code, timeout=2.0)
    assert caught.value.trouble is Trouble.TIMED_OUT
    child = int(note.read_text())
    _, alive = psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=10)
    assert not alive or all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


async def test_a_flood_is_capped() -> None:
    with pytest.raises(HostError) as caught:
        await python("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    assert caught.value.trouble is Trouble.TOO_LARGE


async def test_cancelling_ends_the_program() -> None:
    task = asyncio.create_task(python("import time; time.sleep(600)", timeout=600))
    while not (children := psutil.Process().children()):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


@pytest.mark.skipif(os.name != "posix", reason="the elevation of this system needs its own prompt")
class TestElevation:
    """With a stand-in for pkexec: arguments in, an exit code out (man pkexec: 126 dismissed, 127 not authorised)."""

    @pytest.fixture(autouse=True)
    def not_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("setup_assistant.host.commands.is_admin", lambda: False)
        monkeypatch.setenv("DISPLAY", ":99")

    def stand_in(self, folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        program = folder / "pkexec"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    @pytest.mark.skipif(sys.platform != "linux", reason="pkexec is Linux's")
    async def test_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stand_in(tmp_path, monkeypatch, 'echo elevated; exec "$@"')
        completed = await commands.run([sys.executable, "-c", "print('inside')"], timeout=30, as_admin=True)
        assert completed.stdout == "elevated\ninside\n"

    @pytest.mark.skipif(sys.platform != "linux", reason="pkexec is Linux's")
    async def test_dismissed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stand_in(tmp_path, monkeypatch, "exit 126")
        with pytest.raises(HostError) as caught:
            await commands.run(["true"], timeout=30, as_admin=True)
        assert caught.value.trouble is Trouble.ADMIN_REFUSED

    @pytest.mark.skipif(sys.platform != "linux", reason="pkexec is Linux's")
    async def test_no_way_to_ask(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RealCommands, "find", lambda self, name: None)
        with pytest.raises(HostError) as caught:
            await commands.run(["true"], timeout=30, as_admin=True)
        assert caught.value.trouble is Trouble.ADMIN_UNAVAILABLE


class TestElevationOnWindows:
    """What is started there, and what its exit codes mean; PowerShell itself is not here (docs/unproven.md)."""

    SHELL = r"D:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"

    @pytest.fixture
    def command(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        monkeypatch.setattr("setup_assistant.host.commands.is_admin", lambda: False)
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("SYSTEMROOT", r"D:\Windows")
        return commands._elevated([r"D:\Windows\System32\sc.exe", "start", "Tailscale"], None)

    def test_powershell_is_the_systems_own(self, command: list[str]) -> None:
        assert command[:4] == [self.SHELL, "-NoProfile", "-NonInteractive", "-Command"]
        assert len(command) == 5

    def test_the_arguments_are_no_part_of_the_script(self, command: list[str]) -> None:
        assert "Tailscale" not in command[4]
        assert _windows_arguments([r"C:\a b\x.exe", "one two", 'say "no"']) == {
            "SETUP_ASSISTANT_FILE": r"C:\a b\x.exe",
            "SETUP_ASSISTANT_ARGUMENTS": r'"one two" "say \"no\""',
        }

    def test_only_the_persons_no_ends_like_one(self, command: list[str]) -> None:
        started, _, failed = command[4].partition(" catch ")
        assert "$i.Verb = 'runas'" in started
        assert "exit $p.ExitCode" in started
        assert "if ($e.NativeErrorCode -eq 1223) { exit 1223 }" in failed
        assert failed.count("exit 1223") == 1
        assert failed.rstrip("} ").endswith("exit 70001")
        assert command[4].count("{") == command[4].count("}")

    @pytest.mark.parametrize(
        ("code", "trouble", "what"),
        [(1223, Trouble.ADMIN_REFUSED, "powershell.exe"), (70001, Trouble.TOOL_FAILED, "sc.exe")],
    )
    def test_what_did_not_start(self, command: list[str], code: int, trouble: Trouble, what: str) -> None:
        with pytest.raises(HostError) as caught:
            _check_admin(command, Completed(code, "", "Win32Exception 1260"), "sc.exe")
        assert (caught.value.trouble, caught.value.what) == (trouble, what)
        assert caught.value.detail == ("Win32Exception 1260" if trouble is Trouble.TOOL_FAILED else "")

    @pytest.mark.parametrize("code", [0, 1, 5, 1056])
    def test_what_the_program_itself_ended_with_is_no_trouble_of_ours(self, command: list[str], code: int) -> None:
        _check_admin(command, Completed(code, "", ""), "sc.exe")


async def test_as_admin_an_admin_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setup_assistant.host.commands.is_admin", lambda: True)
    completed = await commands.run([sys.executable, "-c", "print('direct')"], timeout=30, as_admin=True)
    assert completed.stdout == "direct\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's own way to leave the process tree")
class TestWhatOutlivesIt:
    """A program may start others that hold its pipes, and may not end when it is asked to."""

    async def test_a_child_that_has_left_leaves_no_trace_here(self) -> None:
        commands = RealCommands()
        completed: list[Completed | HostError] = []
        try:
            completed.append(await commands.run(["sh", "-c", "(setsid sleep 30 &); echo said"], timeout=0.5))
        except HostError as error:
            completed.append(error)
        gc.collect()
        assert len(completed) == 1

    def test_an_end_of_everything_while_it_is_let_go_leaves_nothing_open(self) -> None:
        async def main() -> None:
            running = asyncio.ensure_future(
                RealCommands().run(["sh", "-c", "(setsid sleep 5 &); echo said; trap '' TERM; sleep 60"], timeout=60)
            )
            while not running.done() and not psutil.Process().children():
                await asyncio.sleep(0)
            for _ in range(2):  # the second one while what is left in the pipes is waited for
                running.cancel()
                for _ in range(10):
                    await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(main())
        gc.collect()

    @pytest.mark.parametrize("turns", [1, 2, 3, 5, 8])
    async def test_a_cancellation_while_it_starts_ends_it(self, turns: int) -> None:
        running = asyncio.ensure_future(
            RealCommands().run(["sh", "-c", "trap '' TERM INT; sleep 60 & sleep 60"], timeout=60)
        )
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(30):
                await running
