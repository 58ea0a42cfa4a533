# SPDX-License-Identifier: MIT
"""What is known so far in one look at the line, and which sources may still add to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from setup_assistant.checks.line_reading import public_address
from setup_assistant.checks.line_settled import Source
from setup_assistant.core.connection import ConnectionFacts, Hop, NatType, SelfTrace
from setup_assistant.host.paths import Surroundings
from setup_assistant.host.router import RouterAnswers
from setup_assistant.host.stun_client import StunAnswers
from setup_assistant.host.trace import WAIT_FAR_S, WAIT_S, OwnTrace
from setup_assistant.services.netcheck import Netcheck

log = logging.getLogger(__name__)

FAR_S = 0.2
"""A round trip from which on a line counts as long."""


class Look:
    """One look: `facts` is what is known at any moment, `pending` what may still come."""

    def __init__(self, around: Surroundings) -> None:
        self.started = asyncio.get_running_loop().time()
        self.is_final = False
        self.around = around
        self.pending: set[Source] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.timings: dict[str, float] = {}
        self.router = RouterAnswers(self.note)
        self.outer = RouterAnswers(self.note)
        self.stun = StunAnswers(self.note)
        self.tunnel_stun = StunAnswers(self.note, physical=False)
        self.stun_v6 = StunAnswers(self.note)
        self.own = OwnTrace(self.note)
        self.hops: dict[int, Hop] = {}
        self.web: list[str] = []
        self.nat64: bool | None = None
        self.is_hairpinned = False
        self.is_dead_end = False
        """Whether the router itself says that it knows no way to the internet."""
        self.netcheck: Netcheck | None = None
        self.nat_type: NatType | None = None
        self._pulse = asyncio.Event()

    def note(self) -> None:
        """Something new is known."""
        self._pulse.set()
        self._pulse = asyncio.Event()

    async def change(self) -> None:
        """Wait until something new is known."""
        await self._pulse.wait()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; it is asked again whenever something new is known."""
        while not holds():
            await self.change()

    def run(self, name: str, work: Coroutine[Any, Any, None], *sources: Source) -> None:
        """Start a source; what goes wrong in it stays in it."""
        self.pending.update(sources)

        async def guarded() -> None:
            try:
                await work
            except OSError as error:
                log.info("%s could not be asked about the line: %s", name, type(error).__name__)
            except Exception:
                log.exception("Asking %s about the line met a mistake of ours", name)
            finally:
                self.pending.difference_update(sources)
                self.timings[name] = self.elapsed_ms
                self.note()

        task = asyncio.get_running_loop().create_task(guarded(), name=f"line {name}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        # A task that is cancelled before its first step would leave the coroutine lying there.
        task.add_done_callback(lambda _: work.close())

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start."""
        return round((asyncio.get_running_loop().time() - self.started) * 1000, 1)

    async def end(self) -> None:
        """Stop every source that still runs."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def facts(self) -> ConnectionFacts:
        """Return what is known by now."""
        around, own = self.around, self.own
        bindings = (*self.stun.bindings, *self.tunnel_stun.bindings)
        seen_v6 = next((one.address for one in self.stun_v6.bindings), None)
        unanswered = Source.STUN not in self.pending and not bindings and bool(self.stun.asked)
        web_v4 = tuple(one for one in self.web if ":" not in one)
        expired = own.neutral_expired if own.result is SelfTrace.SILENT else 1 in self.hops
        return ConnectionFacts(
            interfaces=around.interfaces,
            gateway=around.gateway,
            default_is_tunnel=around.default_is_tunnel,
            wan=tuple(self.router.wan),
            bindings=bindings,
            web_addresses=web_v4,
            hops=tuple(self.hops[distance] for distance in sorted(self.hops)),
            self_trace=own.result,
            self_trace_depth=own.depth,
            neutral_expired=expired,
            hairpin=self.is_hairpinned,
            nat64=self.nat64,
            ipv6=around.ipv6_address is not None,
            ipv6_address=around.ipv6_address,
            nat_type=None if self.nat_type is NatType.BLOCKED and bindings else self.nat_type,
            udp_blocked=False if bindings else True if unanswered and web_v4 and not around.default_is_tunnel else None,
            tailscale_address=self.netcheck.address if self.netcheck else None,
            mapping_varies=self.mapping_varies,
            permission_missing=self.router.is_permission_missing and not self.router.is_alive,
            outer_wan=tuple(self.outer.wan),
            tunnel=around.tunnel,
            gateway_answered=self.router.is_alive or self.is_dead_end or bool(self.hops) or bool(own.senders),
            names_dead=self.stun.names_failed > 0 and self.stun.names_found == 0,
            ipv6_seen=seen_v6 or next((one for one in self.web if ":" in one), None),
            timings_ms=dict(self.timings),
        )

    def limit(self) -> float:
        """How long a router on the way may take to answer, in seconds; the longer while the line may be a slow one."""
        return WAIT_FAR_S if (self.stun.round_trip_s or FAR_S) >= FAR_S else WAIT_S

    @property
    def is_cut_off(self) -> bool:
        """Whether the router's word that there is no way out stands against nothing."""
        others = self.stun.bindings or self.web or self.around.default_is_tunnel or self.around.ipv6_address
        return self.is_dead_end and not others

    @property
    def mapping_varies(self) -> bool | None:
        """By our own servers; where fewer than two of them answered, as Tailscale measured it."""
        own = self.stun.mapping_varies
        return own if own is not None or self.netcheck is None else self.netcheck.mapping_varies

    @property
    def is_anybody_beyond(self) -> bool:
        """Whether anything beyond the router has given a sign of life."""
        return bool(self.stun.names_found or self.stun.bindings or any(distance > 1 for distance in self.hops))

    @property
    def is_stun_silent(self) -> bool:
        """Whether no server answered on the physical path, and none will."""
        return Source.STUN not in self.pending and not self.stun.bindings

    @property
    def public(self) -> str | None:
        """The public address on the physical path, as far as known."""
        return public_address(self.facts())

    def finish(self) -> None:
        """The verdict is final: what still runs adds detail."""
        self.is_final = True
        self.timings["final"] = self.elapsed_ms
        self.note()
