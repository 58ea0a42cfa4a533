# SPDX-License-Identifier: MIT
"""Plex's list of networks allowed without auth: which entries let Funnel's own hop in; the rest stays as text."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_LOOPBACK4 = IPv4Network("127.0.0.0/8")
_LOOPBACK6 = (IPv6Network("::1/128"), IPv6Network("::ffff:127.0.0.0/104"))
_GATEWAYS4 = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"))
_GATEWAYS6 = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
"""A container sees its host, and so tailscaled, as the bridge's gateway (plexinc/pms-docker README)."""

_EVERYTHING = frozenset({"*", "any", "all", "0/0"})
_ODD = re.compile(r"0x|^\d+$|localhost|loopback")
"""Not said to mean anything by Plex; nobody writes them to keep people out. Among them 127.0.0.1 as one number."""

_WIDE4, _WIDE6 = 8, 16
"""Networks with a shorter prefix hold so much of the internet that strangers are in them."""


def lets_in(entry: str, *, container: bool) -> bool:
    """Whether an entry covers loopback, or with ``container`` an address that a container's gateway may have.

    Plex takes an address or an address/netmask; ranges and stars are read as widely as they could be meant.
    """
    text = _bare(entry)
    if not text:
        return False
    if text in _EVERYTHING or _ODD.search(text) or text.startswith("127.") or _is_wildcard(text):
        return True
    first, dash, last = (part.strip() for part in text.partition("-"))
    if dash:
        return _range_meets(first, last, container)
    if "*" in text:
        return text.startswith("*") or _starts_gateway(text, container)
    address, slash, mask = (part.strip() for part in text.partition("/"))
    if slash and "." in mask:
        return _mask_meets(address, mask, container)
    try:
        network = ip_network(text.partition("%")[0] if not slash else f"{address}/{mask}", strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv4Network):
        return network.prefixlen < _WIDE4 or any(network.overlaps(one) for one in _wanted4(container))
    mapped = network.network_address.ipv4_mapped
    if mapped is not None and network.prefixlen >= 96:
        inner = IPv4Network((mapped, network.prefixlen - 96), strict=False)
        return any(inner.overlaps(one) for one in _wanted4(container))
    wide = network.prefixlen < _WIDE6 and not network.is_private
    return wide or any(network.overlaps(one) for one in _wanted6(container))


def entries_letting_in(text: str, *, container: bool) -> tuple[str, ...]:
    """Return those entries of the whole list, in order."""
    return tuple(piece.strip() for piece in text.split(",") if lets_in(piece, container=container))


def without(text: str, *, container: bool) -> str:
    """Return the list less those entries; what stays keeps its text and its order."""
    pieces = text.split(",")
    kept = [piece for piece in pieces if not lets_in(piece, container=container)]
    return text if len(kept) == len(pieces) else ",".join(kept).strip()


def put_back(current: str, before: str, *, container: bool) -> str:
    """Return ``current`` with what `without` took out of ``before``; just ``before`` where all else is as it was."""
    if current == without(before, container=container):
        return before
    there = {piece.strip() for piece in current.split(",")}
    missing = [entry for entry in entries_letting_in(before, container=container) if entry not in there]
    return ",".join([*([current] if current.strip() else []), *missing])


def _bare(entry: str) -> str:
    """The entry without what belongs to an address of a page: its scheme, a port, brackets."""
    text = entry.strip().lower().rpartition("://")[2]
    if text.startswith("[") and "]" in text:
        address, _, rest = text[1:].partition("]")
        return address + (rest if rest.startswith("/") else "")
    return text


def _is_wildcard(text: str) -> bool:
    try:
        return ip_address(text).is_unspecified
    except ValueError:
        return False


def _wanted4(container: bool) -> tuple[IPv4Network, ...]:
    return (_LOOPBACK4, *_GATEWAYS4) if container else (_LOOPBACK4,)


def _wanted6(container: bool) -> tuple[IPv6Network, ...]:
    return (*_LOOPBACK6, *_GATEWAYS6) if container else _LOOPBACK6


def _range_meets(first: str, last: str, container: bool) -> bool:
    try:
        low, high = ip_address(first), ip_address(last)
    except ValueError:
        # "10.0.0.1-50" and the like: judged by where it begins.
        return lets_in(first, container=container) if first else False
    if isinstance(low, IPv4Address) and isinstance(high, IPv4Address):
        return any(low <= one.broadcast_address and high >= one.network_address for one in _wanted4(container))
    if isinstance(low, IPv6Address) and isinstance(high, IPv6Address):
        return any(low <= one.broadcast_address and high >= one.network_address for one in _wanted6(container))
    return False


def _mask_meets(address: str, mask: str, container: bool) -> bool:
    """A netmask may have holes, so it is tried bit by bit: is there an address both can hold."""
    try:
        value, bits = int(IPv4Address(address)), int(IPv4Address(mask))
    except ValueError:
        return False
    return any(
        (value & bits & int(one.netmask)) == (int(one.network_address) & bits & int(one.netmask))
        for one in _wanted4(container)
    )


def _starts_gateway(text: str, container: bool) -> bool:
    return container and text.startswith(("10.", "172.", "192.168.", "169.254.", "fc", "fd", "fe8"))
