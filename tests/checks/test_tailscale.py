# SPDX-License-Identifier: MIT
"""Every answer about Tailscale, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from setup_assistant.checks.tailnet import is_self_hosted
from setup_assistant.checks.tailscale import CHECKS
from setup_assistant.core.aim import aim
from setup_assistant.core.facts import (
    Answer,
    Daemon,
    Fetch,
    HistoryFacts,
    HostFacts,
    OperatingSystem,
    OutsideFacts,
    PlexAnswer,
    PlexFacts,
    SystemFacts,
    TailscaleFacts,
    Unknown,
)
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.texts import Text
from setup_assistant.core.words import CASES
from setup_assistant.services.serve_config import parse_serve_config
from tests.services.tailscale.configs import ADDRESS, JSON, NAME, OURS, PLEX, SHAPES, at, serve

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JUDGES = {check.code: check.judge for check in CHECKS}
NOT_KNOWN = Unknown(Text("nobody told"))

GOOD = TailscaleFacts(
    program="/usr/bin/tailscale",
    client_version="1.102.3",
    daemon_version="1.102.3-t53a0d659a-g1",
    daemon=Daemon.ANSWERS,
    backend="Running",
    dns_name=NAME,
    host_name="plexbox",
    tailnet="tail1234.ts.net",
    addresses=(ADDRESS,),
    magicdns=True,
    https=True,
    funnel=True,
    funnel_ports=frozenset({443, 8443, 10000}),
    shields_up=False,
    may_change=True,
    control_url="https://controlplane.tailscale.com",
    serve=parse_serve_config({}),
)


def host(
    tailscale: TailscaleFacts | Unknown | None = None,
    *,
    plain_hop_refused: bool | None = None,
    plex_port: int = 32400,
    our_url: str | None = None,
    asked_port: int | None = None,
    outside: OutsideFacts | None = None,
    **changes: Any,
) -> HostFacts:
    return HostFacts(
        observed_at=NOW,
        system=SystemFacts(OperatingSystem.LINUX, "12", "plexbox", "ann", False),
        connection=NOT_KNOWN,
        tailscale=replace(GOOD, **changes) if tailscale is None else tailscale,
        plex=PlexFacts(PlexAnswer.PLEX, "http://localhost:32400", plex_port, plain_hop_refused=plain_hop_refused),
        account=NOT_KNOWN,
        outside=outside or NOT_KNOWN,
        history=HistoryFacts(our_url=our_url),
        asked_port=asked_port,
    )


def judge(code: str, facts: HostFacts) -> Verdict:
    verdict = JUDGES[code](facts)
    assert verdict.summary.render() or verdict.status is Status.BLOCKED
    for remedy in verdict.remedies:
        assert remedy.text.render()
        assert "{" not in (remedy.link or "")
    return verdict


def met(answer: Answer) -> OutsideFacts:
    return OutsideFacts(f"https://{NAME}:443", entrances=(Fetch(answer),))


@pytest.mark.parametrize("code", JUDGES)
def test_all_is_well(code: str) -> None:
    verdict = judge(code, host(serve=parse_serve_config(OURS)))
    assert (verdict.status, verdict.cause) == (Status.OK, None)


@pytest.mark.parametrize("code", JUDGES)
def test_facts_that_could_not_be_read(code: str) -> None:
    verdict = judge(code, host(NOT_KNOWN))
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "not_readable")
    assert "nobody told" in verdict.summary.render()


TABLE: list[tuple[str, str, dict[str, Any]]] = [
    ("tailscale_installed", "missing", {"program": None}),
    ("tailscale_version", "too_old", {"client_version": "1.50.1", "daemon_version": "1.50.1"}),
    ("tailscale_version", "too_old", {"daemon_version": "1.50.1-tabc"}),
    ("tailscale_version", "broken_funnel", {"daemon_version": "1.102.0-tabc"}),
    ("tailscale_version", "broken_funnel", {"daemon_version": "1.102.1"}),
    ("tailscale_version", "differs", {"daemon_version": "1.98.0"}),
    ("tailscale_version", "forgets_funnel", {"client_version": "1.80.2", "daemon_version": "1.80.2-t1"}),
    ("tailscale_version", "not_told", {"client_version": ""}),
    ("tailscale_version", "not_told", {"client_version": "new"}),
    ("tailscale_running", "service_stopped", {"daemon": Daemon.STOPPED}),
    ("tailscale_running", "service_stopped_here", {"daemon": Daemon.STOPPED, "can_start": False}),
    ("tailscale_running", "silent", {"daemon": Daemon.SILENT}),
    ("tailscale_running", "other_user", {"daemon": Daemon.OTHER_USER}),
    ("tailscale_running", "not_understood", {"daemon": Daemon.CONFUSED}),
    ("tailscale_signed_in", "signed_out", {"backend": "NeedsLogin"}),
    ("tailscale_signed_in", "key_expired", {"backend": "NeedsLogin", "key_expired": True}),
    ("tailscale_signed_in", "key_expired", {"backend": "NeedsLogin", "key_expiry": NOW - timedelta(minutes=1)}),
    ("tailscale_signed_in", "needs_approval", {"backend": "NeedsMachineAuth"}),
    ("tailscale_connected", "stopped", {"backend": "Stopped"}),
    ("tailscale_connected", "starting", {"backend": "Starting"}),
    ("tailscale_connected", "starting", {"backend": "NoState"}),
    ("tailscale_connected", "ends_with_session", {"unattended": False}),
    ("tailscale_permission", "needs_admin", {"may_change": False}),
    ("tailscale_permission", "not_known", {"may_change": None}),
    ("tailscale_key", "expires_soon", {"key_expiry": NOW + timedelta(days=29, hours=23)}),
    ("magicdns", "off", {"magicdns": False}),
    ("magicdns", "not_readable", {"magicdns": None}),
    ("https_certificates", "off", {"https": False}),
    ("https_certificates", "ask_admin", {"https": False, "funnel_by_admin": True}),
    ("https_certificates", "not_readable", {"https": None}),
    ("funnel_allowed", "not_allowed", {"funnel": False}),
    ("funnel_allowed", "tagged", {"funnel": False, "tagged": True}),
    ("funnel_allowed", "ask_admin", {"funnel": False, "funnel_by_admin": True}),
    ("funnel_allowed", "port_not_allowed", {"funnel_ports": frozenset()}),
    ("funnel_allowed", "not_readable", {"funnel": None}),
    ("funnel_allowed", "self_hosted", {"funnel": False, "control_url": "https://headscale.example.org"}),
    ("shields_up", "on", {"shields_up": True}),
    ("exit_node", "in_use", {"exit_node": True}),
    ("certificate_name", "first_time", {}),
    ("certificate_name", "not_readable", {"dns_name": None}),
    ("funnel_shape", "not_readable", {"serve": NOT_KNOWN}),
    ("funnel_shape", "not_readable", {"dns_name": None}),
    ("public_services", "not_readable", {"serve": NOT_KNOWN}),
]


@pytest.mark.parametrize(("code", "cause", "changes"), TABLE)
def test_every_case(code: str, cause: str, changes: dict[str, Any]) -> None:
    verdict = judge(code, host(**changes))
    assert verdict.cause == cause
    if cause != "not_readable":
        assert verdict.status is CASES[code, cause].status


def test_every_case_of_this_area_can_be_met() -> None:
    tried = {(code, cause) for code, cause, _ in TABLE} | {("funnel_shape", cause) for _, cause, _ in SHAPES.values()}
    here = {
        ("tailscale_installed", "mac_app"),
        ("tailscale_installed", "mac_lost"),
        ("tailscale_connected", "out_of_sync"),
        ("tailscale_connected", "custom_relays"),
        ("exit_node", "in_use_harmless"),
        ("funnel_shape", "plain_hop"),
        ("funnel_shape", "port_of_others"),
        ("public_services", "others_public"),
        ("public_services", "earlier_left"),
    }
    known = {key for key in CASES if key[0] in JUDGES and key[1] is not None}
    assert known - tried == here


def test_how_to_install_it_here() -> None:
    verdict = judge("tailscale_installed", host(program=None, install_hint="dnf install tailscale"))
    assert "dnf install tailscale" in verdict.remedies[0].text.render()
    assert verdict.remedies[0].link == "https://tailscale.com/download/linux"


@pytest.mark.parametrize(
    ("os", "variant", "command"),
    [
        (OperatingSystem.LINUX, "", "sudo tailscale update"),
        (OperatingSystem.LINUX, "snap", "sudo snap refresh tailscale"),
        (OperatingSystem.WINDOWS, "", "tailscale update"),
        (OperatingSystem.MACOS, "darwin", "brew upgrade tailscale"),
        (OperatingSystem.MACOS, "appstore", "App Store"),
        (OperatingSystem.MACOS, "macsys", "own menu"),
    ],
)
def test_how_to_update_it_here(os: OperatingSystem, variant: str, command: str) -> None:
    facts = host(client_version="1.50.0", daemon_version="1.50.0", variant=variant)
    verdict = judge("tailscale_version", replace(facts, system=replace(facts.system, os=os)))
    assert verdict.cause == "too_old"
    assert command in verdict.remedies[0].text.render()


def test_which_tailscale_it_is() -> None:
    shown = {one.label.render(): str(one.value) for one in judge("tailscale_installed", host(variant="snap")).evidence}
    assert shown == {"Kind": "snap", "Version of the program": "1.102.3", "Version of the service": "1.102.3"}


def test_what_an_app_for_mac_has_not_kept() -> None:
    history = HistoryFacts(our_addresses=(f"https://{NAME}:443",))
    lost = replace(host(variant="macsys"), history=history)
    assert judge("tailscale_installed", lost).cause == "mac_lost"
    assert judge("tailscale_installed", replace(host(), history=history)).cause is None
    kept = replace(host(variant="macsys", serve=parse_serve_config(OURS)), history=history)
    assert judge("tailscale_installed", kept).cause is None
    assert judge("tailscale_installed", host(variant="macsys")).cause is None


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("https_certificates", {"https": False, "funnel_by_admin": True}),
        ("funnel_allowed", {"funnel": False, "funnel_by_admin": True}),
        ("tailscale_signed_in", {"backend": "NeedsMachineAuth"}),
    ],
)
def test_a_member_gets_the_words_and_the_page_for_the_admin(code: str, changes: dict[str, Any]) -> None:
    remedy = judge(code, host(**changes)).remedies[0]
    assert "“Please" in remedy.text.render()
    assert "computer plexbox" in remedy.text.render()
    assert (remedy.link or "").startswith("https://login.tailscale.com/admin/")


def test_an_unknown_daemon_version_is_no_difference() -> None:
    assert judge("tailscale_version", host(daemon_version="")).cause is None


@pytest.mark.parametrize("answer", [Answer.RESET, Answer.CLOSED, Answer.TLS_ALERT, Answer.TIMEOUT])
def test_what_may_turn_visitors_away_is_said_when_they_are(answer: Answer) -> None:
    away = met(answer)
    assert judge("tailscale_installed", host(variant="macsys", outside=away)).cause == "mac_app"
    assert judge("tailscale_connected", host(custom_relays=True, outside=away)).cause == "custom_relays"


def test_what_may_turn_visitors_away_is_not_said_when_they_come_in() -> None:
    for outside in (None, met(Answer.PLEX)):
        assert judge("tailscale_installed", host(variant="appstore", outside=outside)).cause is None
        assert judge("tailscale_connected", host(custom_relays=True, outside=outside)).cause is None


@pytest.mark.parametrize(
    "line",
    [
        # health/warnings.go at 1.102.3, and health/health.go before 1.68
        "Unable to connect to the Tailscale coordination server to synchronize the state of your tailnet. "
        "Peer reachability might degrade over time.",
        "not in map poll",
    ],
)
def test_out_of_sync(line: str) -> None:
    verdict = judge("tailscale_connected", host(health=("Update available", line)))
    assert (verdict.cause, verdict.status) == ("out_of_sync", Status.NOTICE)


def test_health_is_shown() -> None:
    verdict = judge("tailscale_connected", host(health=("Update available",)))
    assert verdict.cause is None
    assert verdict.evidence[0].value == "Update available"


@pytest.mark.parametrize(("days", "cause"), [(30, None), (29, "expires_soon"), (0, "expires_soon")])
def test_the_last_thirty_days_are_announced(days: int, cause: str | None) -> None:
    verdict = judge("tailscale_key", host(key_expiry=NOW + timedelta(days=days, minutes=1)))
    assert verdict.cause == cause
    if cause:
        assert (f"in {days} days" if days else "today") in verdict.summary.render()


def test_the_one_click_page_is_named_where_there_is_one() -> None:
    link = "https://login.tailscale.com/f/funnel?node=n1"
    assert judge("funnel_allowed", host(funnel=False, funnel_link=link)).remedies[0].link == link
    assert judge("https_certificates", host(https=False, funnel_link=link)).remedies[0].link == link
    assert judge("https_certificates", host(https=False)).remedies[0].link == "https://login.tailscale.com/admin/dns"
    assert judge("funnel_allowed", host(funnel=False)).remedies[0].link == "https://login.tailscale.com/admin/acls"


class TestSelfHosted:
    """A control server that is not Tailscale's own has no Funnel, unless it says otherwise."""

    OWN = "https://headscale.example.org"

    def test_only_the_root_speaks(self) -> None:
        facts = host(https=False, funnel=False, control_url=self.OWN)
        verdict = judge("https_certificates", facts)
        assert (verdict.status, verdict.blocked_by) == (Status.BLOCKED, "funnel_allowed")
        assert judge("funnel_allowed", facts).cause == "self_hosted"

    @pytest.mark.parametrize(
        "changes",
        [
            {"control_url": "https://login.tailscale.com"},
            {"control_url": ""},
            {"control_url": OWN, "funnel": True},
            {"control_url": OWN, "funnel_link": "https://headscale.example.org/f/funnel"},
            {"control_url": OWN, "funnel_by_admin": True},
        ],
    )
    def test_not_self_hosted(self, changes: dict[str, Any]) -> None:
        assert not is_self_hosted(replace(GOOD, **{"funnel": False, **changes}))

    def test_an_address_that_is_none(self) -> None:
        assert is_self_hosted(replace(GOOD, funnel=False, control_url="http://[oops"))

    def test_certificates_come_before_funnel_elsewhere(self) -> None:
        verdict = judge("funnel_allowed", host(https=False))
        assert (verdict.status, verdict.blocked_by) == (Status.BLOCKED, "https_certificates")


