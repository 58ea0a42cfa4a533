# SPDX-License-Identifier: MIT
"""No page of any scenario clips, covers or hides anything, however the screen is scaled and the text is sized."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = Path(__file__).with_name("pages.py")
SAMPLE = "cgnat-fresh or other-handlers or https-off or public-and-open or not-owner or outside-unreachable"
"""Scenarios with the longest pages and texts; all of them are walked at the two other scales."""
LIMIT_S = 600


@pytest.mark.parametrize(
    ("scale", "zoom", "scheme", "chosen"),
    [("1", "1.5", "dark", ""), ("1.5", "1", "light", SAMPLE), ("2", "1.25", "light", SAMPLE)],
    ids=["every scenario with large text, dark", "at 150 %", "at 200 %"],
)
def test_everything_fits_and_can_be_read(tmp_path: Path, scale: str, zoom: str, scheme: str, chosen: str) -> None:
    looks = {"QT_SCALE_FACTOR": scale, "WINDOW_ZOOM": zoom, "WINDOW_SCHEME": scheme, "QT_QPA_PLATFORM": "offscreen"}
    options = ["-q", "-n", "2", "-m", "lab", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'pages'}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *(["-k", chosen] if chosen else []), str(PAGES)],
        cwd=ROOT,
        env={**os.environ, **looks},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
