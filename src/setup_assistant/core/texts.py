# SPDX-License-Identifier: MIT
"""Sentences for people: an English message, its values, and the catalogue that renders them.

Everything a person reads is a `Text` until it is shown: whoever shows it knows the language, nobody else does
(docs/translating.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol


class Translate(Protocol):
    """A catalogue: the words for a message; with a ``plural``, those that fit ``count``."""

    def __call__(self, message: str, plural: str = "", count: int = 1, /) -> str: ...


def in_english(message: str, plural: str = "", count: int = 1, /) -> str:
    """Return the message as it stands in the code: the catalogue of English."""
    return plural if plural and count != 1 else message


@dataclass(frozen=True, slots=True)
class Text:
    """An English sentence with ``{names}`` and the values for them.

    The English text is also the message identifier of the gettext catalogues.
    A value may itself be a `Text`; it is rendered in the same language.
    With a ``plural``, the value ``count`` decides which of the forms is right: one, or more.
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""

    def filled(self, **values: object) -> Text:
        """The same sentence with values."""
        return replace(self, values={**self.values, **values})

    def render(self, translate: Translate = in_english) -> str:
        """Return the sentence in the language of ``translate``."""
        values = {name: rendered(value, translate) for name, value in self.values.items()}
        if not self.message:
            return ""
        if self.plural:
            template = translate(self.message, self.plural, int(str(self.values["count"])))
        else:
            template = translate(self.message)
        return template.format(**values) if values else template.replace("{{", "{").replace("}}", "}")

    def __str__(self) -> str:
        return self.render()


def rendered(value: object, translate: Translate = in_english) -> object:
    """Return a value that may be a `Text` in the language of ``translate``; anything else stays as it is."""
    return value.render(translate) if isinstance(value, Text) else value


def listed(parts: Iterable[str | Text], separator: str = ", ") -> Text:
    """One text out of several, each in its own words."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Text(separator.join(f"{{{name}}}" for name in values), values)
