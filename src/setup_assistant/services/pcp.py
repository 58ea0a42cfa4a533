# SPDX-License-Identifier: MIT
"""PCP (RFC 6887): a MAP request, whose refusal still names the WAN address on routers that hide it elsewhere."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

PORT = 5351
NONCE_BYTES = 12
_VERSION = 2
_MAP = 1
_ANSWERED = 0x80
_UDP = 17
_REQUEST_HEADER = struct.Struct("!BBHI16s")
_ANSWER_HEADER = struct.Struct("!BBBBII12s")
_BODY = struct.Struct("!12sB3sHH16s")
_SUCCESS = 0


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """An answer to MAP; ``address`` is the external IPv4 address, None where it was left empty."""

    result: int
    address: str | None

    @property
    def is_granted(self) -> bool:
        """Whether the router made a mapping, which must then be taken back."""
        return self.result == _SUCCESS


def build_map(nonce: bytes, client: str, port: int, lifetime: int) -> bytes:
    """Return a request to map a UDP port of ``client`` for ``lifetime`` seconds; 0 takes the mapping back."""
    header = _REQUEST_HEADER.pack(_VERSION, _MAP, 0, lifetime, _mapped(client))
    return header + _BODY.pack(nonce, _UDP, bytes(3), port, 0, bytes(10) + b"\xff\xff" + bytes(4))


def parse_map(data: bytes, nonce: bytes) -> MapAnswer | None:
    """Read an answer to the request with that nonce; None for anything else."""
    if len(data) < _ANSWER_HEADER.size or data[0] != _VERSION or data[1] != _ANSWERED | _MAP:
        return None
    result = data[3]
    if len(data) < _ANSWER_HEADER.size + _BODY.size:
        return None
    answered, _, _, _, _, external = _BODY.unpack_from(data, _ANSWER_HEADER.size)
    if answered != nonce:
        return None
    address = IPv6Address(external).ipv4_mapped
    return MapAnswer(result, str(address) if address is not None and address != IPv4Address(0) else None)


def _mapped(address: str) -> bytes:
    return bytes(10) + b"\xff\xff" + IPv4Address(address).packed
