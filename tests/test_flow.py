# SPDX-License-Identifier: MIT
"""The order of the pages, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setup_assistant.core.words import TITLES
from setup_assistant.flow import (
    AREAS,
    BEFORE_CHANGES,
    Intent,
    Situation,
    Step,
    next_step,
    on_the_way,
    stage_of,
    stages,
)

FIRST = Situation(consent_asked=False)
FRESH = Situation()
LOOKED = Situation(looked=True, pending=True)
RIGHT = Situation(looked=True, ready=True)
STUCK = Situation(looked=True)
LOOK = Situation(intent=Intent.LOOK)
AGAIN = Situation(set_up_before=True)
UNDO = Situation(intent=Intent.UNDO, something_to_undo=True)

TABLE = [
    # from, situation, to
    (Step.WELCOME, FIRST, Step.CONSENT),
    (Step.WELCOME, replace(FIRST, intent=Intent.LOOK), Step.CONSENT),
    (Step.WELCOME, replace(FIRST, intent=Intent.UNDO), Step.UNDO_REVIEW),
    (Step.CONSENT, FRESH, Step.CONNECTION),
    (Step.CONSENT, LOOK, Step.HEALTH),
    (Step.WELCOME, FRESH, Step.CONNECTION),
    (Step.WELCOME, LOOK, Step.HEALTH),
    (Step.WELCOME, AGAIN, Step.HEALTH),
    (Step.WELCOME, UNDO, Step.UNDO_REVIEW),
    (Step.CONNECTION, FRESH, Step.TAILSCALE),
    (Step.CONNECTION, replace(LOOKED, alarm=True), Step.REVIEW),
    (Step.TAILSCALE, FRESH, Step.PLEX),
    (Step.TAILSCALE, replace(FRESH, tailscale_signed_out=True), Step.TAILSCALE_SIGN_IN),
    (Step.TAILSCALE, replace(FRESH, tailscale_signed_out=True, alarm=True), Step.REVIEW),
    (Step.PLEX, LOOKED, Step.REVIEW),
    (Step.PLEX, replace(STUCK, plex_signed_out=True), Step.PLEX_SIGN_IN),
    (Step.PLEX, RIGHT, Step.HEALTH),
    (Step.PLEX, STUCK, Step.HEALTH),
    (Step.HEALTH, FRESH, Step.REVIEW),
    (Step.HEALTH, RIGHT, None),
    (Step.HEALTH, STUCK, None),
    (Step.HEALTH, LOOKED, Step.REVIEW),
    (Step.PLEX, replace(STUCK, port_to_choose=True), Step.REVIEW),
    (Step.HEALTH, replace(STUCK, port_to_choose=True), Step.REVIEW),
    (Step.HEALTH, replace(LOOKED, alarm=True, plex_signed_out=True), Step.REVIEW),
    (Step.HEALTH, replace(STUCK, tailscale_signed_out=True, plex_signed_out=True), Step.TAILSCALE_SIGN_IN),
    (Step.HEALTH, replace(STUCK, plex_signed_out=True), Step.PLEX_SIGN_IN),
    (Step.REVIEW, LOOKED, Step.APPLY),
    (Step.REVIEW, STUCK, None),
    (Step.APPLY, RIGHT, Step.PROOF),
    (Step.APPLY, LOOKED, Step.PROOF),
    (Step.APPLY, replace(LOOKED, cut_off=True), Step.DONE),
    (Step.PROOF, RIGHT, Step.DONE),
    (Step.PROOF, STUCK, Step.DONE),
    (Step.DONE, RIGHT, None),
    (Step.UNDO_REVIEW, replace(UNDO, something_to_undo=False), None),
    (Step.UNDO_REVIEW, replace(UNDO, plex_signed_out=True), Step.PLEX_SIGN_IN),
    (Step.UNDO_REVIEW, UNDO, Step.UNDO),
    (Step.UNDO, UNDO, Step.UNDONE),
    (Step.UNDONE, UNDO, None),
]


@pytest.mark.parametrize(("step", "now", "following"), TABLE)
def test_next_step(step: Step, now: Situation, following: Step | None) -> None:
    assert next_step(step, now) is following


def test_every_page_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(Step) - {Step.TAILSCALE_SIGN_IN, Step.PLEX_SIGN_IN}
    assert {row[2] for row in TABLE} - {None} == set(Step) - {Step.WELCOME}


@pytest.mark.parametrize("signed_out", [True, False])
@pytest.mark.parametrize("pending", [True, False])
def test_a_sign_in_leads_on_and_never_to_its_own_page(signed_out: bool, pending: bool) -> None:
    now = Situation(looked=True, pending=pending, tailscale_signed_out=signed_out, plex_signed_out=signed_out)
    assert next_step(Step.TAILSCALE_SIGN_IN, now) is Step.PLEX
    assert next_step(Step.PLEX_SIGN_IN, now) in (Step.REVIEW, Step.HEALTH)


def test_nothing_is_changed_before_a_review() -> None:
    leads_to_changes = {row[0] for row in TABLE if row[2] in (Step.APPLY, Step.UNDO)}
    assert leads_to_changes == {Step.REVIEW, Step.UNDO_REVIEW}
    assert leads_to_changes <= BEFORE_CHANGES, "there is no way back from what comes after"


def test_every_question_but_those_about_ourselves_has_a_page() -> None:
    """Our record is spoken of where it stands in the way; a newer version is told by the window's frame."""
    shown = [code for codes in AREAS.values() for code in codes]
    assert sorted(shown) == sorted(set(TITLES) - {"journal", "program_version"})


