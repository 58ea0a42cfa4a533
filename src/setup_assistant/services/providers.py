# SPDX-License-Identifier: MIT
"""The provider's name from its AS number: Team Cymru's mapping, asked through public DNS over HTTPS.

It tells two third parties (the resolver and Team Cymru) the address, so it is asked with consent only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from setup_assistant.core.addresses import ipv4
from setup_assistant.core.errors import HostError
from setup_assistant.core.host import Http

LOOKUP_S = 1.0
_MAX_BYTES = 65_536
_TXT = 16
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Provider:
    """An AS number and the name it is registered under ("" where that could not be read)."""

    asn: int
    name: str


def origin_name(address: str) -> str:
    """The DNS name that holds the origin of an IPv4 address (team-cymru.com, "IP to ASN mapping", DNS)."""
    return ".".join(reversed(address.split("."))) + ".origin.asn.cymru.com"


def as_name(asn: int) -> str:
    """The DNS name that holds what an AS number is called."""
    return f"AS{asn}.asn.cymru.com"


def parse_texts(body: bytes) -> tuple[str, ...]:
    """Return the TXT records of a DNS answer in JSON (``{"Answer": [{"type": 16, "data": "\\"…\\""}]}``)."""
    try:
        records = json.loads(body)["Answer"]
        return tuple(str(record["data"]).strip().strip('"') for record in records if record["type"] == _TXT)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def parse_origin(texts: Sequence[str]) -> int | None:
    """Read ``15169 | 8.8.8.0/24 | US | arin | 2023-12-28``; where several announce it, the first counts."""
    for text in texts:
        number = _NUMBER.match(text.strip())
        if number is not None and "|" in text:
            return int(number[0])
    return None


def parse_name(texts: Sequence[str]) -> str:
    """Read ``15169 | US | arin | 2000-03-30 | GOOGLE - Google LLC, US``: the last column, in printable characters."""
    for text in texts:
        columns = text.split("|")
        if len(columns) >= 5:
            name = "".join(character for character in columns[-1] if character.isprintable())
            return " ".join(name.split())[:_LONGEST_NAME]
    return ""


async def look_up_provider(http: Http, resolvers: Sequence[str], address: str) -> Provider | None:
    """Ask who announces the address; None where nobody could be asked, or nobody knows."""
    if ipv4(address) is None:
        return None
    for resolver in resolvers:
        asn = parse_origin(await _texts(http, resolver, origin_name(address)))
        if asn is not None:
            return Provider(asn, parse_name(await _texts(http, resolver, as_name(asn))))
    return None


async def _texts(http: Http, resolver: str, name: str) -> tuple[str, ...]:
    try:
        reply = await http.request(
            "GET",
            resolver,
            params=(("name", name), ("type", "TXT")),
            headers={"Accept": "application/dns-json"},
            timeout=LOOKUP_S,
            max_bytes=_MAX_BYTES,
        )
    except HostError:
        return ()
    return parse_texts(reply.body) if reply.status == 200 else ()
