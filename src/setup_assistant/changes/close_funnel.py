# SPDX-License-Identifier: MIT
"""Closes what is public of Plex, before anything else where the safety gate fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setup_assistant.changes.serve import PUBLIC, ServeChange, wish_of
from setup_assistant.core.aim import aim, plex_port
from setup_assistant.core.changes import Snapshot
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HostFacts, TailscaleFacts
from setup_assistant.core.serving import Serving
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.serve_config import Raw, Wish, with_plex_closed
from setup_assistant.services.serve_slots import Slot
from setup_assistant.services.tailscale import Tailscale


class CloseFunnel(ServeChange):
    """Nothing public leads to Plex any more; what it leads to inside the tailnet stays."""

    code = "close_funnel"

    @classmethod
    def of(cls, tailscale: Tailscale, facts: HostFacts) -> CloseFunnel | None:
        """Return the change, or None while the name of this computer is not known."""
        found = aim(facts)
        return cls(tailscale, wish_of(found, facts)) if found is not None else None

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        tailscale = facts.tailscale
        serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
        if serving is None:
            return words.NOT_KNOWN_YET, words.NOT_PUBLIC
        urls = ", ".join(dict.fromkeys(f"https://{host}:{port}" for host, port, _ in serving.public_plex()))
        return words.PUBLIC_AT.filled(urls=urls or "-"), words.NOT_PUBLIC

    def is_satisfied(self, facts: HostFacts) -> bool:
        tailscale = facts.tailscale
        serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
        return serving is not None and not serving.public_plex()

    def is_done(self, snapshot: Snapshot) -> bool:
        return not snapshot.get(PUBLIC)

    def _public(self, raw: Mapping[str, Any], wish: Wish) -> list[str]:
        return sorted({f"{host}:{port}" for host, port, _ in wish.serving(raw).public_plex()})

    def _goal(self, raw: Mapping[str, Any], wish: Wish) -> Raw:
        return with_plex_closed(raw, wish)

    def _always(self, raw: Mapping[str, Any], wish: Wish) -> set[Slot]:
        # The handlers themselves too, so that a later run's snapshot can be told from this one's.
        slots: set[Slot] = set()
        for host, port, mount in wish.serving(raw).public_plex():
            key = f"{host}:{port}"
            slots |= {("AllowFunnel", key), ("TCP", str(port))} | ({("Web", key, mount)} if mount else set())
        return slots

    async def apply(self, before: Snapshot) -> None:
        wish = await self._known_wish()
        raw = await self._tailscale.raw_serve_config()
        await self._tailscale.write_serve_config(raw, self._goal(raw, wish))
        if wish.serving(await self._tailscale.raw_serve_config()).public_plex():
            raise HostError(Trouble.NOT_TAKEN, what="Funnel")
