# SPDX-License-Identifier: MIT
"""Copies of what we touch, taken before the first change of a run."""

from __future__ import annotations

import logging

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.engine.store import Store
from setup_assistant.services import Services

log = logging.getLogger(__name__)


async def back_up(services: Services, store: Store, run: str) -> None:
    """Keep the serve config and the Plex settings we may touch, as far as they can be read.

    Raises HostError STATE_NOT_WRITABLE. What can't be read can't be changed either: the change itself says so.
    """
    store.prepare()
    for name, read in (
        ("tailscale-serve-config", services.tailscale.raw_serve_config),
        ("plex-settings", services.plex.raw_settings),
    ):
        try:
            store.back_up(run, name, await read())
        except HostError as error:
            if error.trouble is Trouble.STATE_NOT_WRITABLE:
                raise
            log.info("no backup of %s: %s", name, error.trouble)
