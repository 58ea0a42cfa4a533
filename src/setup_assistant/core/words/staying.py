# SPDX-License-Identifier: MIT
"""Words about staying reachable day and night: what starts by itself, and the switches for it."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.findings import Case, RemedyWords, Status, manual
from setup_assistant.core.staying import Starts
from setup_assistant.core.texts import Text

TITLES = {"stays_up": Text("Reachable day and night")}

PLEX: Mapping[Starts | None, Text] = {
    Starts.WITH_COMPUTER: Text("Plex starts with this computer."),
    Starts.AT_SIGN_IN: Text("Plex starts when somebody signs in on this computer, not before."),
    Starts.NOT: Text("Plex does not start by itself."),
    None: Text("Whether Plex starts by itself could not be seen."),
}
TAILSCALE: Mapping[Starts | None, Text] = {
    Starts.WITH_COMPUTER: Text("Tailscale starts with this computer."),
    Starts.AT_SIGN_IN: Text("Tailscale works while somebody is signed in on this computer, not before."),
    Starts.NOT: Text("Tailscale does not start by itself."),
    None: Text("Whether Tailscale starts by itself could not be seen."),
}
SLEEP: Mapping[bool | None, Text] = {
    True: Text("This computer goes to sleep by itself."),
    False: Text("This computer does not go to sleep by itself."),
    None: Text("Whether this computer goes to sleep by itself could not be seen."),
}
SIGNS_IN_ALONE = Text("It signs somebody in by itself when it starts.")
"""What was seen; the summary is made of these."""

_SEEN = Text("{plex} {tailscale} {sleep}").message
_WHY = Text(
    "After a power cut or an update Plex comes back only if both start by themselves; while this computer sleeps, "
    "nobody reaches it."
).message

PLEX_SWITCH: Mapping[str, RemedyWords] = {
    "package": manual(
        "So that Plex starts with the computer, type in a terminal: sudo systemctl enable plexmediaserver"
    ),
    "snap": manual(
        "So that Plex starts with the computer, type in a terminal: sudo snap start --enable plexmediaserver"
    ),
    "docker": manual(
        "So that Plex starts with the computer, type in a terminal, with the name of Plex's container at the end: "
        "docker update --restart unless-stopped NAME"
    ),
    "windows": manual("Plex's icon beside the clock: have Plex start when you sign in to Windows."),
    "windows_service": manual(
        "So that Plex starts with Windows: Services, “PlexService”, Startup type: Automatic. Command, as administrator: "
        "sc.exe config PlexService start= auto"
    ),
    "macos": manual("Plex's icon in the menu bar: “Open at Login”."),
}
"""By how Plex is installed, else by the system."""

SIGN_IN_SWITCH: Mapping[str, RemedyWords] = {
    "windows": manual(
        "So that it comes back by itself after an update: Settings, Accounts, Sign-in options: "
        "“Use my sign-in info to automatically finish setting up after an update”: On."
    ),
    "macos": manual(
        "So that it comes back by itself: System Settings, Users & Groups: “Automatically log in as”. "
        "macOS offers it only while FileVault is off."
    ),
}
TAILSCALE_SWITCH: Mapping[str, RemedyWords] = {
    "linux": manual("So that Tailscale starts with the computer, type in a terminal: sudo systemctl enable tailscaled"),
    "windows": manual("Tailscale's icon, Preferences: “Run unattended”. Command: tailscale set --unattended"),
    "macos": manual("Tailscale's icon in the menu bar, Settings: have Tailscale launch at login."),
}
SLEEP_SWITCH: Mapping[str, RemedyWords] = {
    "linux": manual(
        "So that it never sleeps: Settings, Power, Automatic Suspend: Off. Or type in a terminal: "
        "sudo systemctl mask sleep.target suspend.target hibernate.target hybrid-sleep.target"
    ),
    "windows": manual(
        "Settings, System, Power: when plugged in, put my device to sleep after: Never. Command: "
        "powercfg /change standby-timeout-ac 0"
    ),
    "macos": manual(
        "System Settings, Energy: “Prevent automatic sleeping when the display is off”: on. "
        "Command: sudo pmset -c sleep 0"
    ),
}


def _all_of(system: str, *kinds: str) -> tuple[RemedyWords, ...]:
    switches = [*(PLEX_SWITCH[kind] for kind in kinds), TAILSCALE_SWITCH[system], SLEEP_SWITCH[system]]
    if system in SIGN_IN_SWITCH:
        switches.insert(len(kinds), SIGN_IN_SWITCH[system])
    return tuple(switches)


CASES = (
    Case("stays_up", None, Status.OK, _SEEN),
    Case("stays_up", "windows", Status.NOTICE, _SEEN, _WHY, _all_of("windows", "windows", "windows_service")),
    Case("stays_up", "macos", Status.NOTICE, _SEEN, _WHY, _all_of("macos", "macos")),
    Case("stays_up", "linux", Status.NOTICE, _SEEN, _WHY, _all_of("linux", "package", "snap", "docker")),
)
"""Of the switches only those are shown that are off, or could not be seen."""
