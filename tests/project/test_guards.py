# SPDX-License-Identifier: MIT
"""What tests/conftest.py promises for every test is kept."""

from __future__ import annotations

import pytest

from tests.project.files import ROOT

INNER_TESTS = """
import asyncio, logging, os, pathlib, socket, urllib.request
import pytest

def outcome_passes_quiet():
    logging.getLogger("a").info("nothing")

def outcome_fails_logs():
    logging.getLogger("a.b").warning("disk is full")

def outcome_passes_logs_expected(expected_logs):
    expected_logs.allow("disk", "a")
    logging.getLogger("a.b").warning("disk is full")

def outcome_fails_logs_expected_elsewhere(expected_logs):
    expected_logs.allow("disk", "ab")
    logging.getLogger("a.b").warning("disk is full")

def outcome_fails_connects():
    with pytest.raises(OSError), socket.socket() as client:
        client.connect(("192.0.2.1", 80))

def outcome_fails_sends():
    with pytest.raises(OSError), socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("239.255.255.250", 1900))

def outcome_fails_resolves():
    with pytest.raises(OSError):
        urllib.request.urlopen("http://example.com")

async def outcome_fails_connects_asynchronously():
    with pytest.raises(OSError):
        await asyncio.open_connection("2001:db8::1", 80)

def outcome_passes_attempts_expected(outside_attempts):
    outside_attempts.expected = True
    with pytest.raises(OSError), socket.socket() as client:
        client.connect(("192.0.2.1", 80))
    assert outside_attempts.attempts == ["192.0.2.1 port 80"]

async def outcome_passes_loopback():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "localhost", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        assert await reader.read() == b""
        writer.close()

def outcome_passes_own_home(own_home):
    assert pathlib.Path.home() == own_home
    assert str(own_home) in os.environ["XDG_CONFIG_HOME"]

def outcome_passes_no_keyring():
    import keyring
    with pytest.raises(keyring.errors.NoKeyringError):
        keyring.get_password("setup-assistant", "anyone")
"""
INNER_LABS = """
import pytest

def test_lab_skipped():
    pytest.skip("no such program here")

def test_lab_runs(request):
    assert request.node.get_closest_marker("lab")
"""
INNER_SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
python_functions = outcome_* test_*
markers = lab: x
"""


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini(INNER_SETTINGS)
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    return pytester


def test_logs_network_and_home_are_watched(inner: pytest.Pytester) -> None:
    inner.makepyfile(test_inner=INNER_TESTS)
    result = inner.runpytest_subprocess("-p", "no:randomly", "-rA")
    lines = [
        line for line in result.outlines if "::outcome_" in line and line.startswith(("PASSED", "FAILED", "ERROR"))
    ]
    spoilt = {line.split("::")[1].split(" ")[0] for line in lines if not line.startswith("PASSED")}
    assert {name for name in spoilt if not name.startswith("outcome_fails_")} == set()
    assert len(spoilt) == INNER_TESTS.count("def outcome_fails_")


@pytest.mark.parametrize(("required", "counts"), [("", {"passed": 1, "skipped": 1}), ("1", {"passed": 1, "failed": 1})])
def test_labs_are_not_skipped_where_required(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str, counts: dict[str, int]
) -> None:
    monkeypatch.setenv("LABS_REQUIRED", required)
    folder = inner.mkdir("labs")
    (folder / "test_inner.py").write_text(INNER_LABS, encoding="utf-8")
    result = inner.runpytest_subprocess("-m", "lab")
    result.assert_outcomes(**counts)


@pytest.mark.parametrize(
    ("required", "code"), [("", pytest.ExitCode.NO_TESTS_COLLECTED), ("1", pytest.ExitCode.INTERRUPTED)]
)
def test_whole_files_of_labs_are_not_skipped_where_required(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str, code: pytest.ExitCode
) -> None:
    monkeypatch.setenv("LABS_REQUIRED", required)
    folder = inner.mkdir("labs")
    (folder / "test_inner.py").write_text("import pytest\npytest.importorskip('no_such_module')\n", encoding="utf-8")
    assert inner.runpytest_subprocess().ret == code
