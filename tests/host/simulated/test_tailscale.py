# SPDX-License-Identifier: MIT
"""The simulated Tailscale says what the real one was recorded to say, and keeps its rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from setup_assistant.core.host import Completed
from tests.services.tailscale.configs import ADDRESS, JSON, NAME, OURS, PLEX, at, serve
from tests.services.tailscale.node import Node, recorded

REAL = recorded()
OLD = recorded("1.62.1")


def ask(node: Node, *words: str, stdin: str | None = None, as_admin: bool = False) -> tuple[Completed, float]:
    return node.daemon.run(["tailscale", *words], stdin, as_admin)


def alike(text: str) -> str:
    """A text without what differs from one node to the next."""
    text = re.sub(r"plexbox\.(lab|tail1234)\.ts\.net", "NAME", text)
    text = re.sub(r" --socket=\S+", "", text)
    text = re.sub(r"dial unix \S+: connect: .*", "dial unix", text)
    text = re.sub(r"https?://[^\s\"]*/f/funnel\?node=\w+", "LINK", text)
    return text.rstrip("\n")


FUNNEL = ("funnel", "--bg", "--yes", "--https=443", "localhost:32400")
OFF = ("serve", "--yes", "--https=443", "--set-path=/", "off")
SET_RAW = ("serve", "set-raw")
TCP = {"TCP": {"443": {"TCPForward": "127.0.0.1:32400"}}}
LIVE = {"Foreground": {"f0": serve((at(443), "/", "http://localhost:3000"), public=[at(443)])}}

SAID: list[tuple[str, dict[str, Any], tuple[str, ...], str | None]] = [
    ("funnel", {}, FUNNEL, None),
    ("off", {"serve": OURS}, OFF, None),
    ("off_again", {}, OFF, None),
    ("off.tcp", {"serve": TCP}, OFF, None),
    ("set_raw.empty", {"serve": OURS}, SET_RAW, "{}"),
    ("set_raw.bad", {}, SET_RAW, "{"),
    ("set_raw.kind", {"serve": TCP}, SET_RAW, '{"TCP":{"443":{"HTTPS":true}}}'),
    ("funnel.over_tcp", {"serve": TCP}, FUNNEL, None),
    ("foreground.funnel", {"serve": LIVE}, FUNNEL, None),
    ("shields.funnel", {"shields_up": True}, FUNNEL, None),
    ("signed_out.funnel", {"backend": "NeedsLogin"}, FUNNEL, None),
    ("stopped.funnel", {"backend": "Stopped"}, FUNNEL, None),
    ("denied.funnel", {"operator": False}, FUNNEL, None),
    ("denied.set_raw", {"operator": False}, SET_RAW, "{}"),
    ("denied.off", {"operator": False, "serve": OURS}, OFF, None),
    ("denied.switch", {"operator": False}, ("switch", "--list"), None),
    ("denied.set", {"operator": False}, ("set", "--shields-up=true"), None),
    ("denied.up_stopped", {"operator": False, "backend": "Stopped"}, ("up",), None),
    ("denied.login", {"operator": False}, ("debug", "localapi", "POST", "login-interactive"), None),
    ("linked.login_again", {"backend": "NeedsLogin"}, ("debug", "localapi", "POST", "login-interactive"), None),
    ("query", {}, ("debug", "localapi", "POST", "query-feature?feature=funnel"), None),
    ("down.status", {"service": "stopped"}, ("status", "--json", "--peers=false"), None),
    ("down.serve", {"service": "stopped"}, ("serve", "status", "--json"), None),
    ("down.prefs", {"service": "stopped"}, ("debug", "prefs"), None),
    ("down.funnel", {"service": "stopped"}, FUNNEL, None),
    ("down.switch", {"service": "stopped"}, ("switch", "--list"), None),
    ("up", {"backend": "Stopped"}, ("up",), None),
    ("logout", {}, ("logout",), None),
    ("set_hostname", {}, ("set", "--hostname=cinema"), None),
    ("running.serve_status", {}, ("serve", "status", "--json"), None),
    ("funnel.serve_status", {"serve": OURS}, ("funnel", "status", "--json"), None),
    ("expired.serve_status", {"serve": OURS, "backend": "NeedsLogin"}, ("serve", "status", "--json"), None),
    ("stopped.serve_status", {"serve": OURS, "backend": "Stopped"}, ("serve", "status", "--json"), None),
]


@pytest.mark.parametrize(("name", "state", "words", "stdin"), SAID, ids=[entry[0] for entry in SAID])
def test_it_says_what_was_recorded(name: str, state: dict[str, Any], words: tuple[str, ...], stdin: str | None) -> None:
    completed, _ = ask(Node(**json.loads(json.dumps(state))), *words, stdin=stdin)
    real = REAL[name]
    assert (completed.exit_code, alike(completed.stderr)) == (real["exit"], alike(real["stderr"]))
    # The lab's node was not called by the same name, and had no operator to name.
    if name != "funnel.serve_status":
        assert alike(completed.stdout) == alike(real["stdout"])


def test_the_configuration_has_the_recorded_shape() -> None:
    node = Node()
    ask(node, *FUNNEL)
    written = json.loads(ask(node, "serve", "status", "--json")[0].stdout)
    assert json.loads(alike(json.dumps(written))) == json.loads(alike(REAL["funnel.serve_status"]["stdout"]))


def test_old_releases_write_the_address() -> None:
    node = Node(version="1.62.1")
    completed, _ = ask(node, *FUNNEL)
    assert alike(completed.stdout) == alike(OLD["funnel"]["stdout"])


def test_releases_before_the_new_words_know_no_flags() -> None:
    completed, _ = ask(Node(version="1.50.1"), *FUNNEL)
    assert completed.exit_code == 2
    assert "flag provided but not defined: -bg" in completed.stderr


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("running.status", {}),
        ("signed_out.status", {"backend": "NeedsLogin"}),
        ("linked.status", {"backend": "NeedsLogin", "auth_url": "http://127.0.0.1/auth/x"}),
        ("nocaps.status", {"https": False, "funnel": False}),
        ("https.status", {"funnel": False}),
        ("nomagic.status", {"magicdns": False}),
        ("stopped.status", {"backend": "Stopped"}),
        ("expired.status", {"backend": "NeedsLogin", "key_expired": True}),
        ("approval.status", {"backend": "NeedsMachineAuth"}),
    ],
)
def test_its_status_has_the_recorded_shape(name: str, state: dict[str, Any]) -> None:
    real = json.loads(REAL[name]["stdout"])
    ours = json.loads(ask(Node(**state), "status", "--json", "--peers=false")[0].stdout)
    assert set(ours) <= set(real)
    assert set(ours["Self"]) <= set(real["Self"])
    for key in ("BackendState", "TailscaleIPs", "CurrentTailnet", "CertDomains"):
        assert type(ours[key]) is type(real[key]), key
    assert ours["BackendState"] == real["BackendState"]
    assert bool(ours["AuthURL"]) == bool(real["AuthURL"])
    assert bool(ours["Self"]["DNSName"]) == bool(real["Self"]["DNSName"])
    interesting = {"https", "funnel"}
    assert interesting & set(ours["Self"].get("CapMap") or {}) == interesting & set(real["Self"].get("CapMap") or {})


def test_its_versions_and_preferences_have_the_recorded_shape() -> None:
    node = Node(variant="macsys")
    ours = json.loads(ask(node, "version", "--json")[0].stdout)
    assert set(ours) - {"osVariant"} == set(json.loads(REAL["version"]["stdout"]))
    assert ask(node, "version")[0].stdout == "1.102.3\n"
    prefs = json.loads(ask(node, "debug", "prefs")[0].stdout)
    # Left out by the daemon while it is empty or false: OperatorUser, ForceDaemon (ipn/prefs.go).
    assert set(prefs) - {"OperatorUser", "ForceDaemon"} <= set(json.loads(REAL["running.prefs"]["stdout"]))


def test_the_command_that_waits_for_ever() -> None:
    node = Node(funnel=False)
    completed, seconds = ask(node, *FUNNEL)
    assert seconds > 600
    assert alike(completed.stdout) == alike(REAL["nocaps.funnel"]["stdout"])
    assert node.serve == {}


def test_the_command_that_ends_without_doing_it() -> None:
    completed, seconds = ask(Node(funnel=False, member=True), *FUNNEL)
    assert (completed.exit_code, seconds < 1) == (0, True)
    assert "permission" in completed.stdout


def test_other_refusals() -> None:
    # ipn/serve.go:645-745
    completed, _ = ask(Node(funnel_ports=[8443]), *FUNNEL)
    assert completed.stderr == "port 443 is not allowed for funnel; allowed ports are: 8443\n"
    completed, _ = ask(Node(https=False, control_url="https://headscale.example.org"), *FUNNEL)
    assert "HTTPS must be enabled" in completed.stderr
    node = Node(https=False, control_url="https://headscale.example.org")
    completed, _ = ask(node, "debug", "localapi", "POST", "query-feature?feature=funnel")
    assert (completed.exit_code, "501" in completed.stderr) == (1, True)
    completed, _ = ask(Node(backend="NeedsMachineAuth"), *OFF)
    assert completed.stderr == "Machine is not yet approved by tailnet admin.\n"
    node = Node(serve=json.loads(json.dumps(OURS)))
    completed, _ = ask(node, "set", "--shields-up=true")
    assert completed.stderr == "Cannot enable shields-up when Funnel is enabled.\n"


def test_what_no_command_is() -> None:
    for words in ((), ("fly",), ("debug", "fly"), ("debug", "localapi", "POST", "fly")):
        assert ask(Node(), *words)[0].exit_code == 1
    old = ask(Node(version="1.62.1"), "debug", "localapi", "POST", "login-interactive")[0]
    assert old.exit_code == 1


def test_silence_rubbish_and_another_user() -> None:
    assert ask(Node(service="silent"), "status")[1] > 600
    assert ask(Node(service="garbage"), "status")[0].exit_code == 0
    assert "already in use" in ask(Node(service="other_user"), "status")[0].stderr
    for service in ("silent", "garbage", "stopped", "other_user"):
        assert ask(Node(service=service), "version", "--json")[0].exit_code == 0


def test_the_administrator_may() -> None:
    node = Node(operator=False)
    assert ask(node, *FUNNEL, as_admin=True)[0].exit_code == 0
    assert node.serve == OURS


def test_serve_takes_funnel_away() -> None:
    node = Node(serve=json.loads(json.dumps(OURS)))
    completed, _ = ask(node, "serve", "--bg", "--https=443", "3000")
    assert "Available within your tailnet:" in completed.stdout
    assert node.serve == serve((at(443), "/", "http://127.0.0.1:3000"))


def test_funnel_goes_with_the_last_mount_only() -> None:
    config = serve((at(443), "/", PLEX), (at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])
    node = Node(serve=config)
    ask(node, *OFF)
    assert node.serve == serve((at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])
    ask(node, "serve", "--yes", "--https=443", "off")
    assert node.serve == {}


def test_when_funnel_was_switched_on_is_remembered() -> None:
    node = Node()
    assert node.state["funnel_since"] is None
    node.world.time = lambda: 5.0
    ask(node, *FUNNEL)
    assert node.state["funnel_since"] == 5.0
    node.world.time = lambda: 9.0
    ask(node, "funnel", "--bg", "--yes", "--https=8443", "localhost:32400")
    assert node.state["funnel_since"] == 5.0
    ask(node, "serve", "set-raw", stdin="{}")
    assert node.state["funnel_since"] is None
    assert Node(serve=OURS).state["funnel_since"] < 0


def test_signing_in_takes_three_polls() -> None:
    node = Node(backend="NeedsLogin")
    ask(node, "debug", "localapi", "POST", "login-interactive")
    states = [json.loads(ask(node, "status", "--json")[0].stdout)["BackendState"] for _ in range(3)]
    assert states == ["NeedsLogin", "NeedsLogin", "Running"]


def test_up() -> None:
    for backend in ("NeedsLogin", "NeedsMachineAuth"):
        assert ask(Node(backend=backend), "up")[1] > 600
    assert ask(Node(), "up")[0].exit_code == 0


def test_small_settings() -> None:
    node = Node(exit_node=True)
    ask(node, "set", "--exit-node=", "--shields-up=false")
    assert (node.state["exit_node"], node.state["shields_up"]) == (False, False)
    status = json.loads(ask(Node(exit_node=True, tagged=True), "status", "--json")[0].stdout)
    assert status["ExitNodeStatus"]["Online"]
    assert status["Self"]["Tags"] == ["tag:server"]
    assert "900" in ask(Node(custom_relays=True), "debug", "derp-map")[0].stdout


def test_certificates() -> None:
    assert "BEGIN CERTIFICATE" in ask(Node(), "cert", "--cert-file=-", NAME)[0].stdout
    wrong = ask(Node(), "cert", "--cert-file=-", "other.tail1234.ts.net")[0]
    assert alike(wrong.stderr).replace("other.tail1234", "other.lab") == alike(REAL["cert.wrong"]["stderr"])
    assert "does not support" in ask(Node(https=False), "cert", NAME)[0].stderr
    assert "Access denied" in ask(Node(operator=False), "cert", NAME)[0].stderr
    assert "Access denied" in ask(Node(operator=False), "logout")[0].stderr


PLACES: list[tuple[JSON, int, str, bool, str | None]] = [
    (OURS, 443, "/identity", True, PLEX),
    (OURS, 443, "/identity", False, PLEX),
    (OURS, 8443, "/identity", True, None),
    (serve((at(443), "/", PLEX)), 443, "/", True, None),
    (serve((at(443), "/", PLEX)), 443, "/", False, PLEX),
    (serve((at(443), "/", "http://127.0.0.1:443"), public=[at(443)]), 443, "/", True, "loop"),
    (serve((at(443), "/", "http://127.0.0.1:10000"), (at(10000), "/", PLEX), public=[at(443)]), 443, "/", True, PLEX),
    (serve((at(443), "/", f"http://{ADDRESS}:81"), (at(81), "/", PLEX), public=[at(443)]), 443, "/x", True, PLEX),
    (serve((at(443), "/", "http://10.0.0.9:1"), public=[at(443)]), 443, "/", True, "http://10.0.0.9:1"),
    (
        serve((at(443), "/a", PLEX), (at(443), "/a/b", "http://x:1"), public=[at(443)]),
        443,
        "/a/b/c",
        True,
        "http://x:1",
    ),
    (serve((at(443), "/a", PLEX), public=[at(443)]), 443, "/identity", True, None),
    ({**TCP, "AllowFunnel": {at(443): True}}, 443, "/", True, "tcp://127.0.0.1:32400"),
    (LIVE, 443, "/", True, "http://localhost:3000"),
    (
        {"TCP": {"443": {"HTTPS": True}}, "Web": {at(443): {"Handlers": {"/": {"Path": "/x"}}}}},
        443,
        "/",
        False,
        "path:",
    ),
]


@pytest.mark.parametrize(("config", "port", "path", "public", "target"), PLACES)
def test_where_a_visitor_is_led(config: JSON, port: int, path: str, public: bool, target: str | None) -> None:
    node = Node(serve=config)
    assert node.daemon.reaches(NAME, port, path, public) == target


def test_nobody_is_led_anywhere_by_a_node_that_is_away() -> None:
    assert Node(serve=OURS).daemon.reaches("other.ts.net", 443, "/", True) is None
    for state in ({"backend": "Stopped"}, {"service": "stopped"}, {"funnel": False}):
        node = Node(serve=OURS)
        node.state.update(state)
        assert node.daemon.reaches(NAME, 443, "/", True) is None
