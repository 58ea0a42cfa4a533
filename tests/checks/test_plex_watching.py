# SPDX-License-Identifier: MIT
"""What is said of those who watch, and of staying reachable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setup_assistant.core.connection import Binding, ConnectionFacts
from setup_assistant.core.facts import AccountFacts, PlexInstallation, Unknown, Watching
from setup_assistant.core.findings import Status
from setup_assistant.core.texts import Text
from tests.checks.test_plex import FACTS, URL, ask, plex

HOME = replace(
    FACTS,
    connection=ConnectionFacts(
        bindings=(Binding("stun.example:3478", "81.2.69.10", 5000),),
        web_addresses=("81.2.69.10", "not an address"),
        ipv6_address="2001:db8:1:2::10",
    ),
)


@pytest.mark.parametrize(
    ("sessions", "cause"),
    [
        ((), None),
        ((Watching("192.168.1.20", "81.2.69.10", "lan", relayed=False),), None),
        ((Watching("203.0.113.7", "203.0.113.7", "wan", relayed=False, secure=True),), None),
        ((Watching("203.0.113.7", "203.0.113.7", "wan", relayed=False, secure=False),), "not_secure"),
        ((Watching(),), None),
        ((Watching("127.0.0.1", "127.0.0.1", "lan"),), None),
        ((Watching("127.0.0.1", "81.2.69.10", "lan"),), None),
        ((Watching(), Watching("192.168.1.20", "", "wan", relayed=True)), "relayed"),
        ((Watching("81.2.69.10", "81.2.69.10", "wan"),), "home_through_funnel"),
        ((Watching("192.168.1.20", "", "wan"),), "home_counted_away"),
        ((Watching("100.101.102.103", "", "wan"),), "home_counted_away"),
        ((Watching("203.0.113.7", "203.0.113.7", "lan"),), "away_counted_home"),
        ((Watching("2001:db8::7", "", "lan"),), "away_counted_home"),
        ((Watching("127.0.0.1", "203.0.113.7", "lan"),), "away_counted_home"),
        # A TV of this home over IPv6: at home as it should be, and out and back in; and a stranger's.
        ((Watching("2001:db8:1:2::77", "", "lan"),), None),
        ((Watching("2001:db8:1:2::77", "", "wan"),), "home_through_funnel"),
        ((Watching("2001:db8:1:3::77", "", "lan"),), "away_counted_home"),
        ((Watching("2001:db8:1:3::77", "", "wan", secure=True),), None),
    ],
)
def test_how_they_come_in(sessions: tuple[Watching, ...], cause: str | None) -> None:
    verdict = ask("plex_sessions", plex(HOME, sessions=sessions))
    assert (verdict.status, verdict.cause) == (Status.NOTICE if cause else Status.OK, cause)
    assert all(one.private for one in verdict.evidence)
    assert len(verdict.evidence) == len([one for one in sessions if one.address])


def test_on_a_line_that_is_not_known_nobody_is_taken_for_ours() -> None:
    sessions = (Watching("81.2.69.10", "81.2.69.10", "wan"),)
    facts = plex(replace(HOME, connection=Unknown(Text(""))), sessions=sessions)
    assert ask("plex_sessions", facts).cause is None


def test_sessions_that_could_not_be_read() -> None:
    assert ask("plex_sessions", plex(sessions=None)).cause == "not_readable"


def test_what_viewers_should_know_has_plexs_own_page_for_sharing() -> None:
    verdict = ask("for_viewers", FACTS)
    words = " ".join(remedy.text.render() for remedy in verdict.remedies)
    assert "open them again" in words
    assert "lower the quality" in words
    links = [remedy.link for remedy in verdict.remedies if remedy.link]
    assert "https://app.plex.tv/desktop/#!/settings/manage-library-access" in links


@pytest.mark.parametrize(
    ("kind", "words"), [("docker", "in a container"), ("snap", "as a snap"), ("service", "as a service")]
)
def test_how_plex_is_installed_is_said(kind: str, words: str) -> None:
    verdict = ask("plex_server", plex(installation=PlexInstallation(kind)))
    assert words in [str(one.value) for one in verdict.evidence]


def test_a_public_address_marked_as_one_for_home_is_told() -> None:
    """plex.tv has been seen to list custom addresses as local: then devices at home may take the long way."""
    assert isinstance(FACTS.account, AccountFacts)
    marked = replace(FACTS, account=replace(FACTS.account, locals=(*FACTS.account.locals, URL)))
    verdict = ask("for_viewers", marked)
    assert (verdict.status, verdict.cause) == (Status.NOTICE, "listed_as_home")
    assert "plex.direct" in verdict.remedies[0].text.render()
    assert ask("for_viewers", FACTS).cause is None
