# SPDX-License-Identifier: MIT
"""NAT-PMP (RFC 6886): the question for the router's WAN address, which changes nothing, and its answer."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from setup_assistant.core.connection import WanAnswer

PORT = 5351
QUESTION = b"\0\0"
_ANSWER = struct.Struct("!BBHI4s")
_ADDRESS_ANSWERED = 128
_SUCCESS, _NETWORK_FAILURE = 0, 3


def parse_wan(data: bytes) -> WanAnswer | None:
    """Read the answer; None where it names and hides nothing.

    Result 3 is "network failure"; miniupnpd gives it for every WAN address of a reserved range.
    """
    if len(data) < 4 or data[0] != 0 or data[1] != _ADDRESS_ANSWERED:
        return None
    result = int.from_bytes(data[2:4])
    if result == _NETWORK_FAILURE:
        return WanAnswer("nat_pmp", None, hidden=True, detail="result code 3")
    if result != _SUCCESS or len(data) < _ANSWER.size:
        return None
    address = IPv4Address(_ANSWER.unpack_from(data)[4])
    if int(address) == 0:
        return WanAnswer("nat_pmp", None, hidden=True, detail=str(address))
    return WanAnswer("nat_pmp", str(address))
