# SPDX-License-Identifier: MIT
"""The keyring: safe backends only, calls that nobody has to wait for, and nothing told of what they say."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, null
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError, PasswordSetError

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.host import secrets
from setup_assistant.host.secrets import SERVICE, KeyringSecrets

TOKEN = "known-token-7f3a"


class Stand(KeyringBackend):
    """A backend in memory that does what a test says."""

    priority = 1.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.doing: Callable[[], None] = lambda: None

    def get_password(self, service: str, username: str) -> str | None:
        self.calls.append("get")
        self.doing()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls.append("set")
        self.doing()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls.append("delete")
        self.doing()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[service, username]


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    backend = Stand()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.setattr(secrets, "_SAFE", (Stand.__module__,))
    return backend


async def trouble(job: Callable[[KeyringSecrets], Awaitable[object]]) -> HostError:
    with pytest.raises(HostError) as met:
        await job(KeyringSecrets())
    return met.value


async def test_kept_read_and_forgotten(stand: Stand) -> None:
    kept = KeyringSecrets()
    assert await kept.read("plex-token") is None
    await kept.store("plex-token", TOKEN)
    assert stand.kept == {(SERVICE, "plex-token"): TOKEN}
    assert await kept.read("plex-token") == TOKEN
    await kept.forget("plex-token")
    await kept.forget("plex-token")
    assert await kept.read("plex-token") is None
    assert stand.calls.count("delete") == 1


async def test_no_keyring_at_all() -> None:
    """The tests' own environment names the backend that always fails."""
    for job in (
        lambda kept: kept.read("a"),
        lambda kept: kept.store("a", TOKEN),
        lambda kept: kept.forget("a"),
    ):
        assert (await trouble(job)).trouble is Trouble.KEYRING_MISSING


class PlaintextKeyring(Stand):
    """Like keyrings.alt's: it would keep the token in a file for everyone."""

    __module__ = "keyrings.alt.file"


KEEP_NOTHING: list[Any] = [null.Keyring, PlaintextKeyring]


@pytest.mark.parametrize("kind", KEEP_NOTHING, ids=["null", "plaintext"])
async def test_a_backend_that_keeps_no_secret_is_none(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = kind()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    assert (await trouble(lambda kept: kept.store("a", TOKEN))).trouble is Trouble.KEYRING_MISSING
    if isinstance(backend, Stand):
        assert backend.kept == {}


async def test_of_a_chain_only_the_safe_link_is_used(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    plaintext = PlaintextKeyring()

    class Chain(chainer.ChainerBackend):
        backends = (plaintext, stand)

    monkeypatch.setattr(keyring, "get_keyring", Chain)
    await KeyringSecrets().store("a", TOKEN)
    assert plaintext.kept == {}
    assert stand.kept
    monkeypatch.setattr(Chain, "backends", (plaintext, KEEP_NOTHING[0]()))
    assert (await trouble(lambda kept: kept.store("a", TOKEN))).trouble is Trouble.KEYRING_MISSING
    assert plaintext.kept == {}


@pytest.mark.parametrize("name", ["no.such.module.Keyring", "keyring.backends.fail.NoSuchClass", "", "nonsense"])
async def test_a_backend_configured_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    assert (await trouble(lambda kept: kept.read("a"))).trouble is Trouble.KEYRING_MISSING


class LockedException(Exception):
    """As in secretstorage.exceptions."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyringLocked(f"{TOKEN}"), Trouble.KEYRING_LOCKED),
        (LockedException(TOKEN), Trouble.KEYRING_LOCKED),
        (NoKeyringError(TOKEN), Trouble.KEYRING_MISSING),
        (InitError(TOKEN), Trouble.KEYRING_REFUSED),
        (PasswordSetError(TOKEN), Trouble.KEYRING_REFUSED),
        (OSError(5, TOKEN), Trouble.KEYRING_REFUSED),
        (RuntimeError(TOKEN), Trouble.KEYRING_REFUSED),
    ],
)
async def test_what_a_keyring_may_say(error: Exception, expected: Trouble, stand: Stand) -> None:
    def say() -> None:
        raise error

    stand.doing = say
    met = await trouble(lambda kept: kept.store("plex-token", TOKEN))
    assert met.trouble is expected
    assert met.detail == type(error).__name__
    assert TOKEN not in "".join(traceback.format_exception(met))
    assert (met.__cause__, met.__context__) == (None, None)


async def test_a_keyring_that_waits_for_a_person_counts_as_locked(stand: Stand) -> None:
    asked, answered = threading.Event(), threading.Event()

    def ask() -> None:
        asked.set()
        answered.wait(60)

    stand.doing = ask
    stand.kept[SERVICE, "a"] = TOKEN
    kept = KeyringSecrets(0.05)
    with pytest.raises(HostError) as met:
        await kept.read("a")
    assert met.value.trouble is Trouble.KEYRING_LOCKED
    assert asked.is_set()
    with pytest.raises(HostError):
        await kept.store("a", "another")
    assert stand.calls == ["get"], "no second prompt beside the first"
    stand.doing = lambda: None
    answered.set()
    patient = KeyringSecrets()
    patient._jobs, patient._thread = kept._jobs, kept._thread
    assert await patient.read("a") == TOKEN, "what nobody waits for any more is not stored either"


async def test_whoever_waits_may_go(stand: Stand) -> None:
    answered = threading.Event()

    def ask() -> None:
        answered.wait(60)

    stand.doing = ask
    task = asyncio.ensure_future(KeyringSecrets(60).read("a"))
    while not stand.calls:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answered.set()


def test_the_end_of_the_program_waits_for_no_keyring() -> None:
    script = """
import asyncio, keyring, threading
from setup_assistant.core.errors import HostError
from setup_assistant.host import secrets

class Stuck(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        threading.Event().wait()
    set_password = delete_password = get_password

secrets._SAFE = ("__main__",)
keyring.get_keyring = Stuck

async def look():
    try:
        await secrets.KeyringSecrets(0.05).read("a")
    except HostError as error:
        print(error.trouble.value)

asyncio.run(look())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "keyring_locked\n"
    assert done.stderr == ""
