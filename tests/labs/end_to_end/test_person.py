# SPDX-License-Identifier: MIT
"""A person at a real terminal: what only they can do is shown, opened and waited for, and the run goes on by itself."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import LIMIT_S, Home, Run, opened
from tests.labs.tailnet.lab import Lab, poll, programs_or_skip
from tests.scenarios.running import OUTPUT

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("quick_probes")]


@dataclass
class Terminal:
    """What a person sees, and the pages that their browser opened."""

    process: subprocess.Popen[str]
    pages: Path
    shown: bytearray = field(default_factory=bytearray)

    def page(self, start: str) -> str:
        """Wait for a page that begins so."""

        def look() -> str | None:
            lines = self.pages.read_text(encoding="utf-8").splitlines() if self.pages.exists() else []
            return next((line for line in lines if line.startswith(start)), None)

        return poll(f"a page {start}…", look, 60)

    def sees(self, words: str) -> None:
        """Wait until these words stand on the screen."""
        poll(words, lambda: words.encode() in bytes(self.shown) or None, 60)

    def end(self) -> Run:
        """Wait for its end and return its answer."""
        try:
            out, _ = self.process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the program did not end:\n{self.shown.decode()}") from None
        document = json.loads(out)
        OUTPUT.validate(document)
        return Run(self.process.returncode, document, self.shown.decode())


@contextmanager
def at_a_terminal(home: Home, *words: str) -> Iterator[Terminal]:
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    import fcntl
    import pty
    import struct
    import termios

    pages, browser = home.folder / "pages", home.folder / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {shlex.quote(str(pages))}\n', encoding="utf-8")
    browser.chmod(0o755)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "setup_assistant", "--settings", str(home.write_settings()), *words, "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        encoding="utf-8",
        env=home.environment | {"DISPLAY": ":99", "BROWSER": f"{browser} %s", "TERM": "xterm"},
        cwd=home.folder,
    )
    os.close(theirs)
    terminal = Terminal(process, pages)

    def read() -> None:
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux tells the end of a pseudo-terminal so
                return
            if not part:
                return
            terminal.shown.extend(part)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        reading.join(10)
        os.close(ours)


def is_ready(home: Home, run: Run) -> None:
    assert (run.exit, run.document["outcome"]) == (0, "ready"), run.document["findings"]
    assert home.lab.serve_config() == opened(port=443, target=home.plex_port, name=home.lab.host)


def test_funnel_is_switched_on_while_it_waits(make_home: MakeHome) -> None:
    with Lab(programs=programs_or_skip(), capabilities="none") as lab, make_home(lab) as home:
        with at_a_terminal(home, "apply", "--yes") as terminal:
            page = terminal.page(f"{lab.login_server}/f/funnel?node=")
            terminal.sees("Waiting until your Tailscale network allows it")
            assert (lab.serve_config(), home.journal()) == ({}, [])
            lab.grant("all")
            lab.visit(page)
            is_ready(home, terminal.end())
        assert page.encode() in bytes(terminal.shown)


def test_tailscale_is_installed_while_it_waits(make_home: MakeHome) -> None:
    with Lab(programs=programs_or_skip()) as lab, make_home(lab) as home:
        program = home.folder / "tailscale"
        home.settings["tailscale"]["program"] = str(program)
        with at_a_terminal(home, "apply", "--yes") as terminal:
            terminal.page("https://tailscale.com/download/linux")
            terminal.sees("Waiting until Tailscale is installed")
            program.symlink_to(lab.program)
            is_ready(home, terminal.end())


def test_a_new_node_is_signed_in_on_the_way(make_home: MakeHome) -> None:
    with Lab(programs=programs_or_skip(), signed_in=False) as lab, make_home(lab) as home:
        lab.start_login()  # tells it of the lab's control server, which leaves a link that waits
        with at_a_terminal(home, "apply", "--yes") as terminal:
            lab.visit(terminal.page(f"{lab.login_server}/auth/"))
            is_ready(home, terminal.end())
        assert "▀".encode() in bytes(terminal.shown)


def test_an_admin_approves_while_it_waits(make_home: MakeHome) -> None:
    with (
        Lab(programs=programs_or_skip(), require_approval=True) as lab,
        make_home(lab) as home,
        at_a_terminal(home, "apply", "--yes") as terminal,
    ):
        terminal.sees("Waiting until this computer is approved")
        lab.approve()
        is_ready(home, terminal.end())
