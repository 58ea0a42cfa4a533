# SPDX-License-Identifier: MIT
"""What people see: progress and colours on a terminal, plain lines elsewhere, no colours where they are not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

WORDS = [sys.executable, "-m", "setup_assistant", "apply", "--yes", "--demo", "public-ip"]


def on_a_terminal(extra: Mapping[str, str], words: Sequence[str] = WORDS, exit_code: int = 0) -> str:
    """Run on a pseudo-terminal of 80 columns and return all that was shown."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm", **extra}
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux tells the end of a pseudo-terminal so
                break
            if not part:
                break
            shown += part
        os.close(ours)
    assert process.returncode == exit_code
    return shown.decode()


@pytest.mark.parametrize("wish", [{}, {"NO_COLOR": ""}], ids=["unset", "empty"])
def test_colours_and_progress_on_a_terminal(wish: dict[str, str]) -> None:
    shown = on_a_terminal(wish)
    assert "\x1b[32m" in shown
    assert "\r\x1b[K" in shown
    assert "Ready: Plex can be reached" in shown


@pytest.mark.parametrize("wish", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(wish: dict[str, str]) -> None:
    assert "\x1b[3" not in on_a_terminal(wish)


def test_plain_lines_elsewhere() -> None:
    done = subprocess.run(WORDS, capture_output=True, check=True)
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\r" not in done.stdout.replace(b"\r\n", b"\n") + done.stderr.replace(b"\r\n", b"\n")
    assert b"Making the changes" in done.stderr
    assert b"Ready: Plex can be reached" in done.stdout


def test_a_phone_test_where_no_service_may_look() -> None:
    """The last part of the proof can be made by hand: the address, and the code for the phone's camera."""
    words = [sys.executable, "-m", "setup_assistant", "check", "--demo", "all-good"]
    shown = on_a_terminal({"LC_ALL": "C.UTF-8"}, [*words, "--consent", "no"], 3)
    assert "Wi-Fi off, then open https://plexbox.tail1234.ts.net:443/identity" in shown
    assert "█" in shown
