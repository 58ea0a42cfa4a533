# SPDX-License-Identifier: MIT
"""The single places of a Serve configuration: which of them a change touches, and how exactly those are given back.

A slot is one handler (``Web``, host:port, mount), one ``AllowFunnel`` flag, or one ``TCP`` entry. A snapshot holds
slots as JSON, in the configuration's own shape, with null for what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from operator import eq
from typing import Any

from setup_assistant.services.serve_config import Raw, drop_empty, split_host_port

Slot = tuple[str, ...]


def slots_of(raw: Mapping[str, Any]) -> dict[Slot, Any]:
    """Return every slot of a configuration with its value; live sessions and services are not ours to touch."""
    found: dict[Slot, Any] = {}
    for key, server in (raw.get("Web") or {}).items():
        for mount, handler in ((server or {}).get("Handlers") or {}).items():
            if handler is not None:
                found["Web", key, mount] = handler
    for section in ("AllowFunnel", "TCP"):
        for key, value in (raw.get(section) or {}).items():
            if value is not None:
                found[section, key] = value
    return found


def touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[Slot]:
    """Return the slots in which two configurations differ."""
    old, new = slots_of(before), slots_of(after)
    return {slot for slot in {*old, *new} if old.get(slot) != new.get(slot)}


def pack(values: Mapping[Slot, Any]) -> dict[str, Any]:
    """Write slots as a snapshot."""
    snapshot: dict[str, Any] = {}
    for slot, value in sorted(values.items()):
        if slot[0] == "Web":
            snapshot.setdefault("Web", {}).setdefault(slot[1], {})[slot[2]] = deepcopy(value)
        else:
            snapshot.setdefault(slot[0], {})[slot[1]] = deepcopy(value)
    return snapshot


def unpack(snapshot: Mapping[str, Any]) -> dict[Slot, Any]:
    """Read a snapshot's slots; what is not in its shape is passed over."""
    found: dict[Slot, Any] = {}
    for key, mounts in _items(snapshot.get("Web")):
        for mount, handler in _items(mounts):
            if handler is None or isinstance(handler, dict):
                found["Web", key, mount] = handler
    for key, value in _items(snapshot.get("AllowFunnel")):
        if value is None or isinstance(value, bool):
            found["AllowFunnel", key] = value
    for key, value in _items(snapshot.get("TCP")):
        if value is None or isinstance(value, dict):
            found["TCP", key] = value
    return found


def _items(value: object) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def read_slots(raw: Mapping[str, Any], slots: Iterable[Slot]) -> dict[str, Any]:
    """Return a snapshot of these slots as they are now."""
    now = slots_of(raw)
    return pack({slot: now.get(slot) for slot in slots})


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What giving back comes to: the new configuration, what is restored, and what others changed since."""

    config: Raw
    restored: frozenset[Slot] = field(default_factory=frozenset)
    left: frozenset[Slot] = field(default_factory=frozenset)


Step = tuple[Mapping[str, Any], Mapping[str, Any] | None, Callable[[Slot, Any], bool]]
"""One change: what stood before, what after (None where it was cut off), and whether a value is what it leaves."""


@dataclass(slots=True)
class Ours:
    """What became of single slots through us: what stood there before, and how what we left there is known."""

    before: dict[Slot, Any] = field(default_factory=dict)
    left: dict[Slot, list[Callable[[Any], bool]]] = field(default_factory=dict)

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Ours:
        """Several changes, oldest first, as one."""
        ours = cls()
        for before, after, leaves in steps:
            for slot, value in unpack(before).items():
                ours.before.setdefault(slot, value)
                if after is None:
                    # Cut off: it stands as this run found it, or as it was about to leave it.
                    ours.left.setdefault(slot, []).extend((partial(eq, value), partial(leaves, slot)))
            for slot, value in unpack(after or {}).items():
                ours.before.setdefault(slot, None)
                ours.left[slot] = [partial(eq, value)]
        return ours


def give_back(raw: Mapping[str, Any], ours: Ours) -> GivenBack:
    """Give back what was before where the configuration still is as we left it.

    A handler that somebody else put at our place since keeps its port and its Funnel, and so does a port on which
    somebody else has added a handler.
    """
    now = slots_of(raw)
    restored: set[Slot] = set()
    left: set[Slot] = set()
    for slot, value in ours.before.items():
        current = now.get(slot)
        if current == value:
            continue
        untouched_since = any(known(current) for known in ours.left.get(slot, ()))
        (restored if untouched_since else left).add(slot)
    foreign = {slot for slot in now if slot[0] == "Web" and (slot not in ours.before or slot in left)}
    forwards = {slot[1] for slot in left if slot[0] == "TCP" and "TCPForward" in (now.get(slot) or {})}
    restored -= _needed_by_others(foreign, forwards, {slot: ours.before[slot] for slot in restored})
    return GivenBack(_put(raw, {slot: ours.before[slot] for slot in restored}), frozenset(restored), frozenset(left))


def _needed_by_others(foreign: set[Slot], forwards: set[str], values: Mapping[Slot, Any]) -> set[Slot]:
    """The Funnel flags and TCP entries among ``values`` that others need as they are now.

    Others are the handlers ``foreign`` to us, and the ports with ``forwards`` that somebody has set up in our place.

    A flag goes all the same where a handler comes back that was not public before: nothing becomes public through us.
    """
    staying = {slot[1] for slot in foreign}
    private = {slot[1] for slot, value in values.items() if slot[0] == "Web" and value is not None}
    ports = {str(pair[1]) for pair in map(split_host_port, staying) if pair is not None}
    needed: set[Slot] = set()
    for slot, value in values.items():
        if slot[0] == "AllowFunnel" and value is None:
            pair = split_host_port(slot[1])
            if slot[1] in staying - private or (pair is not None and str(pair[1]) in forwards):
                needed.add(slot)
        if slot[0] == "TCP" and slot[1] in ports:
            needed.add(slot)
    return needed


def _put(raw: Mapping[str, Any], values: Mapping[Slot, Any]) -> Raw:
    new = deepcopy(dict(raw))
    for slot, value in values.items():
        if slot[0] == "Web":
            web = new["Web"] = new.get("Web") or {}
            server = web[slot[1]] = web.get(slot[1]) or {}
            place = server["Handlers"] = server.get("Handlers") or {}
        else:
            place = new[slot[0]] = new.get(slot[0]) or {}
        if value is None:
            place.pop(slot[-1], None)
        else:
            place[slot[-1]] = deepcopy(value)
    for key, server in list((new.get("Web") or {}).items()):
        if server == {"Handlers": {}}:
            del new["Web"][key]
    return drop_empty(new)
