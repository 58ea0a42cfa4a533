# SPDX-License-Identifier: MIT
"""The state folder: journal, backups and the little that is remembered between runs."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Tried
from setup_assistant.engine.journal import Journal

_STATE = "state.json"
_BACKUPS = "backups"


class Store:
    """Owner-only files below one folder; nothing is created before something has to be kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self._state: dict[str, Any] | None = None

    def prepare(self) -> None:
        """Make the folder, for its owner only. Raises HostError STATE_NOT_WRITABLE."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
        except OSError as error:
            raise HostError(Trouble.STATE_NOT_WRITABLE, str(error), what=str(self.folder)) from error

    @property
    def client_identifier(self) -> str:
        """The identifier this installation shows to Plex: random, made once, kept with the first sign-in."""
        state = self._load()
        kept = state.get("client_identifier")
        if not isinstance(kept, str) or not kept:
            kept = state["client_identifier"] = str(uuid.uuid4())
        return kept

    def keep_client_identifier(self) -> None:
        """Write the identifier down, so that the next run is the same device to Plex."""
        self._save({"client_identifier": self.client_identifier})

    @property
    def last_verdict(self) -> str | None:
        """The verdict on the line at the end of the last set-up, or None."""
        value = self._load().get("last_verdict")
        return value if isinstance(value, str) else None

    def remember_verdict(self, verdict: str) -> None:
        """Keep the verdict on the line for the next run."""
        self._save({"last_verdict": verdict})

    @property
    def tried(self) -> tuple[Tried, ...]:
        """The last try of each step that was made and did not help; what can't be read is left out."""
        kept = self._load().get("tried")
        found = []
        for code, one in kept.items() if isinstance(kept, dict) else ():
            with suppress(TypeError, ValueError, KeyError):
                at = datetime.fromisoformat(one["time"])
                if at.tzinfo is not None and isinstance(one["url"], str):
                    found.append(Tried(code, one["url"], at))
        return tuple(found)

    def remember_tried(self, tried: Tried) -> None:
        """Keep it for the next run, in place of an earlier try of the same step."""
        kept = {one.code: one for one in (*self.tried, tried)}
        self._save({"tried": {code: {"url": one.url, "time": one.at.isoformat()} for code, one in kept.items()}})

    def back_up(self, run: str, name: str, content: object) -> None:
        """Keep what a part of the host looked like before the first change of a run (once a run and name)."""
        folder = self.folder / _BACKUPS / run
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.parent.chmod(0o700)
            write_private(folder / f"{name}.json", json.dumps(content, indent=2, ensure_ascii=False))
        except OSError as error:
            raise HostError(Trouble.STATE_NOT_WRITABLE, str(error), what=str(folder)) from error

    def _load(self) -> dict[str, Any]:
        if self._state is None:
            self._state = {}
            try:
                value = json.loads((self.folder / _STATE).read_bytes())
                if isinstance(value, dict) and value.get("schema") == 1:
                    self._state = value
            except (OSError, ValueError):
                # Nothing in it is worth stopping for: it is written anew with the next sign-in or set-up.
                pass
        return self._state

    def _save(self, changes: Mapping[str, Any]) -> None:
        state = self._load()
        state.update(changes)
        state["schema"] = 1
        self.prepare()
        try:
            write_private(self.folder / _STATE, json.dumps(state, indent=2))
        except OSError as error:
            raise HostError(Trouble.STATE_NOT_WRITABLE, str(error), what=str(self.folder)) from error


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
