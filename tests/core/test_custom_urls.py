# SPDX-License-Identifier: MIT
"""Ours is told from theirs in Plex's list of URLs, and theirs survive byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.custom_urls import fault, first_fault, has_ours, is_right, lists, taken_back, with_ours

NAME = "plexbox.tail1234.ts.net"
URL = f"https://{NAME}:443"
OLD = "oldbox.tail1234.ts.net"
THEIRS = ("https://plex.example.org:8443", "http://10.1.2.3:32400", "https://other.tail1234.ts.net:443", "[::1]:32400")


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (URL, ""),
        (f" {URL} ", ""),
        (f"{URL}/", ""),
        (URL.upper().replace("HTTPS", "https"), ""),
        (f"https://{NAME}", "no_port"),
        (f"https://{NAME}/", "no_port"),
        (f"https://{NAME}:32400", "wrong_port"),
        (f"https://{NAME}:8443", "wrong_port"),
        (f"https://{NAME}:99999999", "wrong_port"),
        (f"https://{NAME}:port", "wrong_port"),
        (f"//{NAME}:443", "plain_http"),
        (f"http://{NAME}:443", "plain_http"),
        (f"http://{NAME}:32400", "plain_http"),
        (f"tcp://{NAME}:443", "plain_http"),
        (f"{NAME}:443", "plain_http"),
        (f"https://{OLD}:443", "old_name"),
        (f"http://{OLD}", "old_name"),
        (f"https://{NAME}:443/plex", None),
        (f"https://ann:secret@{NAME}:443", None),
        (f"https://{NAME}:443?x=1", None),
        (f"https://{NAME}.example.org:443", None),
        (f"https://a.{NAME}:443", None),
        ("https://[broken", None),
        ("https://plexbox:99999999", None),
        ("", None),
        *((entry, None) for entry in THEIRS),
    ],
)
def test_what_is_ours_and_what_is_wrong_with_it(entry: str, wrong: str | None) -> None:
    assert fault(entry, URL, {OLD}) == wrong


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", URL),
        (URL, URL),
        (f"https://{NAME}:32400", URL),
        (f"http://{OLD}:32400", URL),
        (" https://a.example , http://b.example:1", f" https://a.example , http://b.example:1,{URL}"),
        (f"https://a.example, https://{NAME} ,https://b.example", f"https://a.example,{URL},https://b.example"),
        (f"https://{OLD}:443,https://a.example,https://{NAME}:32400", f"{URL},https://a.example"),
        (f"https://{NAME},{URL}", URL),
        ("https://a.example,", f"https://a.example,{URL}"),
    ],
)
def test_ours_goes_in_and_comes_out_again(before: str, after: str) -> None:
    assert with_ours(before, URL, {OLD}) == after
    assert is_right(after, URL, {OLD})
    if before != after:
        assert taken_back(after, before, [URL], URL, {OLD}) == before


def test_others_edits_since_stay_and_the_variant_returns() -> None:
    before = f"https://a.example,https://{NAME}:32400"
    now = f"https://new.example,{URL},https://a.example"
    assert taken_back(now, before, [URL], URL) == f"https://new.example,https://{NAME}:32400,https://a.example"
    assert taken_back(f"{URL},https://new.example", "", [URL], URL) == "https://new.example"


def test_where_ours_is_gone_nothing_is_put_back() -> None:
    assert taken_back("https://a.example", f"https://{NAME}:32400", [URL], URL) is None


def test_an_address_of_an_earlier_run_is_taken_out_too() -> None:
    second = f"https://{NAME}:8443"
    assert taken_back(f"https://a.example,{second}", "https://a.example", [second], second) == "https://a.example"


def test_the_first_wrong_entry_is_named() -> None:
    assert first_fault(f"https://a.example, https://{NAME} ,http://{NAME}", URL) == (f"https://{NAME}", "no_port")
    assert first_fault(f"https://a.example,{URL}", URL) is None


def test_what_plex_tv_lists() -> None:
    assert lists(["https://192-168-1-10.x.plex.direct:32400", URL], URL)
    assert not lists([f"https://{NAME}:32400"], URL)


_entries = st.one_of(
    st.sampled_from([*THEIRS, URL, f"https://{NAME}", f"http://{NAME}:443", f"https://{OLD}:443", "", " ", f" {URL}"]),
    st.text(st.characters(blacklist_characters=",", max_codepoint=0x2FF), max_size=30),
)


@given(st.lists(_entries, max_size=8).map(",".join))
def test_any_list_is_made_right_once_and_given_back_whole(before: str) -> None:
    after = with_ours(before, URL, {OLD})
    assert is_right(after, URL, {OLD})
    assert with_ours(after, URL, {OLD}) == after
    kept = [piece for piece in before.split(",") if piece.strip() and fault(piece, URL, {OLD}) is None]
    assert [piece for piece in after.split(",") if piece.strip() and fault(piece, URL, {OLD}) is None] == kept
    if not has_ours(before, URL):
        assert taken_back(after, before, [URL], URL, {OLD}) == before
