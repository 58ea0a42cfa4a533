# SPDX-License-Identifier: MIT
"""The state of one simulated world: what a scenario file says, changed by whatever is done to it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text

SECTIONS = ("network", "tailscale", "plex", "plex_tv", "outside", "keyring", "journal")
"""The tables of a scenario file beside ``title``, ``system``, ``faults`` and ``expect``."""

WORLD_FILE = "simulated-world.json"


@dataclass(frozen=True, slots=True)
class SimulatedRequest:
    """One HTTP request as a simulated service sees it; header names are lower case.

    ``host`` and ``port`` are those of the URL (what SNI and Host say), ``address`` is where it was sent.
    """

    method: str
    scheme: str
    host: str
    port: int
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""
    address: str = ""

    def param(self, name: str) -> str | None:
        """Return the last query value of that name, or None."""
        return dict(self.params).get(name)


@dataclass(frozen=True, slots=True)
class SimulatedReply:
    """One HTTP reply; ``delay`` in seconds of simulated time before it arrives."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    delay: float = 0.0


class SimulatedFailure(Exception):
    """The connection does not get as far as HTTP.

    ``kind`` is a value of `core.facts.Answer` or of `core.errors.Trouble`: refused, reset, closed, tls_alert,
    certificate_expired, certificate_name, certificate_untrusted, timeout, unreachable, name_not_found.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


Site = Callable[[SimulatedRequest], SimulatedReply]
"""A simulated service: pure HTTP semantics over the world's state."""


def json_reply(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, delay: float = 0.0
) -> SimulatedReply:
    """Return a JSON reply."""
    body = json.dumps(value).encode()
    return SimulatedReply(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})}, delay)


class World:
    """The live state. ``data[section]`` are plain JSON values that the simulated parts read and change."""

    def __init__(self, name: str, data: dict[str, Any], *, folder: Path | None = None) -> None:
        self.name = name
        self.data = data
        self._saved = ""
        self._folder = folder
        self.time: Callable[[], float] = lambda: 0.0
        """Seconds since this process began to use the world; the bootstrap sets it to the loop's clock."""
        self._started = datetime.fromisoformat(data["clock"]["started"])
        self._elapsed = float(data["clock"]["elapsed"])

    @property
    def seconds(self) -> float:
        """Simulated seconds since the world began, over all processes that used it."""
        return self._elapsed + self.time()

    def now(self) -> datetime:
        """The simulated time of day, in UTC."""
        return self._started + timedelta(seconds=self.seconds)

    def fault(self, place: str) -> Mapping[str, Any] | None:
        """Return and use up the first scripted fault whose ``at`` is a beginning of ``place``.

        ``place`` is ``METHOD host/path`` for HTTP and the command line for programs. A fault has ``at``, optionally
        ``skip`` (let that many pass first) and ``times`` (default 1, 0 for always), and what happens:
        ``fail`` (a kind of `SimulatedFailure`), ``status`` with ``body``, ``exit`` with ``stderr``, ``delay_s``.
        """
        for entry in self.data["faults"]:
            if not place.startswith(entry["at"]):
                continue
            if entry.get("skip", 0) > 0:
                entry["skip"] -= 1
                continue
            times = entry.setdefault("times", 1)
            if times < 0:
                continue
            entry["times"] = -1 if times == 1 else times - 1 if times else 0
            return dict(entry)
        return None

    def save(self, *, always: bool = False) -> None:
        """Keep the world in its folder, where it has changed, so that the next process goes on in it."""
        if self._folder is None:
            return
        content = json.dumps({section: value for section, value in self.data.items() if section != "clock"})
        if content == self._saved and not always:
            return
        self._saved = content
        self.data["clock"]["elapsed"] = self.seconds
        target = self._folder / WORLD_FILE
        draft = target.with_suffix(".new")
        draft.write_text(json.dumps({"scenario": self.name, "data": self.data}), encoding="utf-8")
        draft.replace(target)


def load_scenario(path: Path) -> dict[str, Any]:
    """Read a scenario file. Raises UsageError ``scenario_unreadable``."""
    try:
        scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # Python's own limit on the digits of a number among them
        raise UsageError(
            "scenario_unreadable",
            Text("The scenario {name} cannot be read: {detail}", {"name": path.stem, "detail": str(error)}),
        ) from error
    unknown = set(scenario) - {*SECTIONS, "title", "system", "faults", "expect"}
    if unknown:
        raise UsageError(
            "scenario_unreadable",
            Text("The scenario {name} has an unknown table: {key}", {"name": path.stem, "key": min(unknown)}),
        )
    return scenario


def open_world(name: str, scenario: Mapping[str, Any], folder: Path | None) -> World:
    """Begin the scenario's world, or go on with the one kept in ``folder``.

    Raises UsageError ``other_world`` where the folder holds another scenario's world.
    """
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                "state_not_writable",
                Text("The folder {folder} cannot be used: {detail}", {"folder": folder, "detail": error}),
            ) from error
        kept = folder / WORLD_FILE
        if kept.exists():
            try:
                content = json.loads(kept.read_text(encoding="utf-8"))
                data, owner = content["data"], content["scenario"]
                world = World(name, data, folder=folder)
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    "other_world",
                    Text("The folder {folder} holds a simulated world that cannot be read.", {"folder": str(folder)}),
                ) from error
            if owner != name:
                raise UsageError(
                    "other_world",
                    Text(
                        "The folder {folder} holds the simulated world of {owner}, not of {name}.",
                        {"folder": str(folder), "owner": owner, "name": name},
                    ),
                )
            return world
        if (folder / "journal.jsonl").exists():
            raise UsageError(
                "other_world",
                Text(
                    "The folder {folder} holds the record of a real host; choose another one.", {"folder": str(folder)}
                ),
            )
    data = {section: deepcopy(dict(scenario.get(section, {}))) for section in SECTIONS}
    data["system"] = deepcopy(dict(scenario.get("system", {})))
    data["faults"] = deepcopy(list(scenario.get("faults", [])))
    data["clock"] = {"started": datetime.now(UTC).replace(microsecond=0).isoformat(), "elapsed": 0.0}
    return World(name, data, folder=folder)
