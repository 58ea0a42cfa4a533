# SPDX-License-Identifier: MIT
"""What is said of staying reachable day and night: only the switches that are off, or could not be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setup_assistant.core.facts import OperatingSystem, PlexInstallation, StayingFacts, TailscaleFacts
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.staying import Starts
from tests.checks.test_plex import FACTS, ask, plex

ON, SIGN_IN, OFF = Starts.WITH_COMPUTER, Starts.AT_SIGN_IN, Starts.NOT
LINUX, WINDOWS, MACOS = OperatingSystem.LINUX, OperatingSystem.WINDOWS, OperatingSystem.MACOS


def judge(
    system: OperatingSystem, staying: StayingFacts, kind: str = "package", unattended: bool | None = None
) -> Verdict:
    facts = plex(FACTS, installation=PlexInstallation(kind))
    assert isinstance(facts.tailscale, TailscaleFacts)
    return ask(
        "stays_up",
        replace(
            facts,
            system=replace(facts.system, os=system),
            tailscale=replace(facts.tailscale, unattended=unattended),
            staying=staying,
        ),
    )


@pytest.mark.parametrize(
    ("system", "kind", "staying", "unattended", "switches"),
    [
        (LINUX, "package", StayingFacts(ON, ON, False), None, ()),
        (LINUX, "package", StayingFacts(ON, ON, True), None, ("sleep.target",)),
        (LINUX, "package", StayingFacts(OFF, ON, False), None, ("enable plexmediaserver",)),
        (LINUX, "snap", StayingFacts(OFF, ON, False), None, ("snap start --enable plexmediaserver",)),
        (LINUX, "docker", StayingFacts(None, ON, False), None, ("docker update --restart unless-stopped",)),
        (LINUX, "package", StayingFacts(ON, OFF, False), None, ("enable tailscaled",)),
        (LINUX, "package", StayingFacts(), None, ("enable plexmediaserver", "enable tailscaled", "sleep.target")),
        (WINDOWS, "app", StayingFacts(SIGN_IN, ON, False, signs_in_alone=True), True, ()),
        (WINDOWS, "app", StayingFacts(SIGN_IN, ON, False), True, ("Sign-in options",)),
        (WINDOWS, "app", StayingFacts(OFF, ON, False), True, ("beside the clock", "Sign-in options")),
        (WINDOWS, "service", StayingFacts(ON, ON, False), True, ()),
        (WINDOWS, "service", StayingFacts(OFF, ON, False), True, ("PlexService", "Sign-in options")),
        (WINDOWS, "service", StayingFacts(ON, ON, False), False, ("--unattended",)),
        (WINDOWS, "service", StayingFacts(ON, OFF, True), True, ("--unattended", "standby-timeout-ac 0")),
        (MACOS, "app", StayingFacts(None, SIGN_IN, False), None, ("Open at Login", "Automatically log in", "at login")),
        (MACOS, "app", StayingFacts(None, ON, True, signs_in_alone=True), None, ("Open at Login", "pmset -c sleep 0")),
    ],
)
def test_only_what_is_left_to_switch_is_named(
    system: OperatingSystem, kind: str, staying: StayingFacts, unattended: bool | None, switches: tuple[str, ...]
) -> None:
    verdict = judge(system, staying, kind, unattended)
    assert (verdict.status, verdict.cause) == ((Status.NOTICE, system.value) if switches else (Status.OK, None))
    assert len(verdict.remedies) == len(switches)
    for remedy, part in zip(verdict.remedies, switches, strict=True):
        assert part in remedy.text.render()
        assert remedy.change is None


def test_what_was_seen_is_said_and_what_was_not() -> None:
    said = judge(WINDOWS, StayingFacts(SIGN_IN, ON, None), "app", unattended=False).summary.render()
    assert "Plex starts when somebody signs in" in said
    assert "Tailscale works while somebody is signed in" in said
    assert "could not be seen" in said
    alone = judge(WINDOWS, StayingFacts(SIGN_IN, ON, False, signs_in_alone=True), "app", unattended=True)
    assert "signs somebody in by itself" in alone.summary.render()
