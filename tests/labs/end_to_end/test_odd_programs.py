# SPDX-License-Identifier: MIT
"""A `tailscale` that prints rubbish, hangs or ends at once: an answer in time, and nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.tailnet.lab import Lab, programs_or_skip

pytestmark = pytest.mark.lab

LOOK_MS = 10_000
"""What a look may take (the issue's own number)."""

UNKNOWN, PROBLEM = ("unknown", "not_understood", 3, "unknown"), ("problem", "silent", 1, "needs_you")
"""Status and cause of ``tailscale_running``, exit and outcome: what is not understood is no problem of Tailscale's."""

PROGRAMS = {
    "garbage": ("head -c 3000 /dev/urandom", UNKNOWN),
    "text": ('echo "The Tailscale GUI failed to start: (Tailscale.CLIError error 3.)"', UNKNOWN),
    "other JSON": ("echo '[1, {\"BackendState\": 7}]'", UNKNOWN),
    "hangs with a child": ("sleep 600 & sleep 600", PROBLEM),
    "hangs after a start": ("printf '{\"BackendState\"'; exec sleep 600", PROBLEM),
    "exit 1": ("exit 1", UNKNOWN),
    "exit 1 with words": ('echo "panic: something" >&2; exit 1', UNKNOWN),
    "never ends to talk": ("exec yes", UNKNOWN),
    "killed": ("kill -9 $$", UNKNOWN),
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(programs=programs_or_skip()) as lab:
        yield lab


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_answer_comes_all_the_same(name: str, lab: Lab, make_home: MakeHome) -> None:
    does, expected = PROGRAMS[name]
    with make_home(lab) as home:
        etag, settings = lab.etag(), home.plex_settings()
        program, started = home.folder / "tailscale", home.folder / "started"
        program.write_text(f"#!/bin/sh\necho $$ >> {started}\n{does}\n", encoding="utf-8")
        program.chmod(0o755)
        home.settings["tailscale"]["program"] = str(program)
        for words in (("check",), ("apply", "--yes")) if name in ("garbage", "exit 1") else (("check",),):
            seen = home.run(*words)
            code = "tailscale_running"
            assert (seen.statuses[code], seen.causes[code], seen.exit, seen.document["outcome"]) == expected
            assert seen.document["timings_ms"]["observe"] <= LOOK_MS
            assert seen.changes == {}
        assert (lab.etag(), home.plex_settings(), home.writes_to_plex(), home.journal()) == (etag, settings, [], [])
        left = [int(line) for line in started.read_text(encoding="utf-8").split() if psutil.pid_exists(int(line))]
        assert left == []


def test_a_program_that_is_not_there(lab: Lab, make_home: MakeHome) -> None:
    with make_home(lab) as home:
        home.settings["tailscale"]["program"] = str(home.folder / "nowhere")
        seen = home.run("check")
        assert (seen.exit, seen.document["outcome"]) == (1, "needs_you")
        assert seen.causes["tailscale_installed"] == "missing"
