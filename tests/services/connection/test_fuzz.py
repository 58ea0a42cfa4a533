# SPDX-License-Identifier: MIT
"""No bytes from the network make a parser raise anything but the errors it is said to raise."""

from __future__ import annotations

import contextlib
import json
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError
from setup_assistant.host.nat_type import clean
from setup_assistant.host.trace_errors import parse_error
from setup_assistant.host.trace_macos import is_reply
from setup_assistant.services import natpmp, netcheck, pcp, portmap, providers, routes, soap, ssdp, stun, web_address
from tests.services.connection.recordings import data, text

TRANSACTION = bytes(range(12))
LOCATION = "http://192.168.1.1:5000/rootDesc.xml"


def mutated(*recordings: str) -> st.SearchStrategy[bytes]:
    """Recordings with a piece replaced, or cut short."""
    originals = [data(name) for name in recordings]

    @st.composite
    def draw_one(draw: st.DrawFn) -> bytes:
        original = draw(st.sampled_from(originals))
        start = draw(st.integers(0, len(original)))
        length = draw(st.integers(0, 12))
        return original[:start] + draw(st.binary(max_size=12)) + original[start + length :]

    return draw_one()


@given(st.one_of(st.binary(max_size=200), mutated("coturn/rfc8489.hex", "coturn/change_request_refused.hex")))
def test_stun(packet: bytes) -> None:
    answer = stun.parse_answer(packet, TRANSACTION)
    assert answer is None or isinstance(answer, stun.Mapped | stun.Refused)


@given(st.binary(max_size=60))
def test_stun_attributes(attributes: bytes) -> None:
    attributes += bytes(-len(attributes) % 4)
    header = b"\x01\x01" + len(attributes).to_bytes(2) + stun.COOKIE.to_bytes(4) + TRANSACTION
    answer = stun.parse_answer(header + attributes, TRANSACTION)
    assert answer is None or isinstance(answer, stun.Mapped)


@given(st.one_of(st.binary(max_size=200), mutated("coturn/rfc3489.hex")))
def test_what_pystun3_gets(packet: bytes) -> None:
    cleaned = clean(packet, bytes(range(16)))
    if cleaned is not None:
        assert int.from_bytes(cleaned[2:4]) == len(cleaned) - 20
        assert (len(cleaned) - 20) % 12 == 0


@given(st.one_of(st.binary(max_size=80), mutated("miniupnpd/shared/nat_pmp.hex", "miniupnpd/public/nat_pmp.hex")))
def test_nat_pmp(packet: bytes) -> None:
    answer = natpmp.parse_wan(packet)
    assert answer is None or answer.hidden is (answer.address is None)


@given(st.one_of(st.binary(max_size=80), mutated("miniupnpd/shared/pcp_map.hex")))
def test_pcp(packet: bytes) -> None:
    answer = pcp.parse_map(packet, TRANSACTION)
    assert answer is None or 0 <= answer.result <= 255


@given(st.one_of(st.binary(max_size=300), mutated("miniupnpd/public/ssdp.http")))
def test_ssdp(packet: bytes) -> None:
    found = ssdp.parse_found(packet)
    if found is not None:
        believed = ssdp.is_believed(found.location, "192.168.1.1", IPv4Network("192.168.1.0/24"))
        place = ssdp.split_http(found.location)
        assert not believed or (place is not None and place[0].startswith("192.168.1."))


@given(st.text(max_size=80))
def test_locations(url: str) -> None:
    place = ssdp.split_http("http://" + url)
    if place is not None:
        request = portmap.build_request("GET", *place)
        assert request.count(b"\r\n\r\n") == 1
        assert request.split(b"\r\n")[1].startswith(b"Host: ")


@given(
    st.one_of(st.binary(max_size=300), mutated("miniupnpd/public/description.http", "miniupnpd/public/mapping_0.http"))
)
def test_plain_http_and_xml(packet: bytes) -> None:
    for ended in (False, True):
        reply = portmap.parse_http(packet, ended=ended)
        if reply is not None:
            for service in soap.parse_description(reply.body, LOCATION):
                assert service.address == "192.168.1.1"
            entry = soap.parse_reply(reply.body, "GetGenericPortMappingEntry")
            if isinstance(entry, dict):
                portmap.read_mapping(entry, {32400})
                portmap.read_wan(entry, entry)


@given(st.text(max_size=300))
def test_tables_and_traces(output: str) -> None:
    for parse in (
        routes.parse_proc_route,
        routes.parse_proc_ipv6_route,
        routes.parse_route_print,
        routes.parse_ipconfig,
        routes.parse_netstat,
    ):
        parse(output)
        parse("Iface\n" + output.replace(" ", "\t"))
    for hop in routes.parse_trace(output):
        assert hop.distance >= 1


@pytest.mark.parametrize(
    "name",
    [
        "linux/route_plain.txt",
        "linux/ipv6_route.txt",
        "windows/route_french.txt",
        "windows/ipconfig_chinese.txt",
        "macos/netstat_13.txt",
    ],
)
@given(st.data())
def test_tables_with_a_piece_replaced(name: str, drawn: st.DataObject) -> None:
    original = text(name)
    start = drawn.draw(st.integers(0, len(original)))
    broken = original[:start] + drawn.draw(st.text(max_size=10)) + original[start + drawn.draw(st.integers(0, 10)) :]
    for parse in (
        routes.parse_proc_route,
        routes.parse_proc_ipv6_route,
        routes.parse_route_print,
        routes.parse_ipconfig,
        routes.parse_netstat,
    ):
        assert isinstance(parse(broken), tuple)


@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["UDP", "GlobalV4", "MappingVariesByDestIP", "Answer", "type", "data", "ip"]),
                    inner,
                    max_size=3,
                )
            ),
        ).map(json.dumps),
    )
)
def test_json(document: str) -> None:
    with contextlib.suppress(HostError):
        netcheck.parse_netcheck(document)
    providers.parse_texts(document.encode("utf-8", "surrogatepass"))
    web_address.parse_address(document.encode("utf-8", "surrogatepass"))


@given(st.lists(st.text(max_size=60), max_size=3))
def test_provider_texts(texts: list[str]) -> None:
    asn = providers.parse_origin(texts)
    assert asn is None or asn >= 0
    assert providers.parse_name(texts).isprintable()


@given(st.binary(max_size=64))
def test_icmp(packet: bytes) -> None:
    parse_error(packet, ("81.2.69.10", 33435))
    is_reply(packet, 7)
