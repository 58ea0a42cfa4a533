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

FILE = Path(__file__).parents[4] / "shared" / "fixtures" / "reachability" / "globalping.openapi.json"


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

    def check_reply(self, value: object, name: str) -> None:
        """``name`` is one of the documented replies."""
        self.check(value, f"responses/{name}/content/application~1json/schema")
