# SPDX-License-Identifier: MIT
"""Labs, a keyring and homes for the runs from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from setup_assistant.host.simulated import globalping
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

    def make(lab: Lab, **options: Any) -> AbstractContextManager[Home]:
        return a_home(lab, tmp_path, keyring, **options)

    return make


@pytest.fixture
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stand-in for Globalping answer at the first poll: for tests about something else."""
    monkeypatch.setattr(globalping, "RUNNING_POLLS", 0)
