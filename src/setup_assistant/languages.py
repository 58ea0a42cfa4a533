# SPDX-License-Identifier: MIT
"""The languages that the program speaks: which there are, which one fits a person, and their words."""

from __future__ import annotations

import gettext
import logging
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from setup_assistant.core.texts import Text, Translate, in_english

ENGLISH = "en"
NO_LANGUAGE = ("c", "posix")
"""Names of the locale without a language; what it writes is English."""
OWN_NAME = Text("English")
"""In each catalogue the name of its own language, as those who speak it call it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Languages:
    """The catalogues of a folder."""

    folder: Path

    @property
    def codes(self) -> tuple[str, ...]:
        """The languages there are, English first."""
        return (ENGLISH, *sorted(file.stem for file in self.folder.glob("*.mo")))

    @property
    def names(self) -> dict[str, str]:
        """Code -> how those who speak it call it."""
        return {code: OWN_NAME.render(self.words(code)) for code in self.codes}

    def fitting(self, wanted: Iterable[str]) -> str:
        """Return the first of ``wanted`` that there is; English where there is none.

        ``wanted`` are names of languages or locales, best first: ``de``, ``de_AT.UTF-8``, ``de-AT``, ``C``.
        """
        known = {code.lower(): code for code in self.codes}
        for name in wanted:
            plain = name.partition(".")[0].partition("@")[0].replace("-", "_").lower()
            for candidate in (plain, plain.partition("_")[0]):
                if candidate in NO_LANGUAGE:
                    return ENGLISH
                if candidate in known:
                    return known[candidate]
        return ENGLISH

    def words(self, code: str) -> Translate:
        """Return the catalogue of a language; English where it cannot be read."""
        if code == ENGLISH:
            return in_english
        try:
            with (self.folder / f"{code}.mo").open("rb") as file:
                found = gettext.GNUTranslations(file)
        except (OSError, ValueError, struct.error) as error:
            log.info("the words of %s cannot be read: %s", code, error)
            return in_english

        def translate(message: str, plural: str = "", count: int = 1, /) -> str:
            return found.ngettext(message, plural, count) if plural else found.gettext(message)

        return translate
