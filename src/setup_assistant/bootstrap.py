# SPDX-License-Identifier: MIT
"""The one place that wires the parts, real or simulated, and knows where our files live.

What only a run needs is imported when the run begins: the window is on the screen long before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from setup_assistant import __version__
from setup_assistant.cli_options import Options
from setup_assistant.core.errors import UsageError
from setup_assistant.core.settings import REPOSITORY, Settings, parse_settings, with_updates
from setup_assistant.core.texts import Text, Translate
from setup_assistant.engine.journal_file import journal_exists
from setup_assistant.gui.contract import WindowServices
from setup_assistant.host.desktop import has_display, real_desktop
from setup_assistant.host.languages import system_languages
from setup_assistant.languages import ENGLISH, Languages
from setup_assistant.log_file import start_log
from setup_assistant.settings_file import APP, keep_setting, settings_file, settings_folder

if TYPE_CHECKING:
    import asyncio

    from setup_assistant.core.events import Listener
    from setup_assistant.core.findings import Verdict
    from setup_assistant.core.host import Host
    from setup_assistant.engine.assistant import Assistant, Look
    from setup_assistant.host.simulated.demo import Demo

log = logging.getLogger(__name__)


def resources_folder() -> Path:
    """Where fonts, icons and scenarios are: beside the packaged code, else at the top of the source tree."""
    inside = Path(__file__).resolve().parent / "resources"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "resources"


def own_repository() -> str | None:
    """The repository that publishes this copy, ``owner/name``; None where its build was not told."""
    try:
        written = (resources_folder() / "repository.txt").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return written if REPOSITORY.fullmatch(written) else None


def scenario_names() -> list[str]:
    """The names that ``--demo`` takes."""
    return sorted(path.stem for path in (resources_folder() / "scenarios").glob("*.toml"))


def languages() -> Languages:
    """The languages that the program speaks."""
    return Languages(resources_folder() / "languages")


def language(argv: Sequence[str]) -> str:
    """Return the language to speak: the one asked for, else the one chosen once, else the system's."""
    asked, file = None, None
    if argv:
        from setup_assistant.cli_parser import wishes

        asked, file = wishes(argv)
    chosen = None
    with suppress(OSError, UsageError):  # what is wrong with the file is told once it is read in earnest
        chosen = parse_settings(settings_file(file).read_bytes()).display.language
    return languages().fitting([*(name for name in (asked, chosen) if name), *system_languages()])


