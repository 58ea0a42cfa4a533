# SPDX-License-Identifier: MIT
"""A private D-Bus session with a real GNOME keyring in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "a password of the keyring"
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

    def python(self, script: str) -> None:
        subprocess.run([sys.executable, "-c", script], env=self.environment, check=True, timeout=LIMIT_S)


@contextmanager
def keyring_session(folder: Path) -> Iterator[Session]:
    """Start a bus and a keyring in ``folder``; without the programs the test is skipped."""
    for program in ("dbus-daemon", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: dbus, gnome-keyring)")
    for name in ("run", "home"):
        (folder / name).mkdir(mode=0o700)
    (folder / "bus.conf").write_text(BUS.format(folder=folder), encoding="utf-8")
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address=1", "--nopidfile"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=plain(),
    )
    assert bus.stdout is not None
    address = bus.stdout.readline().decode().strip()
    running = Session(
        folder,
        plain()
        | {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "HOME": str(folder / "home"),
            "XDG_DATA_HOME": str(folder / "home"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
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
