# SPDX-License-Identifier: MIT
"""What an address tells about its place; own tables, because Python calls 100.64.0.1 neither private nor global."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SHARED = IPv4Network("100.64.0.0/10")  # RFC 6598
_CHROMEOS = IPv4Network("100.115.92.0/23")  # virtual machines and containers of a Chromebook, inside 100.64.0.0/10
_IPV4_SERVICE = IPv4Network("192.0.0.0/29")  # RFC 7335: DS-Lite (RFC 6333) and 464XLAT (RFC 6877)
_PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))  # RFC 1918
_HOME_LIKE = (
    IPv4Network("192.168.0.0/16"),
    IPv4Network("10.0.0.0/23"),
    IPv4Network("10.1.1.0/24"),
    IPv4Network("172.16.0.0/24"),
)
"""What home routers hand out from the factory; a provider uses the rest of RFC 1918."""
_VIRTUAL_MACHINE = IPv4Network("10.0.2.0/24")  # VirtualBox and QEMU user networking
_FAKE = IPv4Network("198.18.0.0/15")  # RFC 2544; TUN proxies hand out addresses of it for every name
_NOWHERE = (
    IPv4Network("0.0.0.0/8"),  # RFC 1122
    IPv4Network("127.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),  # RFC 3927
    IPv4Network("224.0.0.0/4"),  # RFC 1112
    IPv4Network("240.0.0.0/4"),
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64_ANSWERS = (IPv4Address("192.0.0.170"), IPv4Address("192.0.0.171"))  # RFC 7050
_NAT64_OFFSETS = (12, 9, 7, 6, 5, 4)
"""Where the IPv4 address begins, in bytes, for prefixes of 96, 64, 56, 48, 40 and 32 bits (RFC 6052, 2.2)."""
_RESERVED_BYTE = 8  # bits 64 to 71 stay zero
_remembered = lru_cache(maxsize=1024)
"""While evidence comes in, the same few addresses are judged hundreds of times."""


@_remembered
def ipv4(text: str | None) -> IPv4Address | None:
    """Return the address, or None for anything that is not dotted IPv4."""
    if not text or not text.isascii():
        return None
    try:
        return IPv4Address(text.strip())
    except ValueError:
        return None


@_remembered
def is_shared(text: str | None) -> bool:
    """Whether it is of the range that providers share among customers (100.64.0.0/10); a Chromebook's own are not."""
    address = ipv4(text)
    return address is not None and address in _SHARED and address not in _CHROMEOS


def is_virtual(text: str | None) -> bool:
    """Whether it is of a network inside this computer (Chromebook containers, virtual machines)."""
    address = ipv4(text)
    return address is not None and (address in _CHROMEOS or address in _VIRTUAL_MACHINE)


@_remembered
def is_ipv4_service(text: str | None) -> bool:
    """Whether it is of 192.0.0.0/29: IPv4 carried over IPv6."""
    address = ipv4(text)
    return address is not None and address in _IPV4_SERVICE


@_remembered
def is_private(text: str | None) -> bool:
    """Whether it is of RFC 1918."""
    address = ipv4(text)
    return address is not None and any(address in network for network in _PRIVATE)


@_remembered
def is_home_like(text: str | None) -> bool:
    """Whether home routers use it, out of the box."""
    address = ipv4(text)
    return address is not None and any(address in network for network in _HOME_LIKE)


def is_fake(text: str | None) -> bool:
    """Whether a local proxy made it up for a name."""
    address = ipv4(text)
    return address is not None and address in _FAKE


@_remembered
def is_public(text: str | None) -> bool:
    """Whether it can be an address on the internet: not of a range that only has a meaning inside some network."""
    address = ipv4(text)
    if address is None or any(address in network for network in (*_NOWHERE, _SHARED, _IPV4_SERVICE, _FAKE)):
        return False
    return not is_private(text)


def can_be_wan(text: str | None) -> bool:
    """Whether a router can have this address on its outer side: behind other routers, it need not be a public one."""
    return any(belongs(text) for belongs in (is_public, is_private, is_shared, is_ipv4_service, is_virtual))


def is_global_v6(text: str | None) -> bool:
    """Whether it is a global unicast IPv6 address (2000::/3)."""
    try:
        return IPv6Address((text or "").partition("%")[0]) in _GLOBAL_V6
    except ValueError:
        return False


def is_nat64(text: str) -> bool:
    """Whether an AAAA answer for ``ipv4only.arpa`` was made by a NAT64 (RFC 7050): it holds 192.0.0.170 or .171."""
    try:
        packed = IPv6Address(text.partition("%")[0]).packed
    except ValueError:
        return False
    for offset in _NAT64_OFFSETS:
        embedded = packed[offset:]
        if offset < _RESERVED_BYTE:
            embedded = packed[offset:_RESERVED_BYTE] + packed[_RESERVED_BYTE + 1 :]
        if IPv4Address(embedded[:4]) in _NAT64_ANSWERS:
            return True
    return False
