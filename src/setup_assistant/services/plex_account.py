# SPDX-License-Identifier: MIT
"""The Plex account: signs in and out, keeps the token in the keyring, and asks plex.tv about this very server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from setup_assistant import __version__
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import AccountFacts, KeyringState, TokenState
from setup_assistant.core.host import Host, Reply
from setup_assistant.core.settings import PlexTvSettings
from setup_assistant.core.texts import Text, listed
from setup_assistant.core.words import case
from setup_assistant.services.plex_sign_in import PRODUCT, Offer, PinFlow, SignInFlow, refusal, sign_in
from setup_assistant.services.plex_tv_messages import PLEX_TV, Server, User, is_token, parse_server, parse_user

log = logging.getLogger(__name__)

ENTRY = "plex-token"
"""The name of the token in the keyring."""

REQUEST_S = 3.5
"""Seconds for each question about the account; two are asked at once, within the deadline of one source."""

_KEYRING: Mapping[Trouble, KeyringState] = {
    Trouble.KEYRING_LOCKED: KeyringState.LOCKED,
    Trouble.KEYRING_MISSING: KeyringState.MISSING,
    Trouble.KEYRING_REFUSED: KeyringState.REFUSED,
}


class PlexAccount:
    """Tokens stay in here: they go to the hosts of the settings in a header, to the keyring, and nowhere else."""

    def __init__(
        self, host: Host, settings: PlexTvSettings, client_identifier: str, flow: SignInFlow | None = None
    ) -> None:
        """``client_identifier`` is made once for each user and kept; ``flow`` is another way to sign in."""
        self._host = host
        self._settings = settings
        self._headers = {
            "Accept": "application/json",
            "X-Plex-Product": PRODUCT,
            "X-Plex-Version": __version__,
            "X-Plex-Client-Identifier": client_identifier,
        }
        self._flow: SignInFlow = flow or PinFlow(host, settings, self._headers)
        self._token: str | None = None
        self._server_tokens: dict[str, str] = {}
        self._keyring = KeyringState.READY
        self._reading = asyncio.Lock()

    async def sign_in(self, offer: Offer) -> None:
        """Sign in in the browser; returns when it went through. Raises HostError.

        Where the keyring does not take the token, it stays in memory for this run, and `observe` says so.
        """
        token = await sign_in(self._host, self._flow, offer)
        self._token = token
        self._server_tokens.clear()
        try:
            await self._host.secrets.store(ENTRY, token)
        except HostError as error:
            self._keyring = self._state_of(error)
        else:
            self._keyring = KeyringState.READY

    @property
    def not_kept(self) -> Text | None:
        """What to say at a sign-in that the keyring did not take; None where it did."""
        if self._keyring is KeyringState.READY:
            return None
        verdict = case("keyring", self._keyring.value).verdict()
        return listed((verdict.summary, *((verdict.why,) if verdict.why else ())), " ")

    async def sign_out(self) -> bool:
        """Revoke the token at plex.tv and forget it here; False where there was none to be found.

        Raises HostError NOT_REVOKED where plex.tv could not be told; here it is forgotten in any case. Raises
        STILL_KEPT where the keyring did not give it out, and the keyring's trouble where it keeps a revoked one.
        """
        token = await self._load()
        revoked = token is None or await self._revoke(token)
        self._token = None
        self._server_tokens.clear()
        try:
            await self._host.secrets.forget(ENTRY)
        except HostError as error:
            if error.trouble is not Trouble.KEYRING_MISSING:  # nothing can be kept in what is not there
                if token is not None and revoked:
                    raise
                raise HostError(Trouble.STILL_KEPT, error.trouble, what=PLEX_TV) from None
        finally:
            if not revoked:
                log.info("the sign-in could not be revoked")
        if not revoked:
            raise HostError(Trouble.NOT_REVOKED, what=PLEX_TV)
        return token is not None

    async def _revoke(self, token: str) -> bool:
        """Whether the token is no longer good: 204 is done, 401 is gone already."""
        try:
            reply = await self._ask("DELETE", f"{self._settings.sign_in}/api/v2/users/signout", token)
        except HostError as error:
            log.info("plex.tv could not be told of the sign-out: %s %s", error.trouble, error.detail)
            return False
        return reply.status in (200, 204, 401)

    async def observe(self, machine_identifier: str | None) -> AccountFacts:
        """Look whether the token is still good, and what plex.tv lists for this server. Never raises HostError."""
        token = await self._load()
        if token is None:
            return AccountFacts(TokenState.NONE, self._keyring)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(self._user(token))
            listing = group.create_task(self._server(token, machine_identifier))
        user, server = asking.result(), listing.result()
        if any(isinstance(one, HostError) and one.trouble is Trouble.UNAUTHORIZED for one in (user, server)):
            self._server_tokens.clear()
            return AccountFacts(TokenState.REVOKED, self._keyring)
        if isinstance(user, HostError):
            # Only a 401 means that the token is no longer good: in any other case it is kept.
            return AccountFacts(TokenState.UNCHECKED, self._keyring, trouble=user.trouble.value)
        known = AccountFacts(TokenState.VALID, self._keyring, username=user.name, has_pass=user.has_pass)
        if isinstance(server, HostError):
            return replace(known, trouble=server.trouble.value)
        if machine_identifier is None:
            return known
        if server is None:
            return replace(known, listed=False, owned=False)
        return replace(
            known,
            listed=True,
            owned=server.owned,
            connections=tuple(one.uri for one in server.connections),
            relay=any(one.relay for one in server.connections),
            locals=tuple(one.uri for one in server.connections if one.local),
            relays=tuple(one.uri for one in server.connections if one.relay),
        )

    async def published(self, machine_identifier: str) -> tuple[str, ...]:
        """Return the addresses that plex.tv lists for this server now. Raises HostError."""
        token = await self._load()
        if token is None:
            raise HostError(Trouble.SIGN_IN_NEEDED, what=PLEX_TV)
        server = await self._server(token, machine_identifier)
        if isinstance(server, HostError):
            raise server
        return () if server is None else tuple(one.uri for one in server.connections)

    async def server_token(self, machine_identifier: str) -> str:
        """Return the token for one server. Raises HostError SIGN_IN_NEEDED, UNAUTHORIZED, ACCESS_DENIED or others."""
        known = self._server_tokens.get(machine_identifier)
        if known is not None:
            return known
        token = await self._load()
        if token is None:
            raise HostError(Trouble.SIGN_IN_NEEDED, what=PLEX_TV)
        server = await self._server(token, machine_identifier)
        if isinstance(server, HostError):
            raise server
        if server is None or not server.owned or server.access_token is None:
            raise HostError(Trouble.ACCESS_DENIED, "not the owner's account", what="Plex")
        return server.access_token

    def forget_server_token(self, machine_identifier: str) -> None:
        """It was refused: ask plex.tv next time."""
        self._server_tokens.pop(machine_identifier, None)

    async def _load(self) -> str | None:
        """The token of this run, else the one in the keyring."""
        async with self._reading:
            if self._token is not None:
                return self._token
            try:
                kept = await self._host.secrets.read(ENTRY)
            except HostError as error:
                self._keyring = self._state_of(error)
                return None
            self._keyring = KeyringState.READY
            self._token = kept if is_token(kept) else None
            return self._token

    def _state_of(self, error: HostError) -> KeyringState:
        log.info("the keyring does not serve: %s %s", error.trouble, error.detail)
        return _KEYRING.get(error.trouble, KeyringState.REFUSED)

    async def _user(self, token: str) -> User | HostError:
        try:
            reply = await self._ask("GET", f"{self._settings.sign_in}/api/v2/user", token)
            return parse_user(reply) if reply.status == 200 else refusal(reply)
        except HostError as error:
            return error

    async def _server(self, token: str, machine_identifier: str | None) -> Server | HostError | None:
        if machine_identifier is None:
            return None
        params = (("includeHttps", "1"), ("includeRelay", "1"), ("includeIPv6", "1"))
        try:
            reply = await self._ask("GET", f"{self._settings.api}/api/v2/resources", token, params)
            if reply.status != 200:
                return refusal(reply)
            server = parse_server(reply, machine_identifier)
        except HostError as error:
            return error
        if server is not None and server.owned and server.access_token is not None:
            self._server_tokens[machine_identifier] = server.access_token
        return server

    async def _ask(self, method: str, url: str, token: str, params: tuple[tuple[str, str], ...] = ()) -> Reply:
        headers = {**self._headers, "X-Plex-Token": token}
        return await self._host.http.request(method, url, headers=headers, params=params, timeout=REQUEST_S)
