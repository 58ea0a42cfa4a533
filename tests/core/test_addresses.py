# SPDX-License-Identifier: MIT
"""What an address tells about its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core import addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("100.64.0.0", True),
        ("100.64.12.34", True),
        ("100.127.255.255", True),
        ("100.63.255.255", False),
        ("100.128.0.0", False),
        ("100.115.92.2", False),  # a Chromebook's own
        ("100.115.94.1", True),
        ("", False),
        (None, False),
        ("100.64.0.1 ", True),
        ("100.64.0.٣", False),
        ("fd7a:115c:a1e0::1", False),
    ],
)
def test_shared(address: str | None, expected: bool) -> None:
    assert addresses.is_shared(address) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("81.2.69.77", True),
        ("203.0.113.7", True),  # reserved for documentation, but no inner network either
        ("25.1.2.3", True),  # squatted by some providers: told by comparison, not by a list
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("192.0.0.2", False),
        ("192.0.0.9", True),
        ("169.254.1.1", False),
        ("198.18.0.7", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("2001:db8::1", False),
        (None, False),
    ],
)
def test_public(address: str | None, expected: bool) -> None:
    assert addresses.is_public(address) is expected


def test_other_ranges() -> None:
    assert addresses.is_ipv4_service("192.0.0.7")
    assert not addresses.is_ipv4_service("192.0.0.8")
    assert addresses.is_virtual("100.115.92.193")
    assert addresses.is_virtual("10.0.2.2")
    assert not addresses.is_virtual("10.0.3.2")
    assert addresses.is_fake("198.19.255.1")
    assert addresses.is_home_like("192.168.178.1")
    assert addresses.is_home_like("10.0.1.1")
    assert not addresses.is_home_like("10.55.0.1")
    assert addresses.is_global_v6("2a02:810d::1")
    assert addresses.is_global_v6("2a02:810d::1%eth0")
    assert not addresses.is_global_v6("fd00::1")
    assert not addresses.is_global_v6("81.2.69.77")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("64:ff9b::c000:aa", True),  # the well-known prefix, 96 bits
        ("64:ff9b::192.0.0.171", True),
        # RFC 6052, section 2.4, with 192.0.0.170 in the place of 192.0.2.33
        ("2001:db8:c000:00aa::", True),
        ("2001:db8:1c0:0:aa::", True),
        ("2001:db8:122:c000:0:aa00::", True),
        ("2001:db8:122:3c0:0:aa::", True),
        ("2001:db8:122:344:c0:0:aa00::", True),
        ("2001:db8:122:344::192.0.0.170", True),
        ("2001:db8::1", False),
        ("192.0.0.170", False),
        ("", False),
    ],
)
def test_nat64(answer: str, expected: bool) -> None:
    assert addresses.is_nat64(answer) is expected


@given(st.text(max_size=40))
def test_nothing_is_raised(text: str) -> None:
    for ask in (
        addresses.is_shared,
        addresses.is_public,
        addresses.is_private,
        addresses.is_global_v6,
        addresses.is_nat64,
        addresses.is_fake,
    ):
        assert ask(text) in (True, False)


@pytest.mark.parametrize(
    "address",
    ["81.2.69.10", "100.64.12.34", "100.115.92.7", "10.0.0.2", "10.0.2.15", "172.16.3.4", "192.168.1.2", "192.0.0.2"],
)
def test_behind_other_routers_a_router_has_any_of_these(address: str) -> None:
    assert addresses.can_be_wan(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "169.254.7.7",
        "198.18.0.1",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "fritz.box",
        "::1",
        "",
    ],
)
def test_no_router_has_any_of_these(address: str) -> None:
    assert not addresses.can_be_wan(address)
