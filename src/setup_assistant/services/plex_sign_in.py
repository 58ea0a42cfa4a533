# SPDX-License-Identifier: MIT
"""Signs in to plex.tv in the browser; the interface also fits the newer flow with device keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote, urlencode

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Host, Reply
from setup_assistant.core.settings import PlexTvSettings
from setup_assistant.services.plex_tv_messages import PLEX_TV, Pin, parse_pin, parse_pin_token

Offer = Callable[[str, str | None, float], None]
"""Shows a link to the person: the link, a code to type where there is one, and the seconds it lasts."""

PRODUCT = "Setup Assistant for Plex"
REQUEST_S = 8.0
POLL_S = 2.0
"""Seconds between two polls: plex.tv bears one a second, and answers 429 to more."""

LINK_S = 10.0
"""Seconds from one link to the next, at least."""

BUSY_S = 5.0
"""Seconds to wait after a 429 that does not say how long."""

LIMIT_S = 3600.0
"""Seconds a whole sign-in may take, over several links."""

_MOST_ODD_REPLIES = 3
_PASSING = (Trouble.TIMED_OUT, Trouble.UNREACHABLE, Trouble.REFUSED)


class PinEnded(Exception):
    """The link is no longer good; a new one has to be offered."""


class SignInFlow(Protocol):
    """One way to come from a link in the browser to a token."""

    async def begin(self) -> Pin:
        """Begin a sign-in. Raises HostError."""
        ...

    def link(self, pin: Pin) -> str:
        """The page the person opens."""
        ...

    async def poll(self, pin: Pin) -> str | None:
        """Return the token, or None while nobody has signed in. Raises PinEnded or HostError."""
        ...


class PinFlow:
    """The flow with a strong pin (Plex's specification 1.2.2, "Traditional Token Authentication")."""

    def __init__(self, host: Host, settings: PlexTvSettings, headers: Mapping[str, str]) -> None:
        self._host = host
        self._settings = settings
        self._headers = headers

    async def begin(self) -> Pin:
        """Make a new strong pin. Raises HostError."""
        reply = await self._ask("POST", "/api/v2/pins", (("strong", "true"),))
        if reply.status not in (200, 201):
            raise refusal(reply)
        return parse_pin(reply)

    def link(self, pin: Pin) -> str:
        """Everything stands behind the ``#``, which browsers do not send: only the page's own script sees it."""
        values = {
            "clientID": self._headers["X-Plex-Client-Identifier"],
            "code": pin.code,
            "context[device][product]": PRODUCT,
        }
        return f"{self._settings.browser}/auth#?{urlencode(values, quote_via=quote)}"

    async def poll(self, pin: Pin) -> str | None:
        """Ask whether the person has signed in. A pin that has ended is 404 here and null there."""
        reply = await self._ask("GET", f"/api/v2/pins/{pin.identifier}")
        if reply.status == 404:
            raise PinEnded
        if reply.status != 200:
            raise refusal(reply)
        return parse_pin_token(reply)

    async def _ask(self, method: str, path: str, params: tuple[tuple[str, str], ...] = ()) -> Reply:
        return await self._host.http.request(
            method, self._settings.sign_in + path, headers=self._headers, params=params, timeout=REQUEST_S
        )


async def sign_in(host: Host, flow: SignInFlow, offer: Offer, limit: float = LIMIT_S) -> str:
    """Offer links until the person has signed in, and return the token. ``limit`` in seconds.

    Raises HostError SIGN_IN_EXPIRED when the time is over, or what plex.tv met when a link was to be made.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + limit
    while clock() < end:
        pin = await _begin(flow, end)
        seconds = min(pin.seconds, end - clock())
        link = flow.link(pin)
        offer(link, None, seconds)
        host.platform.open_browser(link)
        began = clock()
        token = await _wait(host, flow, pin, began + seconds)
        if token is not None:
            return token
        # A link that ends long before its time is no reason to ask for the next one at once.
        await asyncio.sleep(max(0.0, LINK_S - (clock() - began)))
    raise HostError(Trouble.SIGN_IN_EXPIRED, what=PLEX_TV)


async def _begin(flow: SignInFlow, end: float) -> Pin:
    clock = asyncio.get_running_loop().time
    while True:
        try:
            return await flow.begin()
        except HostError as error:
            pause = _pause(error)
            if pause is None or clock() + pause >= end:
                raise
        await asyncio.sleep(pause)


async def _wait(host: Host, flow: SignInFlow, pin: Pin, deadline: float) -> str | None:
    """Poll until there is a token or the pin has ended, by plex.tv's word, by our clock, or by the time of day.

    The clock of the loop stands still while a laptop sleeps; the time of day does not.
    """
    clock = asyncio.get_running_loop().time
    ends_at = host.clock.now() + timedelta(seconds=deadline - clock())
    odd = 0
    while True:
        over = clock() >= deadline or host.clock.now() >= ends_at
        pause = POLL_S
        try:
            token = await flow.poll(pin)
            odd = 0
            if token is not None or over:
                return token
        except PinEnded:
            return None
        except HostError as error:
            # A line that drops for a moment is no reason to give up; answers that make no sense are, after a while.
            wanted = _pause(error)
            odd += wanted is None and error.trouble not in _PASSING
            if odd >= _MOST_ODD_REPLIES or error.trouble is Trouble.TLS:
                raise
            if over:
                return None
            pause = wanted or POLL_S
        await asyncio.sleep(max(0.0, min(pause, deadline - clock())))


def _pause(error: HostError) -> float | None:
    """How long plex.tv asked us to wait, or None where it did not ask."""
    if error.status not in (429, 503):
        return None
    return min(max(BUSY_S if error.retry_after is None else error.retry_after, POLL_S), 600.0)


def refusal(reply: Reply) -> HostError:
    """The trouble that a status of plex.tv means."""
    if reply.status in (301, 302, 303, 307, 308):
        return HostError(Trouble.REDIRECTED, what=PLEX_TV, status=reply.status)
    trouble = Trouble.UNAUTHORIZED if reply.status == 401 else Trouble.HTTP_STATUS
    return HostError(trouble, what=PLEX_TV, status=reply.status, retry_after=_retry_after(reply.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3), which counts from the date of the same reply: their clock is not ours."""
    wait = headers.get("retry-after", "")
    if wait.isascii() and wait.isdecimal():
        return float(wait)
    try:
        return (parsedate_to_datetime(wait) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None
