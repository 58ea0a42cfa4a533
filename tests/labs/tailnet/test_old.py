# SPDX-License-Identifier: MIT
"""What an old client and daemon do differently."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.labs.tailnet import build
from tests.labs.tailnet.backend import Backend
from tests.labs.tailnet.lab import Lab, LabError, poll, programs_or_skip

pytestmark = pytest.mark.lab

HOST = "plexbox.lab.ts.net"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(version="old", programs=programs_or_skip("old")) as old:
        yield old


def test_both_halves_are_old(lab: Lab) -> None:
    version = json.loads(lab.tailscale("version", "--json").stdout)
    assert version["majorMinorPatch"] == build.MODULES["old"].tailscale_version
    assert lab.status()["Version"] == version["long"]


def test_capabilities_are_in_the_map(lab: Lab) -> None:
    assert lab.status()["Self"]["CapMap"].keys() >= {"https", "funnel"}
    lab.revoke("funnel")
    lab.wait_for("no funnel", lambda s: "funnel" not in s["Self"]["CapMap"])


def test_localhost_is_written_as_an_address(lab: Lab) -> None:
    lab.funnel(32400)
    assert lab.serve_config() == {
        "TCP": {"443": {"HTTPS": True}},
        "Web": {f"{HOST}:443": {"Handlers": {"/": {"Proxy": "http://127.0.0.1:32400"}}}},
        "AllowFunnel": {f"{HOST}:443": True},
    }


def test_a_visitor_is_not_marked_as_one(lab: Lab, backend: Backend) -> None:
    assert not lab.lets_in()
    lab.funnel(backend.port)
    assert lab.fetch("/identity").status == 200
    (seen,) = backend.seen
    assert (seen["host"], seen["x-forwarded-for"], seen["x-forwarded-proto"]) == (HOST, "203.0.113.9", "https")
    assert "tailscale-funnel-request" not in seen


def test_the_feature_query_needs_the_local_api(lab: Lab) -> None:
    lab.revoke("all")
    lab.wait_for("no capabilities", lambda s: "funnel" not in (s["Self"].get("CapMap") or {}))
    query = lab.tailscale("debug", "localapi", "POST", "query-feature?feature=funnel", check=False)
    assert "ShouldWait" not in query.stdout
    answer = lab.local_api("POST", "query-feature?feature=funnel").json()
    assert answer["ShouldWait"] is True
    lab.visit(answer["URL"])
    lab.wait_for("the capabilities", lambda s: "funnel" in (s["Self"].get("CapMap") or {}))


def test_signing_in_after_expiry(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    lab.expire()
    lab.wait_for_state("NeedsLogin")
    lab.login()
    assert datetime.fromisoformat(lab.status()["Self"]["KeyExpiry"]) > datetime.now(UTC)
    assert lab.fetch().status == 200


def test_a_foreground_session(lab: Lab, backend: Backend) -> None:
    with lab.foreground("serve", "--https=8443", f"localhost:{backend.port}"):
        assert "TCP" not in lab.serve_config()
    poll("the session is gone", lambda: "Foreground" not in lab.serve_config())


def test_certificates_must_be_seeded() -> None:
    with pytest.raises(LabError, match="seed"):
        Lab(version="old", certificate="acme", programs=programs_or_skip("old"))
