# SPDX-License-Identifier: MIT
"""How the simulated Plex writes its replies: XML or JSON, and its pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest

# Recorded byte for byte: pms_root_401.html with its headers, and pms_api_401.html.
ROOT_401 = (
    b"<html><head><script>window.location = window.location.href.match(/(^.+\\/)[^\\/]*$/)[1] + 'web/index.html';"
    b"</script><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
)
API_401 = b"<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"

# The examples of Plex's own specification 1.2.2.
BODY_403 = b"<html><head><title>Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
BODY_404 = b"<html><head><title>Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
BODY_400 = b"<html><head><title>Bad Request</title></head><body><h1>400 Bad Request</h1></body></html>"


def wants_json(request: SimulatedRequest) -> bool:
    """Whether the client asks for JSON; Plex speaks XML otherwise."""
    return "application/json" in request.headers.get("accept", "")


def container(
    request: SimulatedRequest,
    values: Mapping[str, Any],
    kind: str = "",
    children: Sequence[Mapping[str, Any]] = (),
) -> SimulatedReply:
    """XML unless JSON is asked for, as Plex does."""
    if wants_json(request):
        return as_json({"MediaContainer": {**values, **({kind: list(children)} if children else {})}})
    root = Element("MediaContainer", attributes(values))
    for child in children:
        element = SubElement(root, kind, attributes(child))
        for name, inner in child.items():
            if isinstance(inner, Mapping):
                SubElement(element, name, attributes(inner))
    return as_xml(root)


def attributes(values: Mapping[str, Any]) -> dict[str, str]:
    """Write values as XML attributes: truth as 1 and 0."""
    return {
        name: str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if not isinstance(value, Mapping)
    }


def as_xml(root: Element) -> SimulatedReply:
    """Reply with XML."""
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"
    return SimulatedReply(200, body, {"content-type": "text/xml;charset=utf-8", "x-plex-protocol": "1.0"})


def as_json(value: object) -> SimulatedReply:
    """Reply with JSON."""
    headers = {"content-type": "application/json", "x-plex-protocol": "1.0"}
    return SimulatedReply(200, json.dumps(value).encode(), headers)


def page(status: int, body: bytes) -> SimulatedReply:
    """Reply with a page of Plex's own."""
    headers = {"x-plex-protocol": "1.0", "content-type": "text/html", "cache-control": "no-cache"}
    return SimulatedReply(status, body, headers)
