# SPDX-License-Identifier: MIT
"""A stand-in for check-host.net after https://check-host.net/about/api."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, json_reply

Row = list[Any]
Visit = Callable[[str], Row]
"""Fetches an address once: ``[1 or 0, seconds, words, status as text or None, address or None]``."""

RUNNING_POLLS = 2

_NODES: Mapping[str, list[str]] = {
    "us1.node.check-host.net": ["us", "USA", "Los Angeles", "5.253.30.82", "AS18978"],
    "de4.node.check-host.net": ["de", "Germany", "Frankfurt", "46.4.143.48", "AS24940"],
    "jp1.node.check-host.net": ["jp", "Japan", "Tokyo", "103.179.45.235", "AS142594"],
}

WORDS = {
    "name_not_found": "No such device or address",
    "refused": "Connection refused",
    "reset": "Connection reset by peer",
    "closed": "Connection reset by peer",
}
"""What its nodes say where nothing answers."""


class CheckHostSite:
    """``/check-http`` and ``/check-result/ID``. ``mode``: ok, busy or down (then 503; see docs/unproven.md)."""

    def __init__(self, visit: Visit, *, state: dict[str, Any], mode: Callable[[], str]) -> None:
        self._visit = visit
        self._state = state
        self._mode = mode

    def __call__(self, request: SimulatedRequest) -> SimulatedReply:
        """Answer one request."""
        if self._mode() not in ("ok", "second"):
            return SimulatedReply(503)
        if request.path.endswith("/check-http"):
            return self._create(request)
        kept = self._state.get(request.path.rpartition("/")[2])
        if kept is None:
            return SimulatedReply(404)
        kept["polls"] += 1
        if kept["polls"] <= RUNNING_POLLS:
            return json_reply(dict.fromkeys(kept["nodes"]))
        return json_reply({node: [self._visit(kept["host"])] for node in kept["nodes"]})

    def _create(self, request: SimulatedRequest) -> SimulatedReply:
        wanted = int(request.param("max_nodes") or 3)
        nodes = dict(list(_NODES.items())[:wanted])
        identifier = f"{len(self._state) + 29:x}"
        self._state[identifier] = {"host": request.param("host") or "", "nodes": list(nodes), "polls": 0}
        return json_reply(
            {
                "ok": 1,
                "request_id": identifier,
                "permanent_link": f"https://check-host.net/check-report/{identifier}",
                "nodes": nodes,
            }
        )
