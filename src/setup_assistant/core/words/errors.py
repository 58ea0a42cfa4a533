# SPDX-License-Identifier: MIT
"""Words for what goes wrong outside our code."""

from __future__ import annotations

from collections.abc import Mapping

from setup_assistant.core.errors import Trouble
from setup_assistant.core.texts import Text

TROUBLES: Mapping[Trouble, str] = {
    Trouble.TOOL_MISSING: Text("The program {what} is not there.").message,
    Trouble.TOOL_FAILED: Text("The program {what} ended without doing it.").message,
    Trouble.TIMED_OUT: Text("{what} did not answer in time.").message,
    Trouble.ADMIN_REFUSED: Text("The administrator password was not given.").message,
    Trouble.ADMIN_UNAVAILABLE: Text("This system offers no way to ask for the administrator password.").message,
    Trouble.ACCESS_DENIED: Text("{what} does not let this user do it.").message,
    Trouble.REFUSED: Text("{what} refused the connection.").message,
    Trouble.UNREACHABLE: Text("{what} could not be reached.").message,
    Trouble.TLS: Text("The secure connection to {what} could not be trusted.").message,
    Trouble.REDIRECTED: Text("{what} sent us to another address, which we do not follow.").message,
    Trouble.HTTP_STATUS: Text("{what} answered with the code {status}.").message,
    Trouble.UNEXPECTED_REPLY: Text("{what} answered something we do not understand.").message,
    Trouble.TOO_LARGE: Text("{what} answered far more than expected.").message,
    Trouble.PLAIN_HTTP: Text("{what} has no secure address, so nothing was sent there.").message,
    Trouble.UNAUTHORIZED: Text("{what} does not accept the sign-in.").message,
    Trouble.SIGN_IN_NEEDED: Text("A sign-in is needed first.").message,
    Trouble.SIGN_IN_EXPIRED: Text("The sign-in was not finished in time.").message,
    Trouble.KEYRING_LOCKED: Text("The keyring is locked.").message,
    Trouble.KEYRING_MISSING: Text("This system has no keyring.").message,
    Trouble.KEYRING_REFUSED: Text("The keyring did not do it.").message,
    Trouble.NOT_REVOKED: Text(
        "The sign-in is forgotten here, but {what} could not be told to take it back. In Plex, Settings, Authorized "
        "Devices, take “Setup Assistant for Plex” out: https://app.plex.tv/desktop/#!/settings/devices/all"
    ).message,
    Trouble.STILL_KEPT: Text(
        "The system's keyring did not open, so the sign-in in it could neither be taken back nor deleted. "
        "Unlock the keyring, then sign out again."
    ).message,
    Trouble.JOURNAL_UNREADABLE: Text("The record of our own changes cannot be read.").message,
    Trouble.STATE_NOT_WRITABLE: Text("The folder for our own record cannot be written to.").message,
    Trouble.CHANGED_MEANWHILE: Text("{what} was changed by somebody else at the same moment.").message,
    Trouble.NOT_TAKEN: Text("{what} did not take the new value.").message,
    Trouble.NAME_KEPT: Text(
        "{what} kept the old name: it was given on the Machines page of the admin console, and that one counts."
    ).message,
    Trouble.MORE_WATCHING: Text(
        "More people are watching now than when you agreed, so nobody was interrupted. Look again later."
    ).message,
    Trouble.GATE_OPEN: Text("Plex would let visitors in without signing in, so nothing was made public.").message,
    Trouble.UNSUPPORTED: Text("This cannot be done on this system.").message,
}

SOURCES: Mapping[str, Text] = {
    "connection": Text("The look at your internet line"),
    "tailscale": Text("Tailscale"),
    "plex": Text("Plex"),
    "account": Text("plex.tv"),
    "outside": Text("The look from outside"),
    "what starts by itself": Text("The look at what starts by itself"),
    "releases": Text("GitHub"),
}
"""What `engine.observe` reads, where it did not answer in time."""
