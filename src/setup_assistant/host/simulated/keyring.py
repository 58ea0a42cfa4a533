# SPDX-License-Identifier: MIT
"""A simulated OS keyring."""

from __future__ import annotations

from typing import Any

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.host.simulated.plex_tv import first_key
from setup_assistant.host.simulated.world import World

_STATES = {
    "locked": Trouble.KEYRING_LOCKED,
    "missing": Trouble.KEYRING_MISSING,
    "refused": Trouble.KEYRING_REFUSED,
}


class SimulatedSecrets:
    """`core.host.Secrets` over ``world.data["keyring"]``; at the start it holds the token of who is signed in."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def read(self, name: str) -> str | None:
        """Return the secret or None."""
        kept = self._kept()
        value = kept.get(name)
        return None if value is None else str(value)

    async def store(self, name: str, value: str) -> None:
        """Keep the secret."""
        self._kept()[name] = value
        self._world.save()

    async def forget(self, name: str) -> None:
        """Delete the secret."""
        self._kept().pop(name, None)
        self._world.save()

    def _kept(self) -> dict[str, Any]:
        keyring = self._world.data["keyring"]
        trouble = _STATES.get(keyring.get("state", "ready"))
        if trouble is not None:
            raise HostError(trouble)
        if "secrets" not in keyring:
            first = first_key(self._world)
            keyring["secrets"] = {} if first is None else {"plex-token": first}
        kept: dict[str, Any] = keyring["secrets"]
        return kept
