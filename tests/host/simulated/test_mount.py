# SPDX-License-Identifier: MIT
"""Simulated services on real sockets: what a client sends arrives, and each failure looks like one."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
import trustme

from setup_assistant.host.simulated.mount import Mount
from setup_assistant.host.simulated.world import SimulatedFailure, SimulatedReply, SimulatedRequest


def connect(mount: Mount) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", mount.port, timeout=20)


def test_a_request_arrives_whole_and_the_reply_too() -> None:
    seen: list[SimulatedRequest] = []

    def site(request: SimulatedRequest) -> SimulatedReply:
        seen.append(request)
        return SimulatedReply(201, b"done", {"X-One": "1"})

    with Mount(site) as mount:
        client = connect(mount)
        for _ in range(2):
            client.request(
                "PUT", "/:/prefs?a=1&b=&a=%C3%A4", body=b"body", headers={"Host": "plexbox.example", "X-Two": "2"}
            )
            reply = client.getresponse()
            assert (reply.status, reply.read(), reply.getheader("x-one")) == (201, b"done", "1")
        client.close()
    assert len(seen) == 2
    one = seen[0]
    assert (one.method, one.scheme, one.host, one.path, one.body) == (
        "PUT",
        "http",
        "plexbox.example",
        "/:/prefs",
        b"body",
    )
    assert one.params == (("a", "1"), ("b", ""), ("a", "ä"))
    assert one.headers["x-two"] == "2"
    assert one.address == "127.0.0.1"


def test_by_tls() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    with Mount(lambda request: SimulatedReply(200, request.scheme.encode()), server) as mount:
        assert mount.url == f"https://localhost:{mount.port}"
        client = http.client.HTTPSConnection("localhost", mount.port, timeout=20, context=trusting)
        client.request("GET", "/")
        assert client.getresponse().read() == b"https"
        client.close()


@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", ConnectionResetError), ("refused", ConnectionResetError), ("closed", http.client.RemoteDisconnected)],
)
def test_failures(kind: str, error: type[Exception]) -> None:
    def site(request: SimulatedRequest) -> SimulatedReply:
        raise SimulatedFailure(kind)

    with Mount(site) as mount:
        client = connect(mount)
        client.request("GET", "/")
        with pytest.raises(error):
            client.getresponse()
        client.close()


def test_a_service_that_never_answers_ends_with_its_mount() -> None:
    def site(request: SimulatedRequest) -> SimulatedReply:
        raise SimulatedFailure("timeout")

    with Mount(site) as mount:
        client = connect(mount)
        client.request("GET", "/")
    with pytest.raises(ConnectionResetError):
        client.getresponse()
    client.close()


@pytest.mark.parametrize(
    "sent", [b"", b"\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\x05hello"]
)
def test_what_is_no_request_brings_nothing_down(sent: bytes) -> None:
    with Mount(lambda request: SimulatedReply(204)) as mount:
        with socket.create_connection(("127.0.0.1", mount.port), timeout=20) as rude:
            rude.sendall(sent)
            rude.shutdown(socket.SHUT_WR)
            while rude.recv(4096):
                pass
        client = connect(mount)
        client.request("GET", "/")
        reply = client.getresponse()
        assert (reply.status, reply.read()) == (204, b"")
        client.close()
