# SPDX-License-Identifier: MIT
"""The internet of the lab, built once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.lines.home import Internet
from tests.labs.lines.namespaces import missing


@pytest.fixture(scope="session")
def internet() -> Iterator[Internet]:
    """The servers that every home reaches; skipped where this machine cannot have network namespaces."""
    lacking = missing()
    if lacking:
        pytest.skip(f"the lab of lines lacks: {lacking}")
    with Internet() as built:
        yield built
