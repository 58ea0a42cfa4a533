# SPDX-License-Identifier: MIT
"""One look at the node: everything at once, within six seconds, whatever the program does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Daemon, OperatingSystem, ServeConfig, TailscaleFacts, Unknown
from setup_assistant.core.host import Completed
from setup_assistant.core.texts import Text
from setup_assistant.core.versions import version_numbers
from setup_assistant.services.serve_config import parse_serve_config, read_serve_config
from setup_assistant.services.tailscale_replies import WHAT, is_denied, odd_reply, why_silent, without_links
from setup_assistant.services.tailscale_status import (
    Feature,
    Prefs,
    ProgramVersion,
    Status,
    has_custom_relays,
    parse_feature,
    parse_prefs,
    parse_status,
    parse_version,
)

if TYPE_CHECKING:
    from setup_assistant.services.tailscale import Tailscale

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_S = 5.9
"""All calls together. A program without its service gives up after two to five seconds (safesocket.go)."""
CALL_S = 5.6

LOCALAPI_SINCE = (1, 82, 0)
"""``debug localapi`` exists from here on."""


async def look(tailscale: Tailscale) -> TailscaleFacts:
    """Return the facts; what can't be read is None or Unknown."""
    program = tailscale.program()
    if program is None:
        return TailscaleFacts(program=None, install_hint=tailscale.host.platform.install_hint())
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_S
    async with asyncio.TaskGroup() as group:
        version = group.create_task(_quiet(_version(tailscale)))
        status = group.create_task(_quiet(_call(tailscale, "status", "--json", "--peers=false")))
        serve = group.create_task(_quiet(_serve(tailscale)))
        prefs = group.create_task(_quiet(_prefs(tailscale)))
        may_change = group.create_task(_may_change(tailscale))
        relays = group.create_task(_quiet(_custom_relays(tailscale)))
    facts = _describe(program, version.result(), status.result(), serve.result())
    facts = _with_prefs(facts, prefs.result(), may_change.result(), tailscale)
    own_relays = relays.result()
    facts = replace(facts, custom_relays=None if isinstance(own_relays, HostError) else own_relays)
    if _must_ask(facts):
        return _with_feature(facts, await _feature(tailscale, end - loop.time()))
    return facts


async def _quiet(reading: Awaitable[T]) -> T | HostError:
    try:
        return await reading
    except HostError as error:
        log.debug("tailscale: %s %s", error.trouble, error.detail)
        return error


async def _call(tailscale: Tailscale, *arguments: str) -> Completed:
    return await tailscale.run(*arguments, timeout=CALL_S)


async def _version(tailscale: Tailscale) -> ProgramVersion:
    completed = await _call(tailscale, "version", "--json")
    if completed.exit_code == 2:
        # Before 1.36 the flag does not exist.
        completed = await _call(tailscale, "version")
    return parse_version(completed.stdout)


async def _serve(tailscale: Tailscale) -> ServeConfig:
    completed = await _call(tailscale, "serve", "status", "--json")
    if completed.exit_code != 0:
        raise HostError(Trouble.TOOL_FAILED, without_links(completed.stderr), what=WHAT)
    return parse_serve_config(read_serve_config(completed.stdout))


async def _prefs(tailscale: Tailscale) -> Prefs:
    completed = await _call(tailscale, "debug", "prefs")
    if completed.exit_code != 0:
        raise HostError(Trouble.TOOL_FAILED, without_links(completed.stderr), what=WHAT)
    return parse_prefs(completed.stdout)


async def _may_change(tailscale: Tailscale) -> bool | None:
    """Whether the service takes changes from this user: ``switch --list`` needs the same right and changes nothing.

    The list itself (account names) is not looked at (ipn/localapi serveProfiles: PermitWrite).
    """
    system = tailscale.host.platform.system()
    if system.is_admin or system.os is not OperatingSystem.LINUX:
        return True
    completed = await _quiet(_call(tailscale, "switch", "--list"))
    if isinstance(completed, HostError):
        return None
    if completed.exit_code == 0:
        return True
    return False if is_denied(completed) else None


