# SPDX-License-Identifier: MIT
"""Takes the address down that Plex had before it moved to another port, once the new one is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setup_assistant.changes.serve import ServeChange, wish_of
from setup_assistant.core.aim import aim, plex_port
from setup_assistant.core.changes import Snapshot
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import HostFacts, TailscaleFacts
from setup_assistant.core.serving import Serving
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.serve_config import Raw, Wish, without_earlier_ports
from setup_assistant.services.serve_slots import Slot, unpack
from setup_assistant.services.tailscale import Tailscale


class TidyFunnel(ServeChange):
    """Plex is public at one address only.

    It stands apart from the move itself, and after the custom URL: a run that stops in between leaves both addresses.
    """

    code = "funnel_tidy"

    @classmethod
    def of(cls, tailscale: Tailscale, facts: HostFacts) -> TidyFunnel | None:
        """Return the change, or None while there is no address to move to."""
        found = aim(facts)
        return None if found is None or found.taken else cls(tailscale, wish_of(found, facts))

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        urls = [f"https://{self._name}:{port}" for port in self._earlier(facts)]
        then = words.EARLIER_GONE.filled(url=f"https://{self._wish.key}" if self._wish else "")
        return words.PUBLIC_AT.filled(urls=", ".join(urls) or "-"), then

    @property
    def _name(self) -> str:
        return self._wish.name if self._wish is not None else ""

    def _earlier(self, facts: HostFacts) -> tuple[int, ...]:
        tailscale = facts.tailscale
        serving = Serving.of(tailscale, plex_port(facts)) if isinstance(tailscale, TailscaleFacts) else None
        return serving.earlier_ports(self._wish.port) if serving is not None and self._wish is not None else ()

    def is_satisfied(self, facts: HostFacts) -> bool:
        return not self._earlier(facts)

    def is_done(self, snapshot: Snapshot) -> bool:
        return all(value is None for value in unpack(snapshot).values())

    def _goal(self, raw: Mapping[str, Any], wish: Wish) -> Raw:
        return without_earlier_ports(raw, wish)

    def _always(self, raw: Mapping[str, Any], wish: Wish) -> set[Slot]:
        return set()

    async def apply(self, before: Snapshot) -> None:
        wish = await self._known_wish()
        raw = await self._tailscale.raw_serve_config()
        await self._tailscale.write_serve_config(raw, self._goal(raw, wish))
        if wish.serving(await self._tailscale.raw_serve_config()).earlier_ports(wish.port):
            raise HostError(Trouble.NOT_TAKEN, what="Funnel")
