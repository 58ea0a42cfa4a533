# SPDX-License-Identifier: MIT
"""What the two changes of the Serve configuration share: snapshots of single slots, and giving those back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from setup_assistant.core.aim import Aim, aim, plex_port
from setup_assistant.core.changes import Snapshot, Taken, UndoResult
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HostFacts, TailscaleFacts
from setup_assistant.services.serve_config import Raw, Wish
from setup_assistant.services.serve_slots import Ours, Slot, give_back, read_slots, slots_of, touched, unpack
from setup_assistant.services.tailscale import Tailscale
from setup_assistant.services.tailscale_replies import WHAT

PUBLIC = "public"
"""In a snapshot: the addresses it touches at which the internet reaches Plex."""


def wish_of(found: Aim, facts: HostFacts) -> Wish:
    """Return what an aim wishes of the Serve configuration."""
    tailscale = facts.tailscale
    own = (*tailscale.addresses, *tailscale.endpoints) if isinstance(tailscale, TailscaleFacts) else ()
    return Wish(found.name, found.port, found.target, plex_port(facts), own)


def own_slots(wish: Wish) -> set[Slot]:
    """The slots of our own handler."""
    return {("Web", wish.key, "/"), ("AllowFunnel", wish.key), ("TCP", str(wish.port))}


class ServeChange:
    """A change of the Serve configuration, written down slot by slot.

    A Funnel can be planned before the name of this computer is known (Tailscale switched off); then the first
    snapshot finds it out.
    """

    code = ""
    setting = "funnel"
    reversible = True

    def __init__(self, tailscale: Tailscale, wish: Wish | None, facts: HostFacts | None = None) -> None:
        self._tailscale = tailscale
        self._wish = wish
        self._facts = facts
        self._slots: set[Slot] = set()

    @classmethod
    def from_args(cls, tailscale: Tailscale, args: Mapping[str, Any]) -> Self:
        """Rebuild from the journal."""
        name, port = args.get("name"), args.get("port")
        target, plex = args.get("target"), args.get("plex_port")
        if not (isinstance(name, str) and isinstance(port, int) and isinstance(target, str) and isinstance(plex, int)):
            return cls(tailscale, None)
        return cls(tailscale, Wish(name, port, target, plex))

    @property
    def args(self) -> Mapping[str, Any]:
        wish = self._wish
        if wish is None:
            return {}
        return {"name": wish.name, "port": wish.port, "target": wish.target, "plex_port": wish.plex_port}

    def needs_admin(self, facts: HostFacts) -> bool:
        """Where it is not known, an access-denied answer brings the prompt up when the change is made."""
        return isinstance(facts.tailscale, TailscaleFacts) and facts.tailscale.may_change is False

    def _goal(self, raw: Mapping[str, Any], wish: Wish) -> Raw:
        raise NotImplementedError

    def _always(self, raw: Mapping[str, Any], wish: Wish) -> set[Slot]:
        """Slots that belong to the snapshot even where they stay as they are."""
        raise NotImplementedError

    def is_ours(self, slot: Slot, value: object) -> bool:
        """Whether a slot holds what this change leaves there; what it takes away is None."""
        return value is None

    async def _known_wish(self) -> Wish:
        if self._wish is None and self._facts is not None:
            seen = replace(self._facts, tailscale=await self._tailscale.observe())
            found = aim(seen)
            if found is not None and not found.taken:
                self._wish = wish_of(found, seen)
        if self._wish is None:
            raise HostError(Trouble.UNREACHABLE, "the name of this computer is not known", what=WHAT)
        return self._wish

    async def snapshot(self) -> Snapshot:
        wish = await self._known_wish()
        raw = await self._tailscale.raw_serve_config()
        self._slots |= touched(raw, self._goal(raw, wish)) | self._always(raw, wish)
        snapshot = read_slots(raw, self._slots)
        snapshot[PUBLIC] = self._public(raw, wish)
        return snapshot

    def _public(self, raw: Mapping[str, Any], wish: Wish) -> list[str]:
        """The touched addresses at which the internet reaches Plex."""
        keys = {slot[1] for slot in self._slots if slot[0] != "TCP"}
        found = {f"{host}:{port}" for host, port, _ in wish.serving(raw).public_plex()}
        return sorted(found & keys)

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """Whether Plex was public, before us, at an address that one of these changes was the first to touch."""
        seen: set[Slot] = set()
        for one in taken:
            public = one.before.get(PUBLIC)
            slots = set(unpack(one.before))
            if isinstance(public, list) and any(("AllowFunnel", key) in slots - seen for key in public):
                return True
            seen |= slots
        return False

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        raw = await self._tailscale.raw_serve_config()
        back = give_back(
            raw,
            Ours.of(
                (one.before, one.after, one.change.is_ours) for one in taken if isinstance(one.change, ServeChange)
            ),
        )
        if back.restored:
            await self._write_back(raw, back.config)
            now, wanted = slots_of(await self._tailscale.raw_serve_config()), slots_of(back.config)
            if any(now.get(slot) != wanted.get(slot) for slot in back.restored):
                raise HostError(Trouble.NOT_TAKEN, what=WHAT)
        if back.left:
            return UndoResult.LEFT_ALONE
        return UndoResult.RESTORED if back.restored else UndoResult.NOTHING_TO_DO

    async def _write_back(self, raw: Raw, wanted: Raw) -> None:
        """Our handler alone goes by the command line's own way; anything more is written as a whole."""
        wish = self._wish
        if wish is not None and touched(raw, wanted) == own_slots(wish) and not own_slots(wish) & set(slots_of(wanted)):
            status = await self._tailscale.status()
            if status.dns_name == wish.name:
                await self._tailscale.turn_handler_off(wish.port)
                return
        await self._tailscale.write_serve_config(raw, wanted)
