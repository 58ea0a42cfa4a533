# SPDX-License-Identifier: MIT
"""What routers report about packets of ours: Linux hands it to the socket that sent them, no rights needed."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

_IP_RECVERR = 11
_MSG_ERRQUEUE = 0x2000
_EXTENDED_ERROR = struct.Struct("=IBBBxII")  # struct sock_extended_err: errno, origin, type, code, pad, info, data
_OFFENDER = 4  # the address within the sockaddr_in that follows
_FROM_ICMP = 2
_UNREACHABLE, _TIME_EXCEEDED = 3, 11
_NOBODY_THERE = (2, 3)
_FILTERED = (9, 10, 13)
_SO_TIMESTAMP = 29
_STAMP = (socket.SOL_SOCKET, _SO_TIMESTAMP)
_TIMEVAL = struct.Struct("=qq")
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Report:
    """An ICMP error: about a packet to ``target`` and ``port``, from ``sender``."""

    target: str
    port: int
    sender: str
    kind: int
    code: int
    received: float | None = None
    """When it came in, in seconds of the wall clock, as the kernel noted it."""

    @property
    def is_expired(self) -> bool:
        """Whether the packet's time to live ran out there."""
        return self.kind == _TIME_EXCEEDED

    @property
    def is_unreachable(self) -> bool:
        """Whether it could not be delivered, for whatever reason."""
        return self.kind == _UNREACHABLE

    @property
    def is_delivered(self) -> bool:
        """Whether it got to the holder of the address: nobody waited for it there, or the holder's own filter did."""
        filtered = self.code in _FILTERED and self.sender == self.target
        return self.kind == _UNREACHABLE and (self.code in _NOBODY_THERE or filtered)


def ask_for_errors(opened: socket.socket) -> None:
    """Have the socket keep the errors; elsewhere than on Linux this does nothing."""
    if sys.platform == "linux" and opened.family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMP, 1)


def read_errors(opened: socket.socket) -> list[Report]:
    """Return the errors kept so far; never waits."""
    if sys.platform != "linux":
        return []
    reports: list[Report] = []
    for _ in range(_AT_ONCE):
        try:
            _, extra, _, about = opened.recvmsg(512, 512, _MSG_ERRQUEUE)
        except OSError:
            break
        received = next((_seconds(data) for level, kind, data in extra if (level, kind) == _STAMP), None)
        for level, kind, data in extra:
            if level == socket.IPPROTO_IP and kind == _IP_RECVERR:
                report = parse_error(data, about, received)
                if report is not None:
                    reports.append(report)
    return reports


def _seconds(stamp: bytes) -> float | None:
    if len(stamp) != _TIMEVAL.size:
        return None
    seconds, microseconds = _TIMEVAL.unpack(stamp)
    return float(seconds) + float(microseconds) / 1e6


def parse_error(data: bytes, about: tuple[str, int], received: float | None = None) -> Report | None:
    """Read struct sock_extended_err and the offender's address behind it (ip(7), IP_RECVERR)."""
    if len(data) < _EXTENDED_ERROR.size + 8:
        return None
    _, origin, kind, code, _, _ = _EXTENDED_ERROR.unpack_from(data)
    if origin != _FROM_ICMP:
        return None
    start = _EXTENDED_ERROR.size + _OFFENDER
    return Report(about[0], about[1], socket.inet_ntoa(data[start : start + 4]), kind, code, received)
