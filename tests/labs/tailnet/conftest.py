# SPDX-License-Identifier: MIT
"""Labs for the tests of the lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.labs.tailnet import build
from tests.labs.tailnet.backend import Backend, serving
from tests.labs.tailnet.build import Programs
from tests.labs.tailnet.lab import Lab, programs_or_skip, required


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build before the first test where labs are required: no test's time limit has room for it."""
    here = Path(__file__).parent
    if not required() or not any(item.path.is_relative_to(here) for item in session.items):
        return
    for version in build.VERSIONS:
        with suppress(build.MissingError):  # each test says so
            build.build(version)


@pytest.fixture
def programs() -> Programs:
    return programs_or_skip()


@pytest.fixture
def start_lab(programs: Programs) -> Iterator[Callable[..., Lab]]:
    """Start a lab with options of one's own; it ends with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> Lab:
            return stack.enter_context(Lab(programs=programs, **options))

        yield start


@pytest.fixture
def lab(start_lab: Callable[..., Lab]) -> Lab:
    """Signed in, everything allowed, a certificate in place, nothing served."""
    return start_lab()


@pytest.fixture
def backend() -> Iterator[Backend]:
    """What stands in the place of Plex."""
    with serving() as server:
        yield server
