# SPDX-License-Identifier: MIT
"""Every cause that the proof can name is told on its page in its own words, with what to do next."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from setup_assistant.core.findings import Finding, Status, Verdict
from setup_assistant.core.words import CASES, TITLES, case
from setup_assistant.flow import Intent, Step
from setup_assistant.gui.pages import proof
from tests.gui.fake import VALUES, FakeHost
from tests.gui.faking import window_over
from tests.gui.opening import Walker
from tests.gui.test_states import said

LAYERS = ("own_address", "public_dns", "public_entrance", "outside")
SUMS = {
    Status.OK: proof.PROVEN,
    Status.NOTICE: proof.PROVEN,
    Status.PROBLEM: proof.NOT_REACHED,
    Status.UNKNOWN: proof.NOT_PROVEN,
}


def settled(walker: Walker, page: proof.ProofPage, verdict: Verdict) -> str:
    """All words on the page, once the answer stands there."""
    loud = verdict.status in (Status.PROBLEM, Status.UNKNOWN)
    turns = walker.window.kit.turns
    walker.wait(lambda: turns.are_over and (not loud or verdict.summary.render().strip() in said(page)))
    return said(page)


def test_each_cause_has_its_words_and_its_way_on(qtbot: QtBot) -> None:
    with window_over(qtbot, FakeHost()) as window:
        walker = Walker(qtbot, window)
        walker.walk(Intent.SET_UP, until=Step.PROOF)
        page, session = window.wizard.page_shown, window.session
        good = {code: session.findings[code] for code in LAYERS}
        assert isinstance(page, proof.ProofPage)
        told: dict[str, str] = {}
        for code, cause in [one for one in CASES if one[0] in LAYERS]:
            verdict = case(code, cause).verdict(**VALUES, evidence=())
            session.findings.update(good)
            session.findings[code] = Finding(code, TITLES[code], verdict)
            session.found.emit(code)
            page.refresh()
            shown = settled(walker, page, verdict)
            if verdict.status in (Status.PROBLEM, Status.UNKNOWN):
                assert all(remedy.text.render().strip() in shown for remedy in verdict.remedies), (code, cause)
                told[f"{code} {cause}"] = verdict.summary.render()
            if code == "outside":
                assert SUMS[verdict.status].message in shown, cause
        assert len(set(told.values())) == len(told), "each in its own words"
