# SPDX-License-Identifier: MIT
"""Judges the Tailscale client, its sign-in, and what the tailnet allows."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.checks.readable import Judge, with_tailscale
from setup_assistant.checks.serve_shape import judge_shape
from setup_assistant.checks.tailnet import (
    computer,
    judge_exit_node,
    judge_funnel_allowed,
    judge_https,
    judge_magicdns,
    judge_name,
    judge_public,
    judge_shields,
)
from setup_assistant.core.facts import (
    Answer,
    Daemon,
    HistoryFacts,
    HostFacts,
    OperatingSystem,
    OutsideFacts,
    ServeConfig,
    TailscaleFacts,
)
from setup_assistant.core.findings import Check, Evidence, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.versions import version_numbers
from setup_assistant.core.words import TITLES, case
from setup_assistant.core.words.tailscale import DOWNLOAD_PAGE, IN_DAYS, TODAY

KEY_WARNING_DAYS = 30
"""The sign-in's end is announced from this many days before."""

OLDEST = (1, 52, 0)
"""``funnel --bg`` exists from here on (tailscale commit ddb2a6eb8)."""

_OUT_OF_SYNC = ("coordination server to synchronize", "not in map poll")
"""What the service says, today and before 1.68, when it does not hear its control server (health/warnings.go)."""

BROKEN = ((1, 102, 0), (1, 102, 1))
"""Daemons that turn every Funnel visitor away (tailscale issue 20739)."""

_MAC_APPS = ("appstore", "macsys")
_KINDS: Mapping[str, Text] = {
    "appstore": Text("app from the App Store"),
    "macsys": Text("app from Tailscale’s own page"),
    "darwin": Text("open-source service"),
    "snap": Text("snap"),
}
"""What ``version --json`` calls the kinds there are on a Mac (version/prop.go), and what we call the one of Linux."""

_PAGES = {OperatingSystem.WINDOWS: "windows", OperatingSystem.MACOS: "mac", OperatingSystem.LINUX: "linux"}
"""The download page's own page for each system."""

FORGETFUL = ((1, 78, 0), (1, 82, 0))
"""From, and before: daemons seen to lose Funnel at a restart (tailscale issue 15043)."""