class Wiring:
    """Everything one process needs, built from options and settings. Raises UsageError."""

    def __init__(self, options: Options, settings: Settings, *, window: bool = False, language: str = ENGLISH) -> None:
        self.options = options
        self.settings = settings = with_updates(settings, own_repository(), wanted=options.updates)
        self.is_demo = options.demo is not None
        self._window = window
        self._language = language
        self._leaving = ExitStack()
        self._demo: Demo | None = None
        self.state_dir = self._choose_state_dir()
        self._host: Host | None = None
        if self.is_demo or not window or settings.network.ca_file is not None:
            try:
                # Now, because a scenario or a file of certificates may be one that can't be used.
                self._host = self._make_host()
            except BaseException:
                self._leaving.close()
                raise

    @property
    def host(self) -> Host:
        """The host, made when it is first needed."""
        if self._host is None:
            self._host = self._make_host()
        return self._host

    def _make_host(self) -> Host:
        if self.is_demo:
            self._demo = self._open_demo()
            return self._demo.host
        from setup_assistant.host.real import real_host

        return real_host(self.settings)

    def _choose_state_dir(self) -> Path:
        named = self.settings.paths.state_dir
        if named is not None:
            folder = _at_home("paths.state_dir", named)
            if not self.is_demo:
                from setup_assistant.host.simulated.world import WORLD_FILE

                if (folder / WORLD_FILE).exists():
                    raise UsageError(
                        "other_world", Text("The folder {folder} belongs to a simulated host.", {"folder": folder})
                    )
            return folder
        if self.is_demo:
            import tempfile

            return Path(self._leaving.enter_context(tempfile.TemporaryDirectory(prefix="setup-assistant-demo-")))
        return Path(platformdirs.user_state_dir(APP, appauthor=False))

    def _open_demo(self) -> Demo:
        name = self.options.demo or ""
        path = Path(name) if name.endswith(".toml") else resources_folder() / "scenarios" / f"{name}.toml"
        if not path.is_file() or (path.stem != name and not name.endswith(".toml")):
            raise UsageError(
                "scenario_unknown",
                Text(
                    "There is no scenario {name}. Known: {known}", {"name": name, "known": ", ".join(scenario_names())}
                ),
            )
        from setup_assistant.host.simulated.demo import Demo

        return Demo(path, self.settings, self.state_dir)

    def loop_factory(self) -> asyncio.AbstractEventLoop:
        """The event loop that fits the host: real time, none, or twenty times as fast."""
        if self._demo is not None:
            return self._demo.make_loop(watched=self._window)
        from setup_assistant.host.threads import real_loop

        return real_loop()

    def make_assistant(self, listen: Listener) -> Assistant:
        """Build one assistant over the host."""
        from setup_assistant.engine.assistant import Assistant
        from setup_assistant.engine.store import Store
        from setup_assistant.host.lock import FolderLock
        from setup_assistant.services import Services
        from setup_assistant.services.outside import Outside
        from setup_assistant.services.plex_account import PlexAccount
        from setup_assistant.services.plex_server import PlexServer
        from setup_assistant.services.releases import Releases
        from setup_assistant.services.tailscale import Tailscale

        store = Store(self.state_dir)
        host, settings = self.host, self.settings
        account = PlexAccount(host, settings.plex_tv, store.client_identifier)
        services = Services(
            host=host,
            settings=settings,
            tailscale=Tailscale(host, settings.tailscale),
            plex=PlexServer(host, settings.plex, account),
            account=account,
            outside=Outside(host, settings.outside),
            releases=Releases(host, settings.updates),
            listen=listen,
        )
        return Assistant(
            services, store, FolderLock(self.state_dir), listen, consent=self.consent, port=self.options.port
        )

    @property
    def consent(self) -> bool | None:
        """What is known of the person's consent to be checked from outside; the demo counts as yes."""
        if self.options.consent is not None:
            return self.options.consent
        return True if self.is_demo else self.settings.outside.consent

    @property
    def has_display(self) -> bool:
        """Whether a window can be shown."""
        return has_display()

    def window_services(self) -> WindowServices:
        """Everything the window needs."""
        return WindowServices(
            make_assistant=self.make_assistant,
            loop_factory=self.loop_factory,
            resources=resources_folder(),
            version=__version__,
            consent=self.consent,
            keep_consent=self.keep_consent,
            changed_before=self.changed_before,
            make_report=self.make_report,
            look_for_update=self.look_for_update,
            translate=languages().words(self._language),
            language=self._language,
            languages=languages(),
            choose_language=self.choose_language,
            demo=self.options.demo,
            desktop=real_desktop(),
            preferences=None if self.is_demo else settings_folder() / "window.ini",
        )

    def changed_before(self) -> bool:
        """Whether there is a record of earlier changes, readable or not."""
        return journal_exists(self.state_dir)

    def make_report(self, look: Look | None, mistake: str) -> str:
        """Return the support report of the window."""
        from setup_assistant.engine.report import build_report
        from setup_assistant.engine.store import Store

        return build_report(look, Store(self.state_dir), {}, self.log_file, mistake)

    async def look_for_update(self) -> Verdict:
        """Return whether a newer version is published."""
        from setup_assistant.engine.newest import look_for_update
        from setup_assistant.services.releases import Releases

        return await look_for_update(Releases(self.host, self.settings.updates))

    def keep_consent(self, consent: bool) -> None:
        """Keep the answer in the settings file, without touching the rest of it. Raises OSError."""
        if not self.is_demo:
            keep_setting(settings_file(self.options.settings), "outside", "consent", consent)

    def choose_language(self, code: str) -> Translate:
        """Return the words of a language, and keep the choice where that can be done."""
        if not self.is_demo:
            try:
                keep_setting(settings_file(self.options.settings), "display", "language", code)
            except OSError as error:
                log.info("the language could not be kept: %s", error)
        return languages().words(code)

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """Save the simulated world at the end, and clear temporary folders."""
        with self._leaving:
            try:
                yield
            finally:
                if self._demo is not None:
                    self._demo.save()

    @property
    def log_file(self) -> Path | None:
        """Where the log goes; the demo keeps none."""
        if self.is_demo:
            return None
        named = self.settings.paths.log_dir
        folder = _at_home("paths.log_dir", named) if named else Path(platformdirs.user_log_dir(APP, appauthor=False))
        return folder / "setup-assistant.log"

    def start_log(self) -> None:
        """Write a log for the report."""
        start_log(self.log_file)


def _at_home(key: str, named: str) -> Path:
    """Return a folder from the settings file, where ``~`` is the person's own. Raises UsageError."""
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        text = Text(
            "The settings file's {key} names somebody who is not known here: {named}.", {"key": key, "named": named}
        )
        raise UsageError("settings_value", text) from error
