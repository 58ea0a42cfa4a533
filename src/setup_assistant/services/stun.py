# SPDX-License-Identifier: MIT
"""STUN Binding requests and answers (RFC 8489), and nothing else of STUN."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

COOKIE = 0x2112A442
TRANSACTION_BYTES = 12
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_REQUEST, _SUCCESS, _REFUSAL = 0x0001, 0x0101, 0x0111
_MAPPED_ADDRESS, _ERROR_CODE = 0x0001, 0x0009
_XOR_MAPPED_ADDRESS = (0x0020, 0x8020)
"""0x8020 is what servers sent before RFC 5389 settled the number."""
_FAMILIES = {1: 4, 2: 16}
_SMALLEST_ADDRESS = 4


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where the server saw our request come from."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The server's error answer; ``code`` as in HTTP, 0 where it gave none."""

    code: int


def build_request(transaction: bytes) -> bytes:
    """Return a Binding request; ``transaction`` is 12 random bytes."""
    return _HEADER.pack(_REQUEST, 0, COOKIE, transaction)


def parse_answer(data: bytes, transaction: bytes) -> Mapped | Refused | None:
    """Read an answer to the request of that transaction; None for anything else, however broken."""
    if len(data) < _HEADER.size:
        return None
    kind, length, cookie, answered = _HEADER.unpack_from(data)
    if kind not in (_SUCCESS, _REFUSAL) or cookie != COOKIE or answered != transaction:
        return None
    if length % 4 or length > len(data) - _HEADER.size:
        return None
    attributes = _attributes(data[_HEADER.size : _HEADER.size + length])
    if kind == _REFUSAL:
        return Refused(_error_code(attributes.get(_ERROR_CODE, b"")))
    for number in _XOR_MAPPED_ADDRESS:
        if number in attributes:
            return _address(attributes[number], struct.pack("!I", COOKIE) + transaction)
    return _address(attributes.get(_MAPPED_ADDRESS, b""), bytes(16))


def _attributes(body: bytes) -> dict[int, bytes]:
    """Return the attributes; of one that comes twice the first counts (RFC 8489, section 14)."""
    found: dict[int, bytes] = {}
    offset = 0
    while offset + _ATTRIBUTE.size <= len(body):
        number, length = _ATTRIBUTE.unpack_from(body, offset)
        offset += _ATTRIBUTE.size
        if offset + length > len(body):
            break
        found.setdefault(number, body[offset : offset + length])
        offset += length + -length % 4
    return found


def _error_code(value: bytes) -> int:
    return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else 0


def _address(value: bytes, mask: bytes) -> Mapped | None:
    if len(value) < _SMALLEST_ADDRESS:
        return None
    size = _FAMILIES.get(value[1])
    if size is None or len(value) < _SMALLEST_ADDRESS + size:
        return None
    port = int.from_bytes(value[2:4]) ^ int.from_bytes(mask[:2])
    packed = bytes(one ^ other for one, other in zip(value[4 : 4 + size], mask[:size], strict=True))
    address = IPv4Address(packed) if size == 4 else IPv6Address(packed)
    return Mapped(str(address), port)
