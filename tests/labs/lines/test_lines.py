# SPDX-License-Identifier: MIT
"""The whole program on real networks: the verdict, its confidence, and the evidence for it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.labs.lines.home import HOST, ROUTER, Internet, home
from tests.labs.lines.running import check, probe
from tests.labs.lines.variants import VARIANTS, Variant

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schema" / "output.schema.json").read_text(encoding="utf-8"))
CGNAT = {"cgnat", "cgnat_likely", "ds_lite"}
BY_NAME = {variant.name: variant for variant in VARIANTS}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_line(internet: Internet, variant: Variant) -> None:
    with home(internet, variant) as built:
        code, answer = check(internet, built)
    jsonschema.validate(answer, SCHEMA)
    line = answer["connection"]
    said = (line["verdict"], line["confidence"], line["public_ip"])
    assert said == (variant.verdict, variant.confidence, variant.public), line["reason"]
    if variant.wan is not None:
        assert line["router_wan_ip"] == variant.wan
    if variant.nat_type is not None:
        assert line["nat_type"] == variant.nat_type
    finding = next(one for one in answer["findings"] if one["code"] == "connection")
    assert finding["cause"] == ("undecided" if variant.verdict == "unknown" else variant.verdict)
    labels = [evidence["label"] for evidence in finding["evidence"]]
    for expected in variant.evidence:
        assert any(expected in label for label in labels), (expected, labels)
    assert code == 1  # Tailscale and Plex are not there
    assert line["ipv6"] is (variant.line == "ipv6" or "ipv6" in variant.extras)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_the_rule_and_what_comes_late(internet: Internet, variant: Variant) -> None:
    with home(internet, variant) as built:
        seen = probe(internet, built)
    assert seen["rule"] == variant.rule
    # What is shown first is what stays.
    assert (seen["late_verdict"], seen["late_confidence"]) == (seen["verdict"], seen["confidence"])
    if variant.mapping_varies is not None:
        assert seen["mapping_varies"] is variant.mapping_varies


def test_no_line_is_mistaken() -> None:
    """The table of variants itself: no false CGNAT, and none missed where evidence exists."""
    assert len(VARIANTS) >= 20
    assert len(BY_NAME) == len(VARIANTS)
    for variant in VARIANTS:
        shares = "cgnat" in variant.line or variant.line == "dslite" or bool({"clat", "nat64"} & variant.extras)
        assert (variant.verdict in CGNAT) is shares, variant.name


def test_looking_leaves_nothing_on_the_router(internet: Internet) -> None:
    with home(internet, BY_NAME["home_miniupnpd"]) as built:
        probe(internet, built)
        rules = built.net.run("router", "nft", "list", "ruleset")
    assert "dnat" not in rules
    assert HOST not in rules


def test_a_port_left_open_is_found(internet: Internet) -> None:
    with home(internet, BY_NAME["home_port_left"]) as built:
        _, answer = check(internet, built)
    finding = next(one for one in answer["findings"] if one["code"] == "open_port")
    assert (finding["status"], finding["cause"]) == ("notice", "mapping_left")
    assert f"{HOST}:32400" in finding["summary"]


def test_what_a_person_reads_on_the_routers_page_settles_the_line(internet: Internet) -> None:
    with home(internet, BY_NAME["cgnat_silent_hop"]) as built:
        _, answer = check(internet, built, "--router-wan", "100.64.12.34")
    line = answer["connection"]
    assert (line["verdict"], line["confidence"], line["router_wan_ip"]) == ("cgnat", "high", "100.64.12.34")


def test_nothing_goes_beyond_the_lab(internet: Internet) -> None:
    with home(internet, BY_NAME["home_no_upnp"]) as built:
        names = (*built.net.names, *internet.names)
        own = {built.net.full(name) for name in names}
        for name in names:
            # Namespaces have numbers in each other.
            numbered = json.loads(built.net.run(name, "ip", "-json", "netns", "list-id"))
            called = {other["nsid"]: other.get("name") for other in numbered}
            # One that is down leads nowhere: the kernel may put tunl0 or sit0 into every namespace.
            up = json.loads(built.net.run(name, "ip", "-json", "-details", "link", "show", "up"))
            links = [link for link in up if link["ifname"] != "lo"]
            assert links, name
            for link in links:
                assert link["linkinfo"]["info_kind"] == "veth", (name, link)
                assert called.get(link["link_netnsid"]) in own, (name, link, called)
        routes = built.net.run("core", "ip", "route")
        assert "default" not in routes
        assert ROUTER not in routes
