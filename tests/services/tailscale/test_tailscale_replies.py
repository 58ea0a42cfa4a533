# SPDX-License-Identifier: MIT
"""What the real command line printed is understood; what nobody prints raises nothing but UNEXPECTED_REPLY."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Daemon
from setup_assistant.core.host import Completed
from setup_assistant.core.versions import version_numbers
from setup_assistant.services.tailscale_replies import (
    find_link,
    is_denied,
    is_raced,
    suggested_command,
    why_silent,
    without_links,
)
from setup_assistant.services.tailscale_status import (
    has_custom_relays,
    parse_feature,
    parse_prefs,
    parse_status,
    parse_version,
)
from tests.services.tailscale.node import recorded, replay

VERSIONS = ("1.102.3", "1.62.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_read(version: str) -> None:
    recordings = recorded(version)
    assert parse_version(recordings["version"]["stdout"]).version == version
    assert parse_version(recordings["version_plain"]["stdout"]).version == version


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1.102.3", (1, 102, 3)),
        ("1.102.3-dev20260819", (1, 102, 3)),
        ("1.102.3-ERR-BuildInfo", (1, 102, 3)),
        ("1.102.3-t53a0d659a-g8b1", (1, 102, 3)),
        ("1.52", (1, 52, 0)),
        ("", None),
        ("unknown", None),
        ("x1.52.0", None),
        ("1.52.1234567", None),
        ("\u0661.52", None),
    ],
)
def test_version_numbers(text: str, numbers: tuple[int, int, int] | None) -> None:
    assert version_numbers(text) == numbers


def test_the_variant_is_read() -> None:
    # version/prop.go:255 osVariant; values from version.OSVariant.
    assert parse_version('{"majorMinorPatch":"1.102.3","osVariant":"macsys"}').variant == "macsys"
    assert parse_version('{"short":"1.102.3","osVariant":7}').variant == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_running_node(version: str) -> None:
    status = parse_status(recorded(version)["running.status"]["stdout"])
    assert status.backend == "Running"
    assert status.is_up
    assert status.version.startswith(version)
    assert status.dns_name == "plexbox.lab.ts.net"
    assert status.host_name == "plexbox"
    assert status.tailnet == "lab.ts.net"
    assert status.addresses[0].startswith("100.")
    assert "127.0.0.1" in status.endpoints
    assert (status.magicdns, status.https, status.funnel) == (True, True, True)
    assert status.funnel_ports == {443, 8443, 10000}
    assert status.key_expiry is not None
    assert status.key_expiry > datetime(2026, 11, 22, tzinfo=UTC)
    assert (status.key_expired, status.tagged, status.exit_node, status.tun) == (False, False, False, False)
    assert status.auth_url is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_signed_out_node_tells_nothing_of_its_tailnet(version: str) -> None:
    status = parse_status(recorded(version)["signed_out.status"]["stdout"])
    assert status.backend == "NeedsLogin"
    assert not status.is_up
    assert (status.dns_name, status.magicdns, status.https, status.funnel) == (None, None, None, None)
    assert status.addresses == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_waiting_link_is_found(version: str) -> None:
    status = parse_status(recorded(version)["linked.status"]["stdout"])
    assert status.auth_url is not None
    assert "/auth/" in status.auth_url


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_tailnet_does_not_allow(version: str) -> None:
    recordings = recorded(version)
    bare = parse_status(recordings["nocaps.status"]["stdout"])
    assert (bare.https, bare.funnel, bare.funnel_ports) == (False, False, frozenset())
    https = parse_status(recordings["https.status"]["stdout"])
    assert (https.https, https.funnel) == (True, False)
    assert parse_status(recordings["nomagic.status"]["stdout"]).magicdns is False


@pytest.mark.parametrize("version", VERSIONS)
def test_other_states(version: str) -> None:
    recordings = recorded(version)
    assert parse_status(recordings["approval.status"]["stdout"]).backend == "NeedsMachineAuth"
    assert parse_status(recordings["renamed.status"]["stdout"]).dns_name == "cinema.lab.ts.net"
    expired = parse_status(recordings["expired.status"]["stdout"])
    assert expired.backend == "NeedsLogin"
    assert expired.key_expiry is not None
    stopped = parse_status(recordings["stopped.status"]["stdout"])
    assert (stopped.backend, stopped.dns_name) == ("Stopped", "plexbox.lab.ts.net")


def test_fields_by_their_source() -> None:
    status = parse_status(
        json.dumps(
            {
                "BackendState": "Running",
                "Self": {
                    "DNSName": "Box.Tail1234.ts.net.",
                    "Tags": ["tag:server"],
                    "Expired": True,
                    "KeyExpiry": "0001-01-01T00:00:00Z",
                    "Capabilities": ["https"],
                    "Addrs": ["192.168.1.20:41641", "[2001:db8::7]:41641", "192.168.1.20:7"],
                    "CapMap": {"https://tailscale.com/cap/funnel-ports?ports=443,8443-8445": None},
                },
                "CurrentTailnet": {"Name": "ann@example.com", "MagicDNSSuffix": "tail1234.ts.net"},
                "ExitNodeStatus": {"ID": "n1"},
                "Health": ["You are logged out.", 7],
            }
        )
    )
    assert status.dns_name == "box.tail1234.ts.net"
    assert status.tailnet == "tail1234.ts.net"
    assert status.endpoints == ("192.168.1.20", "2001:db8::7")
    assert "ann@example.com" not in repr(status)
    assert status.funnel_ports == {443, 8443, 8444, 8445}
    assert (status.tagged, status.key_expired, status.exit_node) == (True, True, True)
    assert status.key_expiry is None
    assert (status.https, status.magicdns) == (True, None)
    assert status.health == ("You are logged out.",)


@pytest.mark.parametrize(
    ("ports", "allowed"),
    [
        ("443", {443}),
        ("443-", {443}),
        ("x,443,-,9-x", {443}),
        ("1-99999999", set()),
        ("", set()),
    ],
)
def test_funnel_ports(ports: str, allowed: set[int]) -> None:
    node = {"DNSName": "a.b.", "CapMap": {f"https://tailscale.com/cap/funnel-ports?ports={ports}": None}}
    assert parse_status(json.dumps({"BackendState": "Running", "Self": node})).funnel_ports == allowed


@pytest.mark.parametrize("version", VERSIONS)
def test_preferences(version: str) -> None:
    recordings = recorded(version)
    prefs = parse_prefs(recordings["running.prefs"]["stdout"])
    assert prefs.shields_up is False
    assert prefs.control_url.startswith("http://127.0.0.1")
    assert parse_prefs(recordings["shields.prefs"]["stdout"]).shields_up is True


def test_the_control_servers_word_on_funnel() -> None:
    recordings = recorded()
    assert parse_feature(recordings["query"]["stdout"]).link is None
    asked = parse_feature(recordings["nocaps.query2"]["stdout"])
    assert (asked.link, asked.needs_admin) == ("https://login.tailscale.com/f/funnel?node=nLab", False)
    # The words of cli/serve_v2_test.go for somebody who is not an admin.
    member = parse_feature('{"Text":"You don\'t have permission to enable this feature."}')
    assert (member.link, member.needs_admin) == (None, True)


def test_own_relays() -> None:
    assert not has_custom_relays(recorded()["derp_map"]["stdout"])
    # Own regions are numbered 900 to 999 (tailcfg/derpmap.go).
    assert has_custom_relays('{"Regions":{"1":{},"900":{}}}')


@pytest.mark.parametrize(
    ("stderr", "daemon"),
    [
        (recorded()["down.status"]["stderr"], Daemon.STOPPED),
        (recorded("1.62.1")["down.status"]["stderr"], Daemon.STOPPED),
        (recorded()["deaf.status"]["stderr"], Daemon.STOPPED),
        (
            "failed to connect to local tailscaled (which appears to be running as x, pid 7). Got error: EOF",
            Daemon.SILENT,
        ),
        # cli/diag.go, the other two systems
        ("failed to connect to local Tailscale service; is Tailscale running?", Daemon.STOPPED),
        ("failed to connect to local tailscaled process; is the Tailscale service running?", Daemon.STOPPED),
        # ipnserver/server.go:270
        ('Tailscale already in use ("A"); connection from "B" not allowed', Daemon.OTHER_USER),
        ("Tailscale running in server mode (DESKTOP\\bob)", Daemon.OTHER_USER),
        # tailscale issues 16063 and 20325
        ("The Tailscale GUI failed to start: (Tailscale.CLIError error 3.)", Daemon.CONFUSED),
        ("", Daemon.CONFUSED),
    ],
)
def test_why_the_service_is_silent(stderr: str, daemon: Daemon) -> None:
    assert why_silent(Completed(1, "", stderr)) is daemon


@pytest.mark.parametrize("version", VERSIONS)
def test_refusals_for_lack_of_rights(version: str) -> None:
    recordings = recorded(version)
    denied = {name for name, entry in recordings.items() if name.startswith("denied.") and entry["exit"]}
    assert denied >= {"denied.funnel", "denied.set_raw", "denied.off", "denied.up", "denied.switch", "denied.set"}
    for name in denied - ({"denied.login"} if version == "1.62.1" else set()):
        assert is_denied(replay(recordings[name])), name
    for name, entry in recordings.items():
        if not name.startswith("denied.") and entry["exit"] is not None:
            assert not is_denied(replay(entry)), name


def test_a_race_for_the_configuration() -> None:
    # cli/serve_v2.go:543 and ipn/localapi/serve.go:70
    said = "Another client is changing the serve config; please try again.\nsending serve config: Preconditions failed"
    assert is_raced(Completed(1, "", said))
    assert not is_raced(Completed(0, "", said))


def test_links() -> None:
    link = "https://login.tailscale.com/f/funnel?node=nLab"
    assert find_link(recorded()["nocaps.funnel_exit0"]["stdout"]) == link
    assert find_link(recorded()["funnel"]["stdout"]) is None
    assert without_links(f"visit {link} now\nmore") == "visit … now"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_command_that_keeps_every_setting(version: str) -> None:
    words = suggested_command(recorded(version)["up.json"]["stderr"])
    assert words[:2] == ("up", "--json")
    assert "--hostname=plexbox" in words
    assert not any("reset" in word for word in words)
    assert suggested_command("something else") == ()
    assert suggested_command("requires mentioning all\n\ttailscale up 'torn") == ()
    assert suggested_command("requires mentioning all") == ()


PARSERS = (parse_version, parse_status, parse_prefs, parse_feature, has_custom_relays)
KEYS = (
    "BackendState Self CurrentTailnet CapMap Capabilities DNSName KeyExpiry TailscaleIPs Health Regions Text URL "
    "Complete GlobalV4 majorMinorPatch short osVariant ShieldsUp AuthURL Tags 900"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=8), inner, max_size=8)
    ),
    max_leaves=20,
)


def only_unexpected_reply(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except HostError as error:
        if error.trouble is not Trouble.UNEXPECTED_REPLY:
            raise


@given(JSON)
def test_wrong_shapes_raise_nothing_else(value: object) -> None:
    for parse in PARSERS:
        only_unexpected_reply(parse, json.dumps(value))


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")))
def test_rubbish_raises_nothing_else(text: str) -> None:
    for parse in PARSERS:
        only_unexpected_reply(parse, text)


PIECES = ("https://", "[", "]", "/f/", ":", "tailscale up ", "'", "\n", "already in use", "%5b")


@given(st.lists(st.sampled_from(PIECES)))
def test_what_is_not_json_never_raises(parts: list[str]) -> None:
    said = "".join(parts)
    link = find_link(said)
    assert link is None or link in said
    suggested_command(f"requires mentioning all\n{said}")
    why_silent(Completed(1, said, said))
    assert len(without_links(said)) <= 300


def test_a_link_that_is_none_is_passed_over() -> None:
    link = "https://login.tailscale.com/f/funnel?node=n1"
    assert find_link(f"http://[x {link}") == link


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "NaN", '{"BackendState": Infinity}', "9" * 5000])
def test_hostile_json(text: str) -> None:
    for parse in PARSERS:
        only_unexpected_reply(parse, text)
