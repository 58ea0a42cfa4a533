# SPDX-License-Identifier: MIT
"""One scenario for one process: its world, its past, its clock, and where they are kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from setup_assistant.core.errors import UsageError
from setup_assistant.core.settings import Settings
from setup_assistant.core.texts import Text
from setup_assistant.engine.store import Store
from setup_assistant.host.simulated.clock import FastLoop, InstantLoop
from setup_assistant.host.simulated.host import simulated_host
from setup_assistant.host.simulated.world import load_scenario, open_world


class Demo:
    """A host with no real part in it. Raises UsageError where the scenario can't be used."""

    def __init__(self, scenario: Path, settings: Settings, state_dir: Path) -> None:
        lasts = settings.paths.state_dir is not None
        self._world = open_world(scenario.stem, load_scenario(scenario), state_dir if lasts else None)
        self._world.time = self._elapsed
        self._passed = 0.0
        self._began: tuple[asyncio.AbstractEventLoop, float] | None = None
        try:
            self._set_the_scene(Store(state_dir))
            self.host = simulated_host(self._world, settings)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A scenario is written by hand, and may hold anything at any place.
            text = Text("The scenario {name} has a value of another kind than it must be.", {"name": scenario.stem})
            raise UsageError("scenario_unreadable", text) from error

    def _set_the_scene(self, store: Store) -> None:
        """Put the scenario's own past into the state folder, once."""
        past = self._world.data["journal"]
        if past.pop("told", False) or store.journal.path.exists():
            past["told"] = True
            return
        past["told"] = True
        store.prepare()
        lines = past.get("lines", [])
        if lines:
            store.journal.path.write_text("".join(_scene_line(line) for line in lines), encoding="utf-8")
        verdict = past.get("state", {}).get("last_verdict")
        if verdict:
            store.remember_verdict(verdict)

    def _elapsed(self) -> float:
        """Seconds on the simulated clock since this process began to use it."""
        if self._began is None:
            return self._passed
        loop, began = self._began
        return self._passed + loop.time() - began

    def make_loop(self, *, watched: bool) -> asyncio.AbstractEventLoop:
        """Return an event loop whose waits take no time, or, where a person watches them, a twentieth of it."""
        self._passed = self._elapsed()
        loop: asyncio.AbstractEventLoop = FastLoop() if watched else InstantLoop()
        self._began = (loop, loop.time())
        return loop

    def save(self) -> None:
        """Keep the world as it is now, where it is to last."""
        self._world.save(always=True)


def _scene_line(line: object) -> str:
    """Return a journal line from a scenario's table."""
    if not isinstance(line, dict):
        raise UsageError("scenario_unreadable", Text("A journal line of the scenario is not a table."))
    return json.dumps({"schema": 1, "args": {}, "before": None, "after": None, **line}, sort_keys=True) + "\n"
