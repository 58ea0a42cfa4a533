# SPDX-License-Identifier: MIT
"""Judges the Plex server and its settings."""

from __future__ import annotations

from setup_assistant.checks.plex_account import (
    judge_keyring,
    judge_owner,
    judge_pass,
    judge_published,
    judge_sign_in,
)
from setup_assistant.checks.plex_gate import judge_gate, not_looked
from setup_assistant.checks.plex_watching import judge_for_viewers, judge_sessions
from setup_assistant.checks.readable import not_readable
from setup_assistant.checks.staying import judge_stays_up
from setup_assistant.core import custom_urls
from setup_assistant.core.aim import PLEX_PORT, aim
from setup_assistant.core.facts import HostFacts, PlexAnswer, PlexFacts, PlexSettings, Unknown
from setup_assistant.core.findings import Check, Evidence, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words import plex as words


def judge_server(facts: HostFacts) -> Verdict:
    """Whether Plex is on this computer and answers."""
    plex = facts.plex
    if isinstance(plex, Unknown):
        return not_readable(plex)
    match plex.answer:
        case PlexAnswer.PLEX:
            seen = () if plex.viewers is None else (Evidence(words.VIEWERS, str(plex.viewers)),)
            if plex.installation is not None and plex.installation.kind in words.KINDS:
                seen = (Evidence(words.INSTALLED, words.KINDS[plex.installation.kind]), *seen)
            if plex.port != PLEX_PORT:
                seen = (*seen, Evidence(words.PORT, str(plex.port)))
            return case("plex_server").verdict(evidence=seen, version=plex.version)
        case PlexAnswer.STARTING:
            return case("plex_server", "starting").verdict()
        case PlexAnswer.SILENT:
            return case("plex_server", "silent").verdict(port=plex.port)
        case PlexAnswer.NOT_PLEX:
            return case("plex_server", "not_plex").verdict(port=plex.port)
    return _judge_refused(plex)


def _judge_refused(plex: PlexFacts) -> Verdict:
    if plex.installation is None:
        if plex.elsewhere:
            return case("plex_server", "elsewhere").verdict(where=", ".join(plex.elsewhere))
        return case("plex_server", "missing").verdict()
    if plex.installation.running:
        return case("plex_server", "not_listening").verdict(port=plex.port)
    return case("plex_server", "stopped" if plex.can_start else "stopped_here").verdict()


def judge_url(facts: HostFacts) -> Verdict:
    """Whether our address, with its port, stands in Plex's list, and no wrong variant of it."""
    if isinstance(facts.plex, Unknown):
        return not_readable(facts.plex)
    settings, found = facts.plex.settings, aim(facts)
    if isinstance(settings, Unknown):
        return not_readable(settings)
    if found is None:
        return not_looked("tailscale_signed_in")
    evidence = (Evidence(words.URLS, settings.custom_connections, private=True),) if settings.urls else ()
    wrong = custom_urls.first_fault(settings.custom_connections, found.url, custom_urls.earlier_names(facts))
    if wrong is not None:
        entry, cause = wrong
        return case("plex_url", cause).verdict(evidence=evidence, found=entry, url=found.url, port=found.port)
    missing = None if custom_urls.has_ours(settings.custom_connections, found.url) else "missing"
    return case("plex_url", missing).verdict(evidence=evidence, url=found.url)


def judge_remote_access(facts: HostFacts) -> Verdict:
    """Whether Plex's own Remote Access is off, by its setting: its page shows what it likes."""
    if isinstance(facts.plex, Unknown):
        return not_readable(facts.plex)
    settings = facts.plex.settings
    if isinstance(settings, Unknown):
        return not_readable(settings)
    if settings.publish:
        return case("plex_remote_access", "on").verdict()
    left = _leftovers(settings)
    return case("plex_remote_access", "leftovers" if left else None).verdict(what=left)


def _leftovers(settings: PlexSettings) -> Text | None:
    if settings.manual_port_mapping:
        return words.MANUAL_PORT
    return words.MAPPED_PORT.filled(port=settings.mapped_port) if settings.mapped_port else None


_REACHABLE = (
    "plex_owner",
    "tailscale_signed_in",
    "tailscale_connected",
    "magicdns",
    "https_certificates",
    "funnel_allowed",
    "shields_up",
    "exit_node",
)
"""Without these there is no public address to tell anybody."""


def _check(code: str, *needs: str) -> Check:
    return Check(code, TITLES[code], _JUDGES[code], needs)


_JUDGES = {
    "plex_server": judge_server,
    "plex_sign_in": judge_sign_in,
    "keyring": judge_keyring,
    "plex_owner": judge_owner,
    "safety_gate": judge_gate,
    "plex_url": judge_url,
    "plex_remote_access": judge_remote_access,
    "plex_published": judge_published,
    "plex_pass": judge_pass,
    "plex_sessions": judge_sessions,
    "stays_up": judge_stays_up,
    "for_viewers": judge_for_viewers,
}

CHECKS: tuple[Check, ...] = (
    _check("plex_server"),
    _check("plex_sign_in"),
    _check("keyring"),
    _check("plex_owner", "plex_server", "plex_sign_in"),
    _check("safety_gate", "plex_server"),
    _check("plex_url", *_REACHABLE),
    _check("plex_remote_access", *_REACHABLE),
    _check("plex_published", *_REACHABLE, "plex_url"),
    _check("plex_pass", "plex_sign_in"),
    _check("plex_sessions", "plex_owner"),
    _check("stays_up", "plex_server"),
    _check("for_viewers", "plex_published"),
)
