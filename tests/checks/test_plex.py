# SPDX-License-Identifier: MIT
"""What is said of Plex: tables of facts and the answers they lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from setup_assistant.checks.plex import CHECKS
from setup_assistant.checks.plex_account import judge_published
from setup_assistant.core.connection import ConnectionFacts
from setup_assistant.core.facts import (
    AccountFacts,
    Daemon,
    Handler,
    HistoryFacts,
    HostFacts,
    KeyringState,
    OperatingSystem,
    PlexAnswer,
    PlexFacts,
    PlexInstallation,
    PlexSettings,
    ServeConfig,
    SystemFacts,
    TailscaleFacts,
    TokenState,
    Tried,
    Unknown,
)
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import CASES

NAME = "plexbox.tail1234.ts.net"
URL = f"https://{NAME}:443"
CODES = [check.code for check in CHECKS if check.code not in ("stays_up", "for_viewers")]
PACKAGE = PlexInstallation("package")
SETTINGS = PlexSettings(custom_connections=URL, publish=False, allowed_networks="")
PLEX = PlexFacts(
    PlexAnswer.PLEX,
    "http://localhost:32400",
    32400,
    installation=PACKAGE,
    machine_identifier="abc",
    version="1.41",
    claimed=True,
    strangers_enter=False,
    plain_hop_refused=False,
    settings=SETTINGS,
    viewers=0,
    can_start=True,
    sessions=(),
)
ACCOUNT = AccountFacts(
    TokenState.VALID, KeyringState.READY, has_pass=True, listed=True, owned=True, connections=(URL,), relay=False
)
SERVE = ServeConfig(
    raw={},
    handlers=(Handler(NAME, 443, "/", "proxy", "http://localhost:32400"),),
    tcp={443: "https"},
    funnel=frozenset({(NAME, 443)}),
)
CLOSED = ServeConfig(raw={})
TAILSCALE = TailscaleFacts(
    "/usr/bin/tailscale",
    daemon=Daemon.ANSWERS,
    backend="Running",
    dns_name=NAME,
    host_name="plexbox",
    tailnet="tail1234.ts.net",
    funnel_ports=frozenset({443, 8443, 10000}),
    serve=CLOSED,
)
FACTS = HostFacts(
    observed_at=datetime(2026, 11, 22, tzinfo=UTC),
    system=SystemFacts(OperatingSystem.LINUX, "", "plexbox", "ann", is_admin=False),
    connection=ConnectionFacts(web_addresses=("81.2.69.10",)),
    tailscale=TAILSCALE,
    plex=PLEX,
    account=ACCOUNT,
    outside=Unknown(Text("")),
    history=HistoryFacts(),
)
PUBLIC = replace(FACTS, tailscale=replace(TAILSCALE, serve=SERVE))


def ask(code: str, facts: HostFacts) -> Verdict:
    verdict = next(check for check in CHECKS if check.code == code).judge(facts)
    if verdict.cause not in (None, "not_readable", "not_looked"):
        assert (code, verdict.cause) in CASES
    if verdict.status is not Status.BLOCKED:
        assert verdict.summary.render(), "every answer has words, with all their values"
        for remedy in verdict.remedies:
            assert remedy.text.render()
    return verdict


def plex(facts: HostFacts = FACTS, **changes: Any) -> HostFacts:
    assert isinstance(facts.plex, PlexFacts)
    return replace(facts, plex=replace(facts.plex, **changes))


def settings(facts: HostFacts = FACTS, **changes: Any) -> HostFacts:
    return plex(facts, settings=replace(SETTINGS, **changes))


def account(facts: HostFacts = FACTS, **changes: Any) -> HostFacts:
    assert isinstance(facts.account, AccountFacts)
    return replace(facts, account=replace(facts.account, **changes))


def said(code: str, facts: HostFacts) -> tuple[Status, str | None, str | None]:
    verdict = ask(code, facts)
    return verdict.status, verdict.cause, verdict.blocked_by


@pytest.mark.parametrize("code", CODES)
def test_where_all_is_well(code: str) -> None:
    assert said(code, FACTS) == (Status.OK, None, None)


@pytest.mark.parametrize("code", CODES)
def test_what_could_not_be_read_is_unknown(code: str) -> None:
    nothing = Unknown(Text("It did not answer."), "timed_out")
    verdict = ask(code, replace(FACTS, plex=nothing, account=nothing))
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "not_readable")
    assert "It did not answer." in verdict.summary.render()


def test_only_what_comes_before_is_needed() -> None:
    order = ["tailscale_signed_in", "tailscale_connected", "magicdns", "https_certificates"]
    order += ["funnel_allowed", "shields_up", "exit_node", *CODES, "stays_up", "for_viewers"]
    for check in CHECKS:
        assert all(order.index(needed) < order.index(check.code) for needed in check.needs)
    needs = {check.code: set(check.needs) for check in CHECKS}
    for code in ("plex_url", "plex_remote_access", "plex_published"):
        assert {"plex_owner", "tailscale_connected", "funnel_allowed", "shields_up"} <= needs[code]
    assert "plex_url" in needs["plex_published"]


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        ({"answer": PlexAnswer.STARTING}, Status.UNKNOWN, "starting"),
        ({"answer": PlexAnswer.SILENT}, Status.PROBLEM, "silent"),
        ({"answer": PlexAnswer.NOT_PLEX, "installation": None}, Status.PROBLEM, "not_plex"),
        ({"answer": PlexAnswer.REFUSED}, Status.PROBLEM, "stopped"),
        ({"answer": PlexAnswer.REFUSED, "can_start": False}, Status.PROBLEM, "stopped_here"),
        ({"answer": PlexAnswer.REFUSED, "installation": None}, Status.PROBLEM, "missing"),
        (
            {"answer": PlexAnswer.REFUSED, "installation": None, "elsewhere": ("192.168.1.9",)},
            Status.PROBLEM,
            "elsewhere",
        ),
        (
            {"answer": PlexAnswer.REFUSED, "installation": PlexInstallation("package", running=True)},
            Status.PROBLEM,
            "not_listening",
        ),
    ],
)
def test_the_server(changes: dict[str, Any], status: Status, cause: str) -> None:
    verdict = ask("plex_server", plex(**changes))
    assert (verdict.status, verdict.cause) == (status, cause)
    automatic = [remedy.change for remedy in verdict.remedies if remedy.change]
    assert automatic == (["start_plex"] if cause == "stopped" else [])


def test_the_other_machine_is_named() -> None:
    facts = plex(answer=PlexAnswer.REFUSED, installation=None, elsewhere=("192.168.1.9", "192.168.1.10"))
    assert "192.168.1.9, 192.168.1.10" in ask("plex_server", facts).summary.render()


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        ({"token": TokenState.NONE}, Status.PROBLEM, "signed_out"),
        ({"token": TokenState.REVOKED}, Status.PROBLEM, "token_revoked"),
        ({"token": TokenState.UNCHECKED, "trouble": "timed_out"}, Status.UNKNOWN, "plex_tv_unreachable"),
    ],
)
def test_the_sign_in(changes: dict[str, Any], status: Status, cause: str) -> None:
    verdict = ask("plex_sign_in", account(**changes))
    assert (verdict.status, verdict.cause) == (status, cause)
    assert not [remedy for remedy in verdict.remedies if remedy.change]


def test_the_sign_in_says_what_plex_tv_met() -> None:
    verdict = ask("plex_sign_in", account(token=TokenState.UNCHECKED, trouble="timed_out"))
    assert "plex.tv did not answer in time." in verdict.summary.render()


def test_without_internet_only_the_line_shouts() -> None:
    facts = replace(
        account(token=TokenState.UNCHECKED, trouble="unreachable", listed=None), connection=ConnectionFacts()
    )
    unread = plex(facts, settings=Unknown(Text("")))
    assert said("plex_sign_in", facts) == (Status.BLOCKED, None, "connection")
    assert said("safety_gate", unread) == (Status.BLOCKED, None, "plex_sign_in")


def test_signing_in_helps_nobody_where_plex_is_not_here() -> None:
    signed_out = account(token=TokenState.NONE)
    assert said("plex_sign_in", plex(signed_out, answer=PlexAnswer.REFUSED, installation=None))[2] == "plex_server"
    assert said("plex_sign_in", plex(signed_out, answer=PlexAnswer.NOT_PLEX))[2] == "plex_server"
    assert said("plex_sign_in", plex(signed_out, answer=PlexAnswer.REFUSED))[1] == "signed_out"


@pytest.mark.parametrize("state", [KeyringState.LOCKED, KeyringState.MISSING, KeyringState.REFUSED])
def test_the_keyring_keeps_nobody_from_ready(state: KeyringState) -> None:
    assert said("keyring", account(keyring=state)) == (Status.NOTICE, state.value, None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (account(owned=False), (Status.PROBLEM, "not_owner", None)),
        (account(listed=False, owned=False), (Status.PROBLEM, "not_listed", None)),
        (account(listed=None, owned=None, trouble="http_status"), (Status.UNKNOWN, "not_readable", None)),
        (plex(account(listed=False, owned=False), claimed=False), (Status.BLOCKED, None, "safety_gate")),
    ],
)
def test_the_owner(facts: HostFacts, expected: tuple[Status, str | None, str | None]) -> None:
    assert said("plex_owner", facts) == expected


NOT_READ = Unknown(Text("not read"))


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (plex(claimed=False), "unclaimed"),
        (plex(claimed=False, settings=NOT_READ, strangers_enter=True), "unclaimed"),
        (plex(strangers_enter=True), "strangers_enter"),
        (plex(strangers_enter=True, settings=NOT_READ), "strangers_enter"),
        (settings(allowed_networks="127.0.0.1"), "open_to_loopback"),
        (settings(plex(strangers_enter=True), allowed_networks="0.0.0.0/0"), "open_to_loopback"),
        (plex(PUBLIC, claimed=False), "public_and_unclaimed"),
        (plex(PUBLIC, strangers_enter=True), "public_strangers_enter"),
        (plex(PUBLIC, strangers_enter=True, settings=NOT_READ), "public_strangers_enter"),
        (settings(PUBLIC, allowed_networks="10.0.0.0/8, ::1"), "public_and_open"),
    ],
)
def test_the_gate_is_open(facts: HostFacts, cause: str) -> None:
    verdict = ask("safety_gate", facts)
    assert (verdict.status, verdict.cause) == (Status.PROBLEM, cause)
    automatic = [remedy.change for remedy in verdict.remedies if remedy.change]
    assert ("close_funnel" in automatic) == cause.startswith("public_")
    assert ("plex_allowed_networks" in automatic) == (cause in ("open_to_loopback", "public_and_open"))
    assert automatic[:1] != ["plex_allowed_networks"] or not cause.startswith("public_"), "closing comes first"


def test_the_gate_names_the_entries_and_no_others() -> None:
    verdict = ask("safety_gate", settings(allowed_networks="203.0.113.7, 127.0.0.1/255.255.255.0,::1"))
    assert "127.0.0.1/255.255.255.0, ::1." in verdict.summary.render()
    assert "203.0.113.7" not in verdict.summary.render()


def test_a_container_sees_this_computer_as_its_gateway() -> None:
    private = settings(allowed_networks="172.17.0.0/16")
    assert said("safety_gate", private)[0] is Status.OK
    assert said("safety_gate", plex(private, installation=PlexInstallation("docker")))[1] == "open_to_loopback"
    assert said("safety_gate", plex(private, installation=None))[1] == "open_to_loopback", "Docker may hide it"
    # A stranger came in: now no entry is above suspicion, however Plex seems to be installed.
    assert said("safety_gate", plex(private, strangers_enter=True))[1] == "open_to_loopback"


def test_a_stranger_let_in_by_something_else_is_told_what_to_look_for() -> None:
    verdict = ask("safety_gate", settings(plex(strangers_enter=True), allowed_networks="203.0.113.0/24"))
    assert (verdict.cause, verdict.evidence[0].value) == ("strangers_enter", "203.0.113.0/24")
    words = " ".join(remedy.text.render() for remedy in verdict.remedies)
    assert "allowed without auth" in words
    assert "DisableRemoteSecurity" in words


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (account(plex(settings=NOT_READ), token=TokenState.NONE), (Status.BLOCKED, None, "plex_sign_in")),
        (account(plex(settings=NOT_READ), token=TokenState.REVOKED), (Status.BLOCKED, None, "plex_sign_in")),
        (account(plex(settings=NOT_READ), token=TokenState.UNCHECKED), (Status.UNKNOWN, "not_looked", None)),
        (account(plex(settings=NOT_READ), owned=False), (Status.BLOCKED, None, "plex_owner")),
        (account(plex(settings=NOT_READ), owned=None), (Status.UNKNOWN, "not_looked", None)),
        (plex(settings=NOT_READ), (Status.UNKNOWN, "not_readable", None)),
        (replace(plex(settings=NOT_READ), account=NOT_READ), (Status.UNKNOWN, "not_readable", None)),
        (plex(strangers_enter=None), (Status.UNKNOWN, "not_readable", None)),
        (account(plex(claimed=None), listed=None), (Status.UNKNOWN, "not_readable", None)),
        (plex(claimed=None), (Status.OK, None, None)),
    ],
)
def test_the_gate_is_green_only_where_all_is_proven(
    facts: HostFacts, expected: tuple[Status, str | None, str | None]
) -> None:
    assert said("safety_gate", facts) == expected


def test_a_funnel_to_something_else_is_not_plex_in_public() -> None:
    others = replace(SERVE, handlers=(Handler(NAME, 443, "/", "proxy", "http://localhost:8123"),))
    facts = replace(plex(claimed=False), tailscale=replace(TAILSCALE, serve=others))
    assert said("safety_gate", facts)[1] == "unclaimed"
    assert said("safety_gate", replace(facts, tailscale=NOT_READ))[1] == "unclaimed"


@pytest.mark.parametrize(
    ("urls", "cause"),
    [
        ("", "missing"),
        ("https://plex.example.org:443", "missing"),
        (f"https://{NAME}:32400", "wrong_port"),
        (f"https://{NAME}", "no_port"),
        (f"http://{NAME}:443", "plain_http"),
        (f"{URL},https://{NAME}:32400", "wrong_port"),
        (f"https://a.example, {URL}/", None),
    ],
)
def test_the_address(urls: str, cause: str | None) -> None:
    verdict = ask("plex_url", settings(custom_connections=urls))
    assert verdict.cause == cause
    assert [remedy.change for remedy in verdict.remedies] == (["plex_url"] if cause else [])
    if cause:
        assert URL in verdict.remedies[0].text.render()


def test_the_address_of_an_earlier_name() -> None:
    old = "https://oldbox.tail1234.ts.net:443"
    facts = settings(custom_connections=old)
    assert said("plex_url", facts)[1] == "missing", "a name we do not know is somebody else's"
    assert said("plex_url", replace(facts, history=HistoryFacts(our_url=old)))[1] == "old_name"
    stale = ServeConfig(
        raw={}, handlers=(Handler("oldbox.tail1234.ts.net", 443, "/", "proxy", "http://localhost:32400"),)
    )
    assert said("plex_url", replace(facts, tailscale=replace(TAILSCALE, serve=stale)))[1] == "old_name"
    numbered = replace(TAILSCALE, dns_name="oldbox-1.tail1234.ts.net", host_name="oldbox")
    assert said("plex_url", replace(facts, tailscale=numbered))[1] == "old_name"


def test_the_address_while_our_name_is_not_known() -> None:
    facts = replace(FACTS, tailscale=replace(TAILSCALE, dns_name=None))
    assert said("plex_url", facts) == (Status.UNKNOWN, "not_looked", None)
    assert said("plex_published", facts) == (Status.UNKNOWN, "not_looked", None)


@pytest.mark.parametrize("code", ["plex_url", "plex_remote_access"])
def test_settings_that_could_not_be_read(code: str) -> None:
    assert said(code, plex(settings=NOT_READ)) == (Status.UNKNOWN, "not_readable", None)


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        ({"publish": True}, Status.PROBLEM, "on"),
        ({"publish": True, "manual_port_mapping": True}, Status.PROBLEM, "on"),
        ({"manual_port_mapping": True}, Status.NOTICE, "leftovers"),
        ({"mapped_port": 21305}, Status.NOTICE, "leftovers"),
        ({"mapped_port": 0, "manual_port_mapping": False}, Status.OK, None),
    ],
)
def test_remote_access(changes: dict[str, Any], status: Status, cause: str | None) -> None:
    assert said("plex_remote_access", settings(**changes))[:2] == (status, cause)


def test_what_plex_tv_lists_is_called_what_it_is() -> None:
    home, direct = "https://192-168-1-10.x.plex.direct:32400", "https://81-2-69-10.x.plex.direct:32400"
    relay, other = "https://178-3-2-1.x.plex.direct:8443", "https://plex.example.org:443"
    facts = account(connections=(home, direct, relay, other), locals=(home,), relays=(relay,))
    verdict = ask("plex_published", facts)
    assert (verdict.status, verdict.cause) == (Status.PROBLEM, "not_listed")
    assert [remedy.change for remedy in verdict.remedies] == ["plex_republish"]
    assert {str(one.label): one.value for one in verdict.evidence} == {
        "At home only": home,
        "Plex's own Remote Access": direct,
        "Plex's own relay, slow": relay,
        "Another address": other,
    }
    assert ask("plex_published", FACTS).evidence[0].label.render() == "The public address"
    stale = (f"https://{NAME}:32400", "https://oldbox.tail1234.ts.net:443")
    before = replace(account(connections=stale), history=HistoryFacts(our_url=stale[1]))
    assert {str(one.label) for one in ask("plex_published", before).evidence} == {"From before, leads nowhere"}


def test_a_list_that_could_not_be_read() -> None:
    facts = account(listed=None, trouble="http_status")
    assert said("plex_published", facts) == (Status.UNKNOWN, "not_readable", None)


def test_who_needs_a_pass() -> None:
    assert said("plex_pass", account(has_pass=False)) == (Status.NOTICE, "viewers_need_pass", None)
    assert said("plex_pass", account(has_pass=None)) == (Status.UNKNOWN, "not_readable", None)


def tried(*codes: str, hours: float = 1.0, url: str = URL) -> HistoryFacts:
    at = FACTS.observed_at - timedelta(hours=hours)
    return HistoryFacts(tried=tuple(Tried(code, url, at) for code in codes))


@pytest.mark.parametrize(
    ("history", "can_restart", "cause", "changes"),
    [
        (tried(), True, "not_listed", ["plex_republish"]),
        (tried("restart_plex"), True, "not_listed", ["plex_republish"]),
        (tried("plex_republish"), True, "not_heard", ["restart_plex"]),
        (tried("plex_republish"), False, "not_heard_here", []),
        (tried("plex_republish", "restart_plex"), True, "not_heard_at_all", []),
        (tried("plex_republish", "restart_plex", hours=21), True, "not_listed", ["plex_republish"]),
        (tried("plex_republish", url="https://other.example:443"), True, "not_listed", ["plex_republish"]),
        (Unknown(Text("")), True, "not_listed", ["plex_republish"]),
    ],
)
def test_each_remedy_is_tried_once_and_a_restart_last(
    history: HistoryFacts | Unknown, can_restart: bool, cause: str, changes: list[str]
) -> None:
    facts = replace(plex(can_restart=can_restart, viewers=2), account=account(connections=()).account, history=history)
    verdict = judge_published(facts)
    assert verdict.cause == cause
    assert [remedy.change for remedy in verdict.remedies if remedy.change] == changes
    assert ("2" in [one.value for one in verdict.evidence]) is (cause == "not_heard")