async def _custom_relays(tailscale: Tailscale) -> bool:
    completed = await _call(tailscale, "debug", "derp-map")
    if completed.exit_code != 0:
        raise HostError(Trouble.TOOL_FAILED, without_links(completed.stderr), what=WHAT)
    return has_custom_relays(completed.stdout)


async def _feature(tailscale: Tailscale, seconds: float) -> Feature | HostError:
    if seconds < 0.5:
        return HostError(Trouble.TIMED_OUT, what=WHAT)
    asked = tailscale.run("debug", "localapi", "POST", "query-feature?feature=funnel", timeout=min(CALL_S, seconds))
    completed = await _quiet(asked)
    if isinstance(completed, HostError):
        return completed
    if completed.exit_code != 0:
        return odd_reply("query-feature")
    try:
        return parse_feature(completed.stdout)
    except HostError as error:
        return error


def _describe(
    program: str,
    version: ProgramVersion | HostError,
    status: Completed | HostError,
    serve: ServeConfig | HostError,
) -> TailscaleFacts:
    variant = "snap" if program.startswith("/snap/") else ""
    if isinstance(version, ProgramVersion):
        variant = version.variant or variant
    client = version.version if isinstance(version, ProgramVersion) else ""
    daemon, said = _daemon(status)
    if said is None:
        return TailscaleFacts(program=program, variant=variant, client_version=client, daemon=daemon)
    known_serve: ServeConfig | Unknown = _unknown(serve) if isinstance(serve, HostError) else serve
    if not said.is_up:
        known_serve = Unknown(Text("Tailscale is not connected, so it does not tell."))
    return TailscaleFacts(
        program=program,
        variant=variant,
        client_version=client,
        daemon_version=said.version,
        daemon=daemon,
        backend=said.backend,
        auth_url=said.auth_url,
        dns_name=said.dns_name,
        host_name=said.host_name,
        tailnet=said.tailnet,
        addresses=said.addresses,
        endpoints=said.endpoints,
        magicdns=said.magicdns,
        https=said.https,
        funnel=said.funnel,
        funnel_ports=said.funnel_ports,
        tagged=said.tagged,
        key_expiry=said.key_expiry,
        key_expired=said.key_expired,
        exit_node=said.exit_node,
        health=said.health,
        tun=said.tun,
        serve=known_serve,
    )


def _daemon(status: Completed | HostError) -> tuple[Daemon, Status | None]:
    if isinstance(status, HostError):
        return (Daemon.SILENT if status.trouble is Trouble.TIMED_OUT else Daemon.CONFUSED), None
    if status.exit_code != 0:
        return why_silent(status), None
    try:
        return Daemon.ANSWERS, parse_status(status.stdout)
    except HostError:
        return Daemon.CONFUSED, None


def _unknown(error: HostError) -> Unknown:
    return Unknown(error.text, error.trouble.value)


def _with_prefs(
    facts: TailscaleFacts, prefs: Prefs | HostError, may_change: bool | None, tailscale: Tailscale
) -> TailscaleFacts:
    facts = replace(facts, can_start=tailscale.host.platform.start_tailscale() is not None)
    if isinstance(prefs, HostError):
        return replace(facts, may_change=may_change)
    system = tailscale.host.platform.system()
    if may_change is None and prefs.operator and prefs.operator == system.user:
        may_change = True
    return replace(
        facts,
        may_change=may_change,
        shields_up=prefs.shields_up,
        control_url=prefs.control_url,
        unattended=prefs.unattended if system.os is OperatingSystem.WINDOWS else None,
    )


def _must_ask(facts: TailscaleFacts) -> bool:
    """Only where something is missing is the control server asked for its one-click page."""
    numbers = version_numbers(facts.client_version)
    known = facts.https is not None and facts.funnel is not None
    return (
        facts.is_running
        and known
        and not (facts.https and facts.funnel)
        and numbers is not None
        and numbers >= LOCALAPI_SINCE
    )


def _with_feature(facts: TailscaleFacts, feature: Feature | HostError) -> TailscaleFacts:
    if isinstance(feature, HostError):
        return facts
    return replace(facts, funnel_link=feature.link, funnel_by_admin=feature.needs_admin)