def test_an_exit_node_is_harmless_once_plex_is_seen_from_outside() -> None:
    assert judge("exit_node", host(exit_node=True, outside=met(Answer.TIMEOUT))).cause == "in_use"
    verdict = judge("exit_node", host(exit_node=True, outside=met(Answer.PLEX)))
    assert (verdict.cause, verdict.status) == ("in_use_harmless", Status.NOTICE)
    seen = OutsideFacts("u", probes=(Fetch(Answer.PLEX),))
    assert judge("exit_node", host(exit_node=True, outside=seen)).cause == "in_use_harmless"


def test_the_name_is_announced_before_it_becomes_public() -> None:
    assert NAME in judge("certificate_name", host()).summary.render()
    assert judge("certificate_name", host(our_url=f"https://{NAME}:443")).cause is None
    other = serve((at(443), "/notes", "http://127.0.0.1:8080"))
    assert judge("certificate_name", host(serve=parse_serve_config(other))).cause is None


def shaped(config: JSON, **more: Any) -> HostFacts:
    return host(serve=parse_serve_config(config), **more)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    config, cause, port = SHAPES[name]
    facts = shaped(config)
    found = aim(facts)
    assert found is not None
    assert (found.port, found.url) == (port, f"https://{NAME}:{port}")
    assert judge("funnel_shape", facts).cause == cause


