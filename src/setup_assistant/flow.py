# SPDX-License-Identifier: MIT
"""The order of the pages: which step follows which, without any window."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """One page."""

    WELCOME = "welcome"
    CONSENT = "consent"
    CONNECTION = "connection"
    TAILSCALE = "tailscale"
    TAILSCALE_SIGN_IN = "tailscale_sign_in"
    PLEX = "plex"
    PLEX_SIGN_IN = "plex_sign_in"
    HEALTH = "health"
    REVIEW = "review"
    APPLY = "apply"
    PROOF = "proof"
    DONE = "done"
    UNDO_REVIEW = "undo_review"
    UNDO = "undo"
    UNDONE = "undone"


class Intent(StrEnum):
    """What the person came for."""

    SET_UP = "set_up"
    LOOK = "look"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the order of pages rests on."""

    intent: Intent = Intent.SET_UP
    consent_asked: bool = True
    """Whether the person was ever asked about the check from outside."""
    set_up_before: bool = False
    """Whether an earlier run left changes of ours."""
    looked: bool = False
    """Whether a look at everything is complete."""
    ready: bool = False
    pending: bool = False
    """Whether the plan has something to carry out."""
    alarm: bool = False
    """Whether Plex is public while it lets strangers in: then closing it comes before every other page."""
    port_to_choose: bool = False
    """Whether no public port is free, so that the person has to say which one may be taken over."""
    tailscale_signed_out: bool = False
    plex_signed_out: bool = False
    something_to_undo: bool = False
    cut_off: bool = False
    """Whether the changes came to no look at what they had led to: then there is nothing to prove."""


def next_step(step: Step, now: Situation) -> Step | None:  # noqa: PLR0912 (one table, read from top to bottom)
    """Return the page that follows ``step``, or None where the way ends."""
    match step, now:
        case Step.WELCOME, Situation(intent=Intent.UNDO):
            return Step.UNDO_REVIEW
        case Step.WELCOME, Situation(consent_asked=False):
            return Step.CONSENT
        case ((Step.WELCOME | Step.CONSENT), (Situation(intent=Intent.LOOK) | Situation(set_up_before=True))):
            return Step.HEALTH
        case ((Step.WELCOME | Step.CONSENT), _):
            return Step.CONNECTION
        case ((Step.CONNECTION | Step.TAILSCALE | Step.PLEX), Situation(alarm=True)):
            return Step.REVIEW
        case Step.CONNECTION, _:
            return Step.TAILSCALE
        case Step.TAILSCALE, Situation(tailscale_signed_out=True):
            return Step.TAILSCALE_SIGN_IN
        case ((Step.TAILSCALE | Step.TAILSCALE_SIGN_IN), _):
            return Step.PLEX
        case Step.PLEX, Situation(plex_signed_out=True):
            return Step.PLEX_SIGN_IN
        case ((Step.PLEX | Step.PLEX_SIGN_IN), Situation(looked=True, pending=False, port_to_choose=False)):
            return Step.HEALTH
        case ((Step.PLEX | Step.PLEX_SIGN_IN), _):
            return Step.REVIEW
        case Step.HEALTH, Situation(looked=True, ready=True, pending=False):
            return None
        case Step.HEALTH, Situation(alarm=True):
            return Step.REVIEW
        case Step.HEALTH, Situation(tailscale_signed_out=True):
            return Step.TAILSCALE_SIGN_IN
        case Step.HEALTH, Situation(plex_signed_out=True):
            return Step.PLEX_SIGN_IN
        case Step.HEALTH, Situation(looked=True, pending=False, port_to_choose=False):
            return None
        case Step.HEALTH, _:
            return Step.REVIEW
        case Step.REVIEW, Situation(looked=True, pending=False):
            return None
        case Step.REVIEW, _:
            return Step.APPLY
        case Step.APPLY, Situation(cut_off=True):
            return Step.DONE
        case Step.APPLY, _:
            return Step.PROOF
        case Step.PROOF, _:
            return Step.DONE
        case Step.UNDO_REVIEW, Situation(something_to_undo=False):
            return None
        case Step.UNDO_REVIEW, Situation(plex_signed_out=True):
            return Step.PLEX_SIGN_IN
        case Step.UNDO_REVIEW, _:
            return Step.UNDO
        case Step.UNDO, _:
            return Step.UNDONE
    return None


