# SPDX-License-Identifier: MIT
"""What the window needs from those who start it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from setup_assistant.core.findings import Finding, Verdict
from setup_assistant.core.texts import Text, Translate, in_english
from setup_assistant.languages import Languages

if TYPE_CHECKING:
    import asyncio

    from setup_assistant.core.events import Listener
    from setup_assistant.engine.assistant import Look


class WindowAssistant(Protocol):
    """The part of `engine.assistant.Assistant` that the window uses; every call happens on the background thread."""

    def set_consent(self, consent: bool | None) -> None: ...
    def set_typed_wan(self, address: str) -> None: ...
    def set_port(self, port: int | None) -> None: ...
    def stop_after_change(self) -> None: ...
    def alone(self) -> AbstractContextManager[None]: ...
    async def look(self) -> Look: ...
    async def carry_out(self, look: Look) -> Look: ...
    def undo_preview(self) -> tuple[str, ...]: ...
    def undo_summaries(self) -> tuple[Text, ...]: ...
    async def undo(self) -> Look: ...
    async def sign_in_plex(self) -> None: ...
    async def sign_in_tailscale(self) -> None: ...
    async def sign_out(self) -> bool: ...
    async def wait_for_plex(self) -> None: ...
    async def watch_viewers(self) -> None: ...
    async def wait_for_person(self, finding: Finding) -> bool: ...
    async def rename(self, name: str) -> None: ...


class Desktop(Protocol):
    """What the desktop shows beside the window; every call happens on the background thread."""

    @property
    def notifies(self) -> bool: ...
    def show_progress(self, window: int, share: float | None) -> None: ...
    def notify(self, title: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class WindowServices:
    """Everything the window is given. Callables are called on the window's thread unless told otherwise."""

    make_assistant: Callable[[Listener], WindowAssistant]
    """Called on the background thread, a new one for each run, always over the same services: a sign-in that no
    keyring keeps lives in them."""
    loop_factory: Callable[[], asyncio.AbstractEventLoop]
    """Makes the background thread's event loop, on that thread."""
    resources: Path
    """The folder that holds ``fonts`` and ``icons``."""
    version: str
    consent: bool | None = None
    """Whether public checking services may be asked; None: the person was never asked."""
    keep_consent: Callable[[bool], None] = lambda consent: None
    """Keeps the answer in the settings file. May raise OSError."""
    open_link: Callable[[str], object] | None = None
    """Opens a page in the browser; None: Qt does it."""
    changed_before: Callable[[], bool] = lambda: True
    """Whether an earlier run may have changed something: False where our record does not exist yet. Quick."""
    make_report: Callable[[Look | None, str], str] | None = None
    """Returns the support report, with nothing secret in it; its second argument is what Python says of a mistake."""
    look_for_update: Callable[[], Coroutine[Any, Any, Verdict]] | None = None
    """Returns whether a newer version is published; awaited on the background thread."""
    translate: Translate = in_english
    language: str = "en"
    """What ``translate`` speaks."""
    languages: Languages | None = None
    """The languages to choose from; None: only the one that is spoken."""
    choose_language: Callable[[str], Translate] = lambda code: in_english
    """Returns the words of another language, and keeps the choice."""
    demo: str | None = None
    """The scenario's name where nothing is real."""
    desktop: Desktop | None = None
    preferences: Path | None = None
    """The file that keeps the window's place and looks; None: nothing is kept."""
