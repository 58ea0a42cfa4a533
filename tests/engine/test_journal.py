# SPDX-License-Identifier: MIT
"""The journal survives cuts, refuses what it does not know, and tells what is still ours."""

from __future__ import annotations

import json
import stat
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from setup_assistant.engine.journal import Entry, Journal, JournalUnreadable, Mark, OpenChange, open_changes, parse_line

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/schema/journal.schema.json").read_text(encoding="utf-8"))


def entry(mark: Mark, code: str = "plex_url", **fields: Any) -> Entry:
    values: dict[str, Any] = {"args": {"url": "https://a.ts.net:443"}, "before": {"urls": ""}, "after": None, **fields}
    return Entry(run="r1", time=NOW, code=code, mark=mark, **values)


def test_what_is_written_is_read_back_and_matches_the_schema(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written = (entry(Mark.INTENDED), entry(Mark.APPLIED, after={"urls": "https://a.ts.net:443"}))
    for one in written:
        journal.append(one)
    assert journal.read() == written
    for line in journal.path.read_text(encoding="utf-8").splitlines():
        Draft202012Validator(SCHEMA).validate(json.loads(line))


def test_no_file_is_an_empty_journal(tmp_path: Path) -> None:
    assert Journal(tmp_path).read() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the person's own folder private by its place")
def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(entry(Mark.INTENDED))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


@given(cut=st.integers(min_value=1, max_value=400))
def test_a_torn_last_line_is_dropped_and_overwritten(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))
    journal.append(entry(Mark.INTENDED))
    whole = journal.path.read_bytes()
    second = entry(Mark.APPLIED, after={"urls": "x"}).as_line().encode()
    journal.path.write_bytes(whole + second[:cut])
    assert journal.read() == (entry(Mark.INTENDED),)
    journal.append(entry(Mark.FAILED, after={"urls": ""}))
    assert [one.mark for one in journal.read()] == [Mark.INTENDED, Mark.FAILED]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema": 0}',
        b'{"schema": true, "run": "r"}',
        b'{"schema": 1, "run": "r", "time": "2026-11-22T12:00:00+00:00", "code": "funnel", "args": {}, "mark": "DONE", '
        b'"before": {}, "after": null}',
        b'{"schema": 1, "run": "r", "time": "yesterday", "code": "funnel", "args": {}, "mark": "APPLIED", '
        b'"before": {}, "after": null}',
        b'{"schema": 1, "run": "r", "time": "2026-11-22T12:00:00+00:00", "code": "funnel", "args": [], '
        b'"mark": "APPLIED", "before": {}, "after": null}',
        b"[" * 100_000,
    ],
)
def test_any_other_line_is_refused(tmp_path: Path, line: bytes) -> None:
    journal = Journal(tmp_path)
    journal.append(entry(Mark.INTENDED))
    journal.path.write_bytes(journal.path.read_bytes() + line + b"\n")
    with pytest.raises(JournalUnreadable) as caught:
        journal.read()
    assert not caught.value.newer


def test_a_newer_schema_is_told_apart(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.path.write_text('{"schema": 2, "anything": true}\n', encoding="utf-8")
    with pytest.raises(JournalUnreadable) as caught:
        journal.read()
    assert caught.value.newer


@given(st.binary(max_size=300))
def test_rubbish_never_raises_anything_else(line: bytes) -> None:
    with suppress(JournalUnreadable):
        assert isinstance(parse_line(line, 1), Entry)


class TestOpenChanges:
    def test_an_interrupted_change_is_open_without_after(self) -> None:
        assert open_changes([entry(Mark.INTENDED)]) == (
            OpenChange("plex_url", {"url": "https://a.ts.net:443"}, {"urls": ""}, None, NOW),
        )

    def test_an_applied_change_is_open_with_after(self) -> None:
        (one,) = open_changes([entry(Mark.INTENDED), entry(Mark.APPLIED, after={"urls": "x"})])
        assert one.before == {"urls": ""}
        assert one.after == {"urls": "x"}

    @pytest.mark.parametrize("mark", [Mark.UNDONE, Mark.LEFT_ALONE])
    def test_undone_and_left_alone_close(self, mark: Mark) -> None:
        assert open_changes([entry(Mark.INTENDED), entry(Mark.APPLIED, after={"urls": "x"}), entry(mark)]) == ()

    def test_a_change_that_did_not_take_is_not_open(self) -> None:
        assert open_changes([entry(Mark.INTENDED), entry(Mark.FAILED, after={"urls": ""})]) == ()

    def test_a_change_that_took_halfway_stays_open(self) -> None:
        (one,) = open_changes([entry(Mark.INTENDED), entry(Mark.FAILED, after={"urls": "half"})])
        assert one.after == {"urls": "half"}

    def test_a_second_try_keeps_the_first_before(self) -> None:
        still = open_changes(
            [
                entry(Mark.INTENDED, before={"urls": "old"}),
                entry(Mark.INTENDED, before={"urls": "half"}),
                entry(Mark.APPLIED, before={"urls": "half"}, after={"urls": "x"}),
            ]
        )
        assert [one.before for one in still] == [{"urls": "old"}, {"urls": "half"}]
        assert [one.after for one in still] == [None, {"urls": "x"}]
