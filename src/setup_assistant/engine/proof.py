# SPDX-License-Identifier: MIT
"""Waits for the world between two changes: public name, certificate, entrance, plex.tv, and the view from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from setup_assistant.core.events import Listener, WaitEnded, Waiting
from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.texts import Text

NAME_LIMIT_S = 15 * 60.0
"""Public DNS takes up to 10 minutes, at times longer (facts: Tailscale's own word, and reports)."""
LISTED_LIMIT_S = 180.0
CERTIFICATE_LIMIT_S = 90 * 60.0
"""A refusal that ends within this time is waited for; a longer one is told, and a later run goes on from there."""
CLOCKS_DIFFER_S = 30.0
"""How much later than the moment named we ask again: its clock is not ours."""
PLEX_START_LIMIT_S = 20 * 60.0

WAIT_NAME = Text(
    "Waiting until the public name and its certificate are there. "
    "You may close this; it goes on when you open it again."
)
WAIT_CERTIFICATE = Text(
    "Waiting until the certificate authority gives out a certificate for this name again. "
    "You may close this; it goes on when you open it again."
)

Step = Callable[[], Awaitable[tuple[bool, bool]]]
"""Looks once: (it came, waiting on makes sense)."""


async def wait_for(
    code: str, text: Text, limit: float, look: Step, listen: Listener, stopped: Callable[[], bool] = lambda: False
) -> bool:
    """Look again and again until it came, waiting no longer makes sense, or ``limit`` seconds are over.

    Pauses of 2 s for half a minute, then 10 s, after five minutes 30 s: that is what the services asked bear.
    ``stopped`` is asked every second: whether the person wants no more of it.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    announced = False
    while True:
        came, hopeful = (False, False) if announced and stopped() else await look()
        elapsed = loop.time() - began
        if came or not hopeful or elapsed >= limit:
            if announced:
                listen(WaitEnded(code, came))
            return came
        announced = True
        pause = 2.0 if elapsed < 30 else 10.0 if elapsed < 300 else 30.0
        until = min(elapsed + pause, limit)
        # A remainder too small to move the clock is none.
        while until - elapsed > 1e-3 and not stopped():
            listen(Waiting(code, text, elapsed, limit))
            await asyncio.sleep(min(1.0, until - elapsed))
            elapsed = loop.time() - began


def path_state(findings: dict[str, Finding]) -> tuple[bool, bool, Finding | None]:
    """Judge layers 2 to 4: (proven, worth waiting, what stands in the way)."""
    entrance, name, own = findings["public_entrance"], findings["public_dns"], findings["own_address"]
    if entrance.status in (Status.OK, Status.NOTICE):
        return True, False, None
    for finding in (own, name, entrance):
        seen = root(findings, finding)
        if seen.status in (Status.PROBLEM, Status.UNKNOWN) and not may_come(seen):
            return False, False, seen
    waiting = next((one for one in (own, name, entrance) if one.status in (Status.PROBLEM, Status.UNKNOWN)), entrance)
    return False, True, waiting


_COMING = frozenset(
    {
        ("public_dns", "not_yet"),
        ("public_dns", "not_asked"),
        ("own_address", "slow"),
        ("own_address", "starting"),
        ("public_dns", "no_answer"),
        ("public_entrance", "starting"),
        ("own_address", "no_certificate"),
        ("own_address", "refused"),
        ("own_address", "bad_gateway"),
        ("public_entrance", "no_certificate"),
        ("public_entrance", "stalls"),
        ("public_entrance", "not_reached"),
        ("public_entrance", "bad_gateway"),
        ("plex_server", "starting"),
        ("tailscale_connected", "starting"),
    }
)
"""Answers that time alone may turn into a good one."""


MOST_BLIND_LOOKS = 10
"""Looks that see nothing from here (about half a minute) before somebody outside is asked."""

_BLIND = frozenset({("public_dns", "not_asked"), ("public_dns", "no_answer"), ("public_entrance", "not_reached")})


def is_blind(finding: Finding | None) -> bool:
    """Whether this answer tells of this computer's own view only, not of the server."""
    return finding is not None and (finding.code, finding.cause) in _BLIND


def may_come(finding: Finding) -> bool:
    """Whether time alone may turn this problem into a good answer."""
    return (finding.code, finding.cause) in _COMING


def root(findings: dict[str, Finding], finding: Finding) -> Finding:
    """Return the finding that this one waits for in the end, itself where it waits for none."""
    for _ in findings:
        if finding.status is not Status.BLOCKED or finding.blocked_by not in findings:
            break
        finding = findings[finding.blocked_by]
    return finding
