# SPDX-License-Identifier: MIT
"""What is known of single providers, by the AS number that announces their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setup_assistant.core.texts import Text

_SHARES = Text("{provider} shares its IPv4 addresses among customers by design; that is nothing you can set.")
_BUSINESS = Text(
    "{provider} shares its IPv4 addresses among customers; only some business plans have one of their own."
)
_MOBILE = Text(
    "{provider} shares its IPv4 addresses among customers, on its home internet over 5G too; only some business plans "
    "have one of their own."
)
_PAID = Text("{provider} shares its IPv4 addresses among customers, and gives one of your own for an extra fee.")
_ASK = Text(
    "{provider} is an exception: it gives customers who ask for it an IPv4 address of their own. "
    "With it a port forward would work; Funnel works either way."
)
_PORTS = Text(
    "{provider} gives several homes one IPv4 address and each a part of the ports, and 32400 is rarely yours."
)
_TUNNELS = Text("{provider} carries IPv4 over IPv6 on many of its lines (DS-Lite).")


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider whose habits are known; ``note`` has ``{provider}``."""

    name: str
    note: Text


KNOWN: Mapping[int, KnownProvider] = {
    21928: KnownProvider("T-Mobile US", _MOBILE),
    14593: KnownProvider("Starlink", _BUSINESS),
    22394: KnownProvider("Verizon Wireless", _MOBILE),
    6167: KnownProvider("Verizon Wireless", _MOBILE),
    20057: KnownProvider("AT&T Mobility", _MOBILE),
    6621: KnownProvider("HughesNet", _SHARES),
    7155: KnownProvider("Viasat", _SHARES),
    22995: KnownProvider("Xplore", _SHARES),
    60294: KnownProvider("Deutsche Glasfaser", _SHARES),
    31334: KnownProvider("Vodafone Kabel Deutschland", _TUNNELS),
    8767: KnownProvider("M-net", _TUNNELS),
    12576: KnownProvider("EE", _SHARES),
    60339: KnownProvider("Three UK", _SHARES),
    206067: KnownProvider("Three UK", _SHARES),
    56478: KnownProvider("Hyperoptic", _PAID),
    57269: KnownProvider("DIGI Spain", _PAID),
    12322: KnownProvider("Free", _ASK),
    4764: KnownProvider("Aussie Broadband", _ASK),
    29447: KnownProvider("Iliad Italia", _PORTS),
    55836: KnownProvider("Reliance Jio", _SHARES),
    24560: KnownProvider("Airtel", _SHARES),
    45609: KnownProvider("Airtel", _SHARES),
}
"""Habits as customers and the providers' own pages describe them; they can change any day, so no verdict uses them."""


def provider_note(asn: int | None) -> Text | None:
    """Return the sentence about the provider with that AS number, if it is known."""
    known = KNOWN.get(asn) if asn is not None else None
    return known.note.filled(provider=known.name) if known is not None else None
