# SPDX-License-Identifier: MIT
"""What holds for every test: no word in the log that nobody expects, no way out of this machine, no trace in it.

Tests under ``tests/labs`` get the marker ``lab`` by themselves. They may reach the network and real programs;
with LABS_REQUIRED=1 (as in CI) none of them may be skipped.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest

LABS = Path(__file__).parent / "labs"
LAB_SECONDS = 1800
LABS_REQUIRED = os.environ.get("LABS_REQUIRED", "") not in {"", "0"}
REAL_HOME = Path.home()

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
hypothesis.settings.register_profile("project", deadline=None, print_blob=True)
hypothesis.settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(LABS):
            item.add_marker(pytest.mark.lab)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(LAB_SECONDS))  # the first of them builds what all of them use


# No lab is skipped where labs are required


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if LABS_REQUIRED and is_lab(item) and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Labs are required here, and this one was skipped: {reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if LABS_REQUIRED and report.skipped and collector.path.is_relative_to(LABS):
        report.outcome = "failed"
        report.longrepr = f"Labs are required here, and these were skipped: {reason(report.longrepr)}"
    return report


def is_lab(item: pytest.Item) -> bool:
    return item.get_closest_marker("lab") is not None


def reason(longrepr: object) -> str:
    return str(longrepr[-1] if isinstance(longrepr, tuple) else longrepr)


# How long the window was ever away


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the longest pause of the window's event loop over all walks, and where; it depends on the machine's load."""
    stalls = [
        (value, report.nodeid)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "longest_stall_ms"
    ]
    if stalls:
        milliseconds, where = max(stalls)
        terminalreporter.write_line(f"Longest pause of the window's event loop: {milliseconds} ms, in {where}")


# The log


@dataclass
class LogWatch(logging.Handler):
    """Collects what is logged from WARNING up; a test names what it expects with `allow`."""

    records: list[logging.LogRecord] = field(default_factory=list)
    allowed: list[tuple[str, re.Pattern[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self, logging.WARNING)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def allow(self, message: str = "", logger: str = "") -> None:
        """Expect records of ``logger``, and of those below it, in which the regular expression ``message`` is found."""
        self.allowed.append((logger, re.compile(message)))

    def expects(self, record: logging.LogRecord) -> bool:
        return any(
            (not logger or record.name == logger or record.name.startswith(f"{logger}."))
            and pattern.search(record.getMessage())
            for logger, pattern in self.allowed
        )

    def unexpected(self) -> list[str]:
        shown = logging.Formatter("%(levelname)s %(name)s: %(message)s")
        return [shown.format(record) for record in self.records if not self.expects(record)]


@pytest.fixture(autouse=True)
def expected_logs() -> Iterator[LogWatch]:
    """Fail the test for any record from WARNING up, unless it said ``expected_logs.allow("text", "logger")``."""
    watch = LogWatch()
    root = logging.getLogger()
    root.addHandler(watch)
    try:
        yield watch
    finally:
        root.removeHandler(watch)
    if unexpected := watch.unexpected():
        pytest.fail("Nobody expected this in the log (expected_logs.allow does):\n" + "\n".join(unexpected))


# The network


class NoWayOutError(PermissionError):
    """Raised for a test's attempt to reach another machine."""


@dataclass
class OutsideWatch:
    """The attempts of a test to reach another machine; none gets through, and they fail it unless `expected`."""

    attempts: list[str] = field(default_factory=list)
    expected: bool = False

    def refuse(self, what: str) -> NoWayOutError:
        self.attempts.append(what)
        return NoWayOutError(f"tests reach loopback only, not {what}")

    def check_address(self, family: int, address: Any) -> None:
        if family in {socket.AF_INET, socket.AF_INET6} and not is_loopback(str(address[0])):
            raise self.refuse(f"{address[0]} port {address[1]}")

    def check_name(self, name: object) -> None:
        text = name.decode() if isinstance(name, bytes) else str(name or "")
        if text and not is_loopback(text) and not is_address(text):
            raise self.refuse(f"the address of {text}")


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if not is_address(host):
        return False
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


@pytest.fixture(autouse=True)
def outside_attempts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[OutsideWatch]:
    """Refuse every way out of this machine, and fail the test that tried; a lab may go anywhere.

    A test about attempts says ``outside_attempts.expected = True`` and reads ``outside_attempts.attempts``.
    """
    watch = OutsideWatch()
    if is_lab(request.node):
        yield watch
        return
    guard_sockets(watch, monkeypatch)
    yield watch
    if watch.attempts and not watch.expected:
        pytest.fail("This test tried to leave the machine; only labs may: " + ", ".join(watch.attempts))


def guard_sockets(watch: OutsideWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the watch before connecting, sending and resolving.

    Not seen are the connections of asyncio on Windows, which it makes without a socket's methods, and those of
    programs that a test starts.
    """
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    real_getaddrinfo = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> Any:
        watch.check_address(self.family, address)
        return real["connect"](self, address)

    def connect_ex(self: socket.socket, address: Any) -> Any:
        watch.check_address(self.family, address)
        return real["connect_ex"](self, address)

    def sendto(self: socket.socket, data: Any, *flags_and_address: Any) -> Any:
        watch.check_address(self.family, flags_and_address[-1])
        return real["sendto"](self, data, *flags_and_address)

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        watch.check_name(host)
        return real_getaddrinfo(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
    monkeypatch.setattr(socket.socket, "sendto", sendto)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


# The machine


@pytest.fixture(autouse=True)
def own_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give each test a home of its own, English texts, and no keyring; a test overrides with ``monkeypatch.setenv``."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "AppData" / "Roaming",
        "LOCALAPPDATA": home / "AppData" / "Local",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": runtime,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in folders.items():
            patch.setenv(name, str(folder))
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.delenv("LANGUAGE", raising=False)
        patch.delenv("NO_COLOR", raising=False)
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        if is_lab(request.node):  # what Go has fetched and built stays where it was
            for name, folder in (("GOPATH", REAL_HOME / "go"), ("GOCACHE", REAL_HOME / ".cache" / "go-build")):
                patch.setenv(name, os.environ.get(name) or str(folder))
        yield home
