# SPDX-License-Identifier: MIT
# The part of pystun3 2.0.0 that is used here; the package has no types of its own.
import logging
from typing import Final, Protocol, TypedDict

log: Final[logging.Logger]

Blocked: Final[str]
OpenInternet: Final[str]
FullCone: Final[str]
SymmetricUDPFirewall: Final[str]
RestricNAT: Final[str]
RestricPortNAT: Final[str]
SymmetricNAT: Final[str]
ChangedAddressError: Final[str]

class Answer(TypedDict):
    Resp: bool
    ExternalIP: str | None
    ExternalPort: int | None
    SourceIP: str | None
    SourcePort: int | None
    ChangedIP: str | None
    ChangedPort: int | None

class Datagrams(Protocol):
    def sendto(self, data: bytes, address: tuple[str | None, int | None], /) -> int: ...
    def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]: ...

def stun_test(
    sock: Datagrams, host: str, port: int, source_ip: str, source_port: int, send_data: str = ""
) -> Answer: ...
def get_nat_type(
    s: Datagrams, source_ip: str, source_port: int, stun_host: str | None = None, stun_port: int = 3478
) -> tuple[str, Answer]: ...
def get_ip_info(
    source_ip: str = ..., source_port: int = 54320, stun_host: str | None = None, stun_port: int = 3478
) -> tuple[str, str | None, int | None]: ...
