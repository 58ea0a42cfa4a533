# SPDX-License-Identifier: MIT
"""The simulated Plex's 155 settings, as recorded from a real server, and what it tells plex.tv of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from setup_assistant.host.simulated.world import World

RECORDING = "plex_settings.json"

_OWN_VALUES: Mapping[str, Any] = {
    "FriendlyName": "Home",
    "customConnections": "",
    "customCertificateDomain": "",
    "ManualPortMappingMode": False,
    "ManualPortMappingPort": 32400,
    "WanTotalMaxUploadRate": 0,
}
"""What the recorded household had set for itself; here the defaults stand."""

_PUBLISHED = ("customConnections", "PublishServerOnPlexOnlineKey")


@cache
def recorded_settings() -> tuple[Mapping[str, Any], ...]:
    """The settings of the recording, in its order."""
    inside = Path(str(resources.files("setup_assistant"))) / "resources"
    folder = inside if inside.is_dir() else Path(__file__).resolve().parents[4] / "resources"
    recording = json.loads((folder / "simulated" / RECORDING).read_text(encoding="utf-8"))
    return tuple(recording["MediaContainer"]["Setting"])


class UnknownSettingError(Exception):
    """Plex has no setting of that name."""


class SimulatedSettings:
    """The settings of one world; ``[plex.settings]`` of the scenario holds what differs from the recording."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds = {setting["id"]: setting["type"] for setting in recorded_settings()}

    @property
    def _changed(self) -> dict[str, Any]:
        changed: dict[str, Any] = self._world.data["plex"].setdefault("settings", {})
        return changed

    def all(self) -> list[dict[str, Any]]:
        """Every setting with its live value."""
        return [{**setting, "value": self.value(setting["id"])} for setting in recorded_settings()]

    def value(self, name: str) -> Any:
        """The live value of one setting. Raises UnknownSettingError."""
        if name not in self._kinds:
            raise UnknownSettingError(name)
        recorded = next(setting["value"] for setting in recorded_settings() if setting["id"] == name)
        return self._changed.get(name, _OWN_VALUES.get(name, recorded))

    def set(self, values: Mapping[str, str]) -> None:
        """Set what a PUT sends: all of it, or nothing where one is unknown. Raises UnknownSettingError, ValueError."""
        read = {}
        for name, text in values.items():
            if name not in self._kinds:
                raise UnknownSettingError(name)
            read[name] = _read(self._kinds[name], text)
        before = {name: self.value(name) for name in _PUBLISHED}
        self._changed.update(read)
        if before != {name: self.value(name) for name in _PUBLISHED}:
            self._announce()

    def _announce(self) -> None:
        """Tell plex.tv, which lists it after a while."""
        plex_tv = self._world.data["plex_tv"]
        due = self._world.seconds + plex_tv.get("lists_after_s", 0)
        self.listing()
        plex_tv["announced"].append({"at": due, **self._as_announced()})

    def started(self) -> None:
        """A server that starts tells plex.tv, and is heard (not proven: docs/unproven.md)."""
        plex_tv = self._world.data["plex_tv"]
        if plex_tv.get("deaf") == "until_restart":
            plex_tv["deaf"] = False
            self._announce()

    def _as_announced(self) -> dict[str, Any]:
        return {"urls": self.value("customConnections"), "publish": self.value("PublishServerOnPlexOnlineKey")}

    def listing(self) -> Mapping[str, Any]:
        """What plex.tv lists by now: ``urls`` and ``publish``."""
        plex_tv = self._world.data["plex_tv"]
        announced: list[dict[str, Any]] = plex_tv.setdefault("announced", [])
        listed: dict[str, Any] = plex_tv.setdefault("listed", self._as_announced())
        while announced and announced[0]["at"] <= self._world.seconds:
            listed = announced.pop(0)
            # A server whose word was lost is only heard again when Remote Access is switched.
            if plex_tv.get("deaf", False):
                listed = {**listed, "urls": plex_tv["listed"]["urls"]}
                if listed["publish"] != plex_tv["listed"]["publish"] and plex_tv["deaf"] != "until_restart":
                    plex_tv["deaf"] = False
                    listed["urls"] = self.value("customConnections")
            plex_tv["listed"] = listed
        return listed


def _read(kind: str, text: str) -> Any:
    """Both 0/1 and true/false are in use (facts: plexargod sends 0, python-plexapi sends false)."""
    if kind == "bool":
        if text not in ("0", "1", "true", "false"):
            raise ValueError(text)
        return text in ("1", "true")
    if kind == "int":
        return int(text)
    return float(text) if kind == "double" else text
