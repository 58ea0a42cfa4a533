# SPDX-License-Identifier: MIT
"""Words about the Plex server: whether it is here, its safety gate, and its settings."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, auto, manual
from setup_assistant.core.texts import Text

PLEX_WEB = "https://app.plex.tv/desktop"
PLEX_DOWNLOAD = "https://www.plex.tv/media-server-downloads/"

_PUBLIC_NOW = Text("Right now anyone on the internet can get in. This comes before everything else.").message
_APPS = Text("Plex apps use exactly what is written there.").message

ENTRIES = Text("Networks allowed without signing in")
URLS = Text("Custom server access URLs")
ASKED_AS_VISITOR = Text("Asked as a visitor from outside would ask")
LET_IN = Text("let in")
SENT_AWAY = Text("asked to sign in")
VIEWERS = Text("Watching right now")
INSTALLED = Text("Installed")
PORT = Text("Port")
KINDS = {
    "package": Text("as a package of the system"),
    "snap": Text("as a snap"),
    "docker": Text("in a container"),
    "app": Text("as an app"),
    "service": Text("as a service"),
    "folder": Text("with its data where the settings file says"),
}
MANUAL_PORT = Text("a port set by hand")
MAPPED_PORT = Text("port {port}, opened on the router by itself")
NOT_PROVEN = Text("Plex did not answer when asked as a visitor would ask.")
"""Labels and values of what was seen."""

_ELSE = manual(
    "If that list is empty already, something else leaves the door open, such as DisableRemoteSecurity in Plex's own "
    "settings (Preferences.xml, or the registry on Windows). Take it out while Plex is stopped."
)

TITLES = {
    "plex_server": Text("Plex Media Server is here and answers"),
    "safety_gate": Text("Plex lets nobody in without signing in"),
    "plex_url": Text("Plex tells its apps the public address"),
    "plex_remote_access": Text("Plex's own Remote Access is off"),
}

CASES = (
    Case("plex_server", None, Status.OK, "Plex Media Server {version} answers on this computer."),
    Case(
        "plex_server",
        "missing",
        Status.PROBLEM,
        "Plex Media Server was not found on this computer.",
        "Funnel must run on the computer where Plex runs.",
        (manual("Run this program on the computer where Plex is installed, or install Plex here.", PLEX_DOWNLOAD),),
    ),
    Case(
        "plex_server",
        "stopped",
        Status.PROBLEM,
        "Plex Media Server is installed but not running.",
        "Nothing can be watched while it is stopped.",
        (auto("start_plex", "Start Plex Media Server."),),
    ),
    Case(
        "plex_server",
        "stopped_here",
        Status.PROBLEM,
        "Plex Media Server is installed but not running.",
        "Nothing can be watched while it is stopped.",
        (manual("Start Plex Media Server, then look again."),),
    ),
    Case(
        "plex_server",
        "starting",
        Status.UNKNOWN,
        "Plex Media Server is just starting.",
        "After an update this can take many minutes while it tidies its library.",
        (manual("Wait until it has started, then look again. Do not stop it."),),
    ),
    Case(
        "plex_server",
        "silent",
        Status.PROBLEM,
        "Something holds Plex's port {port} but does not answer.",
        "Plex may hang.",
        (manual("Restart Plex Media Server, then look again."),),
    ),
    Case(
        "plex_server",
        "not_plex",
        Status.PROBLEM,
        "Another program answers on port {port}, not Plex.",
        "Making it public would make the wrong thing public.",
        (manual("If Plex uses another port, name it in the settings file as plex.url."),),
    ),
    Case(
        "plex_server",
        "elsewhere",
        Status.PROBLEM,
        "Plex runs on another machine of your home network: {where}.",
        "Funnel must run on the computer where Plex runs. For a NAS, use Tailscale's own package there.",
        (manual("Run this program on that machine."),),
    ),
    Case(
        "plex_server",
        "not_listening",
        Status.PROBLEM,
        "Plex Media Server runs, but nothing answers on port {port}.",
        "It may have been started this very moment, or use another port.",
        (
            manual("Wait a minute, then look again."),
            manual("If Plex uses another port, name it in the settings file as plex.url."),
        ),
    ),
    Case("safety_gate", None, Status.OK, "Plex asks everyone from outside to sign in."),
    Case(
        "safety_gate",
        "unclaimed",
        Status.PROBLEM,
        "This Plex server belongs to no account yet.",
        "Whoever reaches an unclaimed server could take it over, so it must not become public.",
        (
            manual(
                "Open Plex on this computer, sign in there and claim the server, then look again.",
                "http://localhost:{port}/web",
            ),
        ),
    ),
    Case(
        "safety_gate",
        "open_to_loopback",
        Status.PROBLEM,
        "Plex lets this computer's own programs in without signing in: {entries}.",
        "Funnel visitors arrive through a program on this computer, so the same door could open for them.",
        (auto("plex_allowed_networks", "Take these entries out of “allowed without auth”."),),
    ),
    Case(
        "safety_gate",
        "strangers_enter",
        Status.PROBLEM,
        "Plex let a visitor from outside in without signing in.",
        "We asked Plex as a visitor would, and it opened the door.",
        (
            manual(
                "In Plex, Settings, Network: empty “List of IP addresses and networks that are allowed without auth”, "
                "then look again.",
                PLEX_WEB,
            ),
            _ELSE,
        ),
    ),
    Case(
        "safety_gate",
        "public_and_unclaimed",
        Status.PROBLEM,
        "Plex is public and belongs to no account: anyone could take it over.",
        _PUBLIC_NOW,
        (
            auto("close_funnel", "Close the public address at once."),
            manual(
                "Then open Plex on this computer, sign in there and claim the server.", "http://localhost:{port}/web"
            ),
        ),
    ),
    Case(
        "safety_gate",
        "public_and_open",
        Status.PROBLEM,
        "Plex is public and lets visitors in without signing in: {entries}.",
        _PUBLIC_NOW,
        (
            auto("close_funnel", "Close the public address at once."),
            auto("plex_allowed_networks", "Take these entries out of “allowed without auth”."),
        ),
    ),
    Case(
        "safety_gate",
        "public_strangers_enter",
        Status.PROBLEM,
        "Plex is public and let a visitor in without signing in.",
        _PUBLIC_NOW,
        (
            auto("close_funnel", "Close the public address at once."),
            manual(
                "Then empty “List of IP addresses and networks that are allowed without auth” in Plex, Settings, "
                "Network.",
                PLEX_WEB,
            ),
            _ELSE,
        ),
    ),
    Case("plex_url", None, Status.OK, "Plex tells its apps {url}."),
    Case(
        "plex_url",
        "missing",
        Status.PROBLEM,
        "Plex does not tell its apps the public address yet.",
        _APPS,
        (auto("plex_url", "Add {url} to Custom server access URLs."),),
    ),
    Case(
        "plex_url",
        "wrong_port",
        Status.PROBLEM,
        "Plex tells its apps {found}, with the wrong port.",
        "Funnel answers on port {port}; on any other port apps find nothing.",
        (auto("plex_url", "Correct it to {url}."),),
    ),
    Case(
        "plex_url",
        "no_port",
        Status.PROBLEM,
        "Plex tells its apps {found}, without a port.",
        "Plex then adds a port of its own, and apps find nothing.",
        (auto("plex_url", "Correct it to {url}."),),
    ),
    Case(
        "plex_url",
        "old_name",
        Status.PROBLEM,
        "Plex tells its apps an old name of this computer: {found}.",
        "The old name leads nowhere.",
        (auto("plex_url", "Correct it to {url}."),),
    ),
    Case(
        "plex_url",
        "plain_http",
        Status.PROBLEM,
        "Plex tells its apps {found}, without https.",
        "Funnel speaks https only.",
        (auto("plex_url", "Correct it to {url}."),),
    ),
    Case(
        "plex_remote_access",
        None,
        Status.OK,
        "Plex's own Remote Access is off. Its page in Plex stays red; that is as it should be.",
    ),
    Case(
        "plex_remote_access",
        "on",
        Status.PROBLEM,
        "Plex's own Remote Access is on.",
        "It keeps telling apps addresses that do not work, and competes with Funnel.",
        (auto("plex_remote_access", "Switch Remote Access off, as the last step."),),
    ),
    Case(
        "plex_remote_access",
        "leftovers",
        Status.NOTICE,
        "Plex's own Remote Access is off. It still remembers a port of its own: {what}.",
        "Switched off, Plex does nothing with it. A forward to Plex on the router, though, goes on working.",
        (manual("If you made a port forward for Plex on your router, take it away there."),),
    ),
)
