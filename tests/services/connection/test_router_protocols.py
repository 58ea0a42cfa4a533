# SPDX-License-Identifier: MIT
"""What routers answer by NAT-PMP, PCP and UPnP: recorded from miniupnpd 2.3.1, and lies."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from setup_assistant.core.connection import WanAnswer
from setup_assistant.services import natpmp, pcp, portmap, soap, ssdp
from setup_assistant.services.soap import Fault, WanService
from tests.services.connection.recordings import data

NONCE = bytes(range(12))
LOCATION = "http://192.168.1.1:5000/rootDesc.xml"
HOME = IPv4Network("192.168.1.0/24")


def body(recording: str) -> bytes:
    reply = portmap.parse_http(data(recording), ended=True)
    assert reply is not None
    return reply.body


def test_nat_pmp_tells_a_public_address() -> None:
    assert natpmp.parse_wan(data("miniupnpd/public/nat_pmp.hex")) == WanAnswer("nat_pmp", "81.2.69.77")


def test_nat_pmp_hides_a_shared_address() -> None:
    answer = natpmp.parse_wan(data("miniupnpd/shared/nat_pmp.hex"))
    assert answer is not None
    assert (answer.address, answer.hidden) == (None, True)


@pytest.mark.parametrize(
    ("packet", "hidden"),
    [
        ("008000000000119d00000000", True),  # success with 0.0.0.0
        ("00800003", True),  # result 3, cut short
        ("00800002000011a100000000", None),  # result 2: switched off
        ("00800001", None),  # result 1: another version
        ("028000000000119d5102454d", None),  # a PCP version number
        ("000000000000119d5102454d", None),  # a question, not an answer
        ("008000000000119d5102", None),  # cut short
        ("", None),
    ],
)
def test_nat_pmp_that_names_nothing(packet: str, hidden: bool | None) -> None:
    answer = natpmp.parse_wan(bytes.fromhex(packet))
    assert (answer.hidden if answer is not None else None) == hidden
    assert answer is None or answer.address is None


def test_a_pcp_refusal_names_the_shared_address() -> None:
    answer = pcp.parse_map(data("miniupnpd/shared/pcp_map.hex"), NONCE)
    assert answer == pcp.MapAnswer(8, "100.64.12.34")
    assert not answer.is_granted


def test_a_granted_pcp_mapping_is_seen_as_such() -> None:
    answer = pcp.parse_map(data("miniupnpd/public/pcp_map.hex"), NONCE)
    assert answer == pcp.MapAnswer(0, "81.2.69.77")
    assert answer.is_granted


def test_the_pcp_request_has_the_form_of_the_rfc() -> None:
    request = pcp.build_map(NONCE, "192.168.1.50", 40000, 60)
    # RFC 6887, sections 7.1 and 11.1: 24 bytes of header, 36 of MAP.
    assert len(request) == 60
    assert request[:8] == bytes.fromhex("020100000000003c")
    assert request[8:24] == bytes(10) + b"\xff\xff" + bytes([192, 168, 1, 50])
    assert request[24:36] == NONCE
    assert request[36] == 17
    assert request[40:42] == (40000).to_bytes(2)
    assert pcp.build_map(NONCE, "192.168.1.50", 40000, 0)[4:8] == bytes(4)


def test_pcp_of_somebody_else_is_ignored() -> None:
    recorded = data("miniupnpd/shared/pcp_map.hex")
    assert pcp.parse_map(recorded, bytes(12)) is None
    assert pcp.parse_map(recorded[:40], NONCE) is None
    assert pcp.parse_map(b"\0" + recorded[1:], NONCE) is None


def test_pcp_without_an_address() -> None:
    recorded = bytearray(data("miniupnpd/shared/pcp_map.hex"))
    recorded[-4:] = bytes(4)
    assert pcp.parse_map(bytes(recorded), NONCE) == pcp.MapAnswer(8, None)


def test_the_search_asks_for_a_router() -> None:
    lines = ssdp.build_search(ssdp.TARGETS[0], "192.168.1.1").decode().split("\r\n")
    assert lines[0] == "M-SEARCH * HTTP/1.1"
    assert 'MAN: "ssdp:discover"' in lines
    assert "HOST: 192.168.1.1:1900" in lines
    assert lines[-2:] == ["", ""]


def test_the_answer_to_a_search() -> None:
    found = ssdp.parse_found(data("miniupnpd/public/ssdp.http"))
    assert found is not None
    assert found.location == LOCATION
    assert "MiniUPnPd/2.3.1" in found.server


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nST: x\r\n\r\n",
        b"HTTP/1.1 404 No\r\n",
    ],
)
def test_what_is_no_answer_to_a_search(packet: bytes) -> None:
    assert ssdp.parse_found(packet) is None


@pytest.mark.parametrize(
    ("location", "believed"),
    [
        (LOCATION, True),
        ("http://192.168.1.2:80/desc.xml", True),  # one of a pair that stand in for each other
        ("http://192.168.2.1:80/desc.xml", False),
        ("http://81.2.69.77/desc.xml", False),
        ("http://127.0.0.1:8080/desc.xml", False),
        ("https://192.168.1.1/desc.xml", False),
        ("http://router.example/desc.xml", False),
        ("http://[fe80::1]/desc.xml", False),
        ("http://user@192.168.1.1/desc.xml", False),
        ("http://192.168.1.1:99999/desc.xml", False),
        ("http://192.168.1.1:0/desc.xml", False),
        ("http://192.168.1.1/a b", False),
        ("http://192.168.1.1/a\nHost: x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_the_router_is_believed(location: str, believed: bool) -> None:
    assert ssdp.is_believed(location, "192.168.1.1", HOME) is believed


def test_without_a_network_only_the_router_itself() -> None:
    assert ssdp.is_believed(LOCATION, "192.168.1.1", None)
    assert not ssdp.is_believed("http://192.168.1.2/", "192.168.1.1", None)


def test_the_description_names_the_service() -> None:
    services = soap.parse_description(body("miniupnpd/public/description.http"), LOCATION)
    assert services == (
        WanService("urn:schemas-upnp-org:service:WANIPConnection:2", "192.168.1.1", 5000, "/ctl/IPConn"),
    )


def service(kind: str, control: str) -> str:
    kind = f"<serviceType>urn:schemas-upnp-org:service:{kind}</serviceType>"
    return f"<service>{kind}<controlURL>{control}</controlURL></service>"


def test_both_kinds_of_wan_services_are_found_whatever_the_namespace() -> None:
    xml = (
        '\0\r\n <?xml version="1.0"?><root xmlns="urn:nonsense"><URLBase>http://192.168.1.1:49000</URLBase>'
        + service("WANIPConnection:1", "/ip")
        + service("WANPPPConnection:1", "ppp?x=1")
        + service("Layer3Forwarding:1", "/l3f")
        + "</root>\0"
    )
    found = soap.parse_description(xml.encode(), LOCATION)
    assert [(one.port, one.path) for one in found] == [(49000, "/ip"), (49000, "/ppp?x=1")]


@pytest.mark.parametrize("control", ["http://192.168.1.66/ip", "http://evil.example/ip", "file:///ip", "http://[x/ip"])
def test_a_service_elsewhere_is_not_called(control: str) -> None:
    xml = f"<root>{service('WANIPConnection:1', control)}</root>"
    assert soap.parse_description(xml.encode(), LOCATION) == ()


BOMB = b"""<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><root>&b;</root>"""
OUTSIDE = b"""<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><root>&a;</root>"""


@pytest.mark.parametrize(
    "xml",
    [b"", b"<root>", b"no xml", BOMB, OUTSIDE, b'<?xml version="1.0" encoding="klingon"?><root/>', b"<a>" * 5000],
)
def test_descriptions_that_are_none(xml: bytes) -> None:
    assert soap.parse_description(xml, LOCATION) == ()


def test_a_huge_description_is_not_read() -> None:
    xml = b"<root>" + b" " * soap.MAX_BYTES + service("WANIPConnection:1", "/ip").encode() + b"</root>"
    assert soap.parse_description(xml, LOCATION) == ()


def test_a_call_is_escaped() -> None:
    call = soap.build_call("urn:x", "Do", {"Name": "<&>"}).decode()
    assert '<u:Do xmlns:u="urn:x"><Name>&lt;&amp;&gt;</Name></u:Do>' in call


def test_values_and_faults() -> None:
    told = soap.parse_reply(body("miniupnpd/public/external.http"), "GetExternalIPAddress")
    assert told == {"NewExternalIPAddress": "81.2.69.77"}
    fault = soap.parse_reply(body("miniupnpd/public/mapping_1.http"), "GetGenericPortMappingEntry")
    assert fault == Fault(713)
    assert soap.parse_reply(b"<other/>", "GetExternalIPAddress") is None
    assert soap.parse_reply(b"<Fault><errorCode>1e5</errorCode></Fault>", "X") == Fault(0)


def wan(folder: str) -> WanAnswer | None:
    return portmap.read_wan(
        soap.parse_reply(body(f"miniupnpd/{folder}/status.http"), "GetStatusInfo"),
        soap.parse_reply(body(f"miniupnpd/{folder}/external.http"), "GetExternalIPAddress"),
    )


def test_upnp_tells_a_public_address_and_hides_a_shared_one() -> None:
    assert wan("public") == WanAnswer("upnp", "81.2.69.77", detail="Connected")
    assert wan("shared") == WanAnswer("upnp", None, hidden=True, detail="Connected, no address")


@pytest.mark.parametrize(
    ("state", "told", "address", "hidden"),
    [
        ("Connected", "0.0.0.0", None, True),  # miniupnpd 2.2.0 and 2.2.1 (facts, section 0)
        ("Connected", "100.64.250.247", "100.64.250.247", False),  # Sagemcom F@st 5684 (miniupnp/miniupnp#732)
        ("Disconnected", "0.0.0.0", "none", False),
        ("Unconfigured", "", "none", False),
        ("", "81.2.69.77", "81.2.69.77", False),
        ("Connected", "not available", None, True),
        ("connected", " ", None, True),
        ("Disconnected", "not available", "none", False),
    ],
)
def test_what_the_two_calls_mean_together(state: str, told: str, address: str | None, hidden: bool) -> None:
    answer = portmap.read_wan({"NewConnectionStatus": state}, {"NewExternalIPAddress": told})
    if address == "none":
        assert answer is None
    else:
        assert answer is not None
        assert (answer.address, answer.hidden) == (address, hidden)


def test_a_refused_call_tells_nothing() -> None:
    assert portmap.read_wan(Fault(501), Fault(501)) is None
    assert portmap.read_wan({"NewConnectionStatus": "Connected"}, Fault(501)) is None
    assert portmap.read_wan(None, None) is None


def test_a_mapping_to_plex_is_read() -> None:
    entry = soap.parse_reply(body("miniupnpd/public/mapping_0.http"), "GetGenericPortMappingEntry")
    assert isinstance(entry, dict)
    assert portmap.read_mapping(entry, {32400}) == ("TCP 32400 → 192.168.1.50:32400 (Plex Media Server)")
    elsewhere = portmap.read_mapping({**entry, "NewInternalClient": "192.168.1.51"}, {32400})
    assert elsewhere == "TCP 32400 → 192.168.1.51:32400 (Plex Media Server)"
    assert portmap.read_mapping(entry, {32401}) is None
    assert portmap.read_mapping({**entry, "NewEnabled": "0"}, {32400}) is None
    unnamed = {**entry, "NewPortMappingDescription": " \n"}
    assert portmap.read_mapping(unnamed, {32400, 32500}) == "TCP 32400 → 192.168.1.50:32400"


def test_requests_of_the_plain_client() -> None:
    request = portmap.build_request("POST", "192.168.1.1", 5000, "/ctl", b"<x/>", "urn:x#Do")
    assert request.startswith(b"POST /ctl HTTP/1.1\r\nHost: 192.168.1.1:5000\r\n")
    assert b'SOAPAction: "urn:x#Do"\r\n' in request
    assert request.endswith(b"Content-Length: 4\r\n\r\n<x/>")


@pytest.mark.parametrize(
    ("raw", "ended", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", False, (200, b"ab")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", False, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", True, None),
        (b"HTTP/1.0 500 No\r\n\r\nabc", False, None),
        (b"HTTP/1.0 500 No\r\n\r\nabc", True, (500, b"abc")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n",
            False,
            (200, b"abcd"),
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", False, None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", True, None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nab", True, None),
        (b"HTTP/1.1 200 OK\r\n", True, None),
        (b"nonsense\r\n\r\n", True, (0, b"")),
        (b"nonsense\r\n\r\n", False, None),
        (b"HTTP/1.1 abc\r\n\r\n", True, (0, b"")),
    ],
)
def test_answers_of_the_plain_client(raw: bytes, ended: bool, expected: tuple[int, bytes] | None) -> None:
    reply = portmap.parse_http(raw, ended=ended)
    assert (None if reply is None else (reply.status, reply.body)) == expected
