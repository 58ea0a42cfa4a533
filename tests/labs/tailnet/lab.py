# SPDX-License-Identifier: MIT
"""A real tailscaled on loopback, for tests.

    with Lab() as lab:
        lab.tailscale("funnel", "--bg", "--https=443", "localhost:32400")
        print(lab.serve_config(), lab.fetch("/identity").status)

Nothing leaves the machine: the control server, the relay, the certificate
authority and the public entrance of Funnel are all in `labcontrol`.
"""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import socket
import ssl
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.labs.tailnet import build
from tests.labs.tailnet.build import MissingError, Programs
from tests.labs.tailnet.control import Control, request
from tests.labs.tailnet.machine import JSON, LocalResponse, Machine
from tests.labs.tailnet.processes import LabError, poll

__all__ = [
    "Answer",
    "Lab",
    "LabError",
    "LocalResponse",
    "MissingError",
    "poll",
    "programs_or_skip",
]

FUNNEL_PORTS = "https://tailscale.com/cap/funnel-ports?ports=443,8443,10000"


def required() -> bool:
    """Whether a lab that can't run is a failure here."""
    return bool(os.environ.get("CI")) or os.environ.get("LABS_REQUIRED", "") not in {"", "0"}


def programs_or_skip(version: str = "current") -> Programs:
    """The built programs. Without them the test is skipped; where labs are required they are built, or it fails."""
    import pytest

    try:
        if sys.platform == "win32":
            raise MissingError("Linux or macOS: the lab talks to tailscaled through a Unix socket")
        return build.build(version) if required() else build.find(version)
    except MissingError as missing:
        text = f"the tailnet lab lacks: {missing}"
    if required():
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