BEFORE_CHANGES = frozenset({Step.REVIEW, Step.APPLY, Step.PROOF, Step.UNDO_REVIEW, Step.UNDO})
"""Pages after which there is no way back, since what follows has changed something."""

AREAS: Mapping[Step, tuple[str, ...]] = {
    Step.CONNECTION: ("connection", "open_port"),
    Step.TAILSCALE: (
        "tailscale_installed",
        "tailscale_version",
        "tailscale_running",
        "tailscale_signed_in",
        "tailscale_connected",
        "tailscale_permission",
        "tailscale_key",
        "magicdns",
        "https_certificates",
        "funnel_allowed",
        "shields_up",
        "exit_node",
        "certificate_name",
        "funnel_shape",
        "public_services",
    ),
    Step.PLEX: (
        "plex_server",
        "plex_sign_in",
        "keyring",
        "plex_owner",
        "safety_gate",
        "plex_url",
        "plex_remote_access",
        "plex_published",
        "plex_pass",
        "plex_sessions",
        "stays_up",
        "for_viewers",
    ),
    Step.PROOF: ("own_address", "public_dns", "public_entrance", "outside"),
    Step.DONE: ("limits",),
    Step.UNDONE: ("closed_again",),
}
"""The questions each page shows; our own record is spoken of only where it stands in the way."""


def stages(intent: Intent, *, overview: bool) -> tuple[Step, ...]:
    """Return the stages that the side rail lists; ``overview``: the way leads through the health overview."""
    if intent is Intent.UNDO:
        return (Step.WELCOME, Step.UNDO_REVIEW, Step.UNDO, Step.UNDONE)
    if intent is Intent.LOOK:
        return (Step.WELCOME, Step.HEALTH)
    looking = (Step.HEALTH,) if overview else (Step.CONNECTION, Step.TAILSCALE, Step.PLEX)
    return (Step.WELCOME, *looking, Step.REVIEW, Step.APPLY, Step.PROOF, Step.DONE)


def stage_of(step: Step, listed: tuple[Step, ...]) -> Step:
    """Return the listed stage that ``step`` belongs to."""
    if step in listed:
        return step
    belongs = {
        Step.CONSENT: Step.WELCOME,
        Step.TAILSCALE_SIGN_IN: Step.TAILSCALE,
        Step.PLEX_SIGN_IN: Step.PLEX,
        Step.HEALTH: Step.PLEX,
    }
    stage = belongs.get(step, Step.WELCOME)
    if stage in listed:
        return stage
    return Step.HEALTH if Step.HEALTH in listed else Step.WELCOME


def on_the_way(listed: tuple[Step, ...], step: Step, visited: Collection[Step], *, ends: bool) -> tuple[Step, ...]:
    """Return the stages of ``listed`` that this way leads through: none that was passed over, none after its end.

    ``visited`` are the pages that were shown, ``ends`` tells whether the way ends on ``step``.
    """
    if Step.HEALTH not in listed and Step.HEALTH in (step, *visited) and Step.PLEX in listed:
        after = listed.index(Step.PLEX) + 1
        listed = (*listed[:after], Step.HEALTH, *listed[after:])
    here = listed.index(stage_of(step, listed))
    if ends and step is Step.HEALTH:
        listed = listed[: here + 1]
    been = {stage_of(page, listed) for page in visited}
    return tuple(stage for place, stage in enumerate(listed) if place >= here or stage in been)
