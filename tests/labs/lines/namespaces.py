# SPDX-License-Identifier: MIT
"""Network namespaces with their links, rules and programs; all of it goes when the block ends."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self

NEEDED = ("ip", "nft", "turnserver", "miniupnpd", "setpriv")
_COUNTER = itertools.count()


class LabError(Exception):
    """The lab could not be built, or did not come up."""


def missing() -> str:
    """What this machine lacks for the lab; empty where nothing does."""
    if sys.platform != "linux":
        return "network namespaces, which only Linux has"
    if os.geteuid() != 0:
        return "root: network namespaces cannot be made without"
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/sbin"]
    lacking = [name for name in NEEDED if shutil.which(name, path=os.pathsep.join(folders)) is None]
    if lacking:
        return f"{', '.join(lacking)} (Debian: nftables coturn miniupnpd miniupnpd-nftables iproute2 util-linux)"
    tried = subprocess.run(["ip", "netns", "add", "sal-try"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", "sal-try"], capture_output=True, check=False)
    return f"the right to make network namespaces: {tried.stderr.strip()}" if tried.returncode else ""


class Namespaces:
    """A set of namespaces that talk among themselves only: none of them has a link to the real machine."""

    def __init__(self, outer: Namespaces | None = None) -> None:
        """``outer`` is a set that this one may be linked to."""
        self._outer = outer
        self.folder = Path(tempfile.mkdtemp(prefix="sal-"))
        self.folder.chmod(0o755)
        self._prefix = f"sal{os.getpid() % 100000}x{next(_COUNTER)}"
        self._made: list[str] = []
        self._joints: list[tuple[str, str]] = []
        """Interfaces made in the outer set."""
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            end(process)
        for name, interface in self._joints:
            # The kernel takes a namespace down when it has time; the next home wants the interface's name at once.
            subprocess.run(["ip", "-n", name, "link", "del", interface], capture_output=True, check=False)
        for name in self._made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            shutil.rmtree(Path("/etc/netns", name), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def full(self, name: str) -> str:
        """The namespace's name on this machine."""
        if self._outer is not None and name in self._outer.names:
            return self._outer.full(name)
        return f"{self._prefix}-{name}"

    @property
    def names(self) -> frozenset[str]:
        """The namespaces made here."""
        return frozenset(made.removeprefix(f"{self._prefix}-") for made in self._made)

    def add(self, *names: str) -> None:
        """Make namespaces that forward packets, as routers do."""
        for name in names:
            call("ip", "netns", "add", self.full(name))
            self._made.append(self.full(name))
            self.ip(name, "link set lo up")
            self.setting(name, "net/ipv4/ip_forward", "1")
            for which in ("all", "default"):
                self.setting(name, f"net/ipv4/conf/{which}/rp_filter", "0")
                self.setting(name, f"net/ipv6/conf/{which}/disable_ipv6", "1")

    def with_ipv6(self, *places: str) -> None:
        """Switch IPv6 on; a place is ``namespace:interface`` and what follows a space is its address."""
        for place in places:
            where, _, address = place.partition(" ")
            name, _, interface = where.partition(":")
            self.setting(name, "net/ipv6/conf/all/forwarding", "1")
            # Else the interface's first second goes into asking whether somebody else has its address.
            self.setting(name, f"net/ipv6/conf/{interface}/accept_dad", "0")
            # What goes to an address of its own goes through lo.
            for one in (interface, "lo"):
                self.setting(name, f"net/ipv6/conf/{one}/disable_ipv6", "0")
            if address:
                self.ip(name, f"addr add {address} dev {interface} nodad")

    def setting(self, name: str, key: str, value: str) -> None:
        """Set a kernel parameter."""
        self.run(name, "sh", "-c", f"echo {value} > /proc/sys/{key}")

    def link(self, one: str, interface: str, address: str, other: str, far: str, far_address: str) -> None:
        """Join two namespaces by a pair of interfaces; addresses with their length, or empty."""
        call(
            "ip", "link", "add", interface, "netns", self.full(one),
            "type", "veth", "peer", "name", far, "netns", self.full(other),
        )  # fmt: skip
        for name, own, own_address in ((one, interface, address), (other, far, far_address)):
            if name not in self.names:
                self._joints.append((self.full(name), own))
            self.ip(name, *(f"addr add {single} dev {own}" for single in own_address.split()), f"link set {own} up")

    def slow_link(
        self, one: str, interface: str, address: str, other: str, far: str, far_address: str, ms: float
    ) -> None:
        """Join two namespaces by a wire that delays each frame by so many milliseconds."""
        ends = (self.full(one), interface, self.full(other), far)
        self.launch([sys.executable, str(Path(__file__).with_name("slow_wire.py")), *ends, str(ms)])
        for name, own, own_address in ((one, interface, address), (other, far, far_address)):
            poll(f"{own} of {name}", partial(self._has, name, own))
            self.ip(name, f"addr add {own_address} dev {own}", f"link set {own} up")

    def _has(self, name: str, interface: str) -> bool:
        return interface in self.run(name, "ls", "/sys/class/net").split()

    def ip(self, name: str, *lines: str) -> None:
        """Run lines of ``ip`` in a namespace."""
        call("ip", "-n", self.full(name), "-batch", "-", given="\n".join(lines) + "\n")

    def nft(self, name: str, rules: str) -> None:
        """Load firewall rules in a namespace."""
        self.run(name, "nft", "-f", "-", given=rules)

    def run(self, name: str, *command: str, given: str | None = None) -> str:
        """Run a program to its end in a namespace."""
        return call("ip", "netns", "exec", self.full(name), *command, given=given)

    def command(self, name: str, *command: str) -> list[str]:
        """The argument list that runs a program in a namespace without any right that root has over the network."""
        user = ["setpriv", "--securebits=+noroot,+noroot_locked", "--bounding-set=-all", "--inh-caps=-all"]
        return ["ip", "netns", "exec", self.full(name), *user, *command]

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a program in a namespace; it runs until the block ends."""
        return self.launch(["ip", "netns", "exec", self.full(name), *command])

    def launch(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a program; it runs until the block ends."""
        log = self.folder / f"{len(self._running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def resolver(self, name: str, address: str) -> None:
        """Set the name server of a namespace."""
        folder = Path("/etc/netns", self.full(name))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:5 attempts:2\n", encoding="ascii")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")

    def logs(self) -> str:
        """What the programs have said."""
        parts = (f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in self.folder.glob("*.log"))
        return "\n".join(parts)


def call(*command: str, given: str | None = None) -> str:
    """Run a program; its output. Raises LabError with what it said."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program that was started here, and all that it started."""
    if sys.platform == "win32":
        return  # nothing is started there
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def poll(what: str, holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds. Raises LabError where it does not come."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise LabError(f"this did not come within {seconds:g} s: {what}")
        time.sleep(0.02)


def listens(namespaces: Namespaces, name: str, kind: str, places: Sequence[str]) -> bool:
    """Whether programs in a namespace listen at every place (``address:port``); kind is ``tcp`` or ``udp``."""
    table = namespaces.run(name, "cat", f"/proc/net/{kind}")
    wanted = {_as_kernel(place) for place in places}
    found = {line.split()[1] for line in table.splitlines()[1:] if kind == "udp" or line.split()[3] == "0A"}
    return all(place in found or f"00000000:{place.partition(':')[2]}" in found for place in wanted)


def _as_kernel(place: str) -> str:
    address, _, port = place.rpartition(":")
    number = int.from_bytes(bytes(int(part) for part in address.split(".")), sys.byteorder)
    return f"{number:08X}:{int(port):04X}"
