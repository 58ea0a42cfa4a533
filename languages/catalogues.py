# SPDX-License-Identifier: MIT
"""Keeps the catalogues in step with the code: ``nox -s words`` (docs/translating.md).

The sentences stand in the code, marked as docs/translating.md tells. Each language has its words in
``languages/CODE.po``, and what the program reads in ``resources/languages/CODE.mo``.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "setup_assistant"
CODES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.po")))
"""The languages that the program speaks besides English."""

MARKS: Mapping[str, Mapping[str, int]] = {
    "Text": {"message": 0},
    "Case": {"seen": 3, "why": 4},
    "RemedyWords": {"message": 0},
    "auto": {"message": 1},
    "manual": {"message": 0},
}
"""What marks a sentence -> where it stands among the arguments."""
PLURAL = 2
"""Where `Text` has its second form."""

LETTERS = re.compile(r"[^\W\d_]")


@dataclass
class Sentence:
    """A message of the code, with its second form if it has one, and the files it stands in."""

    message: str
    plural: str = ""
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> str | tuple[str, str]:
        """The message as Babel wants it."""
        return (self.message, self.plural) if self.plural else self.message


def sentences(source: Path = SOURCE) -> dict[str, Sentence]:
    """Return the sentences of the code, in its order. Raises ValueError for one that no catalogue could hold."""
    found: dict[str, Sentence] = {}
    for file in sorted(source.rglob("*.py")):
        for message, plural in marked(file.read_text(encoding="utf-8"), str(file)):
            known = found.setdefault(message, Sentence(message, plural))
            if known.plural != plural:
                raise ValueError(f"{file}: {message!r} has another plural elsewhere")
            known.files.add(file.relative_to(source.parents[1]).as_posix())
    return found


def marked(code: str, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the messages of one file, each with its plural or an empty string."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        mark = call.func.id if isinstance(call.func, ast.Name) else ""
        for argument, place in MARKS.get(mark, {}).items():
            message = _literal(call, argument, place, name)
            # Where nothing but values stands, there is nothing to translate.
            if LETTERS.search(_without_places(message)):
                yield message, _literal(call, "plural", PLURAL, name) if mark == "Text" else ""


def _literal(call: ast.Call, argument: str, place: int, name: str) -> str:
    given = next((one.value for one in call.keywords if one.arg == argument), None)
    if given is None and len(call.args) > place:
        given = call.args[place]
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    if isinstance(given, ast.JoinedStr | ast.BinOp):
        raise ValueError(f"{name}:{call.lineno}: a sentence must stand there whole; its values are filled in by name")
    return ""


def _without_places(message: str) -> str:
    return re.sub(r"\{\w*\}", "", message)


def places(message: str) -> list[str]:
    """Return the names of the values in a message, sorted. Raises ValueError for braces that do not match."""
    return sorted(name for _, name, _, _ in Formatter().parse(message) if name is not None)


def template(source: Path = SOURCE) -> Catalog:
    """Return the sentences of the code as a catalogue without translations."""
    made = Catalog(project="setup-assistant", charset="utf-8")
    for sentence in sentences(source).values():
        made.add(sentence.key, locations=[(file, 0) for file in sorted(sentence.files)])
    return made


def po_file(code: str) -> Path:
    """The words of a language, for translators."""
    return ROOT / "languages" / f"{code}.po"


def mo_file(code: str) -> Path:
    """The words of a language, for the program."""
    return ROOT / "resources" / "languages" / f"{code}.mo"


def read(code: str) -> Catalog:
    """Read the words of a language."""
    with po_file(code).open("rb") as file:
        return read_po(file, locale=code)


class Words(Catalog):
    """A catalogue whose head names no time, no program and no person, so that only words make two of them differ."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]

    mime_headers = property(_get_mime_headers)


def updated(code: str) -> Catalog:
    """Return the words of a language with the sentences that the code has now; what it has no more is dropped."""
    known = read(code) if po_file(code).exists() else Catalog(locale=code)
    head = f"# SPDX-License-Identifier: MIT\n# {known.locale.english_name if known.locale else code}"
    made = Words(locale=code, charset="utf-8", header_comment=head, fuzzy=False)
    for message in template():
        if message.id:
            before = known.get(message.id)
            fits = before is not None and before.id == message.id
            flags = before.flags & {"fuzzy"} if before is not None and fits else ()
            made.add(message.id, before.string if before is not None and fits else None, message.locations, flags)
    return made


def as_po(catalogue: Catalog) -> bytes:
    """Return what a translator edits."""
    written = io.BytesIO()
    write_po(written, catalogue, width=100, include_lineno=False)
    return written.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """Return what the program reads."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def faults(code: str) -> list[str]:
    """Return what is wrong with a language: sentences without words, values that differ, files out of date."""
    now = updated(code)
    found = [fault for message in now if message.id for fault in faults_of(message, now)]
    if po_file(code).read_bytes() != as_po(now):
        found.append(f"languages/{code}.po is not what the code says")
    if not mo_file(code).is_file() or mo_file(code).read_bytes() != as_mo(now):
        found.append(f"resources/languages/{code}.mo is not what languages/{code}.po says")
    return [f"{code}: {fault}" for fault in found]


def faults_of(message: Message, catalogue: Catalog) -> Iterator[str]:
    """Yield what is wrong with the words for one message."""
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    words = [message.string] if isinstance(message.string, str) else list(message.string or ())
    name = originals[0]
    if not all(words) or len(words) != (1 if isinstance(message.id, str) else catalogue.num_plurals):
        yield f"no words for {name!r}"
        return
    if message.fuzzy:
        yield f"only a guess for {name!r}"
    for number, said in enumerate(words):
        wanted = {tuple(places(one)) for one in originals}
        try:
            has = tuple(places(said))
        except ValueError:
            has = ("braces that do not match",)
        if has not in wanted:
            yield f"other values in the words for {name!r}: {', '.join(has) or 'none'} (form {number})"
        if said.count("&") - said.count("&&") * 2 != name.count("&") - name.count("&&") * 2:
            yield f"another number of & (the letter for the keyboard) in the words for {name!r}"
        if said.strip() != said and name.strip() == name:
            yield f"a space at an end of the words for {name!r}"
        if name[-1] in ".:?!…" and said[-1] != name[-1]:
            yield f"another last sign in the words for {name!r}"


def write(code: str) -> None:
    """Write both files of a language anew."""
    now = updated(code)
    po_file(code).write_bytes(as_po(now))
    mo_file(code).parent.mkdir(exist_ok=True)
    mo_file(code).write_bytes(as_mo(now))


def main() -> int:
    """Update the catalogues, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; tell what is missing")
    parser.add_argument("--add", metavar="CODE", help="begin a new language, such as fr or pt_BR")
    options = parser.parse_args()
    codes = (*CODES, options.add) if options.add else CODES
    found = []
    for code in codes:
        if not options.check:
            write(code)
        found += faults(code)
    print("\n".join(found) or f"Complete: {', '.join(codes)}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
