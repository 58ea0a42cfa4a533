# SPDX-License-Identifier: MIT
"""Words about what the tailnet allows this computer."""

from __future__ import annotations

from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text

DNS_PAGE = "https://login.tailscale.com/admin/dns"
POLICY_PAGE = "https://login.tailscale.com/admin/acls"

TITLES = {
    "magicdns": Text("Names in your Tailscale network"),
    "https_certificates": Text("Certificates for the address"),
    "funnel_allowed": Text("Funnel is allowed"),
    "shields_up": Text("Incoming connections are allowed"),
    "exit_node": Text("This computer’s way out"),
    "certificate_name": Text("The name that becomes public"),
}

CASES = (
    Case("magicdns", None, Status.OK, "Your Tailscale network gives its computers names."),
    Case(
        "magicdns",
        "off",
        Status.PROBLEM,
        "Your Tailscale network does not give its computers names yet.",
        "Without it this computer has no name that a certificate could be made for.",
        (manual("Switch MagicDNS on, on the DNS page of the admin console, then look again.", DNS_PAGE),),
    ),
    Case("https_certificates", None, Status.OK, "Tailscale gets certificates for the address."),
    Case(
        "https_certificates",
        "off",
        Status.PROBLEM,
        "Your Tailscale network does not get certificates for its addresses yet.",
        "Plex apps connect by https only, so the public address needs a certificate.",
        (manual("Open the page and switch on HTTPS certificates there, then look again.", "{link}"),),
    ),
    Case(
        "https_certificates",
        "ask_admin",
        Status.PROBLEM,
        "Your Tailscale network gets no certificates for its addresses, and your account may not change that.",
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
        "The owner of the Tailscale network decides which computers may be public.",
        (manual("Open the page and allow Funnel, then look again.", "{link}"),),
    ),
    Case(
        "funnel_allowed",
        "ask_admin",
        Status.PROBLEM,
        "Funnel is not allowed for this computer yet, and your account may not allow it.",
        "Only an admin of the Tailscale network can decide that.",
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
        "Your Tailscale network does not allow Funnel on port {port}.",
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
    Case("exit_node", None, Status.OK, "This computer goes to the internet directly."),
    Case(
        "exit_node",
        "in_use",
        Status.PROBLEM,
        "This computer goes to the internet through another one (an exit node).",
        "With an exit node in use, Funnel visitors were seen to time out.",
        (manual("Switch the exit node off on this computer, then look again. Command: tailscale set --exit-node="),),
    ),
    Case(
        "exit_node",
        "in_use_harmless",
        Status.NOTICE,
        "This computer goes to the internet through another one (an exit node).",
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
