# SPDX-License-Identifier: MIT
"""One machine of the tailnet: its tailscaled, and what one says to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.labs.tailnet.build import Programs
from tests.labs.tailnet.processes import Guarded, LabError, poll

JSON = dict[str, Any]


@dataclass(frozen=True)
class LocalResponse:
    """What tailscaled's LocalAPI answers."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("local-tailscaled.sock", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        if sys.platform == "win32":
            raise LabError("the lab needs Unix sockets")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Machine:
    """A tailscaled in a folder of its own, with no rights and no way out of this computer."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self._daemon: Guarded | None = None
        self._sessions: list[Guarded] = []

    @property
    def folder(self) -> Path:
        raise NotImplementedError

    @property
    def environment(self) -> dict[str, str]:
        """For every program of Tailscale."""
        raise NotImplementedError

    @property
    def program(self) -> Path:
        """The real `tailscale`."""
        return self.programs.tailscale

    @property
    def socket(self) -> Path:
        """tailscaled's socket, for `tailscale --socket`."""
        return self.folder / "ts.sock"

    @property
    def state_folder(self) -> Path:
        return self.folder / "state"

    def log_tail(self, lines: int = 40) -> str:
        """The end of every log, for a failure's report."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace").splitlines()
            parts.append("\n".join([f"--- {path.name}", *text[-lines:]]))
        return "\n".join(parts)

    # The daemon

    def start_daemon(self) -> None:
        if self._daemon is not None and self._daemon.running:
            raise LabError("tailscaled is running already")
        self._daemon = Guarded(
            self.programs.labcontrol,
            [
                self.programs.tailscaled,
                "--tun=userspace-networking",
                f"--statedir={self.state_folder}",
                f"--socket={self.socket}",
                "--port=0",
                "--no-logs-no-support",
            ],
            log=self.folder / "tailscaled.log",
            environment=self.environment,
            cwd=self.folder,
        )
        poll("tailscaled answers", self._state)

    def kill_daemon(self) -> None:
        """End tailscaled as a crash would: its socket's file stays."""
        if self._daemon is not None:
            self._daemon.kill()

    def stop_daemon(self) -> None:
        """End tailscaled as a service manager would."""
        if self._daemon is not None:
            self._daemon.stop()

    def restart_daemon(self, *, wait: bool = True) -> None:
        """Start tailscaled anew on the same state; wait until it is where it was."""
        before = self._state()
        self.stop_daemon()
        self.start_daemon()
        if wait and before == "Running":
            self.wait_for_state("Running")

    def _state(self) -> str | None:
        try:
            return str(self.status()["BackendState"])
        except (OSError, http.client.HTTPException, LabError):
            if self._daemon is not None and not self._daemon.running:
                raise LabError(f"tailscaled ended\n{self.log_tail()}") from None
            return None

    # tailscale and the LocalAPI

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), f"--socket={self.socket}", *arguments]

    def tailscale(
        self,
        *arguments: str,
        check: bool = True,
        input: str | None = None,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run the real command line and return its result."""
        result = subprocess.run(
            self.command(*arguments),
            check=False,
            input="" if input is None else input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self.environment,
            cwd=self.folder,
            timeout=timeout,
        )
        if check and result.returncode != 0:
            raise LabError(
                f"tailscale {shlex.join(arguments)}: exit {result.returncode}\n{result.stdout}{result.stderr}"
            )
        return result

    def local_api(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> LocalResponse:
        """One request to tailscaled, e.g. ("GET", "status")."""
        connection = _SocketConnection(self.socket, timeout)
        try:
            connection.request(method, f"/localapi/v0/{path}", body, dict(headers or {}))
            response = connection.getresponse()
            return LocalResponse(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def _ask(self, method: str, path: str, body: Any = None) -> LocalResponse:
        data = None if body is None else json.dumps(body).encode()
        response = self.local_api(method, path, data)
        if response.status >= 300:
            raise LabError(f"LocalAPI {method} {path}: {response.status} {response.body}")
        return response

    def status(self) -> JSON:
        """What `tailscale status --json --peers=false` says."""
        answer: JSON = self._ask("GET", "status?peers=false").json()
        return answer

    def prefs(self) -> JSON:
        answer: JSON = self._ask("GET", "prefs").json()
        return answer

    def wait_for(self, what: str, test: Callable[[JSON], bool], deadline: float = 20.0) -> JSON:
        """Poll `status` until a test holds, and return that status."""

        last_nudge = time.monotonic()

        def read() -> JSON | None:
            nonlocal last_nudge
            status = self.status()
            if test(status):
                return status
            if time.monotonic() - last_nudge > 2:
                last_nudge = time.monotonic()
                self.nudge()
            return None

        try:
            return poll(what, read, deadline)
        except LabError as error:
            last = json.dumps(self.status(), indent=1)
            raise LabError(f"{error}\nlast status: {last}\n{self.log_tail()}") from None

    def nudge(self) -> None:
        """What may help a daemon that is slow to say something."""

    def wait_for_state(self, state: str, deadline: float = 20.0) -> JSON:
        return self.wait_for(f"state {state}", lambda status: bool(status["BackendState"] == state), deadline)

    # Serve and Funnel

    def serve_config(self) -> JSON:
        """The serve config as stored, {} when there is none."""
        return self._ask("GET", "serve-config").json() or {}

    def etag(self) -> str:
        return self._ask("GET", "serve-config").headers["Etag"]

    def set_serve_config(self, config: JSON, etag: str | None = None) -> LocalResponse:
        """Write a whole serve config, over whatever is there unless an ETag is given."""
        headers = {} if etag is None else {"If-Match": etag}
        return self.local_api("POST", "serve-config", json.dumps(config).encode(), headers)

    def funnel(self, target: int, port: int = 443) -> None:
        """The command that the whole project is about."""
        self.tailscale("funnel", "--bg", f"--https={port}", f"localhost:{target}")

    @contextlib.contextmanager
    def foreground(
        self, kind: Literal["serve", "funnel"], *arguments: str, deadline: float = 20.0
    ) -> Iterator[Guarded]:
        """A live foreground session of somebody else, as `tailscale serve 3000` opens it."""
        before = set(self.serve_config().get("Foreground") or {})
        session = Guarded(
            self.programs.labcontrol,
            self.command(kind, *arguments),
            log=self.folder / f"session-{len(self._sessions)}.log",
            environment=self.environment,
            cwd=self.folder,
        )
        self._sessions.append(session)

        def opened() -> bool:
            if not session.running:
                raise LabError(f"the {kind} session ended at once:\n{session.output()}")
            return bool(set(self.serve_config().get("Foreground") or {}) - before)

        try:
            poll(f"a foreground {kind} session", opened, deadline)
            yield session
        finally:
            session.stop()

    def end_everything(self) -> None:
        """Kill what runs, without a word."""
        for session in self._sessions:
            session.kill()
        self._sessions.clear()
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon = None
