# SPDX-License-Identifier: MIT
"""Makes Plex public: one handler at the root of this node's name, with Funnel on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setup_assistant.changes.serve import ServeChange, own_slots, wish_of
from setup_assistant.core.aim import aim, plex_port
from setup_assistant.core.changes import Snapshot
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HostFacts, ServeConfig, TailscaleFacts
from setup_assistant.core.serving import FUNNEL_PORTS, Serving, Use, carried, is_one_hop, read_target, use_of
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.serve_config import Raw, Wish, parse_serve_config, with_funnel
from setup_assistant.services.serve_slots import Slot, read_slots, slots_of, touched, unpack
from setup_assistant.services.tailscale import Tailscale
from setup_assistant.services.tailscale_replies import WHAT


class Funnel(ServeChange):
    """One handler ``/`` at ``https://name:port`` that leads straight to Plex, with Funnel on."""

    code = "funnel"

    @classmethod
    def towards(cls, tailscale: Tailscale, facts: HostFacts) -> Funnel:
        """Return the change that reaches the aim of these facts."""
        found = aim(facts)
        return cls(tailscale, wish_of(found, facts) if found is not None else None, facts)

    @property
    def args(self) -> Mapping[str, Any]:
        known = super().args
        return {**known, "url": f"https://{known['name']}:{known['port']}"} if known else known

    @property
    def summary(self) -> Text:
        url: object = f"https://{self._wish.name}:{self._wish.port}" if self._wish is not None else words.PUBLIC_ADDRESS
        return Text(words.SUMMARIES[self.code], {"url": url})

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        wish = self._wish
        then = words.LEADS_TO.filled(url=self.summary.values["url"], target=wish.target if wish else "Plex")
        tailscale = facts.tailscale
        serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
        if wish is None or serving is None:
            return words.NOT_KNOWN_YET, then
        lines = carried(serving, wish.port)
        kept = [port for port in FUNNEL_PORTS if port < wish.port and use_of(serving, port) is Use.OTHERS]
        if kept:
            what = ", ".join(line for port in kept for line in carried(serving, port))
            ports = ", ".join(map(str, kept))
            then = words.OTHERS_STAY.filled(then=then, ports=ports, what=what)
        if not lines:
            return words.NOTHING_AT.filled(port=wish.port), then
        public = serving.is_public(wish.port)
        reach = words.REACH_PUBLIC if public else words.REACH_TAILNET
        now = words.CARRIES.filled(port=wish.port, what=", ".join(lines), reach=reach)
        if use_of(serving, wish.port) is Use.OTHERS:
            taken = words.TAKES_ROOT if public and wish.port not in serving.serve.tcp_targets else words.TAKES_PORT
            then = taken.filled(then=then, port=wish.port)
        return now, then

    def is_satisfied(self, facts: HostFacts) -> bool:
        tailscale = facts.tailscale
        serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
        return serving is not None and self._wish is not None and self._is_right(serving, self._wish)

    def _is_right(self, serving: Serving, wish: Wish) -> bool:
        root = serving.root(wish.port)
        return (
            serving.name == wish.name
            and root is not None
            and root.kind == "proxy"
            and self._is_our_target(root.target, wish)
            and serving.is_public(wish.port)
            and serving.serve.tcp.get(wish.port) == "https"
        )

    @staticmethod
    def _is_our_target(value: str, wish: Wish) -> bool:
        target = read_target(value)
        if target is None or not is_one_hop(value, wish.plex_port):
            return False
        # Where Plex refuses the plain hop, only the encrypted one is right; else either will do.
        return target.scheme == "https+insecure" or not wish.target.startswith("https+insecure")

    def is_done(self, snapshot: Snapshot) -> bool:
        values = unpack(snapshot)
        return self._wish is not None and all(self.is_ours(slot, value) for slot, value in values.items())

    def is_ours(self, slot: Slot, value: object) -> bool:
        """Our own handler at our port; everywhere else this change takes away."""
        wish = self._wish
        if wish is None or slot not in own_slots(wish):
            return value is None
        return self._is_written(slot, value, wish)

    def _is_written(self, slot: Slot, value: object, wish: Wish) -> bool:
        if slot[0] == "AllowFunnel":
            return value is True
        if not isinstance(value, dict):
            return False
        return (
            value.get("HTTPS") is True if slot[0] == "TCP" else self._is_our_target(str(value.get("Proxy", "")), wish)
        )

    def _always(self, raw: Mapping[str, Any], wish: Wish) -> set[Slot]:
        return own_slots(wish)

    def _goal(self, raw: Mapping[str, Any], wish: Wish) -> Raw:
        if self._is_right(wish.serving(raw), wish):
            return dict(raw)
        new = with_funnel(raw, wish)
        root = wish.serving(raw).root(wish.port)
        if root is not None and root.kind == "proxy" and self._is_our_target(root.target, wish):
            # 127.0.0.1 and [::1] are as good as localhost and stay as they are written.
            new["Web"][wish.key]["Handlers"]["/"] = raw["Web"][wish.key]["Handlers"]["/"]
        return new

    def _takes_what_is_new(self, raw: Mapping[str, Any], goal: Mapping[str, Any]) -> bool:
        """Whether something goes that was not there when the person said yes."""
        seen = self._facts.tailscale if self._facts is not None else None
        if not isinstance(seen, TailscaleFacts) or not isinstance(seen.serve, ServeConfig):
            return False
        planned, now = slots_of(seen.serve.raw), slots_of(raw)
        return any(slot in now and now[slot] != planned.get(slot) for slot in touched(raw, goal))

    async def apply(self, before: Snapshot) -> None:
        wish = await self._known_wish()
        status = await self._tailscale.status()
        if status.dns_name != wish.name:
            raise HostError(Trouble.CHANGED_MEANWHILE, "another name", what=WHAT)
        raw = await self._tailscale.raw_serve_config()
        if any(slots_of(raw).get(slot) != value for slot, value in unpack(before).items()):
            raise HostError(Trouble.CHANGED_MEANWHILE, what=WHAT)
        goal = self._goal(raw, wish)
        if self._takes_what_is_new(raw, goal):
            raise HostError(Trouble.CHANGED_MEANWHILE, "taken since the plan was made", what=WHAT)
        # The command line itself asks for port 443 to be allowed, whatever port is wanted (cli/serve_v2.go:410).
        simple = touched(raw, goal) <= own_slots(wish) and 443 in status.funnel_ports
        kinds_stay = parse_serve_config(raw).tcp.get(wish.port, "https") == "https"
        failure: HostError | None = None
        try:
            if simple and kinds_stay:
                await self._tailscale.turn_funnel_on(wish.port, wish.target)
            else:
                await self._tailscale.write_serve_config(raw, goal)
        except HostError as error:
            failure = error
        now = await self._tailscale.raw_serve_config()
        if not self.is_done(read_slots(now, self._slots | own_slots(wish))):
            raise failure or HostError(Trouble.NOT_TAKEN, what="Funnel")
