# SPDX-License-Identifier: MIT
"""Which entries of "allowed without auth" let Funnel's own hop in, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.allowed_networks import entries_letting_in, lets_in, put_back, without

LOOPBACK = [
    "127.0.0.1",
    " 127.0.0.1 ",
    "127.0.0.0/8",
    "127.0.0.1/255.255.255.0",
    "127.0.0.1/255.0.0.0",
    "127.0.0.53",
    "127.1",
    "127.0.0.*",
    "0.0.0.0/0",
    "0.0.0.0",
    "0/0",
    "0.0.0.0/1",
    "0.0.0.0/0.0.0.0",
    "10.0.0.0/0.255.255.255",
    "126.0.0.1-128.0.0.1",
    "::1",
    "[::1]",
    "::1/128",
    "::/0",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:0.0.0.0/96",
    "0:0:0:0:0:0:0:1",
    "::-::2",
    "*",
    "localhost",
    "ip6-localhost",
    "localhost.localdomain",
    "0x7f.1",
    "2130706433",
    "http://127.0.0.1:32400",
    "[::1]:32400",
    "[::1]/128",
]
WIDE = ["128.0.0.0/1", "192.0.0.0/2", "128.0.0.0/3", "2000::/3", "2000::/15"]
"""No loopback in them, and yet so much of the internet that a stranger's address may be."""
GATEWAY = [
    "10.0.0.0/8",
    "172.17.0.1",
    "192.168.1.0/24",
    "192.168.1.0/255.255.255.0",
    "fd00::/8",
    "192.168.*",
    "10.0.0.1-50",
]
OTHERS = [
    "",
    " ",
    "203.0.113.7",
    "8.8.8.0/24",
    "2001:db8::/32",
    "84.0.0.0/8",
    "2003::/19",
    "home.lan",
    "10.0.0.0/99",
    "1.2.3.4/x.y",
    "-",
]


@pytest.mark.parametrize("entry", [*LOOPBACK, *WIDE])
def test_loopback_in_any_spelling(entry: str) -> None:
    assert lets_in(entry, container=False)
    assert lets_in(entry, container=True)


@pytest.mark.parametrize("entry", GATEWAY)
def test_private_ranges_count_only_where_plex_is_in_a_container(entry: str) -> None:
    assert not lets_in(entry, container=False)
    assert lets_in(entry, container=True)


@pytest.mark.parametrize("entry", OTHERS)
def test_the_rest_is_left_alone(entry: str) -> None:
    assert not lets_in(entry, container=False)
    assert not lets_in(entry, container=True)


def test_only_the_open_entries_go_and_come_back() -> None:
    before = " 127.0.0.1/255.255.255.0, 203.0.113.0/24 ,::1,10.8.0.0/24"
    assert entries_letting_in(before, container=False) == ("127.0.0.1/255.255.255.0", "::1")
    after = without(before, container=False)
    assert after == "203.0.113.0/24 ,10.8.0.0/24"
    assert put_back(after, before, container=False) == before


def test_what_somebody_added_since_stays() -> None:
    assert put_back("203.0.113.7", "127.0.0.1,::1", container=False) == "203.0.113.7,127.0.0.1,::1"
    assert put_back("::1", "127.0.0.1,::1", container=False) == "::1,127.0.0.1"
    assert put_back("", "127.0.0.1", container=False) == "127.0.0.1"


@given(
    st.lists(st.sampled_from([*LOOPBACK, *GATEWAY, *OTHERS]) | st.text(max_size=20), max_size=6).map(",".join),
    st.booleans(),
)
def test_any_list_is_closed_and_given_back_whole(before: str, container: bool) -> None:
    after = without(before, container=container)
    assert entries_letting_in(after, container=container) == ()
    assert put_back(after, before, container=container) == before
    if not entries_letting_in(before, container=container):
        assert after == before
