# SPDX-License-Identifier: MIT
"""Every scenario, walked in the window: how it ends, and that no page clips, covers or hides anything at any scale."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES, WALKS, LANGUAGES = (Path(__file__).with_name(f"{name}.py") for name in ("pages", "walks", "languages"))
SAMPLE = "cgnat-fresh or other-handlers or https-off or public-and-open or not-owner or outside-unreachable"
"""Scenarios with the longest pages and texts: these are looked at and undone as well, at two scales."""
LIMIT_S = 600


@pytest.mark.parametrize(
    ("scale", "zoom", "scheme", "intents", "chosen"),
    [
        ("1", "1.5", "dark", "set_up", ""),
        ("1.5", "1", "dark", "set_up", ""),
        ("2", "1", "light", "set_up", ""),
        ("1.5", "1", "light", "look undo", SAMPLE),
        ("2", "1.25", "light", "look set_up undo", SAMPLE),
    ],
    ids=[
        "every scenario with large text, dark",
        "every scenario at 150 %, dark",
        "every scenario at 200 %",
        "looks and undoing at 150 %",
        "looks and undoing at 200 % with larger text",
    ],
)
def test_everything_fits_and_can_be_read(
    tmp_path: Path, scale: str, zoom: str, scheme: str, intents: str, chosen: str
) -> None:
    looks = {"QT_SCALE_FACTOR": scale, "WINDOW_ZOOM": zoom, "WINDOW_SCHEME": scheme, "WINDOW_INTENTS": intents}
    run_tests(PAGES, tmp_path, *(["-k", chosen] if chosen else []), **looks)


def test_every_scenario_ends_as_expected(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    # By one process: a second one would take the window's thread its processor, and that would be measured.
    out = run_tests(WALKS, tmp_path, "-n", "0")
    longest = re.search(r"^Longest pause of the window's event loop: (\d+) ms", out, re.MULTILINE)
    assert longest, out
    record_property("longest_stall_ms", int(longest[1]))


def test_every_page_speaks_and_fits_in_every_language(tmp_path: Path) -> None:
    run_tests(LANGUAGES, tmp_path)


def run_tests(file: Path, folder: Path, *options: str, **looks: str) -> str:
    """Run the tests of a file by two processes, with a screen that looks so, and return what they printed."""
    usual = ["-q", "-n", "2", "-m", "lab", "-p", "no:cacheprovider", f"--basetemp={folder / 'pages'}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *usual, *options, str(file)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **looks},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout
