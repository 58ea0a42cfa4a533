# SPDX-License-Identifier: MIT
"""Words about Tailscale: the client, the tailnet, and what it makes public."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, auto, manual
from setup_assistant.core.texts import Text
from setup_assistant.core.words import serving, tailnet
from setup_assistant.core.words.tailnet import POLICY_PAGE

MACHINES_PAGE = "https://login.tailscale.com/admin/machines"
DOWNLOAD_PAGE = "https://tailscale.com/download"

IN_DAYS = Text("in one day", plural="in {count} days")
TODAY = Text("today")

TITLES = {
    "tailscale_installed": Text("Tailscale is installed"),
    "tailscale_version": Text("Tailscale is recent enough"),
    "tailscale_running": Text("Tailscale is running"),
    "tailscale_signed_in": Text("Tailscale is signed in"),
    "tailscale_connected": Text("Tailscale is connected"),
    "tailscale_permission": Text("Right to change Tailscale"),
    "tailscale_key": Text("Tailscale stays signed in"),
    **tailnet.TITLES,
    **serving.TITLES,
}

CASES = (
    Case("tailscale_installed", None, Status.OK, "Tailscale is installed: {program}."),
    Case(
        "tailscale_installed",
        "missing",
        Status.PROBLEM,
        "Tailscale was not found on this computer.",
        "Funnel is a part of Tailscale; it gives Plex its public address.",
        (manual("Install Tailscale, then look again. {hint}", "{link}"),),
    ),
    Case(
        "tailscale_installed",
        "mac_app",
        Status.NOTICE,
        "Tailscale for Mac from the App Store, or as an app, is installed: {program}.",
        "All is set up here, and visitors are turned away all the same. With this kind of Tailscale, Funnel was seen "
        "not to work on some Macs.",
        (manual("If it stays so, use Tailscale's open-source service instead. Command: brew install tailscale"),),
    ),
    Case(
        "tailscale_installed",
        "mac_lost",
        Status.NOTICE,
        "What this program had set up in Tailscale is gone: {program}.",
        "Some versions of the Tailscale app for Mac were seen not to keep it.",
        (manual("If it happens again, use Tailscale's open-source service instead. Command: brew install tailscale"),),
    ),
    Case("tailscale_version", None, Status.OK, "Tailscale {version} is recent enough."),
    Case(
        "tailscale_version",
        "too_old",
        Status.PROBLEM,
        "Tailscale {version} is too old for this.",
        "Funnel can be set up from version {needed} on.",
        (manual("Update Tailscale, then look again. {hint}", DOWNLOAD_PAGE),),
    ),
    Case(
        "tailscale_version",
        "broken_funnel",
        Status.PROBLEM,
        "In Tailscale {version} Funnel does not work.",
        "This very version turns every visitor away; 1.102.2 mends it.",
        (manual("Update Tailscale, then look again. {hint}", DOWNLOAD_PAGE),),
    ),
    Case(
        "tailscale_version",
        "differs",
        Status.NOTICE,
        "The Tailscale program ({client}) and its service ({version}) have different versions.",
        "This happens when an update was not followed by a restart.",
        (manual("Restart the computer when it suits you."),),
    ),
    Case(
        "tailscale_version",
        "forgets_funnel",
        Status.NOTICE,
        "Tailscale {version} was seen to lose Funnel when the computer restarts.",
        "After a restart nobody would reach Plex until this program is run again.",
        (manual("Update Tailscale when it suits you. {hint}", DOWNLOAD_PAGE),),
    ),
    Case(
        "tailscale_version",
        "not_told",
        Status.UNKNOWN,
        "Tailscale did not tell its version in a way we understand.",
        "",
        (manual("Update Tailscale, then look again.", DOWNLOAD_PAGE),),
    ),
    Case("tailscale_running", None, Status.OK, "The Tailscale service is running."),
    Case(
        "tailscale_running",
        "service_stopped",
        Status.PROBLEM,
        "The Tailscale service is not running.",
        "Without it nothing can reach Plex through Funnel.",
        (auto("start_tailscale", "Start the Tailscale service."),),
    ),
    Case(
        "tailscale_running",
        "service_stopped_here",
        Status.PROBLEM,
        "The Tailscale service is not running.",
        "Without it nothing can reach Plex through Funnel.",
        (manual("Open Tailscale once by hand, then look again."),),
    ),
    Case(
        "tailscale_running",
        "silent",
        Status.PROBLEM,
        "The Tailscale service does not answer.",
        "It may hang, or be starting after an update.",
        (manual("Wait a minute and look again. If it stays so, restart the computer."),),
    ),
    Case(
        "tailscale_running",
        "other_user",
        Status.PROBLEM,
        "Another user of this computer uses Tailscale right now.",
        "Tailscale serves one user at a time on this system.",
        (manual("Sign that user out of Windows, or run this program there."),),
    ),
    Case(
        "tailscale_running",
        "not_understood",
        Status.UNKNOWN,
        "The Tailscale program answered something we do not understand.",
        "We cannot tell whether Tailscale works.",
        (manual("Update Tailscale and look again. If it stays so, save a report.", DOWNLOAD_PAGE),),
    ),
    Case("tailscale_signed_in", None, Status.OK, "Tailscale is signed in to {tailnet}."),
    Case(
        "tailscale_signed_in",
        "signed_out",
        Status.PROBLEM,
        "Tailscale is not signed in.",
        "Signing in gives this computer its place and name in your own private network.",
        (manual("Sign in to Tailscale in the browser."),),
    ),
    Case(
        "tailscale_signed_in",
        "key_expired",
        Status.PROBLEM,
        "This computer's sign-in to Tailscale has expired.",
        "Since then nobody reaches Plex through Funnel.",
        (
            manual(
                "Sign in to Tailscale again. Then, on the Machines page, choose “Disable key expiry” in this computer's "
                "menu, so that it does not happen again.",
                MACHINES_PAGE,
            ),
        ),
    ),
    Case(
        "tailscale_signed_in",
        "needs_approval",
        Status.PROBLEM,
        "An admin of your Tailscale network must approve this computer.",
        "Until then Tailscale keeps it out.",
        (
            manual(
                "Approve this computer on the Machines page. If you are not the admin, send the page with these words: "
                "“Please approve the computer {name}.”",
                MACHINES_PAGE,
            ),
        ),
    ),
    Case("tailscale_connected", None, Status.OK, "Tailscale is connected as {name}."),
    Case(
        "tailscale_connected",
        "stopped",
        Status.PROBLEM,
        "Tailscale is switched off.",
        "While it is off, nobody reaches Plex through Funnel.",
        (auto("connect_tailscale", "Switch Tailscale on."),),
    ),
    Case(
        "tailscale_connected",
        "starting",
        Status.UNKNOWN,
        "Tailscale is just connecting.",
        "",
        (manual("Wait a moment and look again."),),
    ),
    Case(
        "tailscale_connected",
        "out_of_sync",
        Status.NOTICE,
        "Tailscale has lost touch with its coordination server.",
        "After a new connection or address this lasts some minutes; until then visitors may be turned away.",
        (manual("Wait some minutes. If it stays so, restart Tailscale, then look again."),),
    ),
    Case(
        "tailscale_connected",
        "custom_relays",
        Status.NOTICE,
        "Your Tailscale network uses relay servers of its own, and visitors are turned away.",
        "With own relay servers (DERP) in the access controls, Funnel was seen not to get through.",
        (manual("Take the own relay servers out of the access controls, then look again.", POLICY_PAGE),),
    ),
    Case(
        "tailscale_connected",
        "ends_with_session",
        Status.NOTICE,
        "On this computer Tailscale ends when you sign out of Windows.",
        "From then on nobody reaches Plex, until you sign in again.",
        (manual("Switch on “Run unattended” in Tailscale's menu. Command: tailscale set --unattended"),),
    ),
    Case("tailscale_permission", None, Status.OK, "You may change Tailscale's settings on this computer."),
    Case(
        "tailscale_permission",
        "needs_admin",
        Status.NOTICE,
        "Changing Tailscale's settings needs your administrator password on this computer.",
        "It is asked for that one step only; nothing permanent is granted.",
    ),
    Case(
        "tailscale_permission",
        "not_known",
        Status.NOTICE,
        "It is not known yet whether changing Tailscale needs your administrator password.",
        "If it does, you are asked at that step.",
    ),
    Case("tailscale_key", None, Status.OK, "This computer's sign-in to Tailscale lasts."),
    Case(
        "tailscale_key",
        "expires_soon",
        Status.NOTICE,
        "This computer's sign-in to Tailscale ends {when}.",
        "On that day Plex stops being reachable, and the sign-in must be renewed at this computer.",
        (
            manual(
                "To switch that off, open the Machines page and choose “Disable key expiry” in this computer's menu.",
                MACHINES_PAGE,
            ),
        ),
    ),
    *tailnet.CASES,
    *serving.CASES,
)
