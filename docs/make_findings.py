# SPDX-License-Identifier: MIT
"""Writes docs/findings.md from the words in the code (``nox -s docs``)."""

from __future__ import annotations

from pathlib import Path

from setup_assistant.core.words import CASES, TITLES
from setup_assistant.core.words.changes import SUMMARIES

HEAD = """\
# Findings

Every question the assistant asks (`code`), every answer it recognises (`cause`), the words, and who repairs it.
The words' key is `code:cause` (`code:-` where all is well); the words stand in `src/setup_assistant/core/words/`.
This file is written by `nox -s docs`; a test compares it with the code. Codes and causes are a contract: they are
only ever added to.

Any question can also be answered by

| cause | status | meaning |
| --- | --- | --- |
| `-` | blocked | it waits for the question named in `blocked_by` |
| `not_readable` | unknown | its source could not be read; the summary says why |
| `not_looked` | unknown | a question it rests on has no answer yet |
| `check_crashed` | unknown | a mistake in the program; the report holds the details |

Who repairs: **auto** `change` is carried out after one yes; **you** is done by the person. Names in braces are
filled in.
"""


def render() -> str:
    """Return the whole page."""
    lines = [HEAD]
    for code, title in TITLES.items():
        lines += [f"## {code}", "", f"*{title.message}*", "", "| key | status | seen | why it matters | remedies |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for (owner, cause), case in CASES.items():
            if owner != code:
                continue
            remedies = "<br>".join(
                (f"**auto** `{words.change}`: " if words.change else "**you**: ")
                + words.message
                + (f" <{words.link}>" if words.link else "")
                for words in case.remedies
            )
            lines.append(f"| `{code}:{cause or '-'}` | {case.status} | {case.seen} | {case.why} | {remedies} |")
        lines.append("")
    lines += ["## Changes", "", "In the order of a plan.", "", "| change | summary |", "| --- | --- |"]
    lines += [f"| `{code}` | {summary} |" for code, summary in SUMMARIES.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "findings.md").write_text(render(), encoding="utf-8")
