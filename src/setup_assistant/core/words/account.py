# SPDX-License-Identifier: MIT
"""Words about the Plex account: the sign-in, the keyring, the owner, and what plex.tv lists."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, auto, manual
from setup_assistant.core.texts import Text

PLEX_WEB = "https://app.plex.tv/desktop"

ADDRESS_OURS = Text("The public address")
ADDRESS_OLD = Text("From before, leads nowhere")
ADDRESS_HOME = Text("At home only")
ADDRESS_RELAY = Text("Plex's own relay, slow")
ADDRESS_DIRECT = Text("Plex's own Remote Access")
ADDRESS_OTHER = Text("Another address")
"""Labels of the addresses that plex.tv lists."""

TITLES = {
    "plex_sign_in": Text("Signed in to Plex"),
    "keyring": Text("Keeping the Plex sign-in safe"),
    "plex_owner": Text("The account owns this server"),
    "plex_published": Text("plex.tv lists the public address"),
    "plex_pass": Text("Who may watch from outside"),
}

CASES = (
    Case("plex_sign_in", None, Status.OK, "Signed in to Plex."),
    Case(
        "plex_sign_in",
        "signed_out",
        Status.PROBLEM,
        "You are not signed in to Plex here.",
        "Signing in shows that the server is yours, and lets us set what Plex tells its apps.",
        (manual("Sign in to Plex in the browser."),),
    ),
    Case(
        "plex_sign_in",
        "token_revoked",
        Status.PROBLEM,
        "Plex no longer accepts the stored sign-in.",
        "This happens after a new password, or when the device was signed out at plex.tv.",
        (manual("Sign in to Plex again in the browser."),),
    ),
    Case(
        "plex_sign_in",
        "plex_tv_unreachable",
        Status.UNKNOWN,
        "plex.tv could not be asked: {why}",
        "The stored sign-in is kept.",
        (manual("Look again in a few minutes."),),
    ),
    Case("keyring", None, Status.OK, "The Plex sign-in is kept in this system's keyring."),
    Case(
        "keyring",
        "locked",
        Status.NOTICE,
        "This system's keyring is locked.",
        "The Plex sign-in stays in memory and is forgotten when this program ends.",
        (manual("Unlock the keyring and run again if you want it kept."),),
    ),
    Case(
        "keyring",
        "missing",
        Status.NOTICE,
        "This system has no keyring.",
        "The Plex sign-in stays in memory and is forgotten when this program ends.",
    ),
    Case(
        "keyring",
        "refused",
        Status.NOTICE,
        "This system's keyring did not take the Plex sign-in.",
        "It stays in memory and is forgotten when this program ends.",
    ),
    Case("plex_owner", None, Status.OK, "This server belongs to the account that is signed in."),
    Case(
        "plex_owner",
        "not_owner",
        Status.PROBLEM,
        "This server belongs to somebody else's Plex account.",
        "Only the owner can change these settings. The browser may have used another account.",
        (manual("Sign out of Plex in the browser, then sign in here with the owner's account."),),
    ),
    Case(
        "plex_owner",
        "not_listed",
        Status.PROBLEM,
        "plex.tv does not list this server for the account that is signed in.",
        "Either another account owns it, or the server has lost its own sign-in.",
        (
            manual(
                "Open Plex on this computer and look whether the server is signed in, and with which account.", PLEX_WEB
            ),
        ),
    ),
    Case("plex_published", None, Status.OK, "plex.tv lists the public address for this server."),
    Case(
        "plex_published",
        "not_listed",
        Status.PROBLEM,
        "plex.tv does not list the public address for this server yet.",
        "Apps learn the address from there.",
        (auto("plex_republish", "Make Plex tell plex.tv again."),),
    ),
    Case(
        "plex_published",
        "not_heard",
        Status.PROBLEM,
        "plex.tv does not list the public address, though Plex was made to tell it again.",
        "Apps learn the address from there. A restart has helped others; it interrupts everyone who is watching.",
        (auto("restart_plex", "Restart Plex Media Server. If people are watching, it can wait: look again later."),),
    ),
    Case(
        "plex_published",
        "not_heard_here",
        Status.PROBLEM,
        "plex.tv does not list the public address, though Plex was made to tell it again.",
        "Apps learn the address from there. A restart has helped others; it interrupts everyone who is watching.",
        (manual("Restart Plex Media Server yourself, then look again."),),
    ),
    Case(
        "plex_published",
        "not_heard_at_all",
        Status.PROBLEM,
        "plex.tv does not list the public address, and neither telling it again nor a restart has changed that.",
        "Apps learn the address from there. Remote Access is left as it is meanwhile.",
        (
            manual("plex.tv may have trouble of its own. Look again tomorrow.", "https://status.plex.tv"),
            manual("Sign the server out and in again in Plex, Settings, General, then look again.", PLEX_WEB),
        ),
    ),
    Case("plex_pass", None, Status.OK, "The owner has Plex Pass, so viewers need none to watch from outside."),
    Case(
        "plex_pass",
        "viewers_need_pass",
        Status.NOTICE,
        "Watching from outside is likely to need Plex Pass on your account, or a Remote Watch Pass for each viewer.",
        "That is Plex's own rule for watching away from home, and which apps ask for it keeps changing. Funnel makes the "
        "server reachable; it does not replace the pass.",
    ),
)
