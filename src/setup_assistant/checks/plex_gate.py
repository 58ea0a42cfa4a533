# SPDX-License-Identifier: MIT
"""Judges the safety gate: nobody may come in without signing in, and the worst is a host that is public already."""

from __future__ import annotations

from setup_assistant.checks.connection import is_offline
from setup_assistant.checks.readable import not_readable
from setup_assistant.core.aim import plex_port
from setup_assistant.core.allowed_networks import entries_letting_in
from setup_assistant.core.facts import (
    AccountFacts,
    HostFacts,
    PlexFacts,
    PlexSettings,
    TailscaleFacts,
    TokenState,
    Unknown,
)
from setup_assistant.core.findings import Evidence, Status, Verdict
from setup_assistant.core.serving import Serving
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words import plex as words
from setup_assistant.core.words.history import NOT_LOOKED


def judge_gate(facts: HostFacts) -> Verdict:
    """Whether Plex lets nobody in without signing in; green only where all three proofs are there."""
    plex = facts.plex
    if isinstance(plex, Unknown):
        return not_readable(plex)
    public = "public_" if is_public(facts) else ""
    if plex.claimed is False:
        return case("safety_gate", f"{public}and_unclaimed" if public else "unclaimed").verdict(port=plex.port)
    knocked = _knocked(plex)
    # With the entries at hand the repair can be automatic, so they are looked at first.
    if isinstance(plex.settings, PlexSettings):
        entries = entries_letting_in(plex.settings.allowed_networks, container=plex.may_be_container)
        if entries:
            evidence = (Evidence(words.ENTRIES, plex.settings.allowed_networks), *knocked)
            cause = f"{public}and_open" if public else "open_to_loopback"
            return case("safety_gate", cause).verdict(evidence=evidence, entries=", ".join(entries))
    if plex.strangers_enter is True:
        listed = plex.settings.allowed_networks if isinstance(plex.settings, PlexSettings) else ""
        evidence = (Evidence(words.ENTRIES, listed), *knocked) if listed else knocked
        return case("safety_gate", f"{public}strangers_enter").verdict(evidence=evidence)
    if isinstance(plex.settings, Unknown):
        return _waiting(facts, plex.settings)
    if plex.strangers_enter is None or (plex.claimed is None and not _is_listed(facts)):
        return not_readable(Unknown(words.NOT_PROVEN))
    return case("safety_gate").verdict(evidence=knocked)


def is_public(facts: HostFacts) -> bool:
    """Whether Funnel leads visitors to Plex right now; while Tailscale is off, it leads nobody anywhere."""
    if not isinstance(facts.tailscale, TailscaleFacts) or facts.tailscale.backend in ("Stopped", "NeedsLogin"):
        return False
    serving = Serving.of(facts.tailscale, plex_port(facts))
    return serving is not None and bool(serving.public_plex())


def may_become_public(facts: HostFacts) -> bool:
    """Whether starting Tailscale or Plex could make Plex public: a Funnel stands from before, or cannot be read."""
    if not isinstance(facts.tailscale, TailscaleFacts):
        return True
    serving = Serving.of(facts.tailscale, plex_port(facts))
    return serving is None or bool(serving.public_plex())


def not_looked(code: str) -> Verdict:
    """The answer where another question has no answer yet."""
    return Verdict(Status.UNKNOWN, NOT_LOOKED.filled(title=TITLES[code]), cause="not_looked")


def blocked_by(code: str) -> Verdict:
    """The answer where another question comes first."""
    return Verdict(Status.BLOCKED, Text(""), blocked_by=code)


def _waiting(facts: HostFacts, settings: Unknown) -> Verdict:
    account = facts.account
    if isinstance(account, Unknown):
        return not_readable(account)
    if account.token in (TokenState.NONE, TokenState.REVOKED):
        return blocked_by("plex_sign_in")
    if account.token is TokenState.UNCHECKED:
        return blocked_by("plex_sign_in") if is_offline(facts) else not_looked("plex_sign_in")
    if account.owned is False:
        return blocked_by("plex_owner")
    if account.owned is None:
        return not_looked("plex_owner")
    return not_readable(settings)


def _is_listed(facts: HostFacts) -> bool:
    return isinstance(facts.account, AccountFacts) and facts.account.listed is True


def _knocked(plex: PlexFacts) -> tuple[Evidence, ...]:
    if plex.strangers_enter is None:
        return ()
    return (Evidence(words.ASKED_AS_VISITOR, words.LET_IN if plex.strangers_enter else words.SENT_AWAY),)
