# SPDX-License-Identifier: MIT
"""Serve configurations to try, each by the name of what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

JSON = dict[str, Any]
NAME = "plexbox.tail1234.ts.net"
OLD = "oldbox.tail1234.ts.net"
ADDRESS = "100.101.102.103"


def serve(*handlers: tuple[str, str, str], public: Iterable[str] = (), tcp: JSON | None = None) -> JSON:
    """A configuration of ``(host:port, mount, target)`` handlers by https, with Funnel on for ``public``."""
    config: JSON = {}
    for key, mount, target in handlers:
        config.setdefault("TCP", {})[key.rpartition(":")[2]] = {"HTTPS": True}
        config.setdefault("Web", {}).setdefault(key, {"Handlers": {}})["Handlers"][mount] = {"Proxy": target}
    for key in public:
        config.setdefault("AllowFunnel", {})[key] = True
    for port, entry in (tcp or {}).items():
        config.setdefault("TCP", {})[port] = entry
    return config


def at(port: int, host: str = NAME) -> str:
    return f"{host}:{port}"


PLEX = "http://localhost:32400"
PLEX_IP = "http://127.0.0.1:32400"
OURS = serve((at(443), "/", PLEX), public=[at(443)])
NOTES = (at(443), "/notes", "http://127.0.0.1:8080")

SHAPES: dict[str, tuple[JSON, str | None, int]] = {
    # name: configuration, cause, port aimed at
    "empty": ({}, "missing", 443),
    "ours": (OURS, None, 443),
    "ours_by_address": (serve((at(443), "/", PLEX_IP), public=[at(443)]), None, 443),
    "ours_by_ipv6": (serve((at(443), "/", "http://[::1]:32400"), public=[at(443)]), None, 443),
    "ours_encrypted": (serve((at(443), "/", "https+insecure://localhost:32400"), public=[at(443)]), None, 443),
    "verified_tls": (serve((at(443), "/", "https://localhost:32400"), public=[at(443)]), "wrong_target", 443),
    "a_path_of_plex": (serve((at(443), "/", "http://localhost:32400/web"), public=[at(443)]), "wrong_target", 443),
    "two_hop": (
        serve((at(443), "/", "http://127.0.0.1:10000"), (at(10000), "/", PLEX_IP), public=[at(443)]),
        "two_hop",
        443,
    ),
    "two_hop_by_name": (
        serve((at(443), "/", f"https+insecure://{NAME}:8443"), (at(8443), "/", PLEX_IP), public=[at(443)]),
        "two_hop",
        443,
    ),
    "two_hop_by_tailnet_address": (
        serve((at(443), "/", f"http://{ADDRESS}:8080"), (at(8080), "/", PLEX_IP), public=[at(443)]),
        "two_hop",
        443,
    ),
    "two_hop_over_tcp": (
        serve(
            (at(443), "/", "http://localhost:5000"), public=[at(443)], tcp={"5000": {"TCPForward": "localhost:32400"}}
        ),
        "two_hop",
        443,
    ),
    "three_hops": (
        serve(
            (at(443), "/", "http://localhost:8443"),
            (at(8443), "/", "http://localhost:10000"),
            (at(10000), "/", PLEX),
            public=[at(443)],
        ),
        "two_hop",
        443,
    ),
    "self_loop": (serve((at(443), "/", "http://127.0.0.1:443"), public=[at(443)]), "self_loop", 443),
    "long_loop": (
        serve((at(443), "/", "http://127.0.0.1:8443"), (at(8443), "/", "http://127.0.0.1:443"), public=[at(443)]),
        "self_loop",
        443,
    ),
    "wrong_target": (serve((at(443), "/", "http://localhost:32401"), public=[at(443)]), "wrong_target", 443),
    "tcp_forward": (serve(public=[at(443)], tcp={"443": {"TCPForward": "127.0.0.1:32400"}}), "tcp_forward", 443),
    "tcp_with_tls": (
        serve(tcp={"443": {"TCPForward": "127.0.0.1:32400", "TerminateTLS": NAME}}, public=[at(443)]),
        "tcp_forward",
        443,
    ),
    "plain_http": (serve((at(443), "/", PLEX), tcp={"443": {"HTTP": True}}), "funnel_off", 443),
    "wrong_port": (serve((at(10000), "/", PLEX), public=[at(10000)]), "wrong_port", 443),
    "stale_name": (serve((at(443, OLD), "/", PLEX), public=[at(443, OLD)]), "stale_name", 443),
    "stale_funnel": (serve(public=[at(443, OLD)]), "stale_name", 443),
    "funnel_off": (serve((at(443), "/", PLEX)), "funnel_off", 443),
    "allow_left_behind": (serve(public=[at(443)]), "allow_left_behind", 443),
    "others_path": (serve(NOTES), "missing", 8443),
    "others_public_path": (serve(NOTES, public=[at(443)]), "missing", 8443),
    "others_root": (serve((at(443), "/", "http://127.0.0.1:8123"), public=[at(443)]), "missing", 8443),
    "others_tcp": (serve(tcp={"443": {"TCPForward": "127.0.0.1:22"}}), "missing", 8443),
    "others_files": (
        {"TCP": {"443": {"HTTPS": True}}, "Web": {at(443): {"Handlers": {"/": {"Path": "/srv"}}}}},
        "missing",
        8443,
    ),
    "others_beside_private_plex": (serve((at(443), "/", PLEX), NOTES), "missing", 8443),
    "others_beside_public_plex": (serve((at(443), "/", PLEX), NOTES, public=[at(443)]), None, 443),
    "others_on_two": (serve(NOTES, (at(8443), "/", "http://127.0.0.1:3000")), "missing", 10000),
    "others_on_all": (
        serve(NOTES, (at(8443), "/", "http://127.0.0.1:3000"), (at(10000), "/", "http://127.0.0.1:3001")),
        "no_free_port",
        443,
    ),
    "others_and_plex_elsewhere": (
        serve(NOTES, (at(10000), "/", PLEX), public=[at(10000)]),
        None,
        10000,
    ),
    "another_machines_plex": (serve((at(443), "/", "http://192.168.1.9:32400"), public=[at(443)]), "missing", 8443),
    "foreground_plex": (
        {"Foreground": {"a1": serve((at(443), "/", PLEX), public=[at(443)])}},
        "foreground_session",
        443,
    ),
    "foreground_other": (
        {"Foreground": {"a1": serve((at(443), "/", "http://127.0.0.1:3000"), public=[at(443)])}},
        "missing",
        8443,
    ),
}

TARGETS = (
    PLEX,
    PLEX_IP,
    "http://127.0.0.1:443",
    "http://127.0.0.1:8443",
    "http://localhost:10000",
    f"https+insecure://{NAME}:10000",
    "http://localhost:32401",
    "http://127.0.0.1:8123",
    "http://192.168.1.9:32400",
)
PORTS = (443, 8443, 10000, 8080)


def _part(ports: tuple[int, ...] = PORTS) -> st.SearchStrategy[JSON]:
    handler = st.sampled_from(TARGETS).map(lambda target: {"Proxy": target}) | st.sampled_from(
        [
            {"Path": "/srv"},
            {"Text": "hello"},
            {"Proxy": PLEX, "AcceptAppCaps": ["example.com/cap/x"]},
            {"Redirect": "/x"},
        ]
    )
    web = st.dictionaries(
        st.tuples(st.sampled_from([NAME, OLD]), st.sampled_from(ports)),
        st.dictionaries(st.sampled_from(["/", "/notes", "/plex"]), handler, min_size=1, max_size=3),
        max_size=4,
    )
    forwards = st.dictionaries(
        st.sampled_from(ports),
        st.sampled_from([{"TCPForward": "127.0.0.1:32400"}, {"TCPForward": "127.0.0.1:22"}]),
        max_size=2,
    )
    public = st.sets(st.tuples(st.sampled_from([NAME, OLD]), st.sampled_from(ports)), max_size=4)

    def build(handlers: dict[tuple[str, int], JSON], tcp: dict[int, JSON], allowed: set[tuple[str, int]]) -> JSON:
        ports = {port for _, port in handlers}
        config: JSON = {
            "TCP": {str(port): {"HTTPS": True} for port in ports}
            | {str(port): entry for port, entry in tcp.items() if port not in ports},
            "Web": {at(port, host): {"Handlers": mounts} for (host, port), mounts in handlers.items()},
            "AllowFunnel": {at(port, host): True for host, port in allowed},
        }
        return {key: value for key, value in config.items() if value}

    return st.builds(build, web, forwards, public)


def configurations() -> st.SearchStrategy[JSON]:
    """Any configuration a daemon could hold, with live sessions, services and keys we do not know.

    A port is held by the background or by one session, never by both (ipnlocal validateServeConfigUpdate).
    """
    return st.builds(
        lambda config, session, services, unknown: {
            **config,
            **({"Foreground": {"f0": session}} if session else {}),
            **({"Services": {"svc:x": {"Tun": True}}} if services else {}),
            **({"FromTheFuture": {"kept": True}} if unknown else {}),
        },
        _part(),
        st.just({}) | _part((5443, 6443)),
        st.booleans(),
        st.booleans(),
    )
