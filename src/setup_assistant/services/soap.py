# SPDX-License-Identifier: MIT
"""Device descriptions and SOAP messages of UPnP routers; no DTD, no entities, a size cap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from setup_assistant.services.ssdp import split_http

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 262_144
_WAN_SERVICES = ("WANIPConnection", "WANPPPConnection")


@dataclass(frozen=True, slots=True)
class WanService:
    """A service of the router that knows its WAN side; both kinds are asked, one of them is connected."""

    kind: str
    address: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The router refused; ``code`` is UPnP's, 0 where there is none."""

    code: int


def parse_description(data: bytes, location: str) -> tuple[WanService, ...]:
    """Return the WAN services of a device description that was read from ``location``; none if it can't be read.

    Only services on the very address the description came from are returned.
    """
    root, origin = _parse(data), split_http(location)
    if root is None or origin is None:
        return ()
    base = next((element.text for element in root.iter() if _name(element) == "URLBase" and element.text), location)
    found = dict.fromkeys(_services(root, base.strip(), origin[0]))
    return tuple(found)


def _services(root: Element, base: str, address: str) -> Iterator[WanService]:
    for element in root.iter():
        if _name(element) != "service":
            continue
        values = {_name(child): (child.text or "").strip() for child in element}
        kind = values.get("serviceType", "")
        if not any(f":service:{name}:" in kind for name in _WAN_SERVICES):
            continue
        try:
            control = split_http(urljoin(base, values.get("controlURL", "")))
        except ValueError:
            continue
        if control is not None and control[0] == address:
            yield WanService(kind, *control)


def build_call(kind: str, action: str, arguments: Mapping[str, str] | None = None) -> bytes:
    """Return the body of a call."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (arguments or {}).items())
    text = (
        '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:{action} xmlns:u="{escape(kind)}">{inner}</u:{action}></s:Body></s:Envelope>\r\n'
    )
    return text.encode()


def parse_reply(data: bytes, action: str) -> Mapping[str, str] | Fault | None:
    """Read the answer to a call: its values, the router's refusal, or None for anything else."""
    root = _parse(data)
    if root is None:
        return None
    for element in root.iter():
        name = _name(element)
        if name == f"{action}Response":
            return {_name(child): (child.text or "").strip() for child in element}
        if name == "Fault":
            return Fault(_fault_code(element))
    return None


def _fault_code(fault: Element) -> int:
    for element in fault.iter():
        code = (element.text or "").strip()
        if _name(element) == "errorCode" and code.isascii() and code.isdigit() and len(code) <= 4:
            return int(code)
    return 0


def _parse(data: bytes) -> Element | None:
    # Some routers end their documents with zero bytes, or begin them with an empty line.
    cleaned = data.strip(b"\0 \t\r\n")
    if not cleaned or len(cleaned) > MAX_BYTES:
        return None
    try:
        root: Element = fromstring(cleaned, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    return root


def _name(element: Element) -> str:
    """The element's name without its namespace, which many routers get wrong."""
    return str(element.tag).rpartition("}")[2]
