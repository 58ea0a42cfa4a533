# SPDX-License-Identifier: MIT
"""Installs the .deb of the last build in a clean Debian and starts it there: on this screen, or on one of its own.

sudo python3 develop.py try-package [bookworm|trixie] [arguments of the program]

Without a screen the window is shown on a display that nobody sees, a picture of it is kept, and it is closed again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Some package installs a top-level "tests" of its own, which would win over a folder without __init__.py.
ours = types.ModuleType("tests")
ours.__path__ = [str(Path(__file__).resolve().parents[2])]
sys.modules["tests"] = ours

from tests.labs.fresh_debian import chroot  # noqa: E402
from tests.labs.fresh_debian.chroot import Chroot  # noqa: E402
from tests.labs.package.machine import PERSON, RELEASES, built_package, clean, install  # noqa: E402
from tests.labs.window.display import display, wait_until  # noqa: E402
from tests.labs.window.test_keyboard import FIRST_TIME  # noqa: E402
from tests.project.files import ROOT  # noqa: E402

PICTURE = ROOT / "build" / "package" / "window.png"
PROGRAM = "setup-assistant"
AS_LONG_AS_IT_TAKES_S = 86_400.0


def main(arguments: list[str]) -> int:
    """Do it, and return the program's exit code."""
    release = arguments.pop(0) if arguments and arguments[0] in RELEASES else RELEASES[-1]
    arguments = arguments or ["--demo", "cgnat-fresh"]
    package = built_package()
    print(f"Installing {package.name} in a clean Debian ({release})", "…", flush=True)
    machine = clean(release)
    try:
        install(machine, package)
        done = start(machine, arguments)
    finally:
        chroot.remove(machine.root)
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    print(f"{PROGRAM} {' '.join(arguments)}: exit code {done.returncode}", flush=True)
    return done.returncode


def start(machine: Chroot, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Start the program as a person."""
    if not arguments[0].startswith("--"):
        return machine.run(PROGRAM, *arguments, user=PERSON)
    if screen_of_ours := os.environ.get("DISPLAY"):
        words = ("env", f"DISPLAY={screen_of_ours}", PROGRAM, *arguments)
        return machine.run(*words, user=PERSON, timeout=AS_LONG_AS_IT_TAKES_S)
    with tempfile.TemporaryDirectory() as folder, display(Path(folder)) as screen, ThreadPoolExecutor(1) as background:
        words = ("env", f"DISPLAY={screen.name}", PROGRAM, *arguments)
        running = background.submit(lambda: machine.run(*words, user=PERSON))
        wait_until(lambda: running.done() or screen.title().startswith(FIRST_TIME[0]), "the window")
        screen.take(PICTURE)
        if not running.done():
            print(f"The window is up; a picture of it is {PICTURE.relative_to(ROOT)}", flush=True)
        wait_until(running.done, "its end", lambda: screen.press("Escape"))
        return running.result()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
