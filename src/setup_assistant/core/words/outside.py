# SPDX-License-Identifier: MIT
"""Words about the proof: from this computer outwards, up to the view from outside."""

from __future__ import annotations

from setup_assistant.core.facts import Answer
from setup_assistant.core.findings import Case, Status, manual
from setup_assistant.core.texts import Text
from setup_assistant.core.words import outside_closing, outside_entrance, outside_layers

STATUS_PAGE = "https://status.tailscale.com"

TITLES = {
    "own_address": Text("The address answers inside your Tailscale network"),
    "public_dns": Text("The name is known on the internet"),
    "public_entrance": Text("The public entrance leads to Plex"),
    "outside": Text("Checked from outside"),
    "limits": Text("What this address cannot do"),
    "closed_again": Text("The address is closed again"),
}

_AGAIN = manual("Run this program again later; it goes on from here.")

CASES = (
    *outside_layers.CASES,
    *outside_entrance.CASES,
    *outside_closing.CASES,
    Case("outside", None, Status.OK, "Reachable from the internet: checked from {places}."),
    Case(
        "outside",
        "partly",
        Status.NOTICE,
        "Reachable from some places: {places}; not from {others}.",
        "At least one place outside reached Plex. The others may have met a passing trouble on the way.",
    ),
    Case(
        "outside",
        "certificate_soon",
        Status.NOTICE,
        "Reachable from the internet: checked from {places}. But the certificate ends on {date} and was not renewed.",
        "Tailscale renews it by itself, weeks before. From that day on apps refuse the address.",
        (
            manual(
                "Check this computer's date and time and restart Tailscale. If the date stays, type in a terminal: "
                "tailscale cert (and the name); what it says names the cause."
            ),
        ),
    ),
    Case(
        "outside",
        "no_consent",
        Status.UNKNOWN,
        "Not checked from outside: you have not agreed to it.",
        "For this check a public checking service is told the public name, and your home's own address if it is yours alone.",
        (
            manual(
                "Agree to the check (command: setup-assistant check --consent yes), "
                "or test with a phone: Wi-Fi off, then open {url}/identity "
                "(a page with your server's data means that it works)."
            ),
        ),
    ),
    Case(
        "outside",
        "could_not_check",
        Status.UNKNOWN,
        "The outside check could not be run. That says nothing about your server.",
        "What the checking services said: {detail}.",
        (
            manual(
                "Try again later, or test with a phone: Wi-Fi off, then open {url}/identity "
                "(a page with your server's data means that it works)."
            ),
        ),
    ),
    Case(
        "outside",
        "name_not_found",
        Status.PROBLEM,
        "From outside the name is not known yet.",
        "The public name needs time to spread.",
        (_AGAIN,),
    ),
    Case(
        "outside",
        "turned_away",
        Status.PROBLEM,
        "From outside the connection is closed before Plex is reached.",
        "Tailscale on this computer turns visitors away, or the entrance does not know it.",
        (
            manual(
                "Update Tailscale, and restart it. If it stays so, the owner of the Tailscale network switches Funnel off and on "
                "again on Tailscale's page “Access controls”."
            ),
        ),
    ),
    Case(
        "outside",
        "stalls",
        Status.PROBLEM,
        "From outside nothing comes back in time.",
        "The public entrance does not reach this computer.",
        (
            manual(
                "Check that Tailscale is online and this computer does not sleep; restart Tailscale; then look again."
            ),
        ),
    ),
    Case("outside", "refused", Status.PROBLEM, "From outside the connection is refused.", "", (_AGAIN,)),
    Case(
        "outside",
        "no_certificate",
        Status.PROBLEM,
        "From outside no certificate is shown.",
        "Tailscale on this computer has none for the name.",
        (_AGAIN,),
    ),
    Case(
        "outside",
        "certificate",
        Status.PROBLEM,
        "From outside the certificate is not accepted: {detail}",
        "Apps refuse it too.",
        (manual("Check this computer's date and time, restart Tailscale, then look again."),),
    ),
    Case(
        "outside", "private_answer", Status.PROBLEM, "From outside the name leads to a private address.", "", (_AGAIN,)
    ),
    Case(
        "outside",
        "bad_gateway",
        Status.PROBLEM,
        "From outside Tailscale answers, but does not reach Plex.",
        "Plex has stopped, or its port has changed.",
        (manual("Start Plex, then look again."),),
    ),
    Case(
        "outside",
        "starting",
        Status.PROBLEM,
        "From outside Plex answers that it is starting.",
        "",
        (manual("Wait until Plex has started, then look again."),),
    ),
    Case(
        "outside",
        "other_server",
        Status.PROBLEM,
        "From outside another Plex server answers.",
        "The name leads to a different computer.",
        (manual("Look which computer uses this name, then look again."),),
    ),
    Case(
        "outside",
        "other_app",
        Status.PROBLEM,
        "From outside something answers that is not Plex: {detail}",
        "",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "outside",
        "unauthorized",
        Status.PROBLEM,
        "From outside a sign-in is asked for before Plex is reached.",
        "Plex answers this question without one, so something stands in between.",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "outside",
        "redirect",
        Status.PROBLEM,
        "From outside visitors are sent elsewhere: {detail}",
        "Another app or proxy stands in between.",
        (manual("Look which program answers on Plex's port, then look again."),),
    ),
    Case(
        "outside",
        "not_found",
        Status.PROBLEM,
        "From outside the address answers, but Plex is not at its root.",
        "Funnel is set up for a path only.",
        (manual("Run the setup again; it puts Plex at the root."),),
    ),
    Case(
        "outside",
        "one_place",
        Status.NOTICE,
        "Reachable from the internet: checked from {places}. The other places could not check.",
    ),
    Case(
        "outside",
        "answered",
        Status.NOTICE,
        "From outside the address answers: asked from {places}.",
        "The service that could be asked does not show who answers. The public entrance was seen to lead to your Plex.",
    ),
    Case(
        "outside",
        "not_run",
        Status.UNKNOWN,
        "Not checked from outside yet.",
        "",
        (_AGAIN,),
    ),
    Case(
        "outside",
        "unreachable",
        Status.PROBLEM,
        "From outside the address is not reached: {detail}",
        "Nobody away from home can watch now.",
        (manual("Look at Tailscale's status page, restart Tailscale, then look again.", STATUS_PAGE),),
    ),
)

