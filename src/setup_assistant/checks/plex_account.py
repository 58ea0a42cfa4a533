# SPDX-License-Identifier: MIT
"""Judges the sign-in, the keyring, the owner, and what plex.tv lists."""

from __future__ import annotations

from datetime import timedelta

from setup_assistant.checks.connection import is_offline
from setup_assistant.checks.plex_gate import blocked_by, not_looked
from setup_assistant.checks.readable import not_readable
from setup_assistant.core import custom_urls
from setup_assistant.core.aim import aim
from setup_assistant.core.errors import Trouble
from setup_assistant.core.facts import (
    AccountFacts,
    HostFacts,
    KeyringState,
    PlexAnswer,
    PlexFacts,
    TokenState,
    Unknown,
)
from setup_assistant.core.findings import Evidence, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import account as words
from setup_assistant.core.words import case
from setup_assistant.core.words.errors import TROUBLES
from setup_assistant.core.words.plex import VIEWERS

_PLEX_TV = "plex.tv"

TRIED_LASTS = timedelta(hours=20)
"""After that a remedy may be tried again: plex.tv limits how often a server may ask for its certificate."""


def judge_sign_in(facts: HostFacts) -> Verdict:
    """Whether the token of a sign-in is there and still good; only a 401 makes it revoked."""
    if isinstance(facts.account, Unknown):
        return not_readable(facts.account)
    # Where Plex is not on this computer at all, signing in would help nobody.
    if isinstance(facts.plex, PlexFacts) and _is_elsewhere(facts.plex):
        return blocked_by("plex_server")
    match facts.account.token:
        case TokenState.NONE:
            return case("plex_sign_in", "signed_out").verdict()
        case TokenState.REVOKED:
            return case("plex_sign_in", "token_revoked").verdict()
        case TokenState.UNCHECKED if is_offline(facts):
            return blocked_by("connection")
        case TokenState.UNCHECKED:
            return case("plex_sign_in", "plex_tv_unreachable").verdict(why=trouble_text(facts.account.trouble))
    return case("plex_sign_in").verdict()


def judge_keyring(facts: HostFacts) -> Verdict:
    """Whether the system's keyring keeps the token."""
    if isinstance(facts.account, Unknown):
        return not_readable(facts.account)
    state = facts.account.keyring
    return case("keyring", None if state is KeyringState.READY else state.value).verdict()


def judge_owner(facts: HostFacts) -> Verdict:
    """Whether the account owns this very server, by plex.tv's own list."""
    if isinstance(facts.account, Unknown):
        return not_readable(facts.account)
    if isinstance(facts.plex, PlexFacts) and facts.plex.claimed is False:
        return blocked_by("safety_gate")
    if facts.account.listed is None:
        return not_readable(Unknown(trouble_text(facts.account.trouble)))
    if not facts.account.listed:
        return case("plex_owner", "not_listed").verdict()
    if not facts.account.owned:
        return case("plex_owner", "not_owner").verdict()
    return case("plex_owner").verdict()


def judge_published(facts: HostFacts) -> Verdict:
    """Whether plex.tv lists our address; what else it lists is said for what it is."""
    account, found = facts.account, aim(facts)
    if isinstance(account, Unknown):
        return not_readable(account)
    if found is None:
        return not_looked("tailscale_signed_in")
    if account.listed is None:
        return not_readable(Unknown(trouble_text(account.trouble)))
    earlier = custom_urls.earlier_names(facts)
    evidence = tuple(
        Evidence(_kind(uri, account, found.url, earlier), uri, private=True) for uri in account.connections
    )
    if custom_urls.lists(account.connections, found.url):
        return case("plex_published").verdict(evidence=evidence, url=found.url)
    cause = _not_listed(facts, found.url)
    if cause == "not_heard" and isinstance(facts.plex, PlexFacts) and facts.plex.viewers is not None:
        evidence = (Evidence(VIEWERS, str(facts.plex.viewers)), *evidence)
    return case("plex_published", cause).verdict(evidence=evidence, url=found.url)


def _not_listed(facts: HostFacts, url: str) -> str:
    """What is left to try: each remedy is tried once in a while, the one that interrupts people last."""
    tried: set[str] = set()
    if not isinstance(facts.history, Unknown):
        since = facts.observed_at - TRIED_LASTS
        tried = {one.code for one in facts.history.tried if one.url == url and one.at >= since}
    if "plex_republish" not in tried:
        return "not_listed"
    if "restart_plex" in tried:
        return "not_heard_at_all"
    can_restart = isinstance(facts.plex, PlexFacts) and facts.plex.can_restart
    return "not_heard" if can_restart else "not_heard_here"


def judge_pass(facts: HostFacts) -> Verdict:
    """Who needs to pay Plex to watch from outside: Funnel gives reachability, not a licence."""
    if isinstance(facts.account, Unknown):
        return not_readable(facts.account)
    if facts.account.has_pass is None:
        return not_readable(Unknown(trouble_text(facts.account.trouble)))
    return case("plex_pass", None if facts.account.has_pass else "viewers_need_pass").verdict()


def trouble_text(trouble: str) -> Text:
    """What plex.tv met, in words."""
    known = Trouble(trouble) if trouble in set(Trouble) else Trouble.UNEXPECTED_REPLY
    return Text(TROUBLES[known], {"what": _PLEX_TV, "status": ""})


def _is_elsewhere(plex: PlexFacts) -> bool:
    return plex.answer is PlexAnswer.NOT_PLEX or (plex.answer is PlexAnswer.REFUSED and plex.installation is None)


def _kind(uri: str, account: AccountFacts, ours: str, earlier: frozenset[str]) -> Text:
    fault = custom_urls.fault(uri, ours, earlier)
    if fault is not None:
        return words.ADDRESS_OLD if fault else words.ADDRESS_OURS
    if uri in account.relays:
        return words.ADDRESS_RELAY
    if uri in account.locals:
        return words.ADDRESS_HOME
    host = custom_urls.host_of(uri)
    return words.ADDRESS_DIRECT if host.endswith(".plex.direct") else words.ADDRESS_OTHER
