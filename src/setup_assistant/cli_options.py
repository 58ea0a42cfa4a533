# SPDX-License-Identifier: MIT
"""The words of the command line: every option before and after the command, nothing guessed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from setup_assistant import __version__
from setup_assistant.core.addresses import can_be_wan
from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text

COMMANDS = ("check", "apply", "undo", "sign-in", "sign-out", "report")

_DESCRIPTION = """\
Makes a Plex server at home reachable from outside, through Tailscale Funnel, even behind CGNAT.
Without a command the window opens.

commands:
  check       look, change nothing                                     [--json] [--router-wan ADDRESS]
  apply       set up or repair; without --yes: print the plan and stop  [--yes] [--json] [--port PORT]
  undo        take back what this program changed                       [--yes] [--json]
  sign-in     sign in to plex (the default) or tailscale in the browser
  sign-out    revoke the Plex sign-in and forget it
  report      write a support file with nothing secret in it            [--output FILE]
"""

_EPILOG = """\
exit codes:
  0 ready or done   1 something is left to do   2 wrong usage or settings   3 could not tell, or another run is
  under way   4 stopped by you
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    command: str | None = None
    target: str = "plex"
    json: bool = False
    yes: bool = False
    port: int | None = None
    output: Path | None = None
    demo: str | None = None
    settings: Path | None = None
    consent: bool | None = None
    router_wan: str | None = None
    verbose: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", _in_our_words(message))


_CHOICE = re.compile(r"argument (?P<name>\S+): invalid choice: (?P<given>.+) \(choose from (?P<known>.+)\)")
_NUMBER = re.compile(r"argument (?P<name>\S+): invalid int value: (?P<given>.+)")


def _in_our_words(message: str) -> Text:
    """Say what argparse says, without its "invalid"; what it says otherwise is plain enough."""
    if found := _CHOICE.fullmatch(message):
        known = found["known"].replace("'", "")
        return Text("{name} is one of: {known}. Not known: {given}", {**found.groupdict(), "known": known})
    if found := _NUMBER.fullmatch(message):
        return Text("{name} is a number. Given: {given}", found.groupdict())
    return Text("{detail}", {"detail": message})


def _parser() -> _Parser:
    parser = _Parser(
        prog="setup-assistant",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="command", help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="?", choices=("plex", "tailscale"), metavar="service", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.add_argument("--yes", action="store_true", help="say yes to the plan")
    parser.add_argument("--port", type=int, choices=(443, 8443, 10000), help="the public port to use")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the report goes (else standard output)")
    parser.add_argument("--demo", metavar="SCENARIO", help="a simulated host; nothing real is touched")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="a settings file")
    parser.add_argument("--consent", choices=("yes", "no"), help="whether public checking services may be asked")
    parser.add_argument("--router-wan", metavar="ADDRESS", help="the internet (WAN) address on your router's page")
    parser.add_argument("--verbose", action="store_true", help="say more while working")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


_BELONGS = {
    "json": ("check", "apply", "undo"),
    "yes": ("apply", "undo"),
    "port": ("apply",),
    "output": ("report",),
    "router-wan": ("check", "apply", "report"),
}


def parse(argv: Sequence[str]) -> Options:
    """Read the arguments; every option may stand before and after the command. Raises UsageError ``usage``."""
    found = _parser().parse_intermixed_args(list(argv))
    for option, commands in _BELONGS.items():
        if getattr(found, option.replace("-", "_")) not in (None, False) and found.command not in commands:
            raise UsageError(
                "usage",
                Text("--{option} belongs to: {commands}", {"option": option, "commands": ", ".join(commands)}),
            )
    if found.target is not None and found.command != "sign-in":
        raise UsageError("usage", Text("{target} belongs to: sign-in", {"target": found.target}))
    if found.router_wan is not None and not can_be_wan(found.router_wan):
        raise UsageError(
            "usage",
            Text(
                "No router has {address} on the internet side. Its page shows an IPv4 address like 100.64.12.34.",
                {"address": found.router_wan},
            ),
        )
    return Options(
        command=found.command,
        target=found.target or "plex",
        json=found.json,
        yes=found.yes,
        port=found.port,
        output=found.output,
        demo=found.demo,
        settings=found.settings,
        consent=None if found.consent is None else found.consent == "yes",
        router_wan=found.router_wan,
        verbose=found.verbose,
    )


def wants_json(argv: Sequence[str]) -> bool:
    """Whether an object is expected even though the arguments could not be read."""
    return "--json" in argv
