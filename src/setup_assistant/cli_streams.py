# SPDX-License-Identifier: MIT
"""Writing to people and programs: a stream that is absent, closed or full never stops a run."""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import TextIO

from setup_assistant.core.texts import Text, Translate, in_english

NOT_WRITTEN = Text("The answer could not be written: {detail}")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at it."""
    return stream is not None and not stream.closed and stream.isatty()


def write(stream: TextIO | None, words: str, translate: Translate = in_english) -> None:
    """Write and flush; letters that the stream does not know become question marks."""
    if stream is None or stream.closed:
        return
    try:
        try:
            stream.write(words)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(words.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        _give_up(stream)
        # Whoever closes a pipe has read enough; that a disk is full is worth a word.
        if stream is sys.stdout and error.errno not in (errno.EPIPE, errno.EINVAL):
            write(sys.stderr, NOT_WRITTEN.filled(detail=error.strerror).render(translate) + "\n")


def print_json(document: object) -> None:
    """Print the one object."""
    encoding = (sys.stdout.encoding or "") if sys.stdout is not None else ""
    knows_all = encoding.lower().replace("-", "") == "utf8"
    write(sys.stdout, json.dumps(document, ensure_ascii=not knows_all, indent=2) + "\n")


def _give_up(stream: TextIO) -> None:
    """Lead the stream nowhere, so that neither more words nor the last flush at exit meet the trouble again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
