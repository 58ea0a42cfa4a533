# SPDX-License-Identifier: MIT
"""Routing tables and traces of three systems, in the languages at hand."""

from __future__ import annotations

import sys

import pytest

from setup_assistant.core.connection import Hop
from setup_assistant.services.routes import (
    DefaultRoute,
    parse_ipconfig,
    parse_netstat,
    parse_proc_ipv6_route,
    parse_proc_route,
    parse_route_print,
    parse_trace,
)
from tests.services.connection.recordings import text

# The kernel prints addresses in its own byte order, and the recordings come from a little-endian machine.
little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="recorded on a little-endian machine")


@little_endian
@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("route_plain.txt", [DefaultRoute("eth0", "192.168.1.1", 0)]),
        ("route_exit_node.txt", [DefaultRoute("eth0", "192.168.1.1", 0)]),
        ("route_full_vpn.txt", [DefaultRoute("eth0", "192.168.1.1", 0)]),
        ("route_no_default_route.txt", []),
    ],
)
def test_linux(recording: str, expected: list[DefaultRoute]) -> None:
    assert list(parse_proc_route(text(f"linux/{recording}"))) == expected


@little_endian
def test_linux_prefers_the_lower_metric_and_a_gateway() -> None:
    table = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
        "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\n"
        "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\n"
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n"
        "eth1\t00000000\t0101A8C0\t0002\t0\t0\t1\t00000000\n"
        "broken\n"
        "eth2\t00000000\tnonsense\t0003\t0\t0\t1\t00000000\n"
    )
    assert [route.interface for route in parse_proc_route(table)] == ["eth0", "wlan0", "ppp0"]


def test_linux_ipv6() -> None:
    assert parse_proc_ipv6_route(text("linux/ipv6_route.txt")) == (DefaultRoute("eth0", "fd00::1", 1024),)


CODE_PAGES = {
    "english": "cp437",
    "german": "cp850",
    "french": "cp850",
    "russian": "cp866",
    "chinese": "cp936",
    "japanese": "cp932",
}
"""What consoles of Windows in these languages write; programs are read as UTF-8 whatever they write."""


def as_console(shown: str, language: str) -> str:
    """What is left of an output whose code page was not asked for: figures and addresses."""
    return shown.encode(CODE_PAGES[language]).decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("english", [DefaultRoute("192.168.1.50", "192.168.1.1", 25)]),
        ("german", [DefaultRoute("192.168.1.50", "192.168.1.1", 25), DefaultRoute("192.168.1.51", "192.168.1.1", 45)]),
        ("french", [DefaultRoute("10.8.0.2", "", 5), DefaultRoute("192.168.1.50", "192.168.1.1", 25)]),
        ("russian", [DefaultRoute("172.19.0.1", "", 0), DefaultRoute("192.168.1.50", "192.168.1.1", 35)]),
        (
            "chinese",
            [DefaultRoute("192.168.1.50", "192.168.1.1", 50), DefaultRoute("192.168.192.66", "25.255.255.254", 10034)],
        ),
    ],
)
def test_windows(language: str, expected: list[DefaultRoute]) -> None:
    shown = text(f"windows/route_{language}.txt")
    assert list(parse_route_print(shown)) == expected
    assert list(parse_route_print(as_console(shown, language))) == expected


@pytest.mark.parametrize("language", ["english", "german", "french", "russian", "chinese", "japanese"])
def test_ipconfig(language: str) -> None:
    shown = text(f"windows/ipconfig_{language}.txt")
    for one in (shown, as_console(shown, language)):
        assert parse_ipconfig(one) == (DefaultRoute("192.168.1.50", "192.168.1.1", 0),)


def test_an_ipconfig_of_two_ways_out() -> None:
    shown = text("windows/ipconfig_english.txt")
    both = shown + shown.replace("192.168.1.", "10.0.0.")
    assert [route.gateway for route in parse_ipconfig(both)] == ["192.168.1.1", "10.0.0.1"]
    assert parse_ipconfig("") == parse_ipconfig("Windows IP Configuration\r\n") == ()


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("netstat_13.txt", [("en0", "192.168.1.1"), ("utun4", "")]),
        ("netstat_10.txt", [("en0", "192.168.1.1")]),
        ("netstat_full_vpn.txt", [("utun5", ""), ("en0", "192.168.1.1")]),
    ],
)
def test_macos(recording: str, expected: list[tuple[str, str]]) -> None:
    assert [(route.interface, route.gateway) for route in parse_netstat(text(f"macos/{recording}"))] == expected


WINDOWS_HOPS = (
    Hop(1, "192.168.1.1", 1.0),
    Hop(2, None),
    Hop(3, "100.64.0.1", 8.0),
    Hop(4, "62.155.247.66", 11.0),
)


@pytest.mark.parametrize("language", ["english", "german", "french", "russian", "chinese"])
def test_tracert(language: str) -> None:
    shown = text(f"windows/tracert_{language}.txt")
    assert parse_trace(shown) == WINDOWS_HOPS
    assert parse_trace(as_console(shown, language)) == WINDOWS_HOPS


def test_traceroute() -> None:
    assert parse_trace(text("macos/traceroute.txt")) == (
        Hop(1, "192.168.1.1", 3.051),
        Hop(2, None),
        Hop(3, "100.64.0.1", 11.803),
        Hop(4, "62.155.247.66", 12.466),
    )
    assert [hop.address for hop in parse_trace(text("linux/traceroute_cgnat.txt"))] == [
        "192.168.1.1",
        "100.64.0.1",
        "81.2.68.1",
        "81.2.70.10",
    ]
    assert parse_trace(text("linux/traceroute_q3.txt"))[1] == Hop(2, "100.64.0.1", 0.017)
    assert parse_trace(text("linux/traceroute_silent.txt"))[1] == Hop(2, None)
    assert parse_trace(" 4  62.155.247.66  12.466 ms\n", first=4) == (Hop(4, "62.155.247.66", 12.466),)


@pytest.mark.parametrize("output", ["", "traceroute: unknown host x", " 2  10.0.0.1  1 ms", " 1  no address here"])
def test_what_is_no_trace(output: str) -> None:
    assert parse_trace(output) == ()
