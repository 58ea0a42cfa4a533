# SPDX-License-Identifier: MIT
"""When looking can stop: the suppositions about what may still come are kept against what can come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.checks.line_rules import line_verdict
from setup_assistant.checks.line_settled import Source, is_settled
from setup_assistant.core.connection import Binding, ConnectionFacts, Gateway, Hop, Interface, SelfTrace, WanAnswer
from tests.checks.test_connection_rules import ADDRESSES, LINES

P = "81.2.69.77"
EVERYTHING = frozenset(Source)
START = ConnectionFacts(
    interfaces=(Interface("eth0", ("192.168.1.50",)),), gateway=Gateway("192.168.1.1", "eth0", "192.168.1.50")
)


def with_(facts: ConnectionFacts, **changes: Any) -> ConnectionFacts:
    return replace(facts, **changes)


SEEN = with_(START, bindings=(Binding("one", P, 1),), gateway_answered=True)
SHARED = (Hop(1, "192.168.1.1", 1.0), Hop(2, "100.64.0.1", 2.0), Hop(3, "81.2.68.1", 3.0))
PLAIN = (Hop(1, "192.168.1.1", 1.0), Hop(2, "81.2.69.1", 2.0))
SILENT = (Hop(1, "192.168.1.1", 1.0), Hop(3, "81.2.68.1", 2.0))
OWNED: dict[str, Any] = {"self_trace": SelfTrace.ROUTER_ANSWERED, "self_trace_depth": 1, "neutral_expired": True}
PAST: dict[str, Any] = {"self_trace": SelfTrace.EXPIRED_AT_ROUTER, "neutral_expired": True}


@pytest.mark.parametrize(
    ("facts", "pending", "settled"),
    [
        # Nothing is known, and everything may come.
        (START, EVERYTHING, False),
        (START, frozenset(), True),
        # A first answer looks sure and is not (facts, section 3.2).
        (with_(SEEN, wan=(WanAnswer("nat_pmp", "100.64.9.9"),)), {Source.SELF_TRACE}, False),
        (with_(SEEN, wan=(WanAnswer("nat_pmp", P),)), {Source.SELF_TRACE, Source.HOPS}, False),
        # Who owns the address is known: the router may say what it likes.
        (with_(SEEN, hops=PLAIN, **OWNED), {Source.NAT_PMP, Source.UPNP, Source.WEB, Source.STUN, Source.NAT64}, True),
        # A shared hop before the public one, and the address is not the router's.
        (with_(SEEN, hops=SHARED, **PAST), {Source.UPNP, Source.NAT_PMP, Source.WEB, Source.STUN}, True),
        (with_(SEEN, hops=SHARED, **PAST), {Source.DEPTH}, True),
        (with_(SEEN, hops=SHARED, **PAST), {Source.HAIRPIN}, False),
        (with_(SEEN, hops=SHARED, **PAST), {Source.NAT64}, False),
        # A silent hop may still turn out to be shared, and the router may still tell.
        (with_(SEEN, hops=SILENT, **PAST), {Source.HOPS}, False),
        (with_(SEEN, hops=SILENT, **PAST), {Source.UPNP}, False),
        (with_(SEEN, hops=SILENT, **PAST), {Source.WEB, Source.NETCHECK, Source.ALIVE}, True),
        # Two routers: is there a third one behind them?
        (
            with_(SEEN, hops=(Hop(1, "192.168.1.1", 1.0), Hop(2, "192.168.0.1", 2.0), PLAIN[1]), **PAST),
            {Source.OUTER},
            False,
        ),
        # Offline only once nobody is left who could answer.
        (with_(START, gateway_answered=True), {Source.WEB}, False),
        (with_(START, gateway_answered=True), {Source.STUN}, False),
        (with_(START, gateway_answered=True), {Source.IPV6}, False),
        (with_(START, gateway_answered=True), {Source.NETCHECK}, False),
        (with_(START, gateway_answered=True), {Source.UPNP, Source.NAT_PMP, Source.NAT64}, True),
        # A tunnel hides the line, unless STUN still gets past it.
        (with_(START, default_is_tunnel=True, web_addresses=("45.83.220.5",)), {Source.STUN}, False),
        (with_(START, default_is_tunnel=True, web_addresses=("45.83.220.5",)), {Source.WEB, Source.TUNNEL_STUN}, True),
        # The host's own address needs nobody.
        (with_(SEEN, interfaces=(Interface("eth0", (P,)),)), EVERYTHING - {Source.STUN, Source.WEB}, True),
    ],
)
def test_when_to_stop(facts: ConnectionFacts, pending: set[Source], settled: bool) -> None:
    assert is_settled(facts, frozenset(pending)) is settled, line_verdict(facts).rule


def test_two_sources_together_can_do_what_neither_can_alone() -> None:
    # Alone neither a router that tells nothing new nor a deeper trace moves this, together they would.
    facts = with_(SEEN, wan=(WanAnswer("upnp", None, hidden=True),), hops=SILENT, **PAST)
    assert not is_settled(facts, frozenset({Source.NAT_PMP, Source.HOPS}))


def _told(source: Source, facts: ConnectionFacts, drawn: st.DataObject) -> ConnectionFacts:
    """What the source may really tell: any address there is, not only those that `is_settled` supposes."""
    address = drawn.draw(st.one_of(ADDRESSES, st.ip_addresses(v=4).map(str)))
    match source:
        case Source.UPNP:
            hidden = drawn.draw(st.booleans())
            return with_(facts, wan=(*facts.wan, WanAnswer("upnp", None if hidden else address, hidden=hidden)))
        case Source.STUN:
            return with_(facts, bindings=(*facts.bindings, Binding("two", address, 1)))
        case Source.WEB:
            return with_(facts, web_addresses=(*facts.web_addresses, address))
        case Source.OUTER:
            return with_(facts, outer_wan=(*facts.outer_wan, WanAnswer("upnp", address)))
        case Source.NETCHECK:
            return with_(facts, tailscale_address=address)
        case _:
            known = {hop.distance: hop for hop in facts.hops if hop.address is not None}
            distance = drawn.draw(st.integers(1, 6))
            hop = known.get(distance, Hop(distance, address, drawn.draw(st.floats(0, 50))))
            return with_(facts, hops=tuple({**known, distance: hop}.values()))


@given(
    LINES,
    st.sampled_from([Source.UPNP, Source.STUN, Source.WEB, Source.OUTER, Source.NETCHECK, Source.HOPS]),
    st.data(),
)
def test_what_was_settled_stays_so_whatever_comes(facts: ConnectionFacts, source: Source, drawn: st.DataObject) -> None:
    facts = with_(facts, hops=tuple({hop.distance: hop for hop in facts.hops}.values()))
    if is_settled(facts, frozenset({source})):
        assert line_verdict(_told(source, facts, drawn)).line is line_verdict(facts).line
