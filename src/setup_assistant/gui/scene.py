# SPDX-License-Identifier: MIT
"""What the picture of the connection shows: pure, from answers and facts, without any drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from setup_assistant.core.findings import Finding, Status
from setup_assistant.core.texts import Text, listed
from setup_assistant.gui.standing import is_alarm

if TYPE_CHECKING:
    from setup_assistant.engine.assistant import Look


class Way(StrEnum):
    """How far the way through Funnel has come."""

    OPEN = "open"
    """Anyone gets in through it: the worst state there is."""
    PLANNED = "planned"
    UNPROVEN = "unproven"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on the way in; ``detail`` is an address."""

    icon: str
    name: Text
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """The way from the viewers to Plex. ``stop`` is the number of the node where the way in ends today."""

    nodes: tuple[Node, ...]
    stop: int | None
    today: Text
    """What becomes of a visitor who comes straight, in one line."""
    after: Text
    """The same once Funnel leads around it."""
    way: Way = Way.PLANNED
    known: bool = True
    leads_around: bool = True
    """Whether Funnel could lead around the place where the way ends today."""


VIEWERS = Node("people", Text("Viewers"))
INTERNET = Node("globe", Text("Internet"))
GATEWAY = Node("gateway", Text("Your provider"))
OUTER = Node("router", Text("First router"))
INNER = Node("router", Text("Second router"))
ROUTER = Node("router", Text("Your router"))
TUNNEL = Node("shield", Text("VPN"))
COMPUTER = Node("computer", Text("Plex on this computer"))
PROVIDER_UNKNOWN = Node("unknown", Text("Not known"))

STILL_PROVIDER = Text("The straight way still ends at your provider. It is not needed any more.")
STILL_ROUTER = Text("The straight way still ends at your router. It is not needed, and no port is open.")
STILL_OPEN = Text("The straight way is not needed any more.")
SHARED = Text("Today a visitor gets as far as your provider, who shares one address among many homes.")
ROUTER_ENDS = Text("Today a visitor gets as far as your router, which lets nobody in by itself.")
TWO_ROUTERS = Text("Today a visitor gets as far as the first of your two routers.")
REACHES = Text("This computer has its own address; whether visitors get in depends on its firewall.")
HIDDEN = Text("A VPN hides what your own line is like; visitors end there.")
OFFLINE = Text("This computer has no way out to the internet right now.")
NOT_KNOWN = Text("It could not be told where a visitor ends today.")
NOT_SEEN = Text("Where a visitor ends today has not been seen yet.")

STATION = Text("{station}.")
ENDS_HERE = Text("{station}: a visitor who comes straight ends here.")
NO_WAY_AROUND = Text("Funnel needs the internet too: nothing leads around this.")

FUNNEL: Mapping[Way, Text] = {
    Way.OPEN: Text("Through Funnel anyone gets into Plex right now, without signing in."),
    Way.PLANNED: Text("With Funnel: around it, through the way that this computer opens itself."),
    Way.UNPROVEN: Text("Funnel is set up; it is not proven yet that it reaches Plex."),
    Way.PROVEN: Text("Through Funnel visitors reach Plex. This was checked."),
}

SCENES: Mapping[str, Scene] = {
    "cgnat": Scene((VIEWERS, INTERNET, GATEWAY, ROUTER, COMPUTER), 2, SHARED, STILL_PROVIDER),
    "ds_lite": Scene((VIEWERS, INTERNET, GATEWAY, ROUTER, COMPUTER), 2, SHARED, STILL_PROVIDER),
    "double_nat": Scene((VIEWERS, INTERNET, OUTER, INNER, COMPUTER), 2, TWO_ROUTERS, STILL_ROUTER),
    "home_nat": Scene((VIEWERS, INTERNET, ROUTER, COMPUTER), 2, ROUTER_ENDS, STILL_ROUTER),
    "public": Scene((VIEWERS, INTERNET, COMPUTER), None, REACHES, STILL_OPEN),
    "vpn": Scene((VIEWERS, INTERNET, TUNNEL, COMPUTER), 2, HIDDEN, STILL_OPEN),
    "offline": Scene((VIEWERS, INTERNET, ROUTER, COMPUTER), 1, OFFLINE, OFFLINE, leads_around=False),
    "unknown": Scene((VIEWERS, INTERNET, PROVIDER_UNKNOWN, COMPUTER), None, NOT_KNOWN, STILL_OPEN, known=False),
}
SAME: Mapping[str, str] = {
    "cgnat_likely": "cgnat",
    "moved_to_cgnat": "cgnat",
    "undecided": "unknown",
    "not_readable": "unknown",
}
SKELETON = Scene((VIEWERS, INTERNET, ROUTER, COMPUTER), None, NOT_SEEN, NOT_SEEN, known=False)


def scene(findings: Mapping[str, Finding], look: Look | None) -> Scene:
    """Return the picture for what is known; addresses come with the complete look."""
    finding = findings.get("connection")
    if finding is None:
        return SKELETON
    cause = finding.cause or "unknown"
    chosen = SCENES.get(SAME.get(cause, cause), SCENES["unknown"])
    chosen = replace(chosen, way=_way(findings))
    return _with_addresses(chosen, look) if look is not None else chosen


def _way(findings: Mapping[str, Finding]) -> Way:
    """Funnel counts as there when it is the right shape, and as proven only by somebody outside."""
    if any(is_alarm(finding) for finding in findings.values()):
        return Way.OPEN
    shape, outside = findings.get("funnel_shape"), findings.get("outside")
    if shape is None or shape.status is not Status.OK:
        return Way.PLANNED
    seen = outside is not None and outside.status in (Status.OK, Status.NOTICE)
    return Way.PROVEN if seen else Way.UNPROVEN


def _with_addresses(chosen: Scene, look: Look) -> Scene:
    from setup_assistant.checks.connection import describe_line
    from setup_assistant.core.connection import Line

    verdict = describe_line(look.facts).verdict
    public, router = verdict.public_ip or "", verdict.router_wan_ip or ""
    details = {
        GATEWAY.icon: public,
        ROUTER.icon: router,
        COMPUTER.icon: public if verdict.line is Line.PUBLIC else "",
    }
    if verdict.line is Line.HOME_NAT:
        details[ROUTER.icon] = public or router
    named = [replace(node, detail=details.get(node.icon, "")) for node in chosen.nodes]
    if verdict.line is Line.DOUBLE_NAT:
        named[2] = replace(named[2], detail=public)
    return replace(chosen, nodes=tuple(named))


def stations(shown: Scene) -> Text:
    """What the picture shows from left to right, for those who do not see it."""
    said = [Text("Drawn are, one after the other:")]
    for number, node in enumerate(shown.nodes):
        told = listed([node.name, node.detail], " ") if node.detail else node.name
        ends = number == shown.stop
        said.append((ENDS_HERE if ends else STATION).filled(station=told))
    return listed(said, " ")


def in_words(shown: Scene) -> tuple[Text, Text]:
    """The picture in two sentences: the straight way, and the way through Funnel."""
    if not shown.leads_around:
        return shown.today, NO_WAY_AROUND
    planned = shown.way in (Way.PLANNED, Way.OPEN)
    return shown.today if planned else shown.after, FUNNEL[shown.way]