@dataclass(frozen=True)
class Answer:
    """What a visitor from outside gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _EntranceConnection(http.client.HTTPSConnection):
    """HTTPS to a name, through an address that stands for it."""

    def __init__(self, name: str, address: tuple[str, int], context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(name, timeout=timeout, context=context)
        self._name, self._address, self._tls = name, address, context

    def connect(self) -> None:
        plain = socket.create_connection(self._address, self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)


class Lab(Machine):
    """A tailnet with one machine, "plexbox", whose tailscaled is real.

    capabilities: what the tailnet allows plexbox at the start: "none", "https",
        "funnel", "all", or a comma list of keys. `grant` and `revoke` change it.
    certificate: "seeded" puts a certificate of the lab's authority in place,
        "acme" leaves it to tailscaled to get one from the lab's ACME server.
    signed_in: sign in while starting; else the daemon waits in NeedsLogin.
    require_auth: signing in needs a visit to the sign-in link.
    require_approval: a new machine waits for `approve`.
    version: "current", or "old" for client and daemon 1.62 (localhost becomes 127.0.0.1, no Tailscale-Funnel-Request,
        no `debug localapi`, certificates from the real authority or seeded).
    """

    def __init__(
        self,
        *,
        capabilities: str = "all",
        certificate: Literal["seeded", "acme"] = "seeded",
        signed_in: bool = True,
        require_auth: bool = True,
        require_approval: bool = False,
        magicdns: bool = True,
        host_name: str = "plexbox",
        domain: str = "lab.ts.net",
        version: Literal["current", "old"] = "current",
        programs: Programs | None = None,
    ) -> None:
        super().__init__(programs or build.find(version))
        self._old = version == "old"
        if self._old and certificate == "acme":
            raise LabError("an old tailscaled asks the real authority only: seed its certificates")
        self.host_name = host_name
        self.domain = domain
        self._certificate = certificate
        self._signed_in = signed_in and not require_approval
        self._start_signed_in = signed_in
        self._arguments = [
            f"-caps={capabilities}",
            f"-domain={domain}",
            f"-require-auth={str(require_auth).lower()}",
            f"-require-approval={str(require_approval).lower()}",
            f"-magicdns={str(magicdns).lower()}",
        ]
        self._folder: Path | None = None
        self._control: Control | None = None

    # Life

    def __enter__(self) -> Lab:
        try:
            self.start()
        except BaseException as error:
            self._add_logs(error)
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._add_logs(error)
        self.stop()

    def _add_logs(self, error: BaseException) -> None:
        if self._folder is not None:
            error.add_note(self.log_tail())

    def start(self) -> None:
        # A socket's path has at most 104 bytes on macOS, and TMPDIR is long there.
        short = "/tmp" if Path("/tmp").is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="tailnet-", dir=short))
        self._control = Control(self.programs.labcontrol, self._folder, self._arguments)
        self.state_folder.mkdir(mode=0o700)
        if self._certificate == "seeded":
            self.seed_certificate()
        self.start_daemon()
        if self._start_signed_in:
            self.login(wait=self._signed_in)

    def stop(self) -> None:
        """End everything and leave nothing behind."""
        self.end_everything()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    # What there is

    @property
    def folder(self) -> Path:
        if self._folder is None:
            raise LabError("the lab is not running")
        return self._folder

    @property
    def control(self) -> Control:
        if self._control is None:
            raise LabError("the lab is not running")
        return self._control

    @property
    def ca_file(self) -> Path:
        """The root of every certificate in the lab."""
        return self.control.ca_file

    @property
    def certificates(self) -> Path:
        return self.state_folder / "certs"

    @property
    def host(self) -> str:
        """The full name that plexbox has at the start."""
        return f"{self.host_name}.{self.domain}"

    @property
    def login_server(self) -> str:
        return self.control.url

    @property
    def environment(self) -> dict[str, str]:
        """For every program of Tailscale: nothing of ours, nothing to the outside."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "LC_ALL": "C",
            "HTTP_PROXY": self.control.trap,
            "HTTPS_PROXY": self.control.trap,
            "TS_ASSUME_NETWORK_UP_FOR_TEST": "1",
            "TS_PANIC_IF_HIT_MAIN_CONTROL": "1",
            "TS_DISABLE_PORTMAPPER": "1",
            "TS_NETCHECK_GENERATE_204_URL": self.control.url + "/generate_204",
            "TS_LOGS_DIR": str(self.folder),
            "TS_NO_LOGS_NO_SUPPORT": "1",
            "TS_DEBUG_ACME_DIRECTORY_URL": self.control.acme,
            "SSL_CERT_FILE": str(self.ca_file),  # an old tailscaled takes no other certificate
        }

    # Signing in and out

    def login(self, *, wait: bool = True) -> str:
        """Sign in and visit the sign-in link, if there is one; returns the link or ""."""
        url = self.start_login()
        if url:
            self.visit(url)
        if wait:
            self.wait_for_state("Running", 40.0)
        return url

    def nudge(self) -> None:
        """Let the control server say all again: an old tailscaled can overlook that it has started."""
        if self._old:
            self.control.call("POST", "/push")

    def start_login(self, deadline: float = 20.0) -> str:
        """Ask to sign in; returns the link that waits for a visit, "" when none is needed."""
        prefs = self.prefs()
        if prefs.get("ControlURL") != self.login_server:
            self.wait_for_state("NeedsLogin")  # an old one that is still starting forgets what it was told
            # What `tailscale up --login-server=... --hostname=... --accept-dns=false` does.
            prefs |= {
                "ControlURL": self.login_server,
                "Hostname": self.host_name,
                "WantRunning": True,
                "CorpDNS": False,
            }
            self._ask("POST", "start", {"UpdatePrefs": prefs})
        self._ask("POST", "login-interactive")

        def read() -> JSON | None:
            status = self.status()
            done = status["BackendState"] in ("Running", "Starting", "NeedsMachineAuth")
            return status if status["AuthURL"] or done else None

        return str(poll("a sign-in link", read, deadline)["AuthURL"])

    def logout(self) -> None:
        self._ask("POST", "logout")
        self.wait_for_state("NeedsLogin")

    def visit(self, url: str) -> str:
        """Open a page of the lab as a browser would: a sign-in link, a switch for Funnel."""
        status, text = request(url)
        if status != 200:
            raise LabError(f"{url}: {status}")
        return text

    # The administrator's side

    def nodes(self) -> list[JSON]:
        answer: list[JSON] = self.control.call("GET", "/nodes")
        return answer

    def grant(self, *capabilities: str) -> None:
        """Allow plexbox something: "https", "funnel", "ports", "all" or a key."""
        self.control.call("POST", "/caps", node=self.host_name, add=list(capabilities))

    def revoke(self, *capabilities: str) -> None:
        self.control.call("POST", "/caps", node=self.host_name, remove=list(capabilities))

    def expire(self, expired: bool = True) -> None:
        """Let plexbox's present key expire."""
        self.control.call("POST", "/expire", node=self.host_name, expired=expired)

    def approve(self) -> None:
        self.control.call("POST", "/approve", node=self.host_name)

    def rename(self, name: str) -> str:
        """Give plexbox another name in the admin console, "" for its own; returns the full name."""
        self.control.call("POST", "/rename", node=self.host_name, name=name)
        return f"{name or self.host_name}.{self.domain}"

    def set_magicdns(self, on: bool) -> None:
        self.control.call("POST", "/magicdns", on=on)

    def set_feature_answer(self, feature: Literal["funnel", "serve"], **answer: Any) -> None:
        """What the control server says about switching a feature on.

        status, complete, text, url, should_wait; what is left out is as the real one
        has it. No argument at all: back to that.
        """
        self.control.call("POST", "/feature", feature=feature, answer=answer)

    # Certificates

    def seed_certificate(self, name: str | None = None, days: int = 365) -> None:
        """Put a certificate where tailscaled keeps its own; negative days: expired."""
        name = name or self.host
        answer = self.control.call("POST", "/cert", name=name, days=days)
        self.certificates.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.certificates / f"{name}.crt").write_text(answer["chain"])
        key = self.certificates / f"{name}.key"
        key.touch(mode=0o600)
        key.write_text(answer["key"])

    def set_acme(
        self,
        mode: Literal["ok", "refused", "rate_limited", "down"],
        *,
        delay: float = 0.0,
        retry_after: int = 1,
    ) -> None:
        """How the certificate authority behaves from now on; `delay` is how long it takes to issue.

        tailscaled reports "refused" at once. After "rate_limited" and "down" it tries again, for ever, and
        waits `retry_after` seconds in between: nobody is told until the one who asks gives up.
        """
        self.control.call("POST", "/acme", mode=mode, delay_ms=int(delay * 1000), retry_after=retry_after)

    def issued(self) -> int:
        """How many certificates the ACME server has given out."""
        return int(self.control.call("GET", "/issued"))

    # The public side

    def ingress_address(self, port: int = 443) -> tuple[str, int]:
        """Where the public entrance of a Funnel port listens: 443, 8443 or 10000."""
        return self.control.ingress[port]

    def set_visitor(self, address: str) -> None:
        """The address and port that visitors come from."""
        self.control.call("POST", "/source", address=address)

    def visits(self) -> list[JSON]:
        """Every connection to the entrance so far, and plexbox's answer to it."""
        answer: list[JSON] = self.control.call("GET", "/visits")
        return answer

    def strays(self) -> list[str]:
        """What a program tried to reach through a proxy, beyond loopback."""
        answer: list[str] = self.control.call("GET", "/strays")
        return answer

    def tls_context(self) -> ssl.SSLContext:
        """Trust in the lab's authority and nobody else."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def fetch(
        self,
        path: str = "/",
        *,
        port: int = 443,
        name: str | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Answer:
        """One verified HTTPS request from outside, through the entrance."""
        name = name or self.host
        connection = _EntranceConnection(name, self.ingress_address(port), self.tls_context(), timeout)
        host = name if port == 443 else f"{name}:{port}"
        try:
            connection.request(method, path, headers={"Host": host, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        except OSError as error:
            error.add_note(f"the last visits: {self.visits()[-3:]}")
            raise
        finally:
            connection.close()

    def lets_in(self, *, port: int = 443, name: str | None = None) -> bool:
        """Whether a visitor gets an answer; False when the connection is cut in the handshake."""
        try:
            self.fetch(port=port, name=name)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return False
        return True

    # The stand-in for the command line

    def shim(self, answers: Mapping[str, JSON | None]) -> Path:
        """A `tailscale` that answers feature queries itself; see tailscale_shim.py.

        Call it again to change the answers of the one shim there is.
        """
        here = Path(__file__).with_name("tailscale_shim.py")
        table, launcher = self.folder / "answers.json", self.folder / "tailscale-shim"
        table.write_text(json.dumps(dict(answers)), encoding="utf-8")
        values = {
            "TAILSCALE_SHIM_PROGRAM": str(self.program),
            "TAILSCALE_SHIM_ANSWERS": str(table),
        }
        lines = ["#!/bin/sh"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
        lines.append(f'exec {shlex.quote(sys.executable)} {shlex.quote(str(here))} "$@"')
        launcher.write_text("\n".join(lines) + "\n", encoding="utf-8")
        launcher.chmod(0o755)
        return launcher
