# SPDX-License-Identifier: MIT
"""The log: begun with its first line, kept small, and never in the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from setup_assistant import log_file
from setup_assistant.log_file import LogFile, start_log

log = logging.getLogger("setup_assistant.test_log_file")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger("setup_assistant")
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_nothing_is_written_before_there_is_something_to_tell(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "setup-assistant.log"
    start_log(file)
    assert not file.parent.exists()
    log.info("looked at %s", "everything")
    log.info("and again")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.partition(" INFO ")[2] for line in lines] == [
        "setup_assistant.test_log_file: looked at everything",
        "setup_assistant.test_log_file: and again",
    ]


def test_a_place_that_cannot_be_written_to_means_no_log(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file, and no folder", encoding="utf-8")
    start_log(tmp_path / "logs" / "setup-assistant.log")
    log.info("nobody hears it")
    log.info("nor that")
    assert [file.name for file in tmp_path.iterdir()] == ["logs"]


def test_a_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "LARGEST_BYTES", 1000)
    file = tmp_path / "setup-assistant.log"
    start_log(file)
    for number in range(100):
        log.info("line %s of many", number)
    kept = sorted(tmp_path.iterdir())
    assert [one.name for one in kept] == ["setup-assistant.log", "setup-assistant.log.1"]
    assert all(one.stat().st_size <= 1000 for one in kept)
    assert "line 99 of many" in file.read_text(encoding="utf-8")


def test_without_a_file_there_is_none() -> None:
    start_log(None)
    assert not any(isinstance(handler, LogFile) for handler in logging.getLogger("setup_assistant").handlers)
