# SPDX-License-Identifier: MIT
"""The OS keyring: Windows Credential Manager, macOS Keychain, Secret Service or KWallet, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, NoKeyringError

from setup_assistant.core.errors import HostError, Trouble

SERVICE = "setup-assistant"
DEADLINE_S = 4.0
"""Seconds for one call. A keyring that asks for its password takes longer: it then counts as locked for now, and what
the person types meanwhile opens it for the next look."""

_SAFE = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)
"""Backends that leave the secret to the operating system. Whatever else may be installed or configured (files in plain
text, files with a password in the code, nothing at all) counts as no keyring."""

T = TypeVar("T")


class KeyringSecrets:
    """`core.host.Secrets` over the OS keyring.

    Its calls cannot be cancelled and may wait for a person for ever, so they run one after the other on a daemon thread
    of their own: whoever waits may go, and the end of the program waits for nobody.
    """

    def __init__(self, deadline: float = DEADLINE_S, service: str = SERVICE) -> None:
        self._deadline = deadline
        self._service = service
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def read(self, name: str) -> str | None:
        """Return the secret or None. Raises HostError KEYRING_LOCKED, KEYRING_MISSING or KEYRING_REFUSED."""
        return await self._call(lambda: _backend().get_password(self._service, name))

    async def store(self, name: str, value: str) -> None:
        """Keep the secret. Raises as `read`."""
        await self._call(lambda: _backend().set_password(self._service, name, value))

    async def forget(self, name: str) -> None:
        """Delete the secret; nothing happens if it is not there. Raises as `read`."""

        def forget() -> None:
            backend = _backend()
            if backend.get_password(self._service, name) is not None:
                backend.delete_password(self._service, name)

        await self._call(forget)

    async def _call(self, call: Callable[[], T]) -> T:
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="keyring", daemon=True)
            self._thread.start()
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            trouble, detail = Trouble.KEYRING_LOCKED, "no answer in time"
        except Exception as error:
            trouble, detail = _trouble_of(error), type(error).__name__
        # Outside the except clause: nothing the keyring says, and no frame that holds the secret, goes further.
        raise HostError(trouble, detail)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _backend() -> KeyringBackend:
    """Return the safe backend, out of the one that is configured or found. Raises NoKeyringError."""
    try:
        chosen = keyring.get_keyring()
    except (ImportError, AttributeError, RuntimeError, ValueError) as error:
        raise NoKeyringError("the configured backend cannot be used") from error
    candidates = chosen.backends if isinstance(chosen, ChainerBackend) else (chosen,)
    for backend in candidates:
        module = type(backend).__module__
        if any(module == safe or module.startswith(f"{safe}.") for safe in _SAFE):
            found: KeyringBackend = backend
            return found
    raise NoKeyringError("no safe backend")


def _trouble_of(error: Exception) -> Trouble:
    if isinstance(error, NoKeyringError):
        return Trouble.KEYRING_MISSING
    # The second and third are those of secretstorage, which only Linux has.
    if isinstance(error, KeyringLocked) or type(error).__name__ in ("LockedException", "PromptDismissedException"):
        return Trouble.KEYRING_LOCKED
    return Trouble.KEYRING_REFUSED
