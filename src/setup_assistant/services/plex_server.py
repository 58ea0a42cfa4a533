# SPDX-License-Identifier: MIT
"""The Plex Media Server of this computer: finds it, reads and writes its settings, starts and restarts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Protocol

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexAnswer, PlexFacts, PlexInstallation, PlexSettings, Watching
from setup_assistant.core.host import Command, Host, Reply
from setup_assistant.core.settings import PlexServerSettings
from setup_assistant.services.plex_door import SOMEBODY, Door, look_at_door
from setup_assistant.services.plex_elsewhere import servers_on_lan
from setup_assistant.services.plex_finder import PlexFinder, Seen, Way
from setup_assistant.services.plex_messages import (
    BACKED_UP,
    SERVER,
    Identity,
    SettingValue,
    choose_settings,
    parse_settings,
    refusal,
)
from setup_assistant.services.plex_sessions import parse_sessions

REQUEST_S = 4.0
INSTALLATION_S = 2.5
COMMAND_S = 90.0
"""Deadlines in seconds; the last one holds a polite stop, which Plex may take a minute for."""

AFTER_PUT_S = 1.0
"""Right after a PUT Plex answers the next request with 400 (plex-api.rs, tests/server_prefs.rs): wait so long, once."""

PAUSE_S = 2.0
CLOSING_LIMIT_S = 60.0
QUIET_LIMIT_S = 120.0
STARTING_LIMIT_S = 20 * 60.0
"""How long Plex may take to close, a start may stay without an answer, and it may answer 503 (after an update)."""

Progress = Callable[[float, float], None]
"""Called with the seconds gone and the limit while a wait lasts."""


class ServerTokens(Protocol):
    """Gives the token for one server, which is not that of the account."""

    async def server_token(self, machine_identifier: str) -> str:
        """Return it. Raises HostError SIGN_IN_NEEDED, UNAUTHORIZED or what plex.tv met."""
        ...

    def forget_server_token(self, machine_identifier: str) -> None:
        """It was refused: ask plex.tv next time."""
        ...


class PlexServer:
    """Speaks to Plex on loopback. Settings need a token, everything else is asked without one."""

    def __init__(self, host: Host, settings: PlexServerSettings, account: ServerTokens) -> None:
        self._host = host
        self._settings = settings
        self._account = account
        self._finder = PlexFinder(host.http, settings.url)
        self._seen: Seen | None = None

    async def observe(self, public_name: str | None = None) -> PlexFacts:
        """Look at the server without a token. ``public_name`` is the name visitors will use, where it is known.

        Raises HostError only where nothing answered and it could not be found out whether Plex is installed.
        """
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look())
            asking = group.create_task(self._installation())
        seen, installation = looking.result(), asking.result()
        if isinstance(installation, HostError):
            if seen.answer is PlexAnswer.REFUSED:
                raise installation
            installation = None
        elsewhere: tuple[str, ...] = ()
        if seen.answer is PlexAnswer.REFUSED and installation is None and self._host.lan is not None:
            servers = await servers_on_lan(self._host.lan)
            # One of them may be here after all, behind another port: it is the one that answers there as itself.
            here = await self._finder.look_on({server.port: server.machine_identifier for server in servers})
            elsewhere = tuple(server.address for server in servers) if here is None else ()
            if here is not None:
                seen = self._seen = here
        door = Door()
        if seen.identity is not None:
            door = await look_at_door(
                self._host.http, seen.way, seen.identity.machine_identifier, public_name or SOMEBODY
            )
        restart = self._restart_commands(installation)
        plain_asked = self._settings.url.startswith("http://")
        return PlexFacts(
            answer=seen.answer,
            url=self._settings.url,
            port=seen.port,
            installation=installation,
            machine_identifier=seen.identity.machine_identifier if seen.identity else "",
            version=seen.identity.version if seen.identity else "",
            claimed=seen.identity.claimed if seen.identity else None,
            strangers_enter=door.strangers_enter,
            plain_hop_refused=True if plain_asked and seen.way.any_certificate else door.plain_hop_refused,
            elsewhere=elsewhere,
            can_start=installation is not None and self._host.platform.start_plex(installation) is not None,
            can_restart=bool(restart),
            restart_needs_admin=any(command.as_admin for command in restart),
        )

    async def answer(self) -> PlexAnswer:
        """Tell what answers on Plex's port, and nothing more. Never raises HostError."""
        return (await self._look()).answer

    async def machine_identifier(self) -> str:
        """Return the identifier of the server that answers. Raises HostError."""
        return (await self._known())[1].machine_identifier

    async def read_settings(self) -> PlexSettings:
        """Return the settings that matter, read on a new connection. Raises HostError."""
        return choose_settings(await self._all_settings())

    async def raw_settings(self) -> dict[str, Any]:
        """Return what the backup keeps: the settings we touch and those beside them. Raises HostError."""
        settings = await self._all_settings()
        return {name: settings[name] for name in BACKED_UP if name in settings}

    async def write_settings(self, values: Mapping[str, SettingValue]) -> None:
        """Set these in one request. Raises HostError; the caller reads back.

        Raises NOT_TAKEN where Plex does not know one of them and ACCESS_DENIED where the token is not the owner's.
        """
        params = tuple((name, _as_sent(value)) for name, value in values.items())
        await self._with_token("PUT", "/:/prefs", params)

    async def sessions(self) -> tuple[Watching, ...]:
        """Return who is watching right now, and how they come in. Raises HostError."""
        return parse_sessions(await self._with_token("GET", "/status/sessions"))

    async def viewers(self) -> int:
        """Return how many are watching right now; a restart would stop them. Raises HostError."""
        return len(await self.sessions())

    async def start(self, progress: Progress | None = None) -> None:
        """Start Plex and wait until it answers. Raises HostError UNSUPPORTED, TIMED_OUT or what the command met."""
        installation = await self._host.platform.plex_installation()
        command = self._host.platform.start_plex(installation) if installation is not None else None
        if command is None:
            raise HostError(Trouble.UNSUPPORTED, what=SERVER)
        await self._run(command)
        await self.wait_until_ready(progress=progress)

    async def restart(self, progress: Progress | None = None) -> None:
        """Stop and start Plex, which interrupts all who watch, and wait until the same server answers.

        Raises HostError UNSUPPORTED, CHANGED_MEANWHILE, TIMED_OUT or what a command met.
        """
        before = (await self._look()).identity
        own = self._settings.restart_command
        commands = self._restart_commands(None if own else await self._host.platform.plex_installation())
        if not commands:
            raise HostError(Trouble.UNSUPPORTED, what=SERVER)
        for command in commands[:-1]:
            await self._run(command)
            await self._wait_until_gone()
        await self._run(commands[-1])
        await self.wait_until_ready(before.machine_identifier if before else None, progress)

    def _restart_commands(self, installation: PlexInstallation | None) -> tuple[Command, ...]:
        """The person's own command, else those of the system; empty where we can't."""
        if self._settings.restart_command:
            return (Command(self._settings.restart_command),)
        return self._host.platform.restart_plex(installation) if installation is not None else ()

    async def _wait_until_gone(self) -> None:
        """Wait until Plex has closed; it is never ended by force. Raises HostError TIMED_OUT."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while (await self._look()).answer is not PlexAnswer.REFUSED:
            if clock() - began >= CLOSING_LIMIT_S:
                raise HostError(Trouble.TIMED_OUT, what=SERVER)
            await asyncio.sleep(PAUSE_S)

    async def wait_until_ready(self, expected: str | None = None, progress: Progress | None = None) -> None:
        """Wait until ``/identity`` answers, with the machine identifier ``expected`` where given.

        Raises HostError TIMED_OUT, or CHANGED_MEANWHILE where another server answers.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        alive = began
        while True:
            seen = await self._look()
            if seen.identity is not None:
                if expected is not None and seen.identity.machine_identifier != expected:
                    raise HostError(Trouble.CHANGED_MEANWHILE, what=SERVER)
                return
            now = clock()
            if seen.answer is PlexAnswer.STARTING:
                alive = now
            if now - began >= STARTING_LIMIT_S or now - alive >= QUIET_LIMIT_S:
                raise HostError(Trouble.TIMED_OUT, what=SERVER)
            if progress is not None:
                progress(now - began, STARTING_LIMIT_S)
            await asyncio.sleep(PAUSE_S)

    async def _installation(self) -> PlexInstallation | HostError | None:
        try:
            async with asyncio.timeout(INSTALLATION_S):
                return await self._host.platform.plex_installation()
        except HostError as error:
            return error
        except TimeoutError:
            return HostError(Trouble.TIMED_OUT, "how Plex is installed", what=SERVER)

    async def _look(self) -> Seen:
        seen = await self._finder.look()
        if seen.answer in (PlexAnswer.REFUSED, PlexAnswer.NOT_PLEX) and self._finder.is_here:
            installation = await self._installation()
            if isinstance(installation, PlexInstallation):
                seen = await self._finder.look_on(dict.fromkeys(installation.ports, "")) or seen
        self._seen = seen if seen.identity is not None else None
        return seen

    async def _known(self) -> tuple[Way, Identity]:
        seen = self._seen or await self._look()
        if seen.identity is None:
            raise HostError(_TROUBLES.get(seen.answer, Trouble.UNEXPECTED_REPLY), what=SERVER)
        return seen.way, seen.identity

    async def _all_settings(self) -> dict[str, SettingValue]:
        return parse_settings(await self._with_token("GET", "/:/prefs"))

    async def _with_token(self, method: str, path: str, params: tuple[tuple[str, str], ...] = ()) -> Reply:
        """Send one request with the server's token, on a connection of its own. Raises HostError."""
        way, identity = await self._known()
        identifier = identity.machine_identifier
        token = await self._account.server_token(identifier)
        reply = await self._patiently(way, method, path, token, params)
        if reply.status == 401:
            # plex.tv gives out a new one from time to time, so the one we remember may be the old one.
            self._account.forget_server_token(identifier)
            newer = await self._account.server_token(identifier)
            if newer != token:
                reply = await self._patiently(way, method, path, newer, params)
        if reply.status != 200:
            raise refusal(method, path, reply.status)
        return reply

    async def _patiently(
        self, way: Way, method: str, path: str, token: str, params: tuple[tuple[str, str], ...]
    ) -> Reply:
        headers = {"X-Plex-Token": token}
        reply = await self._ask(way, method, path, headers, params)
        if reply.status == 400 and b"unknown preference" not in reply.body:
            await asyncio.sleep(AFTER_PUT_S)
            reply = await self._ask(way, method, path, headers, params)
        return reply

    async def _ask(
        self,
        way: Way,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        params: tuple[tuple[str, str], ...] = (),
    ) -> Reply:
        return await self._host.http.request(
            method,
            way.url + path,
            headers={"Accept": "application/json", **(headers or {})},
            params=params,
            timeout=REQUEST_S,
            connect_to=way.connect_to,
            any_certificate=way.any_certificate,
            fresh=True,
        )

    async def _run(self, command: Command) -> None:
        completed = await self._host.commands.run(command.argv, timeout=COMMAND_S, as_admin=command.as_admin)
        if completed.exit_code != 0 and not command.any_exit:
            raise HostError(Trouble.TOOL_FAILED, f"exit {completed.exit_code}", what=PurePath(command.argv[0]).name)


_TROUBLES: Mapping[PlexAnswer, Trouble] = {
    PlexAnswer.REFUSED: Trouble.REFUSED,
    PlexAnswer.SILENT: Trouble.TIMED_OUT,
    PlexAnswer.STARTING: Trouble.HTTP_STATUS,
}


def _as_sent(value: SettingValue) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
