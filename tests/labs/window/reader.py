# SPDX-License-Identifier: MIT
"""What a screen reader is told: prints it as it comes, one JSON object a line. Runs in the system's own Python.

A line "tree" on its input asks for everything that is showing, a line "mark" for nothing but an answer.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pyatspi  # type: ignore[import-not-found]
from gi.repository import GLib  # type: ignore[import-not-found]

PROGRAM = "setup-assistant"
STATES = {
    "focusable": pyatspi.STATE_FOCUSABLE,
    "focused": pyatspi.STATE_FOCUSED,
    "enabled": pyatspi.STATE_ENABLED,
    "checked": pyatspi.STATE_CHECKED,
}


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def described(thing: Any) -> dict[str, object]:
    states = thing.getState()
    return {
        "name": thing.name,
        "role": thing.getRoleName(),
        "description": thing.description,
        "states": [name for name, state in STATES.items() if states.contains(state)],
    }


def showing(thing: Any) -> list[dict[str, object]]:
    """All that is showing, from the top down; hidden pages are in the tree too."""
    found = [described(thing)]
    for child in thing:
        if child is not None and child.getState().contains(pyatspi.STATE_SHOWING):
            found += showing(child)
    return found


def ours() -> Any:
    return next((one for one in pyatspi.Registry.getDesktop(0) if one is not None and PROGRAM in one.name), None)


def on_focus(event: Any) -> None:
    if event.detail1:
        tell(event="focus", **described(event.source))


def on_announcement(event: Any) -> None:
    tell(event="announcement", text=str(event.any_data))


def on_name(event: Any) -> None:
    tell(event="name", name=event.source.name)


def on_line(stream: Any, condition: int) -> bool:
    line = stream.readline()
    if not line:
        pyatspi.Registry.stop()
        return False
    if line.strip() == "mark":
        tell(event="mark")
        return True
    try:
        tree = [entry for window in ours() or () for entry in showing(window)]
    except GLib.GError:  # it is just being closed, or has no time for us
        tree = []
    tell(event="tree", tree=tree)
    return True


for kind, listener in (
    ("object:state-changed:focused", on_focus),
    ("object:announcement", on_announcement),
    ("object:property-change:accessible-name", on_name),
):
    pyatspi.Registry.registerEventListener(listener, kind)
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_line)
tell(event="ready")
pyatspi.Registry.start()
