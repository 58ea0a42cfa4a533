# SPDX-License-Identifier: MIT
"""Public DNS over HTTPS in the JSON form that Cloudflare and Google share."""

from __future__ import annotations

import json
from ipaddress import ip_address
from urllib.parse import urlsplit

from setup_assistant.core.errors import HostError
from setup_assistant.core.facts import Lookup
from setup_assistant.core.host import Http

ACCEPT = {"Accept": "application/dns-json"}
KINDS = {"A": 1, "AAAA": 28}
NOT_ASKED = -1
LOOKUP_S = 5.0
DNS_MAX_BYTES = 65_536


def resolver_name(resolver: str) -> str:
    """Return how a resolver is called where people read it: its host."""
    return urlsplit(resolver).hostname or resolver


def parse_lookup(resolver: str, kind: str, status: int, body: bytes) -> Lookup:
    """Read ``{"Status": RCODE, "Answer": [{"type", "data"}, …]}``; anything else counts as not asked.

    ``Answer`` is missing where there is none (Google and Cloudflare, JSON over HTTPS).
    """
    silent = Lookup(resolver, kind, NOT_ASKED)
    if status != 200:
        return silent
    try:
        document = json.loads(body)
        code = document["Status"]
        records = document.get("Answer") or []
        addresses = [str(record["data"]) for record in records if record["type"] == KINDS[kind]]
        for address in addresses:
            ip_address(address)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return silent
    if not isinstance(code, int) or isinstance(code, bool) or code < 0:
        return silent
    return Lookup(resolver, kind, code, tuple(addresses))


async def look_up(http: Http, resolver: str, name: str, kind: str) -> Lookup:
    """Ask one resolver for one kind of address."""
    try:
        reply = await http.request(
            "GET",
            resolver,
            params=(("name", name), ("type", kind)),
            headers=ACCEPT,
            timeout=LOOKUP_S,
            max_bytes=DNS_MAX_BYTES,
        )
    except HostError:
        return Lookup(resolver_name(resolver), kind, NOT_ASKED)
    return parse_lookup(resolver_name(resolver), kind, reply.status, reply.body)


def addresses_of(lookups: tuple[Lookup, ...]) -> tuple[str, ...]:
    """Return every public address that was answered, each once, IPv4 first."""
    found = dict.fromkeys(address for lookup in lookups for address in lookup.addresses if is_public(address))
    return tuple(sorted(found, key=lambda address: ip_address(address).version))


def is_public(address: str) -> bool:
    """Whether an address can belong to a public entrance (100.64.0.0/10 and private ranges cannot)."""
    return ip_address(address).is_global


def is_clean(lookups: tuple[Lookup, ...]) -> bool:
    """Whether every resolver said yes, with an IPv4 address: then asking again tells nothing new."""
    said_yes = all(lookup.status == 0 for lookup in lookups)
    return said_yes and all(lookup.addresses for lookup in lookups if lookup.kind == "A")


def is_silent(lookups: tuple[Lookup, ...]) -> bool:
    """Whether no resolver could be asked at all."""
    return all(lookup.status == NOT_ASKED for lookup in lookups)


def is_unpublished(lookups: tuple[Lookup, ...]) -> bool:
    """Whether the resolvers that answered all know no address of the name."""
    asked = [lookup for lookup in lookups if lookup.status != NOT_ASKED]
    return bool(asked) and not any(lookup.addresses for lookup in asked) and any(one.status in (0, 3) for one in asked)
