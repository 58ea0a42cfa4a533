# SPDX-License-Identifier: MIT
"""Routing tables and traces as the systems print them, in any language: only numbers and addresses are read."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

from setup_assistant.core.addresses import ipv4
from setup_assistant.core.connection import Hop

_UP, _GATEWAY = 0x1, 0x2
_QUAD = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
_HOP_LINE = re.compile(r"^\s*(\d{1,2})\s+(.*)$")
_TIME = re.compile(r"(?<![\d.])(<?\d+(?:[.,]\d+)?)\s+[^\s\d.*<\[(]")
"""A number before a word: what milliseconds are called differs, and may have been lost with the console's code page."""
_MASK = "255."


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A default route. ``gateway`` is empty where the link has none; ``interface`` is a name (Windows: an address)."""

    interface: str
    gateway: str
    metric: int


def parse_proc_route(text: str) -> tuple[DefaultRoute, ...]:
    """Return the IPv4 default routes of ``/proc/net/route`` (main table only), best first."""
    found = []
    for line in text.splitlines()[1:]:
        columns = line.split()
        try:
            name, destination, gateway, flags, metric, mask = (columns[number] for number in (0, 1, 2, 3, 6, 7))
            if int(destination, 16) or int(mask, 16) or not int(flags, 16) & _UP:
                continue
            # The kernel prints the address as a number in the machine's own byte order.
            address = str(IPv4Address(struct.pack("=I", int(gateway, 16)))) if int(flags, 16) & _GATEWAY else ""
            found.append(DefaultRoute(name, address, int(metric)))
        except (IndexError, ValueError, struct.error):
            continue
    return tuple(sorted(found, key=lambda route: (not route.gateway, route.metric)))


def parse_proc_ipv6_route(text: str) -> tuple[DefaultRoute, ...]:
    """Return the IPv6 default routes of ``/proc/net/ipv6_route``, best first."""
    found = []
    for line in text.splitlines():
        columns = line.split()
        try:
            destination, length, gateway, metric, flags, name = (columns[number] for number in (0, 1, 4, 5, 8, 9))
            if int(destination, 16) or int(length, 16) or not int(flags, 16) & _UP or name == "lo":
                continue
            address = IPv6Address(bytes.fromhex(gateway))
            found.append(DefaultRoute(name, "" if int(address) == 0 else str(address), int(metric, 16)))
        except (IndexError, ValueError):
            continue
    return tuple(sorted(found, key=lambda route: route.metric))


def parse_route_print(text: str) -> tuple[DefaultRoute, ...]:
    """Return the IPv4 default routes of Windows' ``route print -4``, best first; ``interface`` is its address.

    Only rows that begin with 0.0.0.0 0.0.0.0 are read: the words around them are in the language of Windows. The
    list of persistent routes at the end has no interface column and is so left out.
    """
    found = []
    for line in text.splitlines():
        columns = line.split()
        if len(columns) < 5 or columns[:2] != ["0.0.0.0", "0.0.0.0"]:  # noqa: S104 - a destination, not a bind
            continue
        interface, metric = columns[-2], columns[-1]
        if ipv4(interface) is None or not re.fullmatch(r"[0-9]{1,9}", metric):
            continue
        gateway = columns[2] if ipv4(columns[2]) is not None else ""  # "On-link", in the language of Windows
        found.append(DefaultRoute(interface, gateway, int(metric)))
    return tuple(sorted(found, key=lambda route: route.metric))


def parse_ipconfig(text: str) -> tuple[DefaultRoute, ...]:
    """Return the IPv4 default routes of Windows' ``ipconfig``, in its order; ``interface`` is its address.

    An adapter's lines are indented. Of the IPv4 addresses in them, one before a mask is the computer's own, and any
    other the gateway, which may stand alone on the line after an IPv6 one. Words are not read.
    """
    found: list[DefaultRoute] = []
    addresses: list[str] = []
    for line in (*text.splitlines(), "end"):
        if not line or line[0].isspace():
            addresses += (address for address in _QUAD.findall(line) if ipv4(address) is not None)
            continue
        own = [one for one, then in pairwise(addresses) if then.startswith(_MASK)]
        others = [one for one in addresses if one not in own and not one.startswith(_MASK) and int(IPv4Address(one))]
        if own and others:
            found.append(DefaultRoute(own[0], others[0], len(found)))
        addresses = []
    return tuple(found)


def parse_netstat(text: str) -> tuple[DefaultRoute, ...]:
    """Return the default routes of macOS's ``netstat -rn -f inet``, in its order, which is the one it uses."""
    found = []
    for number, line in enumerate(text.splitlines()):
        columns = line.split()
        if len(columns) < 4 or columns[0] not in ("default", "0.0.0.0", "0/0"):  # noqa: S104 - as above
            continue
        flags = next((column for column in columns[2:] if column.isalpha() and column[:1] == "U"), "")
        # The name of the interface comes last, before a number of seconds where the route has an end.
        name = columns[-2] if len(columns) > 4 and (columns[-1].isdigit() or columns[-1] == "!") else columns[-1]
        # Routes scoped to one interface ("I") are not what programs use unless they ask for it.
        if flags:
            gateway = columns[1] if ipv4(columns[1]) is not None else ""
            found.append(DefaultRoute(name, gateway, number + (1000 if "I" in flags else 0)))
    return tuple(sorted(found, key=lambda route: route.metric))


def parse_trace(text: str, first: int = 1) -> tuple[Hop, ...]:
    """Return the hops of ``tracert -d`` or ``traceroute -n`` in any language.

    A hop's line begins with its number; its address is the last one of the line (Windows puts it there, and where
    several answered on Unix any of them is as good), and its time the first. ``first`` is the distance it begins at.
    """
    return tuple(_hops(text, first))


def _hops(text: str, first: int) -> Iterator[Hop]:
    expected = first
    for line in text.splitlines():
        matched = _HOP_LINE.match(line)
        if matched is None or int(matched[1]) != expected:
            continue
        addresses = [address for address in _QUAD.findall(matched[2]) if ipv4(address) is not None]
        if not addresses and "*" not in matched[2]:
            continue
        time = _TIME.search(matched[2]) if addresses else None
        yield Hop(expected, addresses[-1] if addresses else None, _milliseconds(time[1]) if time else None)
        expected += 1


def _milliseconds(shown: str) -> float | None:
    try:
        return float(shown.lstrip("<").replace(",", "."))
    except ValueError:
        return None
