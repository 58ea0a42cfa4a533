# SPDX-License-Identifier: MIT
"""Sentences for people: an English message, its values, and the catalogue that renders them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


def in_english(message: str) -> str:
    """Return the message as it stands in the code: the catalogue of English."""
    return message


@dataclass(frozen=True, slots=True)
class Text:
    """An English sentence with ``{names}`` and the values for them.

    The English text is also the message identifier of the gettext catalogues.
    A value may itself be a `Text`; it is rendered in the same language.
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Translate = in_english) -> str:
        """Return the sentence in the language of ``translate``."""
        values = {
            name: value.render(translate) if isinstance(value, Text) else value for name, value in self.values.items()
        }
        template = translate(self.message) if self.message else ""
        return template.format(**values) if values else template.replace("{{", "{").replace("}}", "}")

    def __str__(self) -> str:
        return self.render()
