# SPDX-License-Identifier: MIT
"""Globalping's OpenAPI description, which lies beside this project and is not part of it (its licence is OSL-3.0)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, Site

FILE = Path(__file__).parents[4] / "shared" / "fixtures" / "reachability" / "globalping.openapi.json"


_REPLIES = {
    ("POST", 202): "measurements202",
    ("POST", 400): "400",
    ("POST", 422): "measurements422",
    ("POST", 429): "measurements429",
    ("GET", 200): "measurement200",
    ("GET", 404): "404",
    ("GET", 429): "measurement429",
}
"""Method and status -> the documented reply; 403 and 500 are in the service's source only."""


class Watched:
    """A stand-in for Globalping that notes what does not follow the description."""

    def __init__(self, site: Site, specification: Specification) -> None:
        self._site = site
        self._specification = specification
        self.seen: list[tuple[str, int]] = []
        self.problems: list[str] = []

    def __call__(self, request: SimulatedRequest) -> SimulatedReply:
        reply = self._site(request)
        self.seen.append((request.method, reply.status))
        try:
            self._check(request, reply)
        except (AssertionError, ValueError, jsonschema.ValidationError) as error:
            self.problems.append(f"{request.method} {request.path} {reply.status}: {error}")
        return reply

    def _check(self, request: SimulatedRequest, reply: SimulatedReply) -> None:
        assert request.path == "/v1/measurements" or request.path.startswith("/v1/measurements/")
        assert not request.params
        assert "setup-assistant" in request.headers["user-agent"]
        if request.method == "POST":
            body = json.loads(request.body)
            self._specification.check(body, "schemas/MeasurementRequest")
            self._specification.check(body["measurementOptions"], "schemas/MeasurementHttpOptions")
        if (name := _REPLIES.get((request.method, reply.status))) is not None:
            self._specification.check_reply(json.loads(reply.body), name)
        else:
            assert reply.status in (403, 500)


class Specification:
    """Validates against one schema or one documented reply."""

    def __init__(self) -> None:
        if not FILE.is_file():
            pytest.skip("globalping.openapi.json (jsdelivr/globalping, public/v1) is not beside this checkout")
        self.document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:globalping", resource)

    def check(self, value: object, place: str) -> None:
        """``place`` is a path below ``#/components``."""
        schema = {"$ref": f"urn:globalping#/components/{place}"}
        jsonschema.Draft202012Validator(
            schema, registry=self._registry, format_checker=jsonschema.FormatChecker()
        ).validate(value)

    def watches(self, site: Site) -> Watched:
        """Return ``site`` with everything that is said to it, and that it says, looked at."""
        return Watched(site, self)

    def check_reply(self, value: object, name: str) -> None:
        """``name`` is one of the documented replies."""
        self.check(value, f"responses/{name}/content/application~1json/schema")
