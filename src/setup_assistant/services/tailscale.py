# SPDX-License-Identifier: MIT
"""The Tailscale command line: reads the node, and changes exactly what it is asked to."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import TailscaleFacts
from setup_assistant.core.host import Completed, Host
from setup_assistant.core.settings import TailscaleSettings
from setup_assistant.services import serve_config, tailscale_look, tailscale_sign_in
from setup_assistant.services.tailscale_replies import WHAT, find_link, is_denied, is_raced, without_links
from setup_assistant.services.tailscale_status import Status, parse_status

log = logging.getLogger(__name__)

READ_S = 5.0
CHANGE_S = 20.0
ADMIN_S = 120.0
"""A person may be typing the password."""
START_S = 45.0
RENAME_S = 15.0
"""How long a new name may take to come back from the control server."""
CERTIFICATE_S = 90.0
"""The daemon itself gives a first certificate one to two minutes (facts: certificates)."""
RACES = 3
SNAP = "/snap/"
"""A program in here knows the socket of its own service (tailscale-snap: bin/tailscale --socket …)."""


class Tailscale:
    """One node's command line. Exit codes are never believed: whoever changes something reads it back."""

    def __init__(self, host: Host, settings: TailscaleSettings) -> None:
        self.host = host
        self._settings = settings

    def program(self) -> str | None:
        """Full path of the program: the settings' one, else PATH, else where this system keeps it; None if missing."""
        find = self.host.commands.find
        if self._settings.program is not None:
            return find(self._settings.program)
        for candidate in ("tailscale", *self.host.platform.tailscale_programs()):
            found = find(candidate)
            if found is not None:
                return found
        return None

    async def run(
        self, *arguments: str, timeout: float = READ_S, stdin: str | None = None, as_admin: bool = False
    ) -> Completed:
        """Run one command to its end. Raises HostError TOOL_MISSING, TIMED_OUT, TOO_LARGE, ADMIN_…"""
        program = self.program()
        if program is None:
            raise HostError(Trouble.TOOL_MISSING, what=WHAT)
        named = self._settings.socket or (None if program.startswith(SNAP) else self.host.platform.tailscale_socket())
        socket = (f"--socket={named}",) if named else ()
        return await self.host.commands.run(
            (program, *socket, *arguments),
            timeout=timeout,
            stdin=stdin,
            env=self.host.platform.tailscale_environment(),
            as_admin=as_admin,
        )

    async def observe(self) -> TailscaleFacts:
        """Return what is known of the node, within six seconds, whatever the program does."""
        return await tailscale_look.look(self)

    async def status(self) -> Status:
        """Read ``status --json``. Raises HostError."""
        completed = await self.run("status", "--json", "--peers=false")
        if completed.exit_code != 0:
            raise HostError(Trouble.UNREACHABLE, without_links(completed.stderr), what=WHAT)
        return parse_status(completed.stdout)

    async def raw_serve_config(self) -> serve_config.Raw:
        """Read the Serve configuration as its JSON; ``null`` counts as empty. Raises HostError.

        A node that is not up answers an empty one whatever it holds (ipnlocal/serve.go reloadServeConfigLocked), so
        then this raises UNREACHABLE.
        """
        status = await self.status()
        if not status.is_up:
            raise HostError(Trouble.UNREACHABLE, f"backend {status.backend}", what=WHAT)
        completed = await self.run("serve", "status", "--json")
        if completed.exit_code != 0:
            raise HostError(Trouble.TOOL_FAILED, without_links(completed.stderr), what=WHAT)
        return serve_config.read_serve_config(completed.stdout)

    async def turn_funnel_on(self, port: int, target: str) -> None:
        """``funnel --bg``: one handler ``/`` with Funnel on, everything else as it is. Raises HostError.

        Where Funnel is not allowed the command prints a link and ends well, or waits for ever (cli/serve_legacy.go
        enableFeatureInteractive): NOT_TAKEN and TIMED_OUT. Needs port 443 allowed, whatever ``port`` is.
        """
        completed = await self.change("funnel", "--bg", "--yes", f"--https={port}", target)
        if find_link(completed.stdout) is not None:
            raise HostError(Trouble.NOT_TAKEN, "the tailnet has not allowed Funnel", what="Funnel")

    async def turn_handler_off(self, port: int) -> None:
        """``serve … off`` for ``/``: takes our handler away, and Funnel where it was the last. Raises HostError.

        Never ``funnel … off``: that waits for the link where Funnel was switched off for the tailnet meanwhile.
        """
        await self.change("serve", "--yes", f"--https={port}", "--set-path=/", "off")

    async def write_serve_config(self, current: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        """``serve set-raw``: the whole configuration. Raises HostError.

        ``current`` has just been read. Since 1.92 the daemon refuses to change the kind of a port in one step, so then
        that port is taken out first.
        """
        between = serve_config.without_changed_kinds(current, wanted)
        if between is not None:
            await self.change("serve", "set-raw", stdin=json.dumps(between))
        await self.change("serve", "set-raw", stdin=json.dumps(wanted))

    async def change(self, *arguments: str, stdin: str | None = None, timeout: float = CHANGE_S) -> Completed:
        """Run a command that changes something; where this user may not, the same one with the admin prompt.

        Raises HostError ACCESS_DENIED, CHANGED_MEANWHILE, TOOL_FAILED or what `run` raises.
        """
        attempts = 1
        completed = await self._as_whoever_may(*arguments, stdin=stdin, timeout=timeout)
        while is_raced(completed) and attempts < RACES:
            attempts += 1
            completed = await self._as_whoever_may(*arguments, stdin=stdin, timeout=timeout)
        if completed.exit_code == 0:
            return completed
        detail = without_links(completed.stderr)
        if is_denied(completed):
            raise HostError(Trouble.ACCESS_DENIED, detail, what=WHAT)
        if is_raced(completed):
            raise HostError(Trouble.CHANGED_MEANWHILE, detail, what=WHAT)
        raise HostError(Trouble.TOOL_FAILED, detail, what=WHAT)

    async def _as_whoever_may(self, *arguments: str, stdin: str | None, timeout: float) -> Completed:
        completed = await self.run(*arguments, stdin=stdin, timeout=timeout)
        if not is_denied(completed):
            return completed
        return await self.run(*arguments, stdin=stdin, timeout=timeout + ADMIN_S, as_admin=True)

    async def start(self) -> None:
        """Start the service and wait until it answers. Raises HostError UNSUPPORTED, TIMED_OUT, ADMIN_…"""
        command = self.host.platform.start_tailscale()
        if command is None:
            raise HostError(Trouble.UNSUPPORTED, what=WHAT)
        completed = await self.host.commands.run(command.argv, timeout=ADMIN_S, as_admin=command.as_admin)
        if completed.exit_code != 0:
            raise HostError(Trouble.TOOL_FAILED, without_links(completed.stderr), what=WHAT)
        await self.wait_until(lambda status: status.backend not in ("NoState", "Starting"), START_S)

    async def connect(self) -> None:
        """Bare ``up``, which changes no preference, and wait until the node runs. Raises HostError."""
        try:
            await self.change("up", timeout=START_S)
        except HostError as error:
            # It waits for ever where an admin must approve the node first: the state tells, not the command.
            if error.trouble is not Trouble.TIMED_OUT:
                raise
        await self.wait_until(lambda status: status.backend == "Running", START_S)

    async def set_host_name(self, name: str) -> None:
        """``set --hostname``: give this computer another name in its tailnet, and wait until it has one.

        The control server may add a number to it. Raises HostError NAME_KEPT where it keeps the old name, which it
        does for one that was given on its own pages.
        """
        before = (await self.status()).dns_name
        await self.change("set", f"--hostname={name}")
        try:
            await self.wait_until(lambda status: status.dns_name not in (None, before), RENAME_S)
        except HostError as error:
            if error.trouble is not Trouble.TIMED_OUT:
                raise
            raise HostError(Trouble.NAME_KEPT, what=WHAT) from error

    async def wait_until(self, reached: Callable[[Status], bool], seconds: float) -> Status:
        """Poll the status once a second until it is as wanted. Raises HostError TIMED_OUT."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            try:
                status = await self.status()
                if reached(status):
                    return status
            except HostError as error:
                log.debug("tailscale status: %s", error.trouble)
            if loop.time() >= end:
                raise HostError(Trouble.TIMED_OUT, what=WHAT)
            await asyncio.sleep(1.0)

    async def sign_in(self, offer: Callable[[str, str | None, float], None]) -> None:
        """Sign in through the browser without touching a preference. Raises HostError SIGN_IN_EXPIRED and others."""
        await tailscale_sign_in.sign_in(self, offer)

    async def fetch_certificate(self, name: str) -> None:
        """Have the certificate made before the first visitor comes; no key leaves the daemon. Raises HostError.

        Only ``--cert-file`` is set, to stdout: without it the program would drop files into the current folder.
        """
        completed = await self.run("cert", "--cert-file=-", name, timeout=CERTIFICATE_S)
        if completed.exit_code != 0:
            trouble = Trouble.ACCESS_DENIED if is_denied(completed) else Trouble.TOOL_FAILED
            raise HostError(trouble, without_links(completed.stderr), what=WHAT)
