# SPDX-License-Identifier: MIT
"""The three settings of Plex that we change, each with a way back that takes out our part only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setup_assistant.core import allowed_networks, custom_urls
from setup_assistant.core.changes import Snapshot, Taken, UndoResult
from setup_assistant.core.facts import HostFacts, PlexFacts, PlexSettings
from setup_assistant.core.texts import Text
from setup_assistant.core.words import changes as words
from setup_assistant.services.plex_server import PlexServer

URLS = "customConnections"
PUBLISH = "PublishServerOnPlexOnlineKey"
ALLOWED = "allowedNetworks"


class _Setting:
    """What the three share: one setting, read and written through Plex itself."""

    code = ""
    setting = ""
    reversible = True

    def __init__(self, plex: PlexServer) -> None:
        self._plex = plex

    @property
    def args(self) -> Mapping[str, Any]:
        return {}

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code])

    def needs_admin(self, facts: HostFacts) -> bool:
        """Plex is asked with the owner's token, not as the admin of the computer."""
        return False

    def reopens(self, taken: Sequence[Taken]) -> bool:
        """No setting of Plex makes it public: that is Funnel's doing."""
        return False


class PlexUrl(_Setting):
    """Our public address in Plex's custom server access URLs."""

    code = "plex_url"
    setting = "plex.customConnections"

    def __init__(self, plex: PlexServer, url: str, earlier: tuple[str, ...] = ()) -> None:
        """``earlier`` are names this computer had before; URLs with them are ours too."""
        super().__init__(plex)
        self.url = url
        self.earlier = earlier

    @classmethod
    def from_args(cls, plex: PlexServer, args: Mapping[str, Any]) -> PlexUrl | None:
        """Rebuild from the journal; None where the arguments are not ours."""
        url, earlier = args.get("url"), args.get("earlier", [])
        if not isinstance(url, str) or not isinstance(earlier, list) or not all(isinstance(n, str) for n in earlier):
            return None
        return cls(plex, url, tuple(earlier))

    @property
    def args(self) -> Mapping[str, Any]:
        return {"url": self.url, "earlier": list(self.earlier)}

    @property
    def summary(self) -> Text:
        return Text(words.SUMMARIES[self.code], {"url": self.url})

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        now = _settings(facts).custom_connections
        then = custom_urls.with_ours(now, self.url, self.earlier)
        return _shown(now, words.PLEX_NO_URLS), _shown(then, words.PLEX_NO_URLS)

    def is_satisfied(self, facts: HostFacts) -> bool:
        return custom_urls.is_right(_settings(facts).custom_connections, self.url, self.earlier)

    async def snapshot(self) -> Snapshot:
        return {URLS: (await self._plex.read_settings()).custom_connections}

    def is_done(self, snapshot: Snapshot) -> bool:
        return custom_urls.is_right(_text(snapshot, URLS), self.url, self.earlier)

    async def apply(self, before: Snapshot) -> None:
        await self._plex.write_settings({URLS: custom_urls.with_ours(_text(before, URLS), self.url, self.earlier)})

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """Take our URLs out, put back the variants they replaced; the others stay as they are now."""
        was = _text(taken[0].before, URLS)
        current = (await self._plex.read_settings()).custom_connections
        ours = [one.change for one in taken if isinstance(one.change, PlexUrl)]
        # The computer may have had another name in each of the runs; what stood under any of them was replaced by ours.
        names = {name for one in ours for name in (*one.earlier, custom_urls.host_of(one.url))}
        earlier = tuple(sorted(names - {custom_urls.host_of(self.url), ""}))
        written = {one.url for one in ours} | {
            piece for one in taken if one.after is not None for piece in _pieces(_text(one.after, URLS))
        } - {piece for one in taken for piece in _pieces(_text(one.before, URLS))}
        wanted = custom_urls.taken_back(current, was, written, self.url, earlier)
        if wanted is None:
            replaced = [piece for piece in _pieces(was) if custom_urls.fault(piece, self.url, earlier) is not None]
            gone = bool(replaced) and not any(piece in _pieces(current) for piece in replaced)
            return UndoResult.LEFT_ALONE if gone else UndoResult.NOTHING_TO_DO
        if wanted == current:
            return UndoResult.NOTHING_TO_DO
        await self._plex.write_settings({URLS: wanted})
        return UndoResult.RESTORED


