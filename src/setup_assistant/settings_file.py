# SPDX-License-Identifier: MIT
"""Where the settings file is, and how a value gets into it."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from setup_assistant.core.errors import UsageError
from setup_assistant.core.settings import Settings, parse_settings
from setup_assistant.core.texts import Text

APP = "setup-assistant"


def settings_folder() -> Path:
    """The person's own folder for settings."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False))


def settings_file(asked: Path | None) -> Path:
    """The settings file that is asked for, else the one in the person's config folder."""
    return asked or settings_folder() / "settings.toml"


def read_settings(asked: Path | None) -> Settings:
    """Read the settings; no file means all defaults. Raises UsageError."""
    path = settings_file(asked)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        if asked is None:
            return Settings()
        raise UsageError("settings_missing", Text("There is no settings file {file}.", {"file": path})) from error
    except OSError as error:
        raise UsageError(
            "settings_unreadable",
            Text("The settings file {file} cannot be read: {detail}", {"file": path, "detail": error}),
        ) from error
    return parse_settings(content)


def keep_setting(path: Path, section: str, key: str, value: bool | str) -> None:
    """Write one value into a settings file; comments and everything else stay. Raises OSError."""
    import tomlkit  # only for those who change something: it is most of this module's weight

    from setup_assistant.engine.store import write_private

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    if section not in document:
        document[section] = tomlkit.table()
    document[section][key] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, tomlkit.dumps(document))
