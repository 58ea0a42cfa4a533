# SPDX-License-Identifier: MIT
"""labcontrol, the other side of the tailnet, as seen from Python."""

from __future__ import annotations

import http.client
import json
import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.labs.tailnet.processes import LabError, end_group


class Control:
    """A running labcontrol."""

    def __init__(self, program: Path, folder: Path, arguments: Sequence[str]) -> None:
        self.log = folder / "labcontrol.log"
        home = folder / "home"
        home.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(program), "-dir", str(folder / "control"), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder,
                env={"PATH": os.defpath, "HOME": str(home), "TMPDIR": str(home)},
                start_new_session=True,
            )
        try:
            ready = json.loads(self._first_line(30.0))
        except BaseException:
            self.close()
            raise
        self.url: str = ready["control"]
        self.acme: str = ready["acme"]
        self.trap: str = ready["trap"]
        self.ca_file = Path(ready["ca_file"])
        self.ingress: dict[int, tuple[str, int]] = {}
        for port, address in ready["ingress"].items():
            host, _, number = address.rpartition(":")
            self.ingress[int(port)] = (host, int(number))
        self._admin: str = ready["admin"]

    def _first_line(self, deadline: float) -> bytes:
        output = self._process.stdout
        assert output is not None
        end, line = time.monotonic() + deadline, b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise LabError(f"labcontrol is not ready after {deadline:g} s:\n{self._tail()}")
                data = os.read(output.fileno(), 65536)
                if not data:
                    raise LabError(f"labcontrol ended at once:\n{self._tail()}")
                line += data
        return line

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def call(self, method: str, path: str, **body: Any) -> Any:
        """One request to the tests' own interface."""
        try:
            status, text = request(self._admin + path, method, json.dumps(body).encode())
        except OSError as error:
            raise LabError(f"labcontrol does not answer ({error}):\n{self._tail()}") from error
        answer = json.loads(text)
        if status != 200:
            raise LabError(f"labcontrol refuses {method} {path}: {answer['error']}")
        return answer

    def close(self) -> None:
        end_group(self._process)


def request(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """A plain HTTP request to this machine, with no proxy. Nothing else is allowed."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise LabError(f"not an address of the lab: {url}")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target or "/", body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