@pytest.mark.parametrize("intent", list(Intent))
@pytest.mark.parametrize("overview", [True, False])
@pytest.mark.parametrize("step", list(Step))
def test_every_page_has_its_place_on_the_rail(intent: Intent, overview: bool, step: Step) -> None:
    listed = stages(intent, overview=overview)
    assert stage_of(step, listed) in listed
    assert len(set(listed)) == len(listed)


SET_UP = stages(Intent.SET_UP, overview=False)
REPAIR = stages(Intent.SET_UP, overview=True)
LOOKING = (Step.CONNECTION, Step.TAILSCALE, Step.PLEX)
CHANGING = (Step.REVIEW, Step.APPLY, Step.PROOF, Step.DONE)
WAYS = [
    # stages listed, page shown, pages visited, whether the way ends there, what the rail shows
    (SET_UP, Step.WELCOME, (), False, SET_UP),
    (SET_UP, Step.PLEX, (Step.WELCOME, *LOOKING), False, SET_UP),
    (SET_UP, Step.REVIEW, (Step.WELCOME, Step.CONNECTION), False, (Step.WELCOME, Step.CONNECTION, *CHANGING)),
    (SET_UP, Step.HEALTH, (Step.WELCOME, *LOOKING), True, (Step.WELCOME, *LOOKING, Step.HEALTH)),
    (SET_UP, Step.HEALTH, (Step.WELCOME, *LOOKING), False, (Step.WELCOME, *LOOKING, Step.HEALTH, *CHANGING)),
    (
        SET_UP,
        Step.REVIEW,
        (Step.WELCOME, *LOOKING, Step.HEALTH),
        False,
        (Step.WELCOME, *LOOKING, Step.HEALTH, *CHANGING),
    ),
    (SET_UP, Step.PLEX_SIGN_IN, (Step.WELCOME, *LOOKING), False, SET_UP),
    (REPAIR, Step.HEALTH, (Step.WELCOME,), True, (Step.WELCOME, Step.HEALTH)),
    (REPAIR, Step.HEALTH, (Step.WELCOME,), False, REPAIR),
    (REPAIR, Step.TAILSCALE_SIGN_IN, (Step.WELCOME, Step.HEALTH), False, REPAIR),
    (REPAIR, Step.DONE, (Step.WELCOME, Step.HEALTH, Step.REVIEW, Step.APPLY), True, (*REPAIR[:4], Step.DONE)),
    (stages(Intent.LOOK, overview=True), Step.HEALTH, (Step.WELCOME,), True, (Step.WELCOME, Step.HEALTH)),
]


@pytest.mark.parametrize(("listed", "step", "visited", "ends", "shown"), WAYS)
def test_the_rail_shows_the_way_one_is_on(
    listed: tuple[Step, ...], step: Step, visited: tuple[Step, ...], ends: bool, shown: tuple[Step, ...]
) -> None:
    assert on_the_way(listed, step, visited, ends=ends) == shown
    assert stage_of(step, shown) in shown
