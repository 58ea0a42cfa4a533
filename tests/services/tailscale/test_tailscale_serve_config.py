# SPDX-License-Identifier: MIT
"""The Serve configuration is read as it is, and changed by the least."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Handler
from setup_assistant.core.serving import End, Serving, read_target
from setup_assistant.services.serve_config import (
    Wish,
    parse_serve_config,
    read_serve_config,
    tidy,
    with_funnel,
    with_plex_closed,
    without_changed_kinds,
    without_earlier_ports,
)
from setup_assistant.services.serve_slots import Ours, give_back, read_slots, slots_of, touched, unpack
from tests.services.tailscale.configs import (
    ADDRESS,
    JSON,
    NAME,
    OLD,
    OURS,
    PLEX,
    PLEX_IP,
    SHAPES,
    at,
    configurations,
    serve,
)
from tests.services.tailscale.node import recorded

WISH = Wish(NAME, 443, "localhost:32400", 32400, (ADDRESS,))


def seen(config: JSON) -> Serving:
    return WISH.serving(config)


def test_recorded_configurations() -> None:
    recordings = recorded()
    config = parse_serve_config(read_serve_config(recordings["funnel.both"]["stdout"]))
    assert config.handlers[0] == Handler("plexbox.lab.ts.net", 443, "/", "proxy", "http://localhost:32400")
    assert config.tcp == {443: "https", 8443: "https"}
    assert config.funnel == {("plexbox.lab.ts.net", 443), ("plexbox.lab.ts.net", 8443)}
    live = parse_serve_config(read_serve_config(recordings["foreground.beside_status"]["stdout"]))
    assert live.foreground_ports == {443}
    assert [handler.foreground for handler in live.handlers] == [False, True]
    assert ("plexbox.lab.ts.net", 443) in live.funnel
    assert live.tcp == {8443: "https"}


def test_everything_a_configuration_can_hold() -> None:
    config = parse_serve_config(
        {
            "TCP": {"22": {"TCPForward": "127.0.0.1:22"}, "80": {"HTTP": True}, "443": None},
            "Web": {
                at(80): {
                    "Handlers": {"/": {"Path": "/srv"}, "/t": {"Text": "hi"}, "/r": {"Redirect": "/x"}, "/n": None}
                },
                "no-port": {"Handlers": {"/": {"Proxy": PLEX}}},
                at(443): None,
            },
            "AllowFunnel": {at(443): False, "odd": True},
            "Services": {"svc:b": {}, "svc:a": None},
        }
    )
    assert [handler.kind for handler in config.handlers] == ["path", "text", "redirect", "other"]
    assert config.tcp == {22: "tcp", 80: "http", 443: "tcp"}
    assert config.tcp_targets[22] == "127.0.0.1:22"
    assert config.funnel == frozenset()
    assert config.service_names == ("svc:a", "svc:b")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"TCP": []}',
        '{"TCP": {"x": {}}}',
        '{"TCP": {"443": 7}}',
        '{"Web": {"a:443": {"Handlers": []}}}',
        '{"Web": {"a:443": {"Handlers": {"/": "x"}}}}',
        '{"AllowFunnel": [1]}',
        '{"Foreground": {"a": {"Web": 1}}}',
        '{"Services": 1}',
    ],
)
def test_other_shapes_are_not_understood(text: str) -> None:
    with pytest.raises(HostError) as caught:
        read_serve_config(text)
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["TCP", "Web", "AllowFunnel", "Foreground", "Services", "Handlers", "/", at(443), "443", "Proxy"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(VALUES)
def test_rubbish_raises_nothing_else(value: Any) -> None:
    try:
        config = read_serve_config(json.dumps(value))
    except HostError as error:
        if error.trouble is not Trouble.UNEXPECTED_REPLY:
            raise
        return
    for new in (with_funnel(config, WISH), with_plex_closed(config, WISH)):
        parse_serve_config(new)
    seen(config).public_others()


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("http://localhost:32400", ("http", "localhost", 32400, "")),
        ("http://localhost:32400/", ("http", "localhost", 32400, "")),
        ("32400", ("http", "127.0.0.1", 32400, "")),
        ("localhost:32400", ("http", "localhost", 32400, "")),
        ("https+insecure://[::1]:32400/web/", ("https+insecure", "::1", 32400, "/web")),
        ("http://localhost", ("http", "localhost", 80, "")),
        ("https://example.org", ("https", "example.org", 443, "")),
        ("unix:/run/x.sock", None),
        ("/srv/files", None),
        ("http://localhost:99999999", None),
        ("http://[::1", None),
        ("ftp://localhost", None),
        ("", None),
    ],
)
def test_targets(value: str, target: tuple[str, str, int, str] | None) -> None:
    read = read_target(value)
    assert (None if read is None else (read.scheme, read.host, read.port, read.path)) == target


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.8.9.1",
        "[::1]",
        "0.0.0.0",
        "[::]",
        "ip6-localhost",
        "[::ffff:127.0.0.1]",
        NAME,
        ADDRESS,
    ],
)
def test_no_spelling_of_this_computer_is_overlooked(host: str) -> None:
    """What is public and leads to Plex must be seen as that, however it is written."""
    config = serve((at(443), "/", f"http://{host}:32400"), public=[at(443)])
    assert seen(config).public_plex() == ((NAME, 443, "/"),)


def test_hops_end() -> None:
    chain = [(at(port), "/", f"http://localhost:{port + 1}") for port in range(5000, 5010)]
    config = serve((at(443), "/", "http://localhost:5000"), *chain, (at(5010), "/", PLEX), public=[at(443)])
    root = seen(config).root(443)
    assert root is not None
    assert seen(config).follow(root).end is End.ELSEWHERE


@pytest.mark.parametrize("name", [name for name, (_, cause, _) in SHAPES.items() if cause not in {"no_free_port"}])
def test_the_wish_holds_afterwards(name: str) -> None:
    config, _, port = SHAPES[name]
    if name == "foreground_plex":
        return
    wish = Wish(NAME, port, "localhost:32400", 32400, (ADDRESS,))
    new = with_funnel(config, wish)
    after = wish.serving(new)
    root = after.root(port)
    assert root is not None
    assert after.follow(root).is_direct
    assert after.is_public(port)
    assert after.serve.tcp[port] == "https"
    assert new.get("Foreground") == config.get("Foreground")
    assert with_funnel(new, wish) == new
    assert config == SHAPES[name][0]


def test_a_chain_goes_with_its_intermediate_hops() -> None:
    for name in ("two_hop", "two_hop_by_name", "two_hop_by_tailnet_address", "three_hops", "two_hop_over_tcp"):
        assert tidy(with_funnel(SHAPES[name][0], WISH)) == OURS, name


def test_a_loop_goes_whole() -> None:
    assert tidy(with_funnel(SHAPES["long_loop"][0], WISH)) == OURS


def test_plex_moves_in_two_steps() -> None:
    """Plex may be telling its apps of the earlier address, so that stays until the new one is told."""
    moved = with_funnel(SHAPES["wrong_port"][0], WISH)
    assert set(seen(moved).public_plex()) == {(NAME, 443, "/"), (NAME, 10000, "/")}
    assert tidy(without_earlier_ports(moved, WISH)) == OURS


@given(configurations())
def test_the_last_way_to_plex_is_never_taken_down(config: JSON) -> None:
    new = without_earlier_ports(config, WISH)
    if any(host == NAME for host, _, _ in seen(config).public_plex()):
        assert seen(new).public_plex()
    gone = {slot for slot in touched(config, new) if slot[0] == "Web"}
    assert all(slot[2] == "/" and slot[1] != at(443) for slot in gone)


def test_an_old_name_goes_where_it_was_meant_for_plex() -> None:
    config = serve(
        (at(443, OLD), "/", PLEX_IP),
        (at(8443, OLD), "/", "http://127.0.0.1:3000"),
        public=[at(443, OLD), at(8443, OLD)],
    )
    new = with_funnel(config, WISH)
    assert at(443, OLD) not in new["Web"]
    assert new["Web"][at(8443, OLD)] == config["Web"][at(8443, OLD)]
    assert new["AllowFunnel"] == {at(8443, OLD): True, at(443): True}


def test_others_stay_beside_us() -> None:
    config = serve((at(443), "/", PLEX_IP), (at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])
    new = with_funnel(config, WISH)
    assert new["Web"][at(443)]["Handlers"]["/notes"] == {"Proxy": "http://127.0.0.1:8080"}


def test_taking_a_port_over_makes_nothing_of_theirs_public() -> None:
    config = serve((at(443), "/", "http://127.0.0.1:8123"), (at(443), "/notes", "http://127.0.0.1:8080"))
    assert with_funnel(config, WISH)["Web"] == OURS["Web"]
    public = serve(
        (at(443), "/", "http://127.0.0.1:8123"), (at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)]
    )
    assert set(with_funnel(public, WISH)["Web"][at(443)]["Handlers"]) == {"/", "/notes"}


def public_places(config: JSON, *, background: bool = False) -> set[tuple[str, int, str]]:
    """(host, port, mount) of every handler that the internet reaches."""
    view = seen(config)
    return {
        (handler.host, handler.port, handler.mount)
        for handler in view.serve.handlers
        if view.is_public(handler.port, handler.host) and not (background and handler.foreground)
    }


@given(configurations())
def test_nothing_of_others_becomes_public(config: JSON) -> None:
    """Whatever the port: besides our own handler nothing is public that was not so before."""
    for port in (443, 8443, 10000):
        wish = Wish(NAME, port, "localhost:32400", 32400, (ADDRESS,))
        ours = {(NAME, port, "/")}
        assert public_places(with_funnel(config, wish)) - ours <= public_places(config)


@given(configurations())
def test_unknown_keys_and_live_sessions_survive(config: JSON) -> None:
    new = with_funnel(config, WISH)
    for key in ("FromTheFuture", "Services", "Foreground"):
        assert new.get(key) == config.get(key)


@given(configurations())
def test_closing_closes_all_of_plex_and_nothing_else(config: JSON) -> None:
    before = deepcopy(config)
    new = with_plex_closed(config, WISH)
    assert seen(new).public_plex() == ()
    plex = set(seen(config).public_plex())
    assert public_places(new, background=True) == public_places(config, background=True) - plex
    assert config == before
    gone = {slot for slot in touched(config, new) if slot[0] == "Web"}
    assert all(seen(config).is_public(int(slot[1].rpartition(":")[2]), slot[1].rpartition(":")[0]) for slot in gone)


def test_closing_keeps_others_public_beside_plex() -> None:
    config = serve((at(443), "/", PLEX), (at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])
    new = with_plex_closed(config, WISH)
    assert new == serve((at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])


def test_closing_keeps_the_handler_for_the_tailnet() -> None:
    assert with_plex_closed(OURS, WISH) == serve((at(443), "/", PLEX))


def test_closing_takes_funnel_from_a_live_session() -> None:
    config = SHAPES["foreground_plex"][0]
    new = with_plex_closed(config, WISH)
    assert new == {"Foreground": {"a1": {**serve((at(443), "/", PLEX)), "AllowFunnel": {}}}}


def test_a_port_that_changes_its_kind() -> None:
    tcp = {"TCP": {"443": {"TCPForward": "127.0.0.1:22"}, "8443": {"HTTPS": True}}}
    wanted = {**OURS, "TCP": {"443": {"HTTPS": True}, "8443": {"HTTPS": True}}}
    assert without_changed_kinds(tcp, wanted) == {"TCP": {"8443": {"HTTPS": True}}}
    assert without_changed_kinds({}, OURS) is None
    assert without_changed_kinds({"TCP": {"443": None}}, OURS) == {}


OWN: set[tuple[str, ...]] = {("Web", WISH.key, "/"), ("AllowFunnel", WISH.key), ("TCP", "443")}


def ours(wish: Wish) -> Any:
    own: dict[tuple[str, ...], Any] = {
        ("Web", wish.key, "/"): {"Proxy": PLEX},
        ("AllowFunnel", wish.key): True,
        ("TCP", str(wish.port)): {"HTTPS": True},
    }
    return lambda slot, value: own.get(slot) == value


class TestGivingBack:
    """Exactly what a change touched comes back, and nothing else moves."""

    @given(configurations(), st.booleans())
    def test_untouched_by_others_all_comes_back(self, config: JSON, told: bool) -> None:
        new = with_funnel(config, WISH)
        slots = touched(config, new) | OWN
        before = json.loads(json.dumps(read_slots(config, slots)))
        after = json.loads(json.dumps(read_slots(new, slots))) if told else None
        back = give_back(new, Ours.of([(before, after, ours(WISH))]))
        assert tidy(back.config) == tidy(config)
        assert not back.left

    @given(configurations(), configurations())
    def test_what_others_changed_since_stays(self, config: JSON, later: JSON) -> None:
        """Their whole new configuration stands, less what is still exactly ours."""
        new = with_funnel(config, WISH)
        slots = touched(config, new)
        before, after = read_slots(config, slots), read_slots(new, slots)
        back = give_back(later, Ours.of([(before, after, ours(WISH))]))
        assert touched(later, back.config) <= slots
        written, now, given_back = unpack(after), slots_of(later), slots_of(back.config)
        for slot in touched(later, back.config):
            assert now.get(slot) == written[slot]
            assert given_back.get(slot) == unpack(before)[slot]
        for key in ("FromTheFuture", "Services", "Foreground"):
            assert back.config.get(key) == later.get(key)

    def test_nothing_done_nothing_back(self) -> None:
        before = read_slots({}, touched({}, OURS))
        back = give_back({}, Ours.of([(before, None, ours(WISH))]))
        assert (back.config, back.restored, back.left) == ({}, frozenset(), frozenset())

    def test_a_handler_put_in_our_place_keeps_its_port_and_funnel(self) -> None:
        slots = touched({}, OURS)
        theirs = serve((at(443), "/", "http://127.0.0.1:8123"), public=[at(443)])
        back = give_back(theirs, Ours.of([(read_slots({}, slots), read_slots(OURS, slots), ours(WISH))]))
        assert back.config == theirs
        assert back.left == {("Web", at(443), "/")}

    def test_a_forward_put_in_our_place_keeps_its_funnel(self) -> None:
        slots = touched({}, OURS)
        theirs = {"TCP": {"443": {"TCPForward": "localhost:22"}}, "AllowFunnel": {at(443): True}}
        back = give_back(theirs, Ours.of([(read_slots({}, slots), read_slots(OURS, slots), ours(WISH))]))
        assert back.config == theirs

    def test_a_run_that_was_cut_off_in_between_loses_nothing(self) -> None:
        """Somebody's handler that only the run that was cut off has met comes back too."""
        start = serve((at(443), "/", "http://127.0.0.1:8123"))
        first_wish = Wish(NAME, 8443, "localhost:32400", 32400)
        first = with_funnel(start, first_wish)
        slots = touched(start, first)
        one = (read_slots(start, slots), read_slots(first, slots), ours(first_wish))
        second = with_funnel(first, WISH)
        slots = touched(first, second)
        cut_off = (read_slots(first, slots), None, ours(WISH))
        for now in (first, second):
            assert tidy(give_back(now, Ours.of([one, cut_off])).config) == start

    def test_a_handler_added_beside_ours_keeps_its_port_and_funnel(self) -> None:
        slots = touched({}, OURS)
        more = serve((at(443), "/", PLEX), (at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])
        back = give_back(more, Ours.of([(read_slots({}, slots), read_slots(OURS, slots), ours(WISH))]))
        assert back.config == serve((at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])

    def test_a_handler_that_comes_back_private_is_not_public_with_an_added_one(self) -> None:
        private = serve((at(443), "/", "http://127.0.0.1:8123"))
        taken = with_funnel(private, WISH)
        slots = touched(private, taken)
        more = deepcopy(taken)
        more["Web"][at(443)]["Handlers"]["/notes"] = {"Proxy": "http://127.0.0.1:8080"}
        back = give_back(more, Ours.of([(read_slots(private, slots), read_slots(taken, slots), ours(WISH))]))
        assert "AllowFunnel" not in back.config
        assert back.config["Web"][at(443)]["Handlers"]["/"] == {"Proxy": "http://127.0.0.1:8123"}

    def test_several_runs_together(self) -> None:
        """First 8443, then taken over to 443: of each slot the oldest state comes back."""
        start = serve((at(443), "/", "http://127.0.0.1:8123"))
        first_wish = Wish(NAME, 8443, "localhost:32400", 32400)
        first = with_funnel(start, first_wish)
        second = with_funnel(first, WISH)
        slots = touched(start, first)
        one = (read_slots(start, slots), read_slots(first, slots), ours(first_wish))
        slots = touched(first, second)
        two = (read_slots(first, slots), read_slots(second, slots), ours(WISH))
        back = give_back(second, Ours.of([one, two]))
        assert tidy(back.config) == start

    def test_a_snapshot_of_another_shape_is_passed_over(self) -> None:
        assert unpack({"Web": [], "AllowFunnel": {"a:1": "yes"}, "TCP": {"1": 2}, "public": []}) == {}
        assert unpack({"Web": {"a:1": {"/": 7}}}) == {}
