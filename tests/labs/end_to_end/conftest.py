# SPDX-License-Identifier: MIT
"""Labs, a keyring and homes for the runs from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.labs.end_to_end.home import Home, a_home
from tests.labs.keyring.session import Session, keyring_session
from tests.labs.tailnet.lab import Lab

MakeHome = Callable[..., AbstractContextManager[Home]]


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A real keyring, one for all tests."""
    with keyring_session(tmp_path_factory.mktemp("keyring")) as session:
        yield session


@pytest.fixture
def make_home(tmp_path: Path, keyring: Session) -> MakeHome:
    """Put a home together around a lab."""

    def make(lab: Lab, scenario: str = "cgnat-fresh") -> AbstractContextManager[Home]:
        return a_home(lab, tmp_path, keyring, scenario)

    return make
