# SPDX-License-Identifier: MIT
"""The STUN codec against what coturn 4.6.1 answers, and against what nobody should answer."""

from __future__ import annotations

import struct

import pytest

from setup_assistant.services.stun import COOKIE, Mapped, Refused, build_request, parse_answer
from tests.services.connection.recordings import data

TRANSACTION = bytes(range(12))


def answer(attributes: bytes, kind: int = 0x0101, cookie: int = COOKIE, transaction: bytes = TRANSACTION) -> bytes:
    return struct.pack("!HHI12s", kind, len(attributes), cookie, transaction) + attributes


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def test_a_request_is_a_bare_header() -> None:
    # RFC 8489, section 5: type 0x0001, no attributes, the magic cookie, 96 bits of identifier.
    assert build_request(TRANSACTION).hex() == "000100002112a442" + TRANSACTION.hex()


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("coturn/rfc8489.hex", Mapped("81.2.69.77", 35537)),
        ("coturn/rfc8489_only.hex", Mapped("81.2.69.77", 53521)),
    ],
)
def test_coturn_is_understood(recording: str, expected: Mapped) -> None:
    parsed = parse_answer(data(recording), TRANSACTION)
    assert isinstance(parsed, Mapped)
    assert parsed.address == expected.address
    assert parsed.port > 1023


def test_the_plain_and_the_masked_address_agree() -> None:
    # The recording holds both MAPPED-ADDRESS and XOR-MAPPED-ADDRESS of one request.
    recorded = data("coturn/rfc8489.hex")
    without_mask = recorded.replace(bytes.fromhex("00200008"), bytes.fromhex("7fff0008"), 1)
    assert parse_answer(without_mask, TRANSACTION) == parse_answer(recorded, TRANSACTION)


def test_a_refusal_keeps_its_code() -> None:
    assert parse_answer(data("coturn/change_request_refused.hex"), TRANSACTION) == Refused(420)


def test_a_refusal_without_a_code() -> None:
    assert parse_answer(answer(b"", kind=0x0111), TRANSACTION) == Refused(0)


def test_ipv6_is_unmasked_with_cookie_and_transaction() -> None:
    # RFC 5769, section 2.3: the sample answer with 2001:db8:1234:5678:11:2233:4455:6677 and port 32853.
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    value = bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    parsed = parse_answer(answer(attribute(0x0020, value), transaction=transaction), transaction)
    assert parsed == Mapped("2001:db8:1234:5678:11:2233:4455:6677", 32853)


def test_the_older_number_of_the_masked_address() -> None:
    value = bytes.fromhex("0001a147e112a643")  # RFC 5769, section 2.2: 192.0.2.1 port 32853
    assert parse_answer(answer(attribute(0x8020, value)), TRANSACTION) == Mapped("192.0.2.1", 32853)


def test_padding_before_the_address() -> None:
    attributes = attribute(0x8022, b"five5") + attribute(0x0020, bytes.fromhex("0001a147e112a643"))
    assert parse_answer(answer(attributes), TRANSACTION) == Mapped("192.0.2.1", 32853)


def test_of_two_addresses_the_first_counts() -> None:
    first, second = bytes.fromhex("0001a147e112a643"), bytes.fromhex("0001a147ffffffff")
    attributes = attribute(0x0020, first) + attribute(0x0020, second)
    assert parse_answer(answer(attributes), TRANSACTION) == Mapped("192.0.2.1", 32853)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        answer(b"")[:19],
        answer(b""),
        answer(attribute(0x0020, b"\0\1")),
        answer(attribute(0x0020, b"\0\x07" + bytes(6))),
        answer(attribute(0x0020, b"\0\2" + bytes(6))),
        answer(attribute(0x0020, bytes(8)), cookie=1),
        answer(attribute(0x0020, bytes.fromhex("0001a147e112a643")), transaction=bytes(12)),
        answer(attribute(0x0020, bytes.fromhex("0001a147e112a643")), kind=0x0001),
        answer(struct.pack("!HH", 0x0020, 500) + bytes(8)),
        struct.pack("!HHI12s", 0x0101, 400, COOKIE, TRANSACTION) + bytes(8),
        struct.pack("!HHI12s", 0x0101, 3, COOKIE, TRANSACTION) + bytes(8),
    ],
)
def test_anything_else_is_nothing(broken: bytes) -> None:
    assert parse_answer(broken, TRANSACTION) is None
