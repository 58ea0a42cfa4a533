# SPDX-License-Identifier: MIT
"""The ports on which a program of this computer listens, its own or those a container's are mapped to."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from setup_assistant.host.processes import running

_MOST = 16
_LISTENING = "0A"
"""The state LISTEN in /proc/net/tcp (proc_pid_net(5))."""


def of_processes(processes: Iterable[psutil.Process]) -> tuple[int, ...]:
    """Return the TCP ports of these programs; of another user's, on Linux, those of that user."""
    found: set[int] = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            try:
                entries = process.net_connections(kind="tcp")
                found |= {entry.laddr.port for entry in entries if entry.status == psutil.CONN_LISTEN}
            except psutil.AccessDenied:
                if sys.platform == "linux":
                    found |= _of_user(process.uids().real)
    return tuple(sorted(found))[:_MOST]


def _of_user(user: int) -> set[int]:
    """What the kernel tells everyone; root has too many ports for a guess."""
    found: set[int] = set()
    for name in ("tcp", "tcp6") if user else ():
        with contextlib.suppress(OSError):
            found |= listening(Path("/proc/net", name).read_text(encoding="ascii", errors="replace"), user)
    return found


def listening(table: str, user: int) -> set[int]:
    """Read /proc/net/tcp: columns two, four and eight are the local address with its port, the state, and the user."""
    rows = (line.split() for line in table.splitlines()[1:])
    return {
        int(row[1].rpartition(":")[2], 16)
        for row in rows
        if len(row) > 7 and row[3] == _LISTENING and row[7] == str(user)
    }


def mapped_by_docker(port: int) -> tuple[int, ...]:
    """Return this computer's ports that Docker leads to ``port`` of a container, as its proxies' command lines tell."""
    lines = []
    for process in running("docker-proxy"):
        with contextlib.suppress(psutil.Error):
            lines.append(process.cmdline())
    return tuple(sorted({found for line in lines if (found := mapping(line, port)) is not None}))[:_MOST]


def mapping(line: Sequence[str], port: int) -> int | None:
    """Read one command line (moby/moby, cmd/docker-proxy): ``-host-port`` where ``-container-port`` is ``port``."""
    options = dict(itertools.pairwise(line))
    host_port = options.get("-host-port", "")
    wanted = options.get("-proto") == "tcp" and options.get("-container-port") == str(port)
    return int(host_port) if wanted and host_port.isdecimal() else None
