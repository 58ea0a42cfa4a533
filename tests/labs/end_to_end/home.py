# SPDX-License-Identifier: MIT
"""One whole home on loopback: a real tailscaled, Plex, plex.tv and the services that look from outside.

Plex and the services are the simulated ones, mounted on sockets; the daemon, its command line, the keyring, the
public entrance and the program under test are real, and the probes really connect.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from setup_assistant.bootstrap import resources_folder
from setup_assistant.host.simulated.entrance import ENTRANCES
from setup_assistant.host.simulated.globalping import GlobalpingSite
from setup_assistant.host.simulated.mount import Mount
from setup_assistant.host.simulated.plex import SimulatedPlex
from setup_assistant.host.simulated.plex_tv import SimulatedPlexTv
from setup_assistant.host.simulated.visitor import Visitor
from setup_assistant.host.simulated.world import (
    SimulatedReply,
    SimulatedRequest,
    Site,
    World,
    json_reply,
    load_scenario,
    open_world,
)
from tests.labs.keyring.session import Session
from tests.labs.tailnet.lab import Lab, poll
from tests.scenarios.running import JOURNAL, OUTPUT, Answer

LIMIT_S = 120.0
SECRETS = ("simulated-sign-in", "simulated-access", "user@example.com")
"""The tokens and the e-mail of the simulated account: none may be seen anywhere."""
PUBLIC_IP = "81.2.69.10"
NOWHERE = "127.0.0.1:9"
"""The discard port: nothing listens there."""

STORE = """
import keyring, sys
keyring.set_password("setup-assistant", "plex-token", sys.stdin.read().strip())
"""


@dataclass
class Run(Answer):
    """One run of the program: its exit code, its object, and what it told people."""

    words: str = ""


@dataclass
class Program:
    """A run under way."""

    process: subprocess.Popen[str]
    home: Home

    def end(self, timeout: float = LIMIT_S) -> Run:
        """Wait for its end and return its answer, which must be a whole one."""
        try:
            out, words = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, words = self.process.communicate()
            raise AssertionError(f"the program did not end within {timeout:g} s:\n{out}{words}") from None
        assert "Traceback" not in words, words
        self.home.hide(out, words)
        document = json.loads(out)
        OUTPUT.validate(document)
        for line in self.home.journal():
            JOURNAL.validate(line)
        return Run(self.process.returncode, document, words)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.communicate()


@dataclass(frozen=True)
class Pause:
    """A `tailscale` that stops at one command until it is let go."""

    reached: Path
    go: Path
    program: Path

    def wait(self) -> None:
        """Wait until the command has come."""
        poll("the command", self.reached.exists, 60.0)

    def end(self) -> None:
        """Let it go."""
        self.go.touch()


@dataclass
class Home:
    """What a person has at home, and the program that is to set it up."""

    lab: Lab
    folder: Path
    session: Session
    world: World
    urls: dict[str, str] = field(default_factory=dict)
    plex_requests: list[str] = field(default_factory=list)
    """Method and path of every request that reached Plex, with the names of what it sets."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    at_plex: Callable[[str], None] = lambda line: None
    """Called with each such line before Plex answers."""

    @property
    def plex_port(self) -> int:
        return int(self.urls["plex"].rpartition(":")[2])

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def plex_says(self, url: str) -> None:
        """Plex has been told of ``url`` before, and Remote Access is off."""
        self.world.data["plex"]["settings"] |= {"customConnections": url, "PublishServerOnPlexOnlineKey": False}

    # The settings file

    def write_settings(self, **changed: Mapping[str, Any]) -> Path:
        """Write the file that names every part of this home; ``changed`` are tables that differ."""
        document = {table: {**values, **changed.get(table, {})} for table, values in self.settings.items()}
        path = self.folder / "lab.toml"
        lines = []
        for table, values in document.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def enter_through(self, port: int) -> None:
        """The public address is at another Funnel port: the lab has an entrance for each."""
        self.settings["outside"]["ingress_port"] = self.lab.ingress_address(port)[1]

    def pause_at(self, words: str, *, after: bool = False) -> Pause:
        """From now on `tailscale` pauses before, or after, it does what its arguments with ``words`` in them say."""
        pause = Pause(self.folder / "reached", self.folder / "go", self.folder / "tailscale")
        for mark in (pause.reached, pause.go):
            mark.unlink(missing_ok=True)
        real, reached, go = (shlex.quote(str(path)) for path in (self.lab.program, pause.reached, pause.go))
        wait = f"touch {reached}; while [ ! -e {go} ]; do sleep 0.05; done"
        paused = f'{real} "$@"; {wait}; exit 0' if after else f'{wait}; exec {real} "$@"'
        script = f'#!/bin/sh\ncase "$*" in *{shlex.quote(words)}*) {paused};; esac\nexec {real} "$@"\n'
        pause.program.write_text(script, encoding="utf-8")
        pause.program.chmod(0o755)
        self.settings["tailscale"]["program"] = str(pause.program)
        return pause

    # The program

    def start(self, *words: str, **environment: str) -> Program:
        """Start the program on this home."""
        process = subprocess.Popen(
            [sys.executable, "-m", "setup_assistant", "--settings", str(self.write_settings()), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=self.environment | environment,
            cwd=self.folder,
        )
        return Program(process, self)

    def start_with_browser(self, *words: str) -> tuple[Program, Path]:
        """The same on a desktop, whose browser writes down the page that it is to open."""
        opens, browser = self.folder / "opens", self.folder / "browser"
        browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {shlex.quote(str(opens))}\n', encoding="utf-8")
        browser.chmod(0o755)
        return self.start(*words, DISPLAY=":99", BROWSER=f"{browser} %s"), opens

    def run(self, *words: str, timeout: float = LIMIT_S) -> Run:
        """Run one command with ``--json`` to its end."""
        return self.start(*words, "--json").end(timeout)

    @property
    def environment(self) -> dict[str, str]:
        """The lab's, for the `tailscale` it starts, and the keyring's; trust comes from the settings alone."""
        lab = {name: value for name, value in self.lab.environment.items() if name != "SSL_CERT_FILE"}
        names = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "HOME")
        return lab | {name: self.session.environment[name] for name in names} | {"LC_ALL": "C.UTF-8"}

    def sign_in(self) -> None:
        """Put a good Plex token into the keyring, as an earlier sign-in did."""
        done = subprocess.run(
            [sys.executable, "-c", STORE],
            input=SECRETS[0] + "-0",
            text=True,
            env=self.environment,
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr

    # What is there

    def plex_settings(self) -> dict[str, Any]:
        """Every setting of Plex with its live value."""
        return {setting["id"]: setting["value"] for setting in SimulatedPlex(self.world).settings.all()}

    def writes_to_plex(self) -> list[str]:
        """What was set in Plex so far."""
        return [line for line in self.plex_requests if line.startswith("PUT ")]

    def journal(self) -> list[dict[str, Any]]:
        path = self.state / "journal.jsonl"
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []

    def hide(self, *texts: str) -> None:
        """Nothing secret in what was printed, nor in any file that was left behind."""
        left = [path.read_bytes().decode("utf-8", "replace") for path in self.folder.rglob("*") if path.is_file()]
        for text in (*texts, *left):
            assert not [secret for secret in SECRETS if secret in text]


def opened(*, port: int, target: int, name: str, scheme: str = "http") -> dict[str, Any]:
    """The one right configuration, as the daemon keeps it."""
    return {
        "TCP": {str(port): {"HTTPS": True}},
        "Web": {f"{name}:{port}": {"Handlers": {"/": {"Proxy": f"{scheme}://localhost:{target}"}}}},
        "AllowFunnel": {f"{name}:{port}": True},
    }


@contextmanager
def a_home(lab: Lab, folder: Path, session: Session, *, lists_after_s: float = 0.0) -> Iterator[Home]:
    """Put a home together around ``lab``: Plex is claimed, Remote Access is on, and its owner signed in once.

    ``lists_after_s`` is how long plex.tv takes to list a changed address.
    """
    content = load_scenario(resources_folder() / "scenarios" / "cgnat-fresh.toml")
    content["plex_tv"] |= {"signed_in": True, "lists_after_s": lists_after_s}
    world = open_world("cgnat-fresh", content, None)
    began = time.monotonic()
    world.time = lambda: time.monotonic() - began
    home = Home(lab, folder, session, world)
    plex_tv = SimulatedPlexTv(world)
    sites: Mapping[str, Site] = {
        "plex": _noted(SimulatedPlex(world).site, home),
        "plex_tv": plex_tv.site,
        "resolver": _resolver(lab),
        "address": lambda request: json_reply({"ip": PUBLIC_IP}),
        "globalping": GlobalpingSite(_probe(lab)),
        "check_host": lambda request: SimulatedReply(503),
    }
    with ExitStack() as stack:
        for name, site in sites.items():
            home.urls[name] = stack.enter_context(Mount(site)).url
        entrance = lab.ingress_address(443)
        home.settings = {
            "plex": {"url": home.urls["plex"]},
            "plex_tv": {"api": home.urls["plex_tv"], "sign_in": home.urls["plex_tv"]},
            "tailscale": {"program": str(lab.program), "socket": str(lab.socket)},
            "outside": {
                "consent": True,
                "globalping": home.urls["globalping"],
                "check_host": home.urls["check_host"],
                "resolvers": [home.urls["resolver"]],
                "entrance": [entrance[0]],
                "ingress_port": entrance[1],
            },
            "connection": {
                "stun_servers": [NOWHERE],
                "nat_type_server": NOWHERE,
                "address_services": [home.urls["address"]],
                "deadline_s": 0.3,
            },
            "network": {"ca_file": str(lab.ca_file)},
            "paths": {"state_dir": str(home.state), "log_dir": str(folder / "log")},
        }
        home.sign_in()
        yield home
        home.hide()


def _noted(site: Site, home: Home) -> Site:
    def answer(request: SimulatedRequest) -> SimulatedReply:
        names = sorted(name for name, _ in request.params if not name.startswith("X-Plex-"))
        line = " ".join((request.method, request.path, *names))
        home.plex_requests.append(line)
        home.at_plex(line)
        return site(request)

    return answer


def _resolver(lab: Lab) -> Site:
    """Public DNS, which knows a name while Funnel is on for it."""

    def answer(request: SimulatedRequest) -> SimulatedReply:
        name, kind = request.param("name") or "", request.param("type") or "A"
        try:
            public = lab.serve_config().get("AllowFunnel") or {}
        except OSError:
            public = {}
        known = any(key.rpartition(":")[0] == name for key in public)
        numbers = {"A": 1, "AAAA": 28}
        document: dict[str, Any] = {"Status": 0 if known else 3}
        if known:
            document["Answer"] = [{"name": name, "type": numbers[kind], "data": data} for data in ENTRANCES[kind]]
        return json_reply(document, headers={"content-type": "application/dns-json"})

    return answer


def _probe(lab: Lab) -> Any:
    """A probe of Globalping's that enters the lab as a visitor from the internet does."""

    def look(asked: Mapping[str, Any]) -> dict[str, Any]:
        port = int(asked["measurementOptions"].get("port", 443))
        return Visitor(lab.ingress_address(port), str(lab.ca_file))(asked)

    return look