def test_words_name_what_was_seen() -> None:
    assert "10000" in judge("funnel_shape", shaped(SHAPES["two_hop"][0])).summary.render()
    assert "http://localhost:32401" in judge("funnel_shape", shaped(SHAPES["wrong_target"][0])).summary.render()
    assert "oldbox" in judge("funnel_shape", shaped(SHAPES["stale_name"][0])).summary.render()


def test_a_plain_hop_that_plex_refuses() -> None:
    facts = shaped(OURS, plain_hop_refused=True)
    assert judge("funnel_shape", facts).cause == "plain_hop"
    found = aim(facts)
    assert found is not None
    assert found.target == "https+insecure://localhost:32400"
    encrypted = serve((at(443), "/", "https+insecure://localhost:32400"), public=[at(443)])
    assert judge("funnel_shape", shaped(encrypted, plain_hop_refused=True)).cause is None


@pytest.mark.parametrize("name", ["others_path", "others_root", "others_tcp", "others_files"])
def test_a_port_of_others_that_was_asked_for(name: str) -> None:
    facts = shaped(SHAPES[name][0], asked_port=443)
    verdict = judge("funnel_shape", facts)
    assert (verdict.cause, verdict.remedies[0].change) == ("port_of_others", "funnel")
    assert "→" in verdict.summary.render()