class PlexRemoteAccess(_Setting):
    """Plex's own Remote Access, off."""

    code = "plex_remote_access"
    setting = "plex.remoteAccess"

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        now = words.PLEX_REMOTE_ON if _settings(facts).publish else words.PLEX_REMOTE_OFF
        return now, words.PLEX_REMOTE_OFF

    def is_satisfied(self, facts: HostFacts) -> bool:
        return not _settings(facts).publish

    async def snapshot(self) -> Snapshot:
        return {PUBLISH: (await self._plex.read_settings()).publish}

    def is_done(self, snapshot: Snapshot) -> bool:
        return snapshot.get(PUBLISH) is False

    async def apply(self, before: Snapshot) -> None:
        await self._plex.write_settings({PUBLISH: False})

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """Switch it on again, where it was on before and is still off."""
        if taken[0].before.get(PUBLISH) is not True or (await self._plex.read_settings()).publish:
            return UndoResult.NOTHING_TO_DO
        await self._plex.write_settings({PUBLISH: True})
        return UndoResult.RESTORED


class PlexAllowedNetworks(_Setting):
    """Plex's list of networks without sign-in, less the entries that Funnel's own hop would fall under."""

    code = "plex_allowed_networks"
    setting = "plex.allowedNetworks"

    def __init__(self, plex: PlexServer, *, container: bool) -> None:
        super().__init__(plex)
        self.container = container

    @property
    def args(self) -> Mapping[str, Any]:
        return {"container": self.container}

    def before_and_after(self, facts: HostFacts) -> tuple[Text, Text]:
        now = _settings(facts).allowed_networks
        then = allowed_networks.without(now, container=self.container)
        return _shown(now, words.PLEX_NO_NETWORKS), _shown(then, words.PLEX_NO_NETWORKS)

    def is_satisfied(self, facts: HostFacts) -> bool:
        return not allowed_networks.entries_letting_in(_settings(facts).allowed_networks, container=self.container)

    async def snapshot(self) -> Snapshot:
        return {ALLOWED: (await self._plex.read_settings()).allowed_networks}

    def is_done(self, snapshot: Snapshot) -> bool:
        return not allowed_networks.entries_letting_in(_text(snapshot, ALLOWED), container=self.container)

    async def apply(self, before: Snapshot) -> None:
        await self._plex.write_settings(
            {ALLOWED: allowed_networks.without(_text(before, ALLOWED), container=self.container)}
        )

    async def undo(self, taken: Sequence[Taken]) -> UndoResult:
        """Put the entries back. Whether they may come back while Plex is public is the engine's question."""
        current = (await self._plex.read_settings()).allowed_networks
        wanted = allowed_networks.put_back(current, _text(taken[0].before, ALLOWED), container=self.container)
        if wanted == current:
            return UndoResult.NOTHING_TO_DO
        await self._plex.write_settings({ALLOWED: wanted})
        return UndoResult.RESTORED


def _settings(facts: HostFacts) -> PlexSettings:
    """The settings, which the questions that plan a change have found to be known."""
    if isinstance(facts.plex, PlexFacts) and isinstance(facts.plex.settings, PlexSettings):
        return facts.plex.settings
    return PlexSettings(custom_connections="", publish=True, allowed_networks="")


def _text(snapshot: Snapshot, name: str) -> str:
    value = snapshot.get(name, "")
    return value if isinstance(value, str) else ""


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(",") if piece.strip()]


def _shown(value: str, nothing: Text) -> Text:
    return words.PLEX_VALUE.filled(value=value) if value.strip() else nothing
