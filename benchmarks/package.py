# SPDX-License-Identifier: MIT
"""What our package weighs against that of a window that does nothing. Linux; needs Xvfb.

    python3 develop.py check package             # once: makes ours
    .venv/bin/python -m benchmarks.package [--repeat 7]

The other one imports the same dependencies (`bare_window.py`), and is packaged by the same PyInstaller with the same
trimming in this run. Measured are the download (.tar.xz), the installed files, the time from the start of the process
until the screen shows the window (seen from outside, on the screen), the processor time until then, and the memory one
second later (USS, that of the process alone). Starts alternate, so that whatever else the machine does falls on both.
Told are medians and ratios.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from installers.contents import NAME
from installers.steps import BUILD, PROGRAM, PYTHON, archive_tar, start

BENCH = BUILD / "benchmark"
LIMIT_S = 60.0
ALL_PLANES = 2**64 - 1
Z_PIXMAP = 2
AIM = 1.15
PROCESSOR = "processor until then, s"
"""Told for who looks for the reason; no aim of its own."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and print its table; 1 where a ratio is above the aim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7, help="starts of each program (default: 7)")
    options = parser.parse_args(arguments)
    ours = BUILD / "dist" / NAME
    downloads = [*(BUILD / "out").glob("*.tar.xz")]
    if not downloads or not (ours / PROGRAM).is_file():
        parser.error("make our package first: python3 develop.py check package")
    bare = freeze_bare()
    rows = [
        ("download, MB", megabytes(downloads[0]), megabytes(packed(bare))),
        ("installed, MB", installed(ours), installed(bare)),
        *started(ours / PROGRAM, bare / "bare-window", options.repeat),
    ]
    print(f"{'':<24}{'ours':>10}{'bare':>10}{'ratio':>8}")
    for name, one, other in rows:
        print(f"{name:<24}{one:>10.3f}{other:>10.3f}{one / other:>8.2f}")
    return int(any(one / other > AIM for name, one, other in rows if name != PROCESSOR))


def freeze_bare() -> Path:
    """Package the bare window and return its folder."""
    shutil.rmtree(BENCH, ignore_errors=True)
    folders = ("--distpath", BENCH / "dist", "--workpath", BENCH / "work")
    spec = Path(__file__).with_name("bare_window.spec")
    start(PYTHON, "-m", "PyInstaller", *folders, "--noconfirm", "--log-level", "ERROR", spec)
    return BENCH / "dist" / "bare-window"


def packed(folder: Path) -> Path:
    """Pack a program's folder as the portable archive is."""
    return archive_tar(folder, BENCH / f"{folder.name}.tar.xz", folder.name)


def megabytes(file: Path) -> float:
    return file.stat().st_size / 1e6


def installed(folder: Path) -> float:
    """Return the megabytes of all files."""
    return sum(megabytes(file) for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def started(ours: Path, bare: Path, repeat: int) -> list[tuple[str, float, float]]:
    """Start both in turn, and return the rows of time and memory."""
    seen: dict[Path, list[tuple[float, float, float]]] = {ours: [], bare: []}
    with screen() as name:
        for number in range(repeat + 1):
            for program in (ours, bare):
                measured = first_paint(program, name)
                if number:  # the first start of each only fills the disk's cache
                    seen[program].append(measured)
    rows = ("first paint, s", PROCESSOR, "memory (USS), MB")
    medians = [[statistics.median(values) for values in zip(*seen[program], strict=True)] for program in (ours, bare)]
    return list(zip(rows, *medians, strict=True))


@contextmanager
def screen() -> Iterator[str]:
    """A black screen of its own, without a window manager."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-br"],  # noqa: S607
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def first_paint(program: Path, display: str) -> tuple[float, float, float]:
    """Start a program; return seconds until its window is seen, those of the processor, and megabytes held."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"PATH": os.defpath, "HOME": home, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "LANG": "C.UTF-8"}
        look = Eye(display)
        begun = time.perf_counter()
        process = subprocess.Popen([program], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while look.is_black():
                if time.perf_counter() - begun > LIMIT_S or process.poll() is not None:
                    raise SystemExit(f"{program} shows no window")
                time.sleep(0.002)
            spent = time.perf_counter() - begun
            busy = processor_time(process.pid)
            time.sleep(1)
            used = psutil.Process(process.pid).memory_full_info().uss / 1e6
        finally:
            process.terminate()
            process.wait(10)
        while not look.is_black():
            time.sleep(0.01)
        look.close()
    return spent, busy, used


def processor_time(number: int) -> float:
    """Return the seconds that all threads of a process had a processor; psutil tells hundredths only."""
    tasks = Path(f"/proc/{number}/task").glob("*/schedstat")
    return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


class Eye:
    """Looks at one point of a screen."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        for name in ("XOpenDisplay", "XGetImage"):
            getattr(self._x, name).restype = ctypes.c_void_p
        self._x.XGetPixel.restype = self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))

    def is_black(self) -> bool:
        """Whether nothing is shown there yet."""
        planes = ctypes.c_ulong(ALL_PLANES)
        image = ctypes.c_void_p(self._x.XGetImage(self._display, self._root, 480, 350, 1, 1, planes, Z_PIXMAP))
        pixel = self._x.XGetPixel(image, 0, 0)
        self._x.XDestroyImage(image)
        return int(pixel & 0xFFFFFF) == 0

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