def test_a_move_ends_with_the_earlier_address() -> None:
    verdict = judge("funnel_shape", shaped(SHAPES["wrong_port"][0]))
    assert [remedy.change for remedy in verdict.remedies] == ["funnel", "funnel_tidy"]
    asked = shaped(SHAPES["others_and_plex_elsewhere"][0], asked_port=443)
    verdict = judge("funnel_shape", asked)
    assert verdict.cause == "port_of_others"
    assert [remedy.change for remedy in verdict.remedies] == ["funnel", "funnel_tidy"]
    assert "10000" in verdict.remedies[1].text.render()


def test_plex_by_an_address_of_this_computer_is_plex() -> None:
    config = serve((at(443), "/", "http://192.168.1.20:32400"), public=[at(443)])
    facts = shaped(config, endpoints=("192.168.1.20",))
    assert judge("funnel_shape", facts).cause == "wrong_target"
    assert judge("public_services", facts).cause is None
    assert judge("public_services", shaped(config)).cause == "others_public"


def test_plex_on_another_port() -> None:
    moved = serve((at(443), "/", "http://localhost:45123"), public=[at(443)])
    assert judge("funnel_shape", shaped(moved, plex_port=45123)).cause is None
    assert judge("funnel_shape", shaped(OURS, plex_port=45123)).cause == "wrong_target"


