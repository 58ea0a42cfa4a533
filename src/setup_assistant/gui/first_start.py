# SPDX-License-Identifier: MIT
"""What each system asks when the program is new to it, and what to answer (docs/first-start.md has it in full)."""

from __future__ import annotations

from setup_assistant.core.texts import Text

HEADING = Text("What your computer may ask at first")
PARAGRAPHS = (
    Text(
        "A new program makes every system ask something. “No” never breaks anything: this program then says what it "
        "could not look at."
    ),
    Text(
        "Windows: “Windows protected your PC” comes up for programs that few people have: “More info”, then “Run "
        "anyway”, if you got it from its own page. If the firewall asks, allow private networks; then your router’s "
        "answer can come in. A question for an administrator comes only when a stopped service is to be started."
    ),
    Text(
        "Mac: if it is not opened the first time, go to System Settings, Privacy & Security, and choose “Open Anyway”. "
        "If it would like to find devices on your local network, allow it: it asks your router what kind of line you "
        "have. If it wants to use the keychain, give your password and choose “Always Allow”: your Plex sign-in is "
        "kept there."
    ),
    Text(
        "Linux: the keyring may ask for your login password, to keep the Plex sign-in. A password of an administrator "
        "is asked for only when Tailscale is to be changed or a stopped service is to be started."
    ),
)
