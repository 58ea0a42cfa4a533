# SPDX-License-Identifier: MIT
"""Signing the node in through the browser: no preference is touched, and no new profile is made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.versions import version_numbers
from setup_assistant.services.tailscale_look import LOCALAPI_SINCE
from setup_assistant.services.tailscale_replies import WHAT, suggested_command
from setup_assistant.services.tailscale_status import Status, parse_version

if TYPE_CHECKING:
    from setup_assistant.services.tailscale import Tailscale

log = logging.getLogger(__name__)

LONGEST_S = 900.0
"""How long we wait for the person; the link itself lasts for days (ipnlocal/local.go)."""
POLL_S = 1.0

Offer = Callable[[str, str | None, float], None]


async def sign_in(tailscale: Tailscale, offer: Offer) -> None:
    """Return when the node is signed in, or waits for an admin's approval only.

    Each new link is offered and opened in the browser. Raises HostError SIGN_IN_EXPIRED when the person does not
    come back, and what the command line raises.
    """
    status = await tailscale.status()
    if status.backend in ("Running", "NeedsMachineAuth"):
        return
    if status.backend == "Stopped":
        await tailscale.connect()
        return
    asking = None
    if status.backend == "NoState":
        # Before it has spoken to its control server once, the daemon can't take the request (ipnlocal/local.go).
        status = await tailscale.wait_until(lambda seen: seen.backend != "NoState", 30.0)
    if status.auth_url is None:
        asking = asyncio.create_task(_ask_for_link(tailscale))
    try:
        await _wait(tailscale, offer, asking)
    finally:
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _ask_for_link(tailscale: Tailscale) -> None:
    """Have the daemon ask its control server for a sign-in page."""
    completed = await tailscale.run("version", "--json")
    numbers = version_numbers(parse_version(completed.stdout).version)
    if numbers is not None and numbers >= LOCALAPI_SINCE:
        await tailscale.change("debug", "localapi", "POST", "login-interactive")
        return
    # It stays until the person is done; the link is read from the status all the same.
    completed = await tailscale.run("up", "--json", timeout=LONGEST_S)
    again = suggested_command(completed.stderr)
    if again:
        # Settings that are not the default have to be named, so that none is lost; it tells how.
        await tailscale.change(*again, timeout=LONGEST_S)
    elif completed.exit_code != 0:
        await tailscale.change("up", "--json", timeout=LONGEST_S)


async def _wait(tailscale: Tailscale, offer: Offer, asking: asyncio.Task[None] | None) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_S
    shown: str | None = None
    while loop.time() < end:
        status = await _look(tailscale)
        if status is not None and status.backend in ("Running", "NeedsMachineAuth"):
            return
        if status is not None and status.auth_url is not None and status.auth_url != shown:
            shown = status.auth_url
            offer(shown, None, end - loop.time())
            tailscale.host.platform.open_browser(shown)
        if asking is not None and asking.done() and shown is None:
            asking.result()
        await asyncio.sleep(POLL_S)
    raise HostError(Trouble.SIGN_IN_EXPIRED, what=WHAT)


async def _look(tailscale: Tailscale) -> Status | None:
    try:
        return await tailscale.status()
    except HostError as error:
        log.debug("tailscale status: %s", error.trouble)
        return None