class TestPort:
    """443 unless somebody else holds it; kept where an earlier run put Plex; what the person asks for outranks all."""

    def port(self, facts: HostFacts) -> int | None:
        found = aim(facts)
        return found.port if found is not None else None

    def test_no_name_no_aim(self) -> None:
        assert aim(host(dns_name=None)) is None
        assert aim(host(NOT_KNOWN)) is None

    def test_asked_for(self) -> None:
        assert self.port(shaped(SHAPES["others_path"][0], asked_port=443)) == 443
        assert self.port(shaped(OURS, asked_port=8443)) == 8443

    def test_kept_until_asked(self) -> None:
        ours = serve((at(10000), "/", PLEX), public=[at(10000)])
        facts = shaped(ours, our_url=f"https://{NAME}:10000")
        assert self.port(facts) == 10000
        assert judge("funnel_shape", facts).cause is None
        asked = replace(facts, asked_port=443)
        assert self.port(asked) == 443
        assert judge("funnel_shape", asked).cause == "wrong_port"

    def test_kept_over_a_new_name(self) -> None:
        assert self.port(shaped({}, our_url="https://oldbox.tail1234.ts.net:8443")) == 8443

    def test_given_up_where_others_took_it(self) -> None:
        taken = serve((at(10000), "/", "http://127.0.0.1:3000"))
        assert self.port(shaped(taken, our_url=f"https://{NAME}:10000")) == 443

    @pytest.mark.parametrize("url", [f"https://{NAME}:9999", f"https://{NAME}:99999999", f"https://{NAME}"])
    def test_an_odd_memory_does_not_count(self, url: str) -> None:
        assert self.port(shaped({}, our_url=url)) == 443

    def test_kept_while_the_configuration_is_hidden(self) -> None:
        assert self.port(host(serve=NOT_KNOWN, our_url=f"https://{NAME}:10000")) == 10000
        assert self.port(host(serve=NOT_KNOWN)) == 443

    def test_only_ports_that_the_tailnet_allows(self) -> None:
        facts = shaped({}, funnel_ports=frozenset({8443}))
        assert self.port(facts) == 8443
        assert judge("funnel_allowed", facts).cause is None

    def test_unknown_history(self) -> None:
        assert self.port(replace(host(), history=NOT_KNOWN)) == 443

    def test_nothing_is_touched_without_a_free_port(self) -> None:
        found = aim(shaped(SHAPES["others_on_all"][0]))
        assert found is not None
        assert found.taken
        asked = aim(shaped(SHAPES["others_on_all"][0], asked_port=8443))
        assert asked is not None
        assert (asked.port, asked.taken) == (8443, False)


def test_what_else_is_public() -> None:
    config = serve(
        (at(443), "/", PLEX),
        (at(443), "/notes", "http://127.0.0.1:8080"),
        (at(8443), "/", "http://127.0.0.1:3000"),
        (at(10000), "/", "http://127.0.0.1:443"),
        public=[at(443), at(8443)],
        tcp={"5432": {"TCPForward": "127.0.0.1:5432"}},
    )
    config["AllowFunnel"][at(5432)] = True
    verdict = judge("public_services", shaped(config))
    assert (verdict.cause, verdict.status) == ("others_public", Status.NOTICE)
    shown = [entry.value for entry in verdict.evidence]
    assert shown == [
        f"https://{NAME}:443/ → Plex",
        f"https://{NAME}:443/notes → http://127.0.0.1:8080",
        f"tcp://{NAME}:5432 → 127.0.0.1:5432",
        f"https://{NAME}:8443/ → http://127.0.0.1:3000",
    ]
    assert all(entry.private for entry in verdict.evidence)


def test_all_that_is_public_is_listed() -> None:
    verdict = judge("public_services", shaped(OURS))
    assert (verdict.status, [entry.value for entry in verdict.evidence]) == (
        Status.OK,
        [f"https://{NAME}:443/ → Plex"],
    )
    assert judge("public_services", host()).evidence == ()


def test_only_a_signed_in_owner_behind_a_closed_gate_becomes_public() -> None:
    needs = next(check.needs for check in CHECKS if check.code == "funnel_shape")
    assert {"plex_server", "plex_sign_in", "plex_owner", "safety_gate"} <= set(needs)
    assert {"tailscale_version", "tailscale_connected", "funnel_allowed", "shields_up", "exit_node"} <= set(needs)