MET = {
    Answer.PLEX: Text("Plex answers"),
    Answer.OTHER_SERVER: Text("another Plex server answers"),
    Answer.OTHER_APP: Text("something else answers"),
    Answer.UNAUTHORIZED: Text("asks for a sign-in"),
    Answer.REDIRECT: Text("sends visitors elsewhere"),
    Answer.NOT_FOUND: Text("Plex is not at its root"),
    Answer.BAD_GATEWAY: Text("Tailscale does not reach Plex"),
    Answer.STARTING: Text("Plex is starting"),
    Answer.HTTP_ERROR: Text("an answer that is not Plex's"),
    Answer.REFUSED: Text("refuses the connection"),
    Answer.RESET: Text("cuts the connection"),
    Answer.CLOSED: Text("closes the connection"),
    Answer.TLS_ALERT: Text("shows no certificate"),
    Answer.CERTIFICATE_EXPIRED: Text("the certificate has expired"),
    Answer.CERTIFICATE_NAME: Text("the certificate belongs to another name"),
    Answer.CERTIFICATE_UNTRUSTED: Text("the certificate is not trusted"),
    Answer.TIMEOUT: Text("nothing comes back in time"),
    Answer.NAME_NOT_FOUND: Text("the name is not known"),
    Answer.PRIVATE_ADDRESS: Text("the name leads to a private address"),
    Answer.UNREACHABLE: Text("no way there"),
    Answer.COULD_NOT_CHECK: Text("could not check"),
    Answer.ANSWERED: Text("answers"),
}
"""What was met along a way, in few words."""

FROM_PLACE = Text("From {place}: {met}")
HERE = Text("this computer")
THROUGH = Text("Through {address}: {met}")
RESOLVER = Text("{resolver}, {kind}")
DNS_ANSWERS = {
    0: Text("no address"),
    2: Text("could not find out"),
    3: Text("not known"),
    -1: Text("could not be asked"),
}
WHO_IS_HIDDEN = Text("something answers, but the service does not show who")
NOT_TRIED = Text("not tried yet")
LONG_WAIT = Text("a day and a half")
SOME_MINUTES = Text("one minute", plural="{count} minutes")
SOME_HOURS = Text("one hour", plural="{count} hours")
TAILSCALE_SAYS = Text("Tailscale says: {detail}")
VERSION = Text("Tailscale version")
CERTIFICATE_UNTIL = Text("certificate until {date}")
CHECKED_BY = Text("Checked by")
