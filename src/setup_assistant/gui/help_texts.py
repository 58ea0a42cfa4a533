# SPDX-License-Identifier: MIT
"""What “What is this?” explains: each subject in a few plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step
from setup_assistant.gui import first_start


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is explained."""

    heading: Text
    paragraphs: tuple[Text, ...]


IDEA = Subject(
    Text("What this program does"),
    (
        Text(
            "It gives the Plex server on this computer an address that works from anywhere, and tells Plex to use it. "
            "First it only looks; then it shows each change and asks once; then it has the address opened from "
            "outside, to prove that it works."
        ),
        Text("Whenever something stops working, start it again: it finds out what, and mends that alone."),
    ),
)
CGNAT = Subject(
    Text("Why nobody gets in today (CGNAT)"),
    (
        Text(
            "There are not enough internet addresses of the old kind, so many providers let hundreds of homes "
            "share one. The device that does this stands at the provider. It is called carrier-grade NAT, or "
            "CGNAT."
        ),
        Text(
            "Everything you open from home works. But nobody can knock from outside: the provider’s device does "
            "not know which of its homes is meant. That is why port forwarding and dynamic DNS can’t work on such "
            "a line."
        ),
        Text(
            "You can see it yourself: if the address on your router’s own page differs from what a “what is my "
            "IP” page shows, there is another device in between."
        ),
    ),
)
TAILSCALE = Subject(
    Text("Tailscale and Funnel"),
    (
        Text(
            "Tailscale joins your own devices into a private network. Each device calls out to find the others, "
            "so no port has to be open. It is free for personal use."
        ),
        Text(
            "Funnel is the part of it that makes one program of one computer public, at an address ending in "
            "ts.net, with a proper certificate. Visitors need no Tailscale."
        ),
    ),
)
SERVERS = Subject(
    Text("What goes through whose servers"),
    (
        Text(
            "Films on their way to viewers outside pass Tailscale’s relays. They are encrypted from the viewer to "
            "this computer; Tailscale can’t look into them. At home nothing changes: viewers there reach Plex "
            "directly."
        ),
        Text("Signing in happens on the pages of Plex and Tailscale. This program never sees a password."),
        Text(
            "To see what your line is like, a few public servers are asked which address they see you by, and public "
            "name servers whether the new address is known. They learn your address, or that name, and nothing else."
        ),
        Text(
            "If you agreed to it, a public checking service is told the public address, so that it can try it from "
            "outside, and your home’s own address, where no other home shares it, to see that no port is open."
        ),
    ),
)
SAFETY = Subject(
    Text("Is that safe?"),
    (
        Text(
            "Before anything becomes public, this program makes sure that your Plex belongs to an account, and "
            "that nobody gets in without signing in. If that changes one day, it closes the address first."
        ),
        Text("Only Plex becomes public. Your other programs, files and devices do not."),
    ),
)
PLEX = Subject(
    Text("What is set in Plex"),
    (
        Text(
            "“Custom server access URLs” tells Plex’s apps the new address. “Remote Access” is Plex’s own way in "
            "from outside; it can’t work on a shared line and would keep telling apps addresses that lead "
            "nowhere, so it goes off."
        ),
        Text("In Plex the page Remote Access then stays red. That is as it should be."),
    ),
)
STORED = Subject(
    Text("What is stored on this computer"),
    (
        Text(
            "A record of each change, with what was there before; a copy of the settings it touches; your answer "
            "about the check from outside; the language you chose; the looks of this window; a random name by which "
            "Plex knows this program; a log without secrets; and the Plex sign-in, in the system’s own keyring."
        ),
    ),
)
UNDO = Subject(
    Text("How to take it back"),
    (
        Text(
            "Start this program and choose “Undo”. It takes back what it changed, newest first, and leaves alone "
            "what somebody else has changed since. If you only delete this program, Plex stays public."
        ),
    ),
)

FIRST_START = Subject(first_start.HEADING, first_start.PARAGRAPHS)

ALL = (IDEA, CGNAT, TAILSCALE, SERVERS, SAFETY, PLEX, STORED, FIRST_START, UNDO)

FIRST: Mapping[Step, Subject] = {
    Step.WELCOME: IDEA,
    Step.CONSENT: SERVERS,
    Step.CONNECTION: CGNAT,
    Step.TAILSCALE: TAILSCALE,
    Step.TAILSCALE_SIGN_IN: TAILSCALE,
    Step.PLEX: PLEX,
    Step.PLEX_SIGN_IN: SERVERS,
    Step.HEALTH: SAFETY,
    Step.REVIEW: SAFETY,
    Step.APPLY: STORED,
    Step.PROOF: SERVERS,
    Step.DONE: UNDO,
    Step.UNDO_REVIEW: UNDO,
    Step.UNDO: UNDO,
    Step.UNDONE: UNDO,
}
"""Step -> what is explained first there."""
