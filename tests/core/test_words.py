# SPDX-License-Identifier: MIT
"""The words: all listed in docs/findings.md, all with a title, none that blames, none that names a change we lack."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from setup_assistant.core.errors import Trouble
from setup_assistant.core.findings import Case, Status
from setup_assistant.core.questions import ALWAYS_ASKED, ASKED
from setup_assistant.core.words import CASES, TITLES
from setup_assistant.core.words.changes import SUMMARIES
from setup_assistant.core.words.errors import TROUBLES
from setup_assistant.engine.parts import ALL_CHECKS

DOCS = Path(__file__).parents[2] / "docs"
JARGON = re.compile(
    r"(?i)\b(CG-?NAT|NAT|DS-Lite|464XLAT|IPv[46]|MagicDNS|DNS|tailnet|TCP|UDP|TLS|WAN|UPnP|loopback|localhost|proxy|"
    r"handlers?|hop|daemon|token|allowedNetworks|nodeAttrs|CNAME|NXDOMAIN)\b"
)
"""What somebody who only wants to watch films need not know; it may stand in what comes after the first line."""


def test_the_page_of_findings_is_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("make_findings", DOCS / "make_findings.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    written = (DOCS / "findings.md").read_text(encoding="utf-8")
    assert written == page.render(), "docs/findings.md is out of date: run `nox -s docs` and commit it first"


def test_every_question_has_a_title_a_place_and_a_good_answer() -> None:
    assert [check.code for check in ALL_CHECKS] == list(ASKED)
    assert {check.code for check in ALL_CHECKS if check.when is None} == ALWAYS_ASKED
    assert set(ASKED) == set(TITLES)
    assert {code for code, _ in CASES} == set(ASKED)


def test_every_need_is_asked_before() -> None:
    for number, check in enumerate(ALL_CHECKS):
        assert set(check.needs) <= set(ASKED[:number]), check.code


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: f"{case.code}:{case.cause or '-'}")
class TestEveryCase:
    def test_remedies_name_changes_that_exist(self, case: Case) -> None:
        assert {words.change for words in case.remedies} - {None} <= set(SUMMARIES)

    def test_a_problem_has_a_remedy(self, case: Case) -> None:
        assert case.remedies or case.status is not Status.PROBLEM

    def test_nobody_is_blamed_or_frightened(self, case: Case) -> None:
        words = " ".join([case.seen, case.why, *(remedy.message for remedy in case.remedies)])
        assert not re.search(r"(?i)\b(fail(ed|ure)?|invalid|fatal|illegal|you did|your fault|abort(ed)?)\b", words)

    def test_sentences_are_whole(self, case: Case) -> None:
        assert case.seen.rstrip()[-1] in ".}!", case.seen
        assert not case.why or case.why.rstrip()[-1] in ".}!", case.why

    def test_the_first_line_is_for_everybody(self, case: Case) -> None:
        words = re.sub(r"\{\w*\}", "", f"{TITLES[case.code].message} {case.seen}")
        assert not JARGON.search(words)


def test_changes_are_called_by_what_they_do_for_the_person() -> None:
    assert not [line for line in SUMMARIES.values() if JARGON.search(line) or line.startswith(("Funnel", "Plex:"))]


def test_every_trouble_has_words() -> None:
    assert set(TROUBLES) == set(Trouble)
