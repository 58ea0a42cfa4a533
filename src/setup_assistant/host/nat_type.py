# SPDX-License-Identifier: MIT
"""The NAT type by pystun3, behind a socket that keeps it from flooding, crashing and waiting."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import stun

from setup_assistant.core.connection import NatType

SEND_S = 0.15
TOTAL_S = 1.5
PACKETS = 16
"""Four tests of four sends each is all that pystun3 ever needs."""
_HEADER = 20
_BINDING_SUCCESS = b"\x01\x01"
_ADDRESSES = (1, 4, 5)
"""MAPPED-, SOURCE- and CHANGED-ADDRESS (RFC 3489): all that pystun3 reads."""
_IPV4_ADDRESS = 8

# It logs what it sends and what it is told, at DEBUG.
stun.log.setLevel(logging.CRITICAL + 1)

_TYPES = {
    stun.OpenInternet: NatType.OPEN,
    stun.FullCone: NatType.FULL_CONE,
    stun.RestricNAT: NatType.RESTRICTED,
    stun.RestricPortNAT: NatType.PORT_RESTRICTED,
    stun.SymmetricNAT: NatType.SYMMETRIC,
    stun.Blocked: NatType.BLOCKED,
}


class OutOfBudgetError(Exception):
    """Time or packets are used up. Not an OSError: pystun3 swallows what ``recvfrom`` raises, and goes on."""


class GuardedSocket:
    """The socket that pystun3 gets.

    pystun3 2.0.0 resends without a pause when it meets an error answer, raises KeyError or ValueError on unknown
    types and padded attributes, and waits 16 seconds where a NAT is as tight as most are. So: an answer is handed on
    only if it is the success to the last request, and then only its addresses; the rest is dropped while the time for
    one send lasts; and ``sendto`` raises once time or packets are used up.
    """

    def __init__(self, *, send_s: float = SEND_S, total_s: float = TOTAL_S, packets: int = PACKETS) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._send_s = send_s
        self._ends = time.monotonic() + total_s
        self._left = packets
        self._window = 0.0
        self._transaction = b""

    def sendto(self, data: bytes, address: tuple[str | None, int | None]) -> int:
        """Send, or raise `OutOfBudgetError`."""
        now = time.monotonic()
        if self._left <= 0 or now >= self._ends or None in address:
            raise OutOfBudgetError
        self._left -= 1
        self._window = min(now + self._send_s, self._ends)
        self._transaction = bytes(data[4:_HEADER])
        return self.socket.sendto(data, address)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        """Return the next answer that makes sense. Raises TimeoutError at the end of the send's time."""
        while (left := self._window - time.monotonic()) > 0:
            self.socket.settimeout(left)
            data, address = self.socket.recvfrom(size)
            cleaned = clean(data, self._transaction)
            if cleaned is not None:
                return cleaned, address
        raise TimeoutError


def clean(data: bytes, transaction: bytes) -> bytes | None:
    """Return the answer with nothing in it but IPv4 addresses; None where it is no success to that request."""
    if len(data) < _HEADER or data[:2] != _BINDING_SUCCESS or data[4:_HEADER] != transaction:
        return None
    kept = bytearray()
    offset, end = _HEADER, min(len(data), _HEADER + int.from_bytes(data[2:4]))
    while offset + 4 <= end:
        kind, length = int.from_bytes(data[offset : offset + 2]), int.from_bytes(data[offset + 2 : offset + 4])
        whole = data[offset : offset + 4 + length]
        if kind in _ADDRESSES and length == _IPV4_ADDRESS and len(whole) == 4 + length and whole[5] == 1:
            kept += whole
        offset += 4 + length + -length % 4
    if not kept:
        return None
    return data[:2] + len(kept).to_bytes(2) + data[4:_HEADER] + bytes(kept)


def measure(
    server: tuple[str, int], own_address: str, bind: Callable[[socket.socket], None], guarded: GuardedSocket
) -> NatType | None:
    """Run pystun3 against a server that answers RFC 3489; ``server`` is a literal address. Blocks.

    None where it did not come to an end, or to one that means anything.
    """
    try:
        with guarded.socket:
            bind(guarded.socket)
            guarded.socket.bind((own_address, 0))
            found, _ = stun.get_nat_type(guarded, own_address, 0, server[0], server[1])
    except Exception:
        # Whatever it stumbles over: TypeError without CHANGED-ADDRESS, KeyError, IndexError, and our own.
        return None
    return _TYPES.get(found)


def start(server: tuple[str, int], own_address: str, bind: Callable[[socket.socket], None]) -> Future[NatType | None]:
    """Run it on a daemon thread; it ends by itself within `TOTAL_S`, and nobody has to wait for it."""
    future: Future[NatType | None] = Future()

    def work() -> None:
        result = measure(server, own_address, bind, GuardedSocket())
        if future.set_running_or_notify_cancel():
            future.set_result(result)

    threading.Thread(target=work, name="nat-type", daemon=True).start()
    return future