def judge_installed(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the program is there, and whether its variant is known for trouble."""
    if tailscale.program is None:
        command = tailscale.install_hint
        hint = Text("Command: {command}", {"command": command}) if command else Text("")
        return case("tailscale_installed", "missing").verdict(
            hint=hint, link=f"{DOWNLOAD_PAGE}/{_PAGES[facts.system.os]}"
        )
    if tailscale.variant in _MAC_APPS and _visitors_turned_away(facts):
        return case("tailscale_installed", "mac_app").verdict(program=tailscale.program, evidence=_which(tailscale))
    if tailscale.variant in _MAC_APPS and _set_up_is_gone(facts, tailscale):
        return case("tailscale_installed", "mac_lost").verdict(program=tailscale.program, evidence=_which(tailscale))
    return case("tailscale_installed").verdict(program=tailscale.program, evidence=_which(tailscale))


def _which(tailscale: TailscaleFacts) -> tuple[Evidence, ...]:
    """Which Tailscale this is."""
    known = (
        (Text("Kind"), _KINDS.get(tailscale.variant, "")),
        (Text("Version of the program"), tailscale.client_version),
        (Text("Version of the service"), _short(tailscale.daemon_version)),
    )
    return tuple(Evidence(name, value) for name, value in known if value)


def _set_up_is_gone(facts: HostFacts, tailscale: TailscaleFacts) -> bool:
    """Whether the node holds nothing at all, although a run of ours had set it up (tailscale issue 19933)."""
    ours = facts.history.our_addresses if isinstance(facts.history, HistoryFacts) else ()
    serve = tailscale.serve
    mine = any(f"//{tailscale.dns_name}:" in url for url in ours)
    return mine and isinstance(serve, ServeConfig) and not serve.handlers and not serve.tcp


def _visitors_turned_away(facts: HostFacts) -> bool:
    """Whether visitors are turned away although all is set up here."""
    outside = facts.outside
    if not isinstance(outside, OutsideFacts):
        return False
    met = {fetch.answer for fetch in (*(outside.entrances or ()), *(outside.probes or ()))}
    away = {Answer.RESET, Answer.CLOSED, Answer.TLS_ALERT, Answer.TIMEOUT}
    return bool(met & away) and Answer.PLEX not in met


def judge_version(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether client and daemon are recent enough, alike, and not one of the broken ones."""
    client, daemon = version_numbers(tailscale.client_version), version_numbers(tailscale.daemon_version)
    if client is None:
        return case("tailscale_version", "not_told").verdict()
    for numbers, version in ((client, tailscale.client_version), (daemon, _short(tailscale.daemon_version))):
        if numbers is not None and numbers < OLDEST:
            hint = _how_to_update(facts, tailscale)
            return case("tailscale_version", "too_old").verdict(version=version, needed="1.52", hint=hint)
    if daemon is not None and daemon in BROKEN:
        version, hint = _short(tailscale.daemon_version), _how_to_update(facts, tailscale)
        return case("tailscale_version", "broken_funnel").verdict(version=version, hint=hint)
    if daemon is not None and daemon != client:
        return case("tailscale_version", "differs").verdict(
            client=tailscale.client_version, version=_short(tailscale.daemon_version)
        )
    if FORGETFUL[0] <= (daemon or client) < FORGETFUL[1]:
        version, hint = tailscale.client_version, _how_to_update(facts, tailscale)
        return case("tailscale_version", "forgets_funnel").verdict(version=version, hint=hint)
    return case("tailscale_version").verdict(version=tailscale.client_version)


def _how_to_update(facts: HostFacts, tailscale: TailscaleFacts) -> Text:
    """How this very Tailscale is updated (cli/update.go; the app of a Mac does it by itself)."""
    if tailscale.variant in _MAC_APPS:
        return Text("The App Store does that.") if tailscale.variant == "appstore" else Text("Its own menu does that.")
    usual = "sudo tailscale update" if facts.system.os is OperatingSystem.LINUX else "tailscale update"
    other = {"snap": "sudo snap refresh tailscale", "darwin": "brew upgrade tailscale"}
    return Text("Command: {command}", {"command": other.get(tailscale.variant, usual)})


def _short(version: str) -> str:
    return version.split("-", maxsplit=1)[0]


def judge_running(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the service answers the program."""
    match tailscale.daemon:
        case Daemon.ANSWERS:
            return case("tailscale_running").verdict()
        case Daemon.STOPPED if tailscale.can_start:
            return case("tailscale_running", "service_stopped").verdict()
        case Daemon.STOPPED:
            return case("tailscale_running", "service_stopped_here").verdict()
        case Daemon.SILENT:
            return case("tailscale_running", "silent").verdict()
        case Daemon.OTHER_USER:
            return case("tailscale_running", "other_user").verdict()
    return case("tailscale_running", "not_understood").verdict()


def judge_signed_in(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the node belongs to a tailnet."""
    if tailscale.backend == "NeedsMachineAuth":
        return case("tailscale_signed_in", "needs_approval").verdict(name=computer(tailscale))
    over = tailscale.key_expiry is not None and tailscale.key_expiry <= facts.observed_at
    # An expired key is told by its date; the flag beside it stayed away in a real daemon (recorded: expired.status).
    if tailscale.key_expired or (tailscale.backend == "NeedsLogin" and over):
        return case("tailscale_signed_in", "key_expired").verdict()
    if tailscale.backend == "NeedsLogin":
        return case("tailscale_signed_in", "signed_out").verdict()
    return case("tailscale_signed_in").verdict(tailnet=tailscale.tailnet or "Tailscale")


def judge_connected(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the node is on, and stays so."""
    if tailscale.backend == "Stopped":
        return case("tailscale_connected", "stopped").verdict()
    if not tailscale.is_running:
        return case("tailscale_connected", "starting").verdict()
    if any(words in line.lower() for line in tailscale.health for words in _OUT_OF_SYNC):
        return case("tailscale_connected", "out_of_sync").verdict(evidence=_health(tailscale))
    if tailscale.custom_relays and _visitors_turned_away(facts):
        return case("tailscale_connected", "custom_relays").verdict()
    if tailscale.unattended is False:
        return case("tailscale_connected", "ends_with_session").verdict()
    return case("tailscale_connected").verdict(name=tailscale.dns_name or "", evidence=_health(tailscale))


def _health(tailscale: TailscaleFacts) -> tuple[Evidence, ...]:
    return tuple(Evidence(Text("Tailscale says"), line, private=True) for line in tailscale.health)


def judge_permission(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether this user may change Tailscale without an admin prompt."""
    if tailscale.may_change is None:
        return case("tailscale_permission", "not_known").verdict()
    return case("tailscale_permission", None if tailscale.may_change else "needs_admin").verdict()


def judge_key(facts: HostFacts, tailscale: TailscaleFacts) -> Verdict:
    """Whether the sign-in ends soon."""
    if tailscale.key_expiry is not None:
        days = (tailscale.key_expiry - facts.observed_at).days
        if days < KEY_WARNING_DAYS:
            return case("tailscale_key", "expires_soon").verdict(
                when=IN_DAYS.filled(count=days) if days > 0 else TODAY,
                evidence=(Evidence(Text("Sign-in ends"), tailscale.key_expiry.date().isoformat()),),
            )
    return case("tailscale_key").verdict()


def _check(code: str, judge: Judge, *needs: str) -> Check:
    return Check(code, TITLES[code], with_tailscale(judge), needs)


_TAILNET = (
    "tailscale_version",
    "tailscale_connected",
    "magicdns",
    "https_certificates",
    "funnel_allowed",
    "shields_up",
    "exit_node",
)
_PLEX = ("plex_server", "plex_sign_in", "plex_owner", "safety_gate")

CHECKS: tuple[Check, ...] = (
    _check("tailscale_installed", judge_installed),
    _check("tailscale_version", judge_version, "tailscale_installed"),
    _check("tailscale_running", judge_running, "tailscale_installed"),
    _check("tailscale_signed_in", judge_signed_in, "tailscale_version", "tailscale_running"),
    _check("tailscale_connected", judge_connected, "tailscale_signed_in"),
    _check("tailscale_permission", judge_permission, "tailscale_running"),
    _check("tailscale_key", judge_key, "tailscale_connected"),
    _check("magicdns", judge_magicdns, "tailscale_connected"),
    _check("https_certificates", judge_https, "magicdns"),
    _check("funnel_allowed", judge_funnel_allowed, "magicdns"),
    _check("shields_up", judge_shields, "tailscale_connected"),
    _check("exit_node", judge_exit_node, "tailscale_connected"),
    _check("certificate_name", judge_name, "https_certificates"),
    # Only a signed-in owner makes a server public, and only while the safety gate holds.
    _check("funnel_shape", judge_shape, *_TAILNET, *_PLEX),
    _check("public_services", judge_public, "tailscale_connected"),
)
