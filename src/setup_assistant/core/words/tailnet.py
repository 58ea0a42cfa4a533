# SPDX-License-Identifier: MIT
"""Words about what the tailnet allows this computer."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

DNS_PAGE = "https://login.tailscale.com/admin/dns"
POLICY_PAGE = "https://login.tailscale.com/admin/acls"

TITLES = {
    "magicdns": Text("MagicDNS is on"),
    "https_certificates": Text("HTTPS certificates are on"),
    "funnel_allowed": Text("Funnel is allowed"),
    "shields_up": Text("Incoming connections are allowed"),
    "exit_node": Text("Exit node"),
    "certificate_name": Text("The name that becomes public"),
}

CASES = (
    Case("magicdns", None, Status.OK, "MagicDNS is on."),
    Case(
        "magicdns",
        "off",
        Status.PROBLEM,
        "MagicDNS is off in your tailnet.",
        "Without it this computer has no name that a certificate could be made for.",
        (manual("Switch MagicDNS on, on the DNS page of the admin console, then look again.", DNS_PAGE),),
    ),
    Case("https_certificates", None, Status.OK, "HTTPS certificates are on."),
    Case(
        "https_certificates",
        "off",
        Status.PROBLEM,
        "HTTPS certificates are off in your tailnet.",
        "Plex apps connect by https only, so the public address needs a certificate.",
        (manual("Open the page and switch on HTTPS certificates for your tailnet, then look again.", "{link}"),),
    ),
    Case(
        "https_certificates",
        "ask_admin",
        Status.PROBLEM,
        "HTTPS certificates are off in your tailnet, and your account may not switch them on.",
        "Plex apps connect by https only, so the public address needs a certificate. Only an admin can decide that.",
        (
            manual(
                "Send an admin this page with these words: “Please switch on HTTPS certificates, and Funnel for the "
                "computer {name}. It makes my Plex server reachable from outside.” Then look again.",
                "{link}",
            ),
        ),
    ),
    Case("funnel_allowed", None, Status.OK, "Funnel is allowed for this computer."),
    Case(
        "funnel_allowed",
        "not_allowed",
        Status.PROBLEM,
        "Funnel is not allowed for this computer yet.",
        "The tailnet's owner decides which computers may be public.",
        (manual("Open the page and allow Funnel, then look again.", "{link}"),),
    ),
    Case(
        "funnel_allowed",
        "ask_admin",
        Status.PROBLEM,
        "Funnel is not allowed for this computer yet, and your account may not allow it.",
        "Only an admin of the tailnet can decide that.",
        (
            manual(
                "Send an admin this page with these words: “Please allow Funnel for the computer {name}. It makes my "
                "Plex server reachable from outside.” Then look again.",
                "{link}",
            ),
        ),
    ),
    Case(
        "funnel_allowed",
        "tagged",
        Status.PROBLEM,
        "Funnel is not allowed for this computer, because it carries a tag.",
        "The usual rule allows Funnel to people's own computers, not to tagged ones.",
        (manual("Add this computer's tag to the funnel rule in the access controls.", POLICY_PAGE),),
    ),
    Case(
        "funnel_allowed",
        "port_not_allowed",
        Status.PROBLEM,
        "Your tailnet does not allow Funnel on port {port}.",
        "Plex needs one of the ports 443, 8443 and 10000.",
        (manual("Allow the port in the access controls.", POLICY_PAGE),),
    ),
    Case(
        "funnel_allowed",
        "self_hosted",
        Status.PROBLEM,
        "This computer uses a self-hosted control server, which has no Funnel.",
        "Funnel exists only with Tailscale's own service.",
        (manual("Use Tailscale's own service for this computer, or another way to publish Plex."),),
    ),
    Case("shields_up", None, Status.OK, "Incoming connections are allowed."),
    Case(
        "shields_up",
        "on",
        Status.PROBLEM,
        "Tailscale is set to refuse all incoming connections.",
        "Funnel visitors come in through Tailscale, so they would be refused too.",
        (
            manual(
                "Switch on “Allow incoming connections” in Tailscale's menu, or run: tailscale set --shields-up=false"
            ),
        ),
    ),
    Case("exit_node", None, Status.OK, "No exit node is in use."),
    Case(
        "exit_node",
        "in_use",
        Status.PROBLEM,
        "This computer sends its traffic through an exit node.",
        "With an exit node in use, Funnel visitors were seen to time out.",
        (manual("Switch the exit node off on this computer, then look again. Command: tailscale set --exit-node="),),
    ),
    Case(
        "exit_node",
        "in_use_harmless",
        Status.NOTICE,
        "This computer sends its traffic through an exit node.",
        "Plex is reachable all the same. If that changes, switch the exit node off first.",
    ),
    Case("certificate_name", None, Status.OK, "The public name is {name}."),
    Case(
        "certificate_name",
        "first_time",
        Status.NOTICE,
        "The name {name} will become public, for ever.",
        "Every certificate is entered in public logs, and this name stands in it.",
        (manual("If you do not like the name, change it first. Command: tailscale set --hostname=NEW-NAME"),),
    ),
)
