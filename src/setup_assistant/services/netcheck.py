# SPDX-License-Identifier: MIT
"""What ``tailscale netcheck --format=json`` measured."""

from __future__ import annotations

import json
from dataclasses import dataclass

from setup_assistant.core.addresses import ipv4
from setup_assistant.core.errors import HostError, Trouble

ARGUMENTS = ("netcheck", "--format=json")


@dataclass(frozen=True, slots=True)
class Netcheck:
    """Tailscale's own measurement; None: not told."""

    address: str | None
    mapping_varies: bool | None = None
    """Whether destinations see different ports of one socket."""


def parse_netcheck(output: str) -> Netcheck:
    """Read the JSON that it prints (keys of net/netcheck.Report). Raises HostError UNEXPECTED_REPLY."""
    try:
        document = json.loads(output)
    except (ValueError, RecursionError) as error:
        raise HostError(Trouble.UNEXPECTED_REPLY, type(error).__name__, what="tailscale netcheck") from error
    if not isinstance(document, dict):
        raise HostError(Trouble.UNEXPECTED_REPLY, "no object", what="tailscale netcheck")
    seen = document.get("GlobalV4")
    host = seen.rpartition(":")[0] if isinstance(seen, str) else ""
    varies = document.get("MappingVariesByDestIP")
    return Netcheck(host if ipv4(host) is not None else None, varies if isinstance(varies, bool) else None)
