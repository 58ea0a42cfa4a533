# SPDX-License-Identifier: MIT
"""Which ports a program listens on: our own for real, another user's as the kernel writes them, a container's."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import psutil
import pytest

from setup_assistant.host import ports

# /proc/net/tcp of a Linux 6.1, and the command lines of docker-proxy as `ps` shows them.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:7E90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 19312 1 0000000000000000
   1: 0100007F:7E91 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 19313 1 0000000000000000
   2: 0100007F:7E90 0100007F:D431 01 00000000:00000000 00:00000000 00000000   998        0 19400 1 0000000000000000
   3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 15000 1 0000000000000000
"""
TABLE6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when ...
   0: 00000000000000000000000000000000:7F58 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 \
00000000   998        0 19312 1 0000000000000000 100 0 0 10 0
"""
PROXY = (
    "/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 32500 -container-ip 172.17.0.2 -container-port 32400"
)


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield int(one.getsockname()[1])


def test_our_own_ports(listener: int) -> None:
    assert listener in ports.of_processes([psutil.Process()])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's table is Linux's")
def test_another_users_ports(listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: psutil.Process, kind: str) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "net_connections", refuse)
    monkeypatch.setattr(ports, "_of_user", lambda user: {listener})
    assert ports.of_processes([psutil.Process()]) == (listener,)


def test_the_kernels_table() -> None:
    assert ports.listening(TABLE, 998) == {32400, 32401}
    assert ports.listening(TABLE6, 998) == {32600}
    assert ports.listening(TABLE, 1000) == ports.listening("", 998) == ports.listening("x\ny\n", 998) == set()


@pytest.mark.parametrize(
    ("line", "port"),
    [
        (PROXY, 32500),
        (f"{PROXY} -use-listen-fd", 32500),
        (PROXY.replace("tcp", "udp"), None),
        (PROXY.replace("32400", "8080"), None),
        (PROXY.replace("32500", "x"), None),
        ("docker-proxy", None),
    ],
)
def test_dockers_proxies(line: str, port: int | None) -> None:
    assert ports.mapping(line.split(), 32400) == port
