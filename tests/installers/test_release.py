# SPDX-License-Identifier: MIT
"""The notes of a release come from the changelog, and only where version and tag fit them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installers.release import main, notes
from tests.project.files import ROOT

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Something to come.

## [1.2.0] - 2027-01-02

### Added

- A thing, see [1.1.0].

## [1.1.0] - 2026-12-01

- Older.
"""


def test_the_notes_are_the_section_of_that_version() -> None:
    written = notes(CHANGELOG, "v1.2.0", "1.2.0")
    assert "### Added\n\n- A thing, see [1.1.0].\n" in written
    assert "Something to come" not in written
    assert "Older" not in written
    assert "sha256sum --check" in written


@pytest.mark.parametrize(
    ("tag", "current", "words"),
    [
        ("v1.2.0", "1.1.0", "The tag is v1.2.0, but this is version 1.1.0"),
        ("1.2.0", "1.2.0", "The tag is 1.2.0"),
        ("v1.3.0", "1.3.0", "says nothing of 1.3.0"),
    ],
)
def test_what_does_not_fit_stops_the_release(tag: str, current: str, words: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(words)):
        notes(CHANGELOG, tag, current)


def test_checksums_are_made_over_the_packages_of_all_systems(tmp_path: Path) -> None:
    for name in ("a.deb", "b.exe"):
        (tmp_path / name).write_text(name, encoding="ascii")
    assert main(["sums", str(tmp_path)]) == 0
    lines = (tmp_path / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a.deb", "b.exe"]


def test_other_words_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "notes TAG" in capsys.readouterr().err


def test_the_secrets_that_the_workflow_reads_are_those_that_its_manual_names() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    manual = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    read = set(re.findall(r"(?:secrets|vars)\.([A-Z_]+)", workflow))
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", manual, re.MULTILINE))
    assert read == named
