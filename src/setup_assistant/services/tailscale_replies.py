# SPDX-License-Identifier: MIT
"""Understands how the Tailscale command line answers: JSON, refusals, links, silence. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Daemon
from setup_assistant.core.host import Completed

WHAT = "Tailscale"

_LINK = re.compile(r"https?://[^\s\"'<>]+")


def odd_reply(detail: str) -> HostError:
    """The error for a reply that is not what Tailscale prints."""
    return HostError(Trouble.UNEXPECTED_REPLY, detail, what=WHAT)


def read_json(text: str) -> Any:
    """Read one JSON value. Raises HostError UNEXPECTED_REPLY."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise odd_reply(f"no JSON: {type(error).__name__}") from error


def read_object(text: str) -> Mapping[str, Any]:
    """Read one JSON object; ``null`` is an empty one. Raises HostError UNEXPECTED_REPLY."""
    value = read_json(text)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise odd_reply(f"no JSON object but {type(value).__name__}")
    return value


def find_link(text: str) -> str | None:
    """The page that ``funnel`` prints where it is not allowed yet (cli/serve_legacy.go enableFeatureInteractive)."""
    for link in _LINK.findall(text):
        try:
            if urlsplit(link).path.startswith("/f/"):
                return str(link)
        except ValueError:
            continue
    return None


def suggested_command(stderr: str) -> tuple[str, ...]:
    """The arguments that ``up`` names as keeping every setting as it is (cli/up.go)."""
    if "requires mentioning all" not in stderr:
        return ()
    for line in reversed(stderr.splitlines()):
        if line.strip().startswith("tailscale up"):
            try:
                return tuple(shlex.split(line)[1:])
            except ValueError:
                return ()
    return ()


def without_links(text: str) -> str:
    """The first line of a text, fit for the log: sign-in links are taken out."""
    return _LINK.sub("…", text.strip().partition("\n")[0])[:300]


_IN_USE = ("Tailscale already in use", "Tailscale running in server mode")
_NOT_THERE = (
    "doesn't appear to be running",
    "is Tailscale running?",
    "is the Tailscale service running?",
)

_NOBODY_LISTENS = ("connection refused", "no such file or directory")


def why_silent(completed: Completed) -> Daemon:
    """Why the program could not speak to its service (cli/diag.go, ipn/ipnserver/server.go)."""
    said = completed.stderr + completed.stdout
    if any(words in said for words in _IN_USE):
        return Daemon.OTHER_USER
    if any(words in said for words in _NOT_THERE):
        return Daemon.STOPPED
    if "failed to connect to local" in said:
        # A service of that name runs, but perhaps not ours: where nobody listens at our socket, ours is stopped.
        return Daemon.STOPPED if any(words in said for words in _NOBODY_LISTENS) else Daemon.SILENT
    return Daemon.CONFUSED


def is_denied(completed: Completed) -> bool:
    """Whether the service refused for lack of rights (cli/cli.go; ``debug localapi`` shows the bare 403)."""
    said = completed.stderr + completed.stdout
    return completed.exit_code != 0 and ("ccess denied" in said or "403 Forbidden" in said)


def is_raced(completed: Completed) -> bool:
    """Whether another client wrote the Serve configuration at the same moment (HTTP 412)."""
    return completed.exit_code != 0 and (
        "Another client is changing the serve config" in completed.stderr or "etag mismatch" in completed.stderr
    )
