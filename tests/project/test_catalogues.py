# SPDX-License-Identifier: MIT
"""The catalogues: every sentence of the code has words in every language, with the same values, and no other."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from languages import catalogues
from languages.catalogues import CODES, marked, mo_file, places


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_complete(code: str) -> None:
    found = catalogues.faults(code)
    assert not found, "run `nox -s words`, and see docs/translating.md:\n" + "\n".join(found)


def test_there_are_languages_to_check() -> None:
    assert "de" in CODES


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_plurals_that_differ(code: str) -> None:
    with mo_file(code).open("rb") as file:
        words = gettext.GNUTranslations(file)
    for sentence in catalogues.sentences().values():
        if sentence.plural:
            one, many = (words.ngettext(sentence.message, sentence.plural, count) for count in (1, 5))
            assert one != many


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('Text("One.")', [("One.", "")]),
        ('NAME = Text("One {a}.").message', [("One {a}.", "")]),
        ('Text("one", {"count": 2}, "{count} more")', [("one", "{count} more")]),
        ('Text("one", plural="{count} more")', [("one", "{count} more")]),
        (
            'Case("code", None, STATUS, "Seen.", "Why.", (manual("Do.", LINK),))',
            [("Seen.", ""), ("Why.", ""), ("Do.", "")],
        ),
        ('Case("code", None, STATUS, seen="Seen.")', [("Seen.", "")]),
        ('auto("change", "It does.")', [("It does.", "")]),
        ('Text("{host}:{port}", values)', []),
        ('Text("")', []),
        ("Text(message, values)", []),
        ('other("No sentence.")', []),
    ],
)
def test_what_is_marked_is_found(code: str, found: list[tuple[str, str]]) -> None:
    assert list(marked(code)) == found


@pytest.mark.parametrize("code", ['Text(f"Port {port}.")', 'Text("Port " + port)', 'manual(f"Look at {link}.")'])
def test_a_sentence_in_pieces_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="whole"):
        list(marked(code))


@pytest.mark.parametrize(
    ("message", "words", "fault"),
    [
        ("Port {port}.", "", "no words"),
        ("Port {port}.", "Tor.", "other values"),
        ("Port {port}.", "Tor {tor}.", "other values"),
        ("Port {port}.", "Tor {port.", "other values"),
        ("Port {port}.", "Tor {port}", "another last sign"),
        ("Port {port}.", " Tor {port}.", "a space"),
        ("&Close", "Schließen", "another number of &"),
        (("one", "{count} more"), ("eins", ""), "no words"),
        (("one", "{count} more"), ("eins", "{anzahl} mehr"), "other values"),
    ],
)
def test_words_that_do_not_fit_are_told(
    message: str | tuple[str, str], words: str | tuple[str, str], fault: str
) -> None:
    catalogue = Catalog(locale="de")
    added = catalogue.add(message, words)
    assert [told for told in catalogues.faults_of(added, catalogue) if told.startswith(fault)]


def test_words_that_fit_are_left_in_peace() -> None:
    catalogue = Catalog(locale="de")
    for message, words in (("&Port {port}.", "&Tor {port}."), (("one", "{count} more"), ("eins", "{count} mehr"))):
        assert not list(catalogues.faults_of(catalogue.add(message, words), catalogue))


def test_a_guess_is_no_translation() -> None:
    catalogue = Catalog(locale="de")
    assert list(catalogues.faults_of(catalogue.add("Port.", "Tor.", flags=["fuzzy"]), catalogue))


def test_the_values_of_a_message_are_read() -> None:
    assert places("{b} and {a} and {{no value}}") == ["a", "b"]


def test_the_program_finds_its_words_in_the_packages_too() -> None:
    inside = Path(catalogues.ROOT, "resources", "languages")
    assert {file.stem for file in inside.glob("*.mo")} == set(CODES), (
        "hatchling and installers/contents.py take resources/"
    )
