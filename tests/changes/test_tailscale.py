# SPDX-License-Identifier: MIT
"""The changes to Tailscale: made, read back, repeated, interrupted, taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from setup_assistant.changes import tailscale as changes
from setup_assistant.core.aim import port_choices
from setup_assistant.core.changes import Change, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HistoryFacts, HostFacts, PlexAnswer, PlexFacts, Unknown
from setup_assistant.core.host import Completed
from setup_assistant.core.texts import Text
from setup_assistant.services import Services
from setup_assistant.services.serve_config import tidy
from tests.services.tailscale.configs import JSON, NAME, OLD, OURS, PLEX, PLEX_IP, SHAPES, at, serve
from tests.services.tailscale.node import Node, recorded, replay, run

NOT_KNOWN = Unknown(Text("not looked at"))
REPAIRABLE = [
    name for name, (_, cause, _) in SHAPES.items() if cause not in {None, "no_free_port", "foreground_session"}
]


def services(node: Node) -> Services:
    return cast(Services, SimpleNamespace(tailscale=node.client, host=node.host))


def look(node: Node, *, port: int | None = None, url: str | None = None, refused: bool | None = None) -> HostFacts:
    return HostFacts(
        observed_at=datetime.now(UTC),
        system=node.person.system(),
        connection=NOT_KNOWN,
        tailscale=run(node.client.observe()),
        plex=PlexFacts(PlexAnswer.PLEX, "http://localhost:32400", 32400, plain_hop_refused=refused),
        account=NOT_KNOWN,
        outside=NOT_KNOWN,
        history=HistoryFacts(our_url=url),
        asked_port=port,
    )


def build(code: str, node: Node, facts: HostFacts | None = None) -> Change:
    change = changes.build(code, services(node), facts or look(node))
    assert change is not None
    return change


def kept(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """As the journal gives it back."""
    content: dict[str, Any] = json.loads(json.dumps(value))
    return content


async def carry_out(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    before = await change.snapshot()
    await change.apply(before)
    after = await change.snapshot()
    assert change.is_done(after)
    return kept(before), kept(after)


def undo(code: str, node: Node, args: Mapping[str, Any], before: Any, after: Any) -> UndoResult:
    change = changes.rebuild(code, services(node), kept(args))
    assert change is not None
    return run(change.undo([Taken(change, before, after)]))


def opens(change: Change, snapshot: Any) -> bool:
    """Whether going back to that state makes Plex public."""
    return change.reopens([Taken(change, snapshot, None)])


@pytest.mark.parametrize("name", REPAIRABLE)
def test_every_shape_is_mended_and_given_back(name: str) -> None:
    config, _, port = SHAPES[name]
    node = Node(serve=deepcopy(config))
    funnel = build("funnel", node)
    assert funnel.args["url"] == f"https://{NAME}:{port}"
    before, after = run(carry_out(funnel))
    assert not funnel.is_done(before)
    assert build("funnel", node, look(node, url=f"https://{NAME}:{port}")).is_satisfied(look(node))
    assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
    assert tidy(node.serve) == tidy(config)
    assert node.serve.get("Foreground") == config.get("Foreground")


@pytest.mark.parametrize("name", REPAIRABLE)
def test_every_repair_that_was_cut_off_is_given_back(name: str) -> None:
    config = SHAPES[name][0]
    node = Node(serve=deepcopy(config))
    funnel = build("funnel", node)
    before = kept(run(funnel.snapshot()))
    assert undo("funnel", node, funnel.args, before, None) is UndoResult.NOTHING_TO_DO
    assert tidy(node.serve) == tidy(config)
    run(funnel.apply(before))
    assert undo("funnel", node, funnel.args, before, None) is UndoResult.RESTORED
    assert tidy(node.serve) == tidy(config)


@pytest.mark.parametrize("name", REPAIRABLE)
def test_a_second_time_writes_nothing(name: str) -> None:
    node = Node(serve=deepcopy(SHAPES[name][0]))
    funnel = build("funnel", node)
    run(carry_out(funnel))
    written = node.changed()
    again = build("funnel", node, look(node, url=str(funnel.args["url"])))
    assert again.is_done(run(again.snapshot()))
    assert node.changed() == written


@pytest.mark.parametrize("name", [name for name, (_, cause, _) in SHAPES.items() if cause is None])
def test_what_is_right_is_left_alone(name: str) -> None:
    config, _, _ = SHAPES[name]
    node = Node(serve=deepcopy(config))
    funnel = build("funnel", node)
    before = run(funnel.snapshot())
    assert funnel.is_done(before)
    assert funnel.is_satisfied(look(node))
    assert node.serve == config


def test_the_usual_case_is_the_documented_command() -> None:
    node = Node()
    run(carry_out(build("funnel", node)))
    assert node.serve == OURS
    assert node.changed() == [("funnel", "--bg", "--yes", "--https=443", "localhost:32400")]


def test_our_handler_alone_goes_by_the_documented_command() -> None:
    node = Node()
    funnel = build("funnel", node)
    before, after = run(carry_out(funnel))
    node.commands.asked.clear()
    assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
    assert node.changed() == [("serve", "--yes", "--https=443", "--set-path=/", "off")]
    assert node.serve == {}


def test_undo_works_where_funnel_was_switched_off_for_the_tailnet() -> None:
    node = Node()
    funnel = build("funnel", node)
    before, after = run(carry_out(funnel))
    node.state.update({"funnel": False, "https": False})
    assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
    assert node.serve == {}


def test_nothing_is_ever_reset() -> None:
    for name in REPAIRABLE:
        node = Node(serve=deepcopy(SHAPES[name][0]))
        funnel = build("funnel", node)
        before, after = run(carry_out(funnel))
        undo("funnel", node, funnel.args, before, after)
        for words in node.commands.asked:
            assert "reset" not in words
            assert "--reset" not in words
            assert words[:1] != ("login",)
            assert not (words[:1] == ("funnel",) and words[-1] == "off")


def test_an_old_daemon_writes_the_address_for_localhost() -> None:
    node = Node(version="1.62.1")
    funnel = build("funnel", node)
    before, after = run(carry_out(funnel))
    assert node.serve == serve((at(443), "/", PLEX_IP), public=[at(443)])
    assert undo("funnel", node, funnel.args, before, None) is UndoResult.RESTORED
    assert node.serve == {}
    assert after["Web"][at(443)]["/"] == {"Proxy": PLEX_IP}


def test_funnel_without_port_443_goes_another_way() -> None:
    """The command asks for 443 to be allowed whatever port is wanted (cli/serve_v2.go:410)."""
    node = Node(funnel_ports=[8443])
    run(carry_out(build("funnel", node)))
    assert node.serve == serve((at(8443), "/", PLEX), public=[at(8443)])
    assert node.changed() == [("serve", "set-raw")]


def test_an_encrypted_hop_where_plex_wants_it() -> None:
    node = Node(serve=deepcopy(OURS))
    facts = look(node, refused=True)
    funnel = build("funnel", node, facts)
    assert not funnel.is_satisfied(facts)
    before, after = run(carry_out(funnel))
    assert node.serve["Web"][at(443)]["Handlers"]["/"] == {"Proxy": "https+insecure://localhost:32400"}
    assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
    assert node.serve == OURS


class TestTakingOver:
    """The person asked for a port that somebody else holds: what it carried goes, and comes back."""

    THEIRS = serve((at(443), "/", "http://127.0.0.1:8123"), (at(443), "/notes", "http://127.0.0.1:8080"))

    def test_there_and_back(self) -> None:
        node = Node(serve=deepcopy(self.THEIRS))
        funnel = build("funnel", node, look(node, port=443))
        before, after = run(carry_out(funnel))
        assert node.serve == OURS
        assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
        assert node.serve == self.THEIRS

    def test_the_consequence_is_said(self) -> None:
        node = Node(serve=deepcopy(self.THEIRS))
        facts = look(node, port=443)
        now, then = build("funnel", node, facts).before_and_after(facts)
        assert "http://127.0.0.1:8123" in now.render()
        assert "inside your Tailscale network" in now.render()
        assert "comes back with undo" in then.render()

    def test_the_choice_is_offered(self) -> None:
        node = Node(serve=deepcopy(self.THEIRS))
        facts = look(node)
        then = build("funnel", node, facts).before_and_after(facts)[1].render()
        assert "Port 443 belongs to others and stays as it is (/ → http://127.0.0.1:8123" in then
        assert [(one.port, one.held, one.goes) for one in port_choices(facts)] == [
            (8443, False, ()),
            (443, True, ("/ → http://127.0.0.1:8123", "/notes → http://127.0.0.1:8080")),
        ]
        # The one that is not taken can still be chosen.
        assert port_choices(look(node, port=443)) == port_choices(facts)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("empty", []),
            ("ours", []),
            ("foreground_other", []),
            ("others_public_path", [(8443, False, ()), (443, True, ())]),
            ("others_tcp", [(8443, False, ()), (443, True, ("tcp → 127.0.0.1:22",))]),
            ("others_files", [(8443, False, ()), (443, True, ("/ → /srv",))]),
            (
                "others_on_all",
                [
                    (443, True, ("/notes → http://127.0.0.1:8080",)),
                    (8443, True, ("/ → http://127.0.0.1:3000",)),
                    (10000, True, ("/ → http://127.0.0.1:3001",)),
                ],
            ),
        ],
    )
    def test_what_there_is_to_choose(self, name: str, expected: list[tuple[int, bool, tuple[str, ...]]]) -> None:
        facts = look(Node(serve=deepcopy(SHAPES[name][0])))
        assert [(one.port, one.held, one.goes) for one in port_choices(facts)] == expected

    def test_what_is_public_already_stays_beside(self) -> None:
        theirs = {**deepcopy(self.THEIRS), "AllowFunnel": {at(443): True}}
        node = Node(serve=deepcopy(theirs))
        facts = look(node, port=443)
        funnel = build("funnel", node, facts)
        assert "/ of port 443" in funnel.before_and_after(facts)[1].render()
        before, after = run(carry_out(funnel))
        assert node.serve["Web"][at(443)]["Handlers"]["/notes"] == {"Proxy": "http://127.0.0.1:8080"}
        assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
        assert node.serve == theirs

    def test_a_tcp_forward(self) -> None:
        theirs = {"TCP": {"443": {"TCPForward": "127.0.0.1:22"}}}
        node = Node(serve=deepcopy(theirs))
        facts = look(node, port=443)
        funnel = build("funnel", node, facts)
        assert "tcp → 127.0.0.1:22" in funnel.before_and_after(facts)[0].render()
        before, after = run(carry_out(funnel))
        assert node.serve == OURS
        assert undo("funnel", node, funnel.args, before, after) is UndoResult.RESTORED
        assert node.serve == theirs

    def test_two_runs_one_undo(self) -> None:
        """First on 8443 beside them, later 443 was asked for: of each part the oldest state comes back."""
        node = Node(serve=deepcopy(self.THEIRS))
        first = build("funnel", node)
        assert first.args["port"] == 8443
        one = run(carry_out(first))
        facts = look(node, port=443, url=str(first.args["url"]))
        second = build("funnel", node, facts)
        two = run(carry_out(second))
        tidy_up = build("funnel_tidy", node, facts)
        earlier = run(carry_out(tidy_up))
        assert node.serve == OURS
        taken = [Taken(first, *one), Taken(second, *two), Taken(tidy_up, *earlier)]
        assert run(second.undo(taken)) is UndoResult.RESTORED
        assert node.serve == self.THEIRS


class TestOthersSince:
    """Undo leaves alone what somebody else changed since."""

    def done(self) -> tuple[Node, Mapping[str, Any], Any, Any]:
        node = Node()
        funnel = build("funnel", node)
        before, after = run(carry_out(funnel))
        return node, funnel.args, before, after

    def test_their_handler_in_our_place(self) -> None:
        node, args, before, after = self.done()
        node.serve["Web"][at(443)]["Handlers"]["/"] = {"Proxy": "http://127.0.0.1:8123"}
        theirs = deepcopy(node.serve)
        assert undo("funnel", node, args, before, after) is UndoResult.LEFT_ALONE
        assert node.serve == theirs

    def test_their_handler_beside_ours(self) -> None:
        node, args, before, after = self.done()
        node.serve["Web"][at(443)]["Handlers"]["/notes"] = {"Proxy": "http://127.0.0.1:8080"}
        assert undo("funnel", node, args, before, after) is UndoResult.RESTORED
        assert node.serve == serve((at(443), "/notes", "http://127.0.0.1:8080"), public=[at(443)])

    def test_their_handler_on_another_port(self) -> None:
        node, args, before, after = self.done()
        node.daemon.run(["tailscale", "serve", "--bg", "--https=8443", "3000"], None, False)
        assert undo("funnel", node, args, before, after) is UndoResult.RESTORED
        assert node.serve == serve((at(8443), "/", "http://127.0.0.1:3000"))

    def test_ours_is_gone_already(self) -> None:
        node, args, before, after = self.done()
        node.state["serve"] = {}
        assert undo("funnel", node, args, before, after) is UndoResult.NOTHING_TO_DO

    def test_a_new_name(self) -> None:
        node, args, before, after = self.done()
        node.state["host"] = "cinema"
        assert undo("funnel", node, args, before, after) is UndoResult.RESTORED
        assert node.serve == {}

    def test_a_node_that_is_not_up_hides_it(self) -> None:
        node, args, before, after = self.done()
        node.state["backend"] = "Stopped"
        with pytest.raises(HostError) as caught:
            undo("funnel", node, args, before, after)
        assert caught.value.trouble is Trouble.UNREACHABLE


class TestRefusals:
    """A change that does not come leaves everything as it was."""

    def refused(self, node: Node, trouble: Trouble) -> None:
        serve_before = deepcopy(node.serve)
        funnel = build("funnel", node)
        before = run(funnel.snapshot())
        with pytest.raises(HostError) as caught:
            run(funnel.apply(before))
        assert caught.value.trouble is trouble
        assert node.serve == serve_before
        assert kept(run(funnel.snapshot())) == kept(before)

    def test_the_administrator_says_no(self) -> None:
        node = Node(operator=False, system={"admin": "refused"})
        assert build("funnel", node).needs_admin(look(node))
        self.refused(node, Trouble.ADMIN_REFUSED)

    def test_shields_up(self) -> None:
        self.refused(Node(shields_up=True), Trouble.TOOL_FAILED)

    def test_a_command_that_claims_success(self) -> None:
        node = Node()

        async def polite() -> Completed:
            return replay(recorded()["nocaps.funnel_exit0"])

        node.commands.answers["funnel"] = polite
        self.refused(node, Trouble.NOT_TAKEN)
        node = Node()

        async def silent() -> Completed:
            return Completed(0, "", "")

        node.commands.answers["funnel"] = silent
        self.refused(node, Trouble.NOT_TAKEN)

    def test_a_command_that_hangs(self) -> None:
        node = Node()
        node.world.data["faults"] = [{"at": "tailscale funnel", "delay_s": 3600}]
        self.refused(node, Trouble.TIMED_OUT)

    def test_somebody_changed_it_meanwhile(self) -> None:
        node = Node()
        funnel = build("funnel", node)
        before = run(funnel.snapshot())
        node.state["serve"] = serve((at(443), "/", "http://127.0.0.1:8123"))
        with pytest.raises(HostError) as caught:
            run(funnel.apply(before))
        assert caught.value.trouble is Trouble.CHANGED_MEANWHILE
        assert node.changed() == []

    def test_the_name_changed_meanwhile(self) -> None:
        node = Node()
        funnel = build("funnel", node)
        before = run(funnel.snapshot())
        node.state["host"] = "cinema"
        with pytest.raises(HostError) as caught:
            run(funnel.apply(before))
        assert caught.value.trouble is Trouble.CHANGED_MEANWHILE

    def test_an_exit_code_that_lies_the_other_way(self) -> None:
        """It says no, and has done it: what is read back counts."""
        node = Node()

        async def contrary() -> Completed:
            node.commands.answers.clear()
            await node.client.turn_funnel_on(443, "localhost:32400")
            return Completed(1, "", "something went wrong")

        node.commands.answers["funnel"] = contrary
        run(carry_out(build("funnel", node)))
        assert node.serve == OURS

    def test_an_undo_that_does_not_come(self) -> None:
        node = Node()
        funnel = build("funnel", node)
        before, after = run(carry_out(funnel))

        async def polite() -> Completed:
            return Completed(0, "", "")

        node.commands.answers["serve --yes"] = polite
        with pytest.raises(HostError) as caught:
            undo("funnel", node, funnel.args, before, after)
        assert caught.value.trouble is Trouble.NOT_TAKEN


class TestBeforeTheNameIsKnown:
    """Planned while Tailscale is switched off or signed out: what to do is found out when it is done."""

    def test_it_is_found_out(self) -> None:
        node = Node(backend="NeedsLogin")
        facts = look(node)
        funnel = build("funnel", node, facts)
        assert funnel.args == {}
        assert funnel.summary.render() == "Make Plex reachable at the public address"
        now, then = funnel.before_and_after(facts)
        assert now.render() == "Not known yet."
        assert "Plex" in then.render()
        assert not funnel.is_satisfied(facts)
        node.state["backend"] = "Running"
        run(carry_out(funnel))
        assert funnel.args["url"] == f"https://{NAME}:443"
        assert node.serve == OURS

    def test_it_stays_unknown(self) -> None:
        node = Node(backend="NeedsLogin")
        funnel = build("funnel", node)
        with pytest.raises(HostError) as caught:
            run(funnel.snapshot())
        assert caught.value.trouble is Trouble.UNREACHABLE
        assert not funnel.is_done({})

    def test_closing_has_nothing_to_close(self) -> None:
        node = Node(backend="NeedsLogin")
        assert changes.build("close_funnel", services(node), look(node)) is None


def test_no_change_without_a_free_port() -> None:
    node = Node(serve=deepcopy(SHAPES["others_on_all"][0]))
    assert changes.build("funnel", services(node), look(node)) is None


def test_review_of_a_change_that_is_ours_already() -> None:
    node = Node(serve=deepcopy(OURS))
    facts = look(node)
    now, then = build("funnel", node, facts).before_and_after(facts)
    assert now.render() == "Port 443 carries / → http://localhost:32400 (public)."
    assert "undo" not in then.render()


def test_codes_of_other_areas() -> None:
    node = Node()
    assert changes.build("plex_url", services(node), look(node)) is None
    assert changes.rebuild("plex_url", services(node), {}) is None


@pytest.mark.parametrize("args", [{}, {"name": 7}, {"name": NAME, "port": "443", "target": "x", "plex_port": 1}])
def test_a_journal_line_without_its_details_still_gives_back(args: dict[str, Any]) -> None:
    node = Node(serve=deepcopy(OURS))
    before = {"Web": {at(443): {"/": None}}, "AllowFunnel": {at(443): None}, "TCP": {"443": None}, "public": []}
    after = {"Web": {at(443): {"/": {"Proxy": PLEX}}}, "AllowFunnel": {at(443): True}, "TCP": {"443": {"HTTPS": True}}}
    assert undo("funnel", node, args, before, after) is UndoResult.RESTORED
    assert node.serve == {}


class TestWhetherUndoingOpens:
    """Going back to a state in which Plex was public needs the safety gate first."""

    @pytest.mark.parametrize(
        ("name", "public"),
        [
            ("empty", False),
            ("two_hop", True),
            ("self_loop", False),
            ("wrong_target", False),
            ("wrong_port", False),
            ("stale_name", True),
            ("funnel_off", False),
            ("others_root", False),
        ],
    )
    def test_before(self, name: str, public: bool) -> None:
        node = Node(serve=deepcopy(SHAPES[name][0]))
        funnel = build("funnel", node)
        before, after = run(carry_out(funnel))
        assert opens(funnel, before) is public
        assert opens(funnel, after)

    def test_what_is_not_touched_does_not_count(self) -> None:
        config = serve((at(443), "/", "http://127.0.0.1:443"), (at(8443), "/plex", PLEX), public=[at(443), at(8443)])
        node = Node(serve=config)
        funnel = build("funnel", node)
        assert not opens(funnel, run(funnel.snapshot()))


class TestMoving:
    """The earlier address goes only when the new one stands, and comes back with undo."""

    def moved(self) -> tuple[Node, HostFacts]:
        node = Node(serve=deepcopy(SHAPES["wrong_port"][0]))
        facts = look(node)
        run(carry_out(build("funnel", node, facts)))
        return node, facts

    def test_there_and_back(self) -> None:
        node, facts = self.moved()
        both = deepcopy(node.serve)
        tidy_up = build("funnel_tidy", node, facts)
        assert not tidy_up.is_satisfied(look(node))
        assert f"https://{NAME}:10000" in tidy_up.before_and_after(facts)[0].render()
        before, after = run(carry_out(tidy_up))
        assert opens(tidy_up, before)
        assert not opens(tidy_up, after)
        assert tidy_up.is_satisfied(look(node))
        assert node.serve == OURS
        assert undo("funnel_tidy", node, tidy_up.args, before, after) is UndoResult.RESTORED
        assert node.serve == both

    def test_nothing_goes_before_the_new_one_stands(self) -> None:
        node = Node(serve=deepcopy(SHAPES["wrong_port"][0]))
        tidy_up = build("funnel_tidy", node)
        before = run(tidy_up.snapshot())
        assert tidy_up.is_done(before)
        assert node.serve == SHAPES["wrong_port"][0]

    def test_a_command_that_claims_success(self) -> None:
        node, facts = self.moved()
        tidy_up = build("funnel_tidy", node, facts)
        before = run(tidy_up.snapshot())

        async def polite() -> Completed:
            return Completed(0, "", "")

        node.commands.answers["serve set-raw"] = polite
        with pytest.raises(HostError) as caught:
            run(tidy_up.apply(before))
        assert caught.value.trouble is Trouble.NOT_TAKEN

    def test_no_address_to_move_to(self) -> None:
        node = Node(backend="NeedsLogin")
        assert changes.build("funnel_tidy", services(node), look(node)) is None

    def test_an_unknown_node(self) -> None:
        node, facts = self.moved()
        tidy_up = build("funnel_tidy", node, facts)
        assert tidy_up.is_satisfied(replace(facts, tailscale=NOT_KNOWN))


class TestClosing:
    """Nothing public leads to Plex any more, whatever the way was."""

    @pytest.mark.parametrize("name", ["ours", "two_hop", "wrong_port", "stale_name", "tcp_with_tls", "foreground_plex"])
    def test_closed_and_given_back(self, name: str) -> None:
        config: JSON = SHAPES[name][0]
        node = Node(serve=deepcopy(config))
        facts = look(node)
        close = build("close_funnel", node, facts)
        assert not close.is_satisfied(facts)
        assert "Plex is public" in close.before_and_after(facts)[0].render()
        before, after = run(carry_out(close))
        assert opens(close, before)
        assert not opens(close, after)
        assert close.is_satisfied(look(node))
        assert node.daemon.reaches(NAME, 443, "/identity", True) is None
        undo("close_funnel", node, close.args, before, after)
        assert tidy(node.serve) == tidy(config)

    def test_inside_the_tailnet_it_stays(self) -> None:
        node = Node(serve=deepcopy(OURS))
        run(carry_out(build("close_funnel", node)))
        assert node.daemon.reaches(NAME, 443, "/identity", False) == PLEX

    def test_nothing_to_close(self) -> None:
        node = Node()
        close = build("close_funnel", node)
        before = run(close.snapshot())
        assert close.is_done(before)
        assert close.is_satisfied(look(node))
        assert close.before_and_after(look(node))[0].render() == "Plex is public: -."

    def test_unknown(self) -> None:
        node = Node(serve=deepcopy(OURS))
        facts = look(node)
        close = build("close_funnel", node, facts)
        assert not close.is_satisfied(replace(facts, tailscale=NOT_KNOWN))
        assert close.before_and_after(replace(facts, tailscale=NOT_KNOWN))[0].render() == "Not known yet."

    def test_a_command_that_claims_success(self) -> None:
        node = Node(serve=deepcopy(OURS))
        close = build("close_funnel", node)
        before = run(close.snapshot())

        async def polite() -> Completed:
            return Completed(0, "", "")

        node.commands.answers["serve set-raw"] = polite
        with pytest.raises(HostError) as caught:
            run(close.apply(before))
        assert caught.value.trouble is Trouble.NOT_TAKEN

    def test_closed_then_opened_then_undone(self) -> None:
        """One run closes, mends the gate and opens again; undo sees the oldest before and the newest after."""
        node = Node(serve=deepcopy(OURS))
        close = build("close_funnel", node)
        first = run(carry_out(close))
        funnel = build("funnel", node)
        second = run(carry_out(funnel))
        taken = [Taken(close, *first), Taken(funnel, *second)]
        assert funnel.reopens(taken)
        assert run(funnel.undo(taken)) is UndoResult.NOTHING_TO_DO
        assert node.serve == OURS

    def test_an_old_names_funnel_counts(self) -> None:
        config = serve((at(443, OLD), "/", PLEX), public=[at(443, OLD)])
        node = Node(serve=deepcopy(config))
        run(carry_out(build("close_funnel", node)))
        assert "AllowFunnel" not in node.serve


class TestStarting:
    """Starting is not taken back and not written down."""

    def test_the_service(self) -> None:
        node = Node(service="stopped")
        facts = look(node)
        start = build("start_tailscale", node, facts)
        assert (start.reversible, start.args, opens(start, {})) == (False, {}, False)
        assert start.needs_admin(facts)
        assert not start.is_satisfied(facts)
        assert [text.render() for text in start.before_and_after(facts)] == [
            "The Tailscale service is stopped.",
            "The Tailscale service runs.",
        ]
        before, _ = run(carry_out(start))
        assert not start.is_done(before)
        assert start.is_satisfied(look(node))
        assert run(start.undo([])) is UndoResult.NOTHING_TO_DO

    def test_the_service_where_we_cannot(self) -> None:
        node = Node(service="stopped")
        node.person.start_tailscale = lambda: None  # type: ignore[method-assign]
        assert not build("start_tailscale", node).needs_admin(look(node))

    def test_the_node(self) -> None:
        node = Node(backend="Stopped")
        facts = look(node)
        connect = build("connect_tailscale", node, facts)
        assert not connect.needs_admin(facts)
        assert not connect.is_satisfied(facts)
        assert connect.before_and_after(facts)[1].render() == "Tailscale is switched on."
        before, _ = run(carry_out(connect))
        assert not connect.is_done(before)
        assert connect.is_satisfied(look(node))

    def test_the_node_needs_the_administrator(self) -> None:
        node = Node(backend="Stopped", operator=False)
        assert build("connect_tailscale", node).needs_admin(look(node))

    def test_they_cannot_be_rebuilt(self) -> None:
        node = Node()
        assert changes.rebuild("start_tailscale", services(node), {}) is None


def test_the_plan_says_where_it_leads() -> None:
    node = Node()
    facts = look(node)
    now, then = build("funnel", node, facts).before_and_after(facts)
    assert now.render() == "Nothing at port 443."
    assert then.render() == f"https://{NAME}:443 leads straight to localhost:32400, for everyone on the internet."
