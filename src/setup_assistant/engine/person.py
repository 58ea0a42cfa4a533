# SPDX-License-Identifier: MIT
"""Waits for what only a person can do, elsewhere: install Tailscale, approve this computer, allow Funnel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from setup_assistant.core.errors import HostError
from setup_assistant.core.events import Listener
from setup_assistant.core.findings import Finding, Remedy
from setup_assistant.core.texts import Text
from setup_assistant.engine import proof
from setup_assistant.services.tailscale import Tailscale
from setup_assistant.services.tailscale_status import Status

PERSON_LIMIT_S = 15 * 60.0
"""How long one such wait lasts; a new run goes on from there."""
WINDOW_LIMIT_S = 60 * 60.0
"""The same while a window is open, where waiting holds nothing up: an admin may have to be found first."""
SETTLE_S = 60.0
"""What an installer gets between putting the program there and its service answering."""

Seen = Callable[[Status, Finding], bool]


@dataclass(frozen=True, slots=True)
class _Awaited:
    text: Text
    came: Seen
    is_ours: bool = True
    """Whether the page is for the person in front of this computer; else it is to be sent to an admin."""


_INSTALLED = Text("Waiting until Tailscale is installed. It goes on by itself then.")
_APPROVED = Text("Waiting until this computer is approved. It goes on by itself then.")
_ALLOWED = Text("Waiting until your Tailscale network allows it. It goes on by itself then.")


def _https(status: Status, finding: Finding) -> bool:
    return status.https is True


def _funnel(status: Status, finding: Finding) -> bool:
    return status.funnel is True


def _port(status: Status, finding: Finding) -> bool:
    return finding.verdict.summary.values.get("port") in status.funnel_ports


_AWAITED: Mapping[tuple[str, str | None], _Awaited] = {
    ("tailscale_installed", "missing"): _Awaited(_INSTALLED, lambda status, finding: True),
    ("tailscale_signed_in", "needs_approval"): _Awaited(
        _APPROVED, lambda status, finding: status.backend not in ("NeedsMachineAuth", "Starting")
    ),
    ("magicdns", "off"): _Awaited(_ALLOWED, lambda status, finding: status.magicdns is True),
    ("https_certificates", "off"): _Awaited(_ALLOWED, _https),
    ("https_certificates", "ask_admin"): _Awaited(_ALLOWED, _https, is_ours=False),
    ("funnel_allowed", "not_allowed"): _Awaited(_ALLOWED, _funnel),
    ("funnel_allowed", "tagged"): _Awaited(_ALLOWED, _funnel),
    ("funnel_allowed", "ask_admin"): _Awaited(_ALLOWED, _funnel, is_ours=False),
    ("funnel_allowed", "port_not_allowed"): _Awaited(_ALLOWED, _port),
}

_SIGN_INS = frozenset({("tailscale_signed_in", "signed_out"), ("tailscale_signed_in", "key_expired")})


def sign_in_comes_next(findings: Sequence[Finding]) -> bool:
    """Whether a sign-in to Tailscale is all that a person is needed for."""
    needed = [(finding.code, finding.cause) for finding in findings if finding.needs_person]
    return bool(needed) and all(key in _SIGN_INS for key in needed)


def awaited(findings: Sequence[Finding]) -> Finding | None:
    """Return what to wait for first, or None.

    None too where a person is needed for something whose coming can't be seen from here: then that is to be told
    at once.
    """
    needed = [finding for finding in findings if finding.needs_person]
    if not all((finding.code, finding.cause) in _AWAITED for finding in needed):
        return None
    return needed[0] if needed else None


def awaits_person(findings: Sequence[Finding]) -> Finding | None:
    """Return the first finding whose end can be seen from here, whatever else a person is needed for; or None."""
    return next((one for one in findings if one.needs_person and (one.code, one.cause) in _AWAITED), None)


def remedy_of(finding: Finding) -> Remedy:
    """What the person is asked to do about an awaited finding."""
    return finding.verdict.remedies[0]


def page_to_open(finding: Finding) -> str | None:
    """The page for the person in front of this computer; None where there is none, or an admin needs it."""
    return remedy_of(finding).link if _AWAITED[finding.code, finding.cause].is_ours else None


async def wait_for_person(
    tailscale: Tailscale, finding: Finding, listen: Listener, limit: float = PERSON_LIMIT_S
) -> bool:
    """Wait until what `awaited` returned is there; False when ``limit`` seconds are over. Changes nothing.

    Emits `Waiting` and `WaitEnded`. Afterwards everything has to be looked at afresh.
    """
    wanted = _AWAITED[finding.code, finding.cause]
    loop = asyncio.get_running_loop()
    found_at: float | None = None

    async def look() -> tuple[bool, bool]:
        nonlocal found_at
        if tailscale.program() is None:
            found_at = None
            return False, True
        found_at = loop.time() if found_at is None else found_at
        try:
            came = wanted.came(await tailscale.status(), finding)
        except HostError:
            # An installer puts the program there first; a service that stays silent is told by the next look.
            came = wanted.text is _INSTALLED and loop.time() - found_at >= SETTLE_S
        return came, True

    return await proof.wait_for(finding.code, wanted.text, limit, look, listen)
