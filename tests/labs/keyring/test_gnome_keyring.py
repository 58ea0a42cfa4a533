# SPDX-License-Identifier: MIT
"""The real GNOME keyring inside a private D-Bus session: what it keeps, and every way it may not serve."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs.keyring.session import LIMIT_S, Session, keyring_session

TOKEN = "known-token-7f3a"

OURS = """
import asyncio, sys
from setup_assistant.core.errors import HostError
from setup_assistant.host.secrets import KeyringSecrets

async def job():
    kept = KeyringSecrets()
    for word in sys.argv[1:]:
        verb, _, value = word.partition("=")
        try:
            match verb:
                case "read": print(await kept.read("plex-token"))
                case "store": print(await kept.store("plex-token", sys.stdin.readline().strip()))
                case "forget": print(await kept.forget("plex-token"))
                case "pause":
                    print("paused", flush=True)
                    sys.stdin.readline()
        except HostError as error:
            print(error.trouble.value)

asyncio.run(job())
"""

LOCK = """
import secretstorage
secretstorage.get_default_collection(secretstorage.dbus_init()).lock()
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with keyring_session(tmp_path) as running:
        yield running


def ours(session: Session, *words: str, without: tuple[str, ...] = (), **more: str) -> list[str]:
    """Run our keyring in a process of its own and return what it answered."""
    environment = {key: value for key, value in session.environment.items() if key not in without} | more
    done = subprocess.run(
        [sys.executable, "-c", OURS, *words],
        env=environment,
        input=f"{TOKEN}\n",
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_kept_in_one_process_and_read_in_another(session: Session) -> None:
    assert ours(session, "read", "store", "read") == ["None", "None", TOKEN]
    assert ours(session, "read") == [TOKEN]
    assert ours(session, "forget", "forget", "read") == ["None", "None", "None"]
    assert ours(session, "read") == ["None"]


def test_on_disk_it_is_not_plain(session: Session) -> None:
    ours(session, "store")
    files = [path for path in session.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_locked_keyring(session: Session) -> None:
    ours(session, "store")
    session.python(LOCK)
    assert ours(session, "read", "store", "forget") == ["keyring_locked"] * 3
    session.stop()
    session.start()
    assert ours(session, "read") == [TOKEN]


def test_a_wrong_password(session: Session) -> None:
    ours(session, "store")
    session.stop()
    session.start("not the password")
    assert ours(session, "read") == ["keyring_locked"]


def test_a_daemon_that_is_gone(session: Session) -> None:
    ours(session, "store")
    session.stop()
    assert ours(session, "read", "store") == ["keyring_missing"] * 2


def test_a_daemon_that_goes_while_we_run(session: Session) -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", OURS, "store", "pause", "read"],
        env=session.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ours.stdin is not None
    assert ours.stdout is not None
    ours.stdin.write(f"{TOKEN}\n")
    ours.stdin.flush()
    assert [ours.stdout.readline(), ours.stdout.readline()] == ["None\n", "paused\n"]
    session.stop()
    answer, _ = ours.communicate("\n", timeout=LIMIT_S)
    assert answer == "keyring_refused\n"


def test_a_daemon_that_does_not_answer(session: Session) -> None:
    ours(session, "store")
    assert session.daemon is not None
    if sys.platform == "win32":
        pytest.skip("needs signals that stop and continue a process")
    session.daemon.send_signal(signal.SIGSTOP)
    try:
        assert ours(session, "read") == ["keyring_locked"]
    finally:
        session.daemon.send_signal(signal.SIGCONT)
    assert ours(session, "read") == [TOKEN]


def test_no_session_bus_at_all(session: Session) -> None:
    nowhere = str(session.folder / "home")
    assert ours(session, "read", "store", without=("DBUS_SESSION_BUS_ADDRESS",), XDG_RUNTIME_DIR=nowhere) == [
        "keyring_missing",
        "keyring_missing",
    ]


def test_a_session_bus_that_is_not_there(session: Session) -> None:
    nowhere = f"unix:path={session.folder}/nobody"
    assert ours(session, "read", DBUS_SESSION_BUS_ADDRESS=nowhere) == ["keyring_missing"]
