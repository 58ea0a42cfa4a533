# SPDX-License-Identifier: MIT
"""The append-only record of our own changes, written before each of them (format: docs/schema/journal.schema.json)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.engine.journal_file import FILE

SCHEMA = 1
_MOST_BYTES = 16 * 1024 * 1024


class Mark(StrEnum):
    """How far a change has come."""

    INTENDED = "INTENDED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"
    UNDONE = "UNDONE"
    LEFT_ALONE = "LEFT_ALONE"


_CLOSING = (Mark.UNDONE, Mark.LEFT_ALONE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    run: str
    time: datetime
    code: str
    args: Mapping[str, Any]
    mark: Mark
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def as_line(self) -> str:
        """Return the line, without its end."""
        return json.dumps(
            {
                "schema": SCHEMA,
                "run": self.run,
                "time": self.time.isoformat(),
                "code": self.code,
                "args": dict(self.args),
                "mark": self.mark.value,
                "before": self.before,
                "after": self.after,
            },
            ensure_ascii=False,
            sort_keys=True,
        )


class JournalUnreadable(HostError):
    """The journal has a line that cannot be read (``newer`` false) or was written by a newer version."""

    def __init__(self, detail: str, *, newer: bool = False) -> None:
        super().__init__(Trouble.JOURNAL_UNREADABLE, detail)
        self.newer = newer


class Journal:
    """The file in the state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def read(self) -> tuple[Entry, ...]:
        """Return all lines; a torn last line is dropped. Raises JournalUnreadable."""
        return tuple(self._parse(self._content()))

    def append(self, entry: Entry) -> None:
        """Write one line so that it survives a power cut. Raises HostError STATE_NOT_WRITABLE."""
        line = entry.as_line().encode() + b"\n"
        try:
            is_new = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.lseek(descriptor, self._whole_length(), os.SEEK_SET)
                _write_all(descriptor, line)
                os.truncate(descriptor, os.lseek(descriptor, 0, os.SEEK_CUR))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise HostError(Trouble.STATE_NOT_WRITABLE, str(error), what=str(self.path)) from error

    def _content(self) -> bytes:
        try:
            size = self.path.stat().st_size
            if size > _MOST_BYTES:
                raise JournalUnreadable(f"{size} bytes")
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise JournalUnreadable(str(error)) from error

    def _whole_length(self) -> int:
        """The length up to the last complete line: a torn end is overwritten."""
        return self._content().rfind(b"\n") + 1

    @staticmethod
    def _parse(content: bytes) -> Iterable[Entry]:
        # What follows the last line end was torn off by a cut; it never became an entry.
        for number, line in enumerate(content.split(b"\n")[:-1], start=1):
            yield parse_line(line, number)


def parse_line(line: bytes, number: int) -> Entry:
    """Read one line. Raises JournalUnreadable."""
    try:
        value = json.loads(line)
        json.dumps(value, ensure_ascii=False).encode()  # half a letter (a lone surrogate) could not be written again
        schema = value["schema"]
        if isinstance(schema, int) and not isinstance(schema, bool) and schema > SCHEMA:
            raise JournalUnreadable(f"line {number}: schema {schema}", newer=True)
        if schema != SCHEMA or set(value) != {"schema", "run", "time", "code", "args", "mark", "before", "after"}:
            raise JournalUnreadable(f"line {number}: unknown shape")
        entry = Entry(
            run=_text(value["run"]),
            time=datetime.fromisoformat(value["time"]),
            code=_text(value["code"]),
            args=_object(value["args"]),
            mark=Mark(value["mark"]),
            before=None if value["before"] is None else _object(value["before"]),
            after=None if value["after"] is None else _object(value["after"]),
        )
    except JournalUnreadable:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalUnreadable(f"line {number}: {type(error).__name__}") from error
    return entry


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: Path) -> None:
    """Make the new file's name last; Windows has no such call for folders and needs none."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change of ours that has not been taken back."""

    code: str
    args: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None
    """None where the run was cut off, so that it is not known how far it came."""
    time: datetime | None = None
    """When it was last written of."""


def open_changes(entries: Iterable[Entry]) -> tuple[OpenChange, ...]:
    """Return the changes still open, oldest first.

    A change that did not take (FAILED with ``after`` equal to ``before``) is not open.
    """
    still: list[OpenChange] = []
    for entry in entries:
        if entry.mark is Mark.INTENDED:
            still.append(OpenChange(entry.code, entry.args, entry.before or {}, None, entry.time))
            continue
        same = [one for one in still if one.code == entry.code and one.args == entry.args]
        if entry.mark in _CLOSING:
            still = [one for one in still if one not in same]
        elif same:
            latest = same[-1]
            index = len(still) - 1 - still[::-1].index(latest)
            if entry.mark is Mark.FAILED and entry.after is not None and entry.after == latest.before:
                del still[index]
            else:
                still[index] = replace(latest, after=entry.after, time=entry.time)
        elif entry.mark is Mark.APPLIED:
            still.append(OpenChange(entry.code, entry.args, entry.before or {}, entry.after, entry.time))
    return tuple(still)
