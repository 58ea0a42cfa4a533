# SPDX-License-Identifier: MIT
"""The settings file: every key is known, every value is checked, nothing can be used to send a token out."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from setup_assistant.core.errors import UsageError
from setup_assistant.core.settings import Settings, is_loopback, parse_settings

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/schema/settings.schema.json").read_text(encoding="utf-8"))

FULL = b"""
[plex]
url = "http://localhost:32401"
data_dir = "/srv/plex"
restart_command = ["systemctl", "restart", "plex"]
[plex_tv]
api = "https://api.example"
sign_in = "https://sign-in.example"
browser = "https://app.example"
[tailscale]
program = "/opt/tailscale"
socket = "/run/ts.sock"
[outside]
consent = true
globalping = "http://127.0.0.1:8080"
check_host = "https://check.example"
own_endpoint = "https://own.example/check"
resolvers = ["https://dns.example/dns-query"]
probes = 2
ingress_port = 18443
entrance = ["127.0.0.1"]
[connection]
stun_servers = ["stun.example:3478"]
nat_type_server = "stun.example:3479"
address_services = ["https://ip.example?format=json"]
deadline_s = 2
[network]
ca_file = "/etc/ca.pem"
[updates]
check = true
api = "https://api.example"
repository = "owner/name"
[paths]
state_dir = "/var/state"
log_dir = "/var/log"
"""


def test_every_key_is_read() -> None:
    settings = parse_settings(FULL)
    assert settings.plex.restart_command == ("systemctl", "restart", "plex")
    assert settings.outside.consent is True
    assert settings.outside.ingress_port == 18443
    assert settings.connection.deadline_s == 2.0
    assert settings.connection.address_services == ("https://ip.example?format=json",)
    Draft202012Validator(SCHEMA).validate(tomllib.loads(FULL.decode()))


def test_nothing_said_means_all_defaults() -> None:
    assert parse_settings(b"") == Settings()
    assert Settings().plex.url == "http://localhost:32400"


def test_the_schema_names_the_same_keys() -> None:
    in_code = {
        section.name: {entry.name for entry in fields(getattr(Settings(), section.name))}
        for section in fields(Settings)
    }
    in_schema = {name: set(section["properties"]) for name, section in SCHEMA["properties"].items()}
    assert in_code == in_schema


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [
        (b"[plex]\nurll = 1", "settings_unknown_key", "plex.urll"),
        (b"[plexx]\n", "settings_unknown_key", "plexx"),
        (b"colour = 'red'", "settings_unknown_key", "colour"),
        (b"plex = 3", "settings_value", "plex"),
        (b"[plex]\nurl = 3", "settings_value", "plex.url"),
        (b"[plex]\nurl = 'ftp://localhost'", "settings_value", "plex.url"),
        (b"[plex]\nurl = 'http://localhost:99999'", "settings_value", "plex.url"),
        (b"[plex]\nurl = 'http://user:pass@localhost'", "settings_value", "plex.url"),
        (b"[plex]\nurl = 'http://192.168.1.4:32400'", "settings_plain_http", "plex.url"),
        (b"[plex_tv]\napi = 'http://plex.tv'", "settings_plain_http", "plex_tv.api"),
        (b"[outside]\nresolvers = ['https://a.example', 'http://b.example']", "settings_plain_http", "resolvers"),
        (b"[outside]\nresolvers = []", "settings_value", "outside.resolvers"),
        (b"[outside]\nprobes = 0", "settings_value", "outside.probes"),
        (b"[outside]\nprobes = true", "settings_value", "outside.probes"),
        (b"[outside]\nconsent = 'yes'", "settings_value", "outside.consent"),
        (b"[outside]\ningress_port = 70000", "settings_value", "outside.ingress_port"),
        (b"[connection]\nstun_servers = ['nowhere']", "settings_value", "connection.stun_servers"),
        (b"[connection]\ndeadline_s = 0", "settings_value", "connection.deadline_s"),
        (b"[connection]\ndeadline_s = nan", "settings_value", "connection.deadline_s"),
        (b"[paths]\nstate_dir = ''", "settings_value", "paths.state_dir"),
        (b"[plex", "settings_syntax", "TOML"),
        (b"\xff\xfe", "settings_syntax", "TOML"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, code: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_settings(content)
    assert caught.value.code == code
    assert named in caught.value.text.render()


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_rubbish_is_a_clear_word(content: bytes) -> None:
    with suppress(UsageError):
        assert isinstance(parse_settings(content), Settings)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.org", "192.168.1.1", "localhost.example.org", "0.0.0.0", "", "::"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
