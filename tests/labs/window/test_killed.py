# SPDX-License-Identifier: MIT
"""The window is killed on every page, opened again, and goes on: nothing is worse than before, nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.bootstrap import resources_folder
from setup_assistant.host.simulated.world import WORLD_FILE
from tests.labs.window.display import PROGRAM, Display, display, program, wait_until
from tests.labs.window.test_keyboard import FIRST_TIME

PAGES = (*FIRST_TIME[:4], "Sign in to Plex", *FIRST_TIME[4:])


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    with display(tmp_path_factory.mktemp("display")) as shown:
        yield shown


class Home:
    """A simulated host that outlives the programs that run on it."""

    def __init__(self, folder: Path) -> None:
        """The person takes some seconds to sign in, so that this page stays long enough to be met."""
        self.folder = folder
        scenario = folder / "cgnat-fresh.toml"
        text = (resources_folder() / "scenarios" / scenario.name).read_text(encoding="utf-8")
        scenario.write_text(text.replace("links_at_poll = 3 ", "links_at_poll = 40 "), encoding="utf-8")
        self.settings = folder / "settings.toml"
        self.settings.write_text(f"[paths]\nstate_dir = {json.dumps(str(folder / 'state'))}\n", encoding="utf-8")
        self.words = ("--demo", str(scenario), "--settings", str(self.settings))

    def tell(self, *command: str) -> tuple[int, dict[str, Any]]:
        """Run the command line; return its exit code and its answer."""
        done = subprocess.run(
            [*PROGRAM, *command, "--json", *self.words], capture_output=True, text=True, timeout=60, check=False
        )
        document: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, document

    def public(self) -> tuple[Any, Any]:
        """The two sides that are changed: what Tailscale serves, and Plex's settings."""
        world = json.loads((self.folder / "state" / WORLD_FILE).read_text(encoding="utf-8"))["data"]
        settings = world["plex"]["settings"]
        return world["tailscale"]["serve"], {key: settings[key] for key in sorted(settings)}


@pytest.mark.parametrize("page", PAGES)
def test_killed_and_opened_again(screen: Display, tmp_path: Path, page: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs an X server")
    home = Home(tmp_path)
    home.tell("check")
    before = home.public()
    with program(screen, *home.words) as running:
        wait_until(lambda: screen.title().startswith(page), page, lambda: _step_towards(screen, page))
        os.kill(running.pid, signal.SIGKILL)
        running.wait(30)
    with program(screen, *home.words) as again:
        wait_until(lambda: screen.title().startswith(FIRST_TIME[0]), FIRST_TIME[0])
        wait_until(lambda: again.poll() is not None, "the end", lambda: screen.press("Return"))
        assert again.communicate(timeout=30) == ("", "")
        assert again.returncode == 0
    code, document = home.tell("check")
    assert (code, document["outcome"]) == (0, "ready")
    code, document = home.tell("undo", "--yes")
    assert code == 0
    assert home.public() == before


def _step_towards(screen: Display, page: str) -> None:
    """Press Enter, unless the page that is wanted has just come up: some go on by themselves."""
    if not screen.title().startswith(page):
        screen.press("Return")
