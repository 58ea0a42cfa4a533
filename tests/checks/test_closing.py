# SPDX-License-Identifier: MIT
"""Whether an address that was taken back is seen to be closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setup_assistant.checks.closing import CHECKS, judge_closed_again
from setup_assistant.core.facts import Answer, Fetch, HostFacts, Lookup, OutsideFacts
from setup_assistant.core.findings import Verdict
from tests.engine.test_judge import FACTS

URL = "https://plexbox.tail1234.ts.net:443"


def after(probes: tuple[Answer, ...], entrances: tuple[Answer, ...] = (), dns: int = 0) -> HostFacts:
    seen = OutsideFacts(
        URL,
        lookups=(Lookup("dns.google", "A", dns),),
        entrances=tuple(Fetch(answer, "199.38.181.54") for answer in entrances) or None,
        probes=tuple(Fetch(answer, place="Tokyo, JP") for answer in probes) or None,
        checker="Globalping" if probes else "",
    )
    return replace(FACTS, closing=seen)


def judged(facts: HostFacts) -> Verdict:
    return judge_closed_again(facts)


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (after((Answer.CLOSED,) * 3, (Answer.CLOSED,)), None),
        (after((Answer.NAME_NOT_FOUND,) * 3, dns=3), None),
        (after((Answer.CLOSED, Answer.PLEX, Answer.CLOSED), (Answer.CLOSED,)), "still_open"),
        (after((), (Answer.PLEX,)), "still_open"),
        (after((), (Answer.BAD_GATEWAY,)), "still_open"),
        (after((Answer.ANSWERED,)), "still_open"),
        (after((), (Answer.CLOSED,)), "from_here"),
        (after((Answer.COULD_NOT_CHECK,), (Answer.CLOSED,)), "from_here"),
        (after((), dns=3), "from_here"),
        (after((Answer.COULD_NOT_CHECK,), (Answer.UNREACHABLE,), dns=-1), "not_seen"),
    ],
)
def test_what_was_seen_of_the_address(facts: HostFacts, cause: str | None) -> None:
    verdict = judged(facts)
    assert verdict.cause == cause
    assert URL in verdict.summary.render()


def test_it_is_asked_after_an_undo_only() -> None:
    check = next(one for one in CHECKS if one.code == "closed_again")
    assert check.when is not None
    assert not check.when(FACTS)
    assert check.when(after((Answer.CLOSED,)))
    assert judged(FACTS).cause == "not_seen"
