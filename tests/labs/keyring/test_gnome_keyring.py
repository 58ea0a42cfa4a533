# SPDX-License-Identifier: MIT
"""The real GNOME keyring inside a private D-Bus session: what it keeps, and every way it may not serve."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "a password of the keyring"
TOKEN = "known-token-7f3a"
LIMIT_S = 60

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
"""No service starts by itself: what is gone is gone, and nobody is asked for a password."""

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


WAIT = """
import secretstorage, time
bus = secretstorage.dbus_init()
while not secretstorage.check_service_availability(bus):
    time.sleep(0.05)
"""


@dataclass
class Session:
    """A private D-Bus session with a home of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None

    def start(self, password: str = PASSWORD) -> None:
        """Start the daemon as a log-in would, and return when it is there."""
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self.daemon.stdin is not None
        self.daemon.stdin.write(password.encode())
        self.daemon.stdin.close()
        self.python(WAIT)

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait(LIMIT_S)
            self.daemon = None

    def ours(self, *words: str, without: tuple[str, ...] = (), **more: str) -> list[str]:
        """Run our keyring in a process of its own and return what it answered."""
        environment = {key: value for key, value in self.environment.items() if key not in without} | more
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

    def python(self, script: str) -> None:
        subprocess.run([sys.executable, "-c", script], env=self.environment, check=True, timeout=LIMIT_S)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    for program in ("dbus-daemon", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: dbus, gnome-keyring)")
    for name in ("run", "home"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "bus.conf").write_text(BUS.format(folder=tmp_path), encoding="utf-8")
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={tmp_path / 'bus.conf'}", "--nofork", "--print-address=1", "--nopidfile"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=plain(),
    )
    assert bus.stdout is not None
    address = bus.stdout.readline().decode().strip()
    running = Session(
        tmp_path,
        plain()
        | {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "HOME": str(tmp_path / "home"),
            "XDG_DATA_HOME": str(tmp_path / "home"),
            "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        },
    )
    try:
        running.start()
        yield running
    finally:
        running.stop()
        bus.kill()
        bus.wait(LIMIT_S)
        bus.stdout.close()


def plain() -> dict[str, str]:
    """This environment without a desktop, and without the tests' own choice of a keyring."""
    away = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS")
    return {key: value for key, value in os.environ.items() if key not in away}


def test_kept_in_one_process_and_read_in_another(session: Session) -> None:
    assert session.ours("read", "store", "read") == ["None", "None", TOKEN]
    assert session.ours("read") == [TOKEN]
    assert session.ours("forget", "forget", "read") == ["None", "None", "None"]
    assert session.ours("read") == ["None"]


def test_on_disk_it_is_not_plain(session: Session) -> None:
    session.ours("store")
    files = [path for path in session.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_locked_keyring(session: Session) -> None:
    session.ours("store")
    session.python(LOCK)
    assert session.ours("read", "store", "forget") == ["keyring_locked"] * 3
    session.stop()
    session.start()
    assert session.ours("read") == [TOKEN]


def test_a_wrong_password(session: Session) -> None:
    session.ours("store")
    session.stop()
    session.start("not the password")
    assert session.ours("read") == ["keyring_locked"]


def test_a_daemon_that_is_gone(session: Session) -> None:
    session.ours("store")
    session.stop()
    assert session.ours("read", "store") == ["keyring_missing"] * 2


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
    session.ours("store")
    assert session.daemon is not None
    session.daemon.send_signal(signal.SIGSTOP)
    try:
        assert session.ours("read") == ["keyring_locked"]
    finally:
        session.daemon.send_signal(signal.SIGCONT)
    assert session.ours("read") == [TOKEN]


def test_no_session_bus_at_all(session: Session) -> None:
    nowhere = str(session.folder / "home")
    assert session.ours("read", "store", without=("DBUS_SESSION_BUS_ADDRESS",), XDG_RUNTIME_DIR=nowhere) == [
        "keyring_missing",
        "keyring_missing",
    ]


def test_a_session_bus_that_is_not_there(session: Session) -> None:
    nowhere = f"unix:path={session.folder}/nobody"
    assert session.ours("read", DBUS_SESSION_BUS_ADDRESS=nowhere) == ["keyring_missing"]
