# SPDX-License-Identifier: MIT
"""Rules for the code that no linter has. Each failure says what to do about it."""

from __future__ import annotations

import pytest

from tests.project.files import PACKAGE, ROOT, found_in, python_files, text_of

LONGEST_MODULE = 300
SYSTEM_TEST = r"(?<![\w.])(sys\.platform\b|platform\.(system|uname|platform)\(|os\.name\b)"
STARTS = r"subprocess|create_subprocess_\w+|subprocess_(exec|shell)|os\.(system|popen|spawn|exec|startfile|posix_spawn)"
START_OF_PROGRAM = rf"\b({STARTS})"
MAKING_OF_CLIENT = r"\bhttpx\.(Async)?Client\(|\bhttpx\.(get|post|put|delete|request|stream)\("


def check(offences: list[str], advice: str) -> None:
    if offences:
        pytest.fail(advice + "\n" + "\n".join(offences))


def test_modules_can_be_read_in_one_sitting() -> None:
    lengths = {file: len(text_of(file).splitlines()) for file in python_files(PACKAGE)}
    check(
        [f"{file.relative_to(ROOT)}: {length} lines" for file, length in lengths.items() if length > LONGEST_MODULE],
        f"A module has over {LONGEST_MODULE} lines. Look for the second subject in it, and give that its own module.",
    )


def test_the_operating_system_is_asked_in_one_place() -> None:
    files = [file for file in python_files(PACKAGE) if file.relative_to(PACKAGE).parts[0] != "host"]
    check(
        found_in([file for file in files if file.name != "bootstrap.py"], SYSTEM_TEST),
        "Only host/ knows the operating system (and bootstrap, to choose the host). Put what differs behind the host's "
        "interface in core, and implement it once for each system.",
    )


def test_programs_start_in_one_place() -> None:
    files = [file for file in python_files(PACKAGE) if file.relative_to(PACKAGE).as_posix() != "host/commands.py"]
    check(
        found_in(files, START_OF_PROGRAM),
        "Programs start in host/commands.py alone: it has the deadline, the size cap, the clean environment and the "
        "argument list. Ask the host's commands for it.",
    )


def test_http_clients_are_made_in_one_place() -> None:
    files = [file for file in python_files(PACKAGE) if file.relative_to(PACKAGE).as_posix() != "host/http.py"]
    check(
        found_in(files, MAKING_OF_CLIENT),
        "HTTP clients are made in host/http.py alone: it has the timeouts, the trust, the redaction and the size cap.",
    )


def test_every_python_file_names_its_licence() -> None:
    first = "# SPDX-License-Identifier: MIT"
    check(
        [str(file.relative_to(ROOT)) for file in python_files() if not text_of(file).startswith(first)],
        f"Begin every Python file with the line: {first}",
    )


def test_exceptions_from_rules_give_their_reason() -> None:
    bare = r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:\s*[A-Z])|pragma:\s*no\s*cover"
    check(
        found_in([file for file in python_files() if file.name != "test_code.py"], bare),
        "An exception names its rule: `# type: ignore[code]`, `# noqa: CODE`. Better still, have none.",
    )
