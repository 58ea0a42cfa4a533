# SPDX-License-Identifier: MIT
"""The words of the command line: every option before and after the command, nothing guessed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from setup_assistant import __version__
from setup_assistant.cli_options import Options
from setup_assistant.core.addresses import can_be_wan
from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text, Translate, in_english

_DESCRIPTION = Text(
    "Makes a Plex server at home reachable from outside, through Tailscale Funnel, even behind CGNAT.\n"
    "Without a command the window opens."
)
_COMMANDS: Mapping[str, tuple[Text, str]] = {
    "check": (Text("look, change nothing"), "[--json] [--router-wan ADDRESS] [--updates]"),
    "apply": (Text("set up or repair; without --yes: print the plan and stop"), "[--yes] [--json] [--port PORT]"),
    "undo": (Text("take back what this program changed"), "[--yes] [--json]"),
    "sign-in": (Text("sign in to plex (the default) or tailscale in the browser"), ""),
    "sign-out": (Text("revoke the Plex sign-in and forget it"), ""),
    "report": (Text("write a support file with nothing secret in it"), "[--output FILE]"),
}
_EXIT_CODES: Mapping[int, Text] = {
    0: Text("ready or done"),
    1: Text("something is left to do"),
    2: Text("wrong usage or settings"),
    3: Text("could not tell, or another run is under way"),
    4: Text("stopped by you"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", _in_our_words(message))


_CHOICE = re.compile(r"argument (?P<name>\S+): invalid choice: (?P<given>.+) \(choose from (?P<known>.+)\)")
_NO_VALUE = re.compile(r"argument (?P<name>\S+): expected one argument")
_UNKNOWN = re.compile(r"unrecognized arguments: (?P<given>.+)")
_NUMBER = re.compile(r"argument (?P<name>\S+): invalid int value: (?P<given>.+)")


def _in_our_words(message: str) -> Text:
    """Say what argparse says, without its "invalid"; what it says otherwise is plain enough."""
    if found := _CHOICE.fullmatch(message):
        known = found["known"].replace("'", "")
        return Text("{name} is one of: {known}. Not known: {given}", {**found.groupdict(), "known": known})
    if found := _NUMBER.fullmatch(message):
        return Text("{name} is a number. Given: {given}", found.groupdict())
    if found := _NO_VALUE.fullmatch(message):
        return Text("{name} needs a value.", found.groupdict())
    if found := _UNKNOWN.fullmatch(message):
        return Text("Not known: {given}", found.groupdict())
    return Text("{detail}", {"detail": message})


def _parser(translate: Translate, languages: Sequence[str]) -> _Parser:
    def say(text: Text) -> str:
        return text.render(translate)

    before_usage = f"{say(Text('usage:'))} "

    class InThatLanguage(argparse.RawDescriptionHelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[argparse._MutuallyExclusiveGroup],
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage, actions, groups, before_usage if prefix is None else prefix)

    parser = _Parser(
        prog="setup-assistant",
        description=f"{say(_DESCRIPTION)}\n\n{say(Text('commands:'))}\n{_commands(say)}",
        epilog=f"{say(Text('exit codes:'))}\n{_exit_codes(say)}",
        formatter_class=InThatLanguage,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("command", nargs="?", choices=[*_COMMANDS], metavar="command", help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="?", choices=("plex", "tailscale"), metavar="service", help=argparse.SUPPRESS)
    options = parser.add_argument_group(say(Text("options")))

    def add(*names: str, text: Text, **rest: Any) -> None:
        options.add_argument(*names, help=say(text), **rest)

    add("--json", text=Text("print one JSON object on standard output"), action="store_true")
    add("--yes", text=Text("say yes to the plan"), action="store_true")
    add("--port", text=Text("the public port to use"), type=int, choices=(443, 8443, 10000))
    add("--output", text=Text("where the report goes (else standard output)"), type=Path, metavar="FILE")
    add("--demo", text=Text("a simulated host; nothing real is touched"), metavar="SCENARIO")
    add("--settings", text=Text("a settings file"), type=Path, metavar="FILE")
    add("--consent", text=Text("whether public checking services may be asked"), choices=("yes", "no"))
    add("--router-wan", text=Text("the internet (WAN) address on your router's page"), metavar="ADDRESS")
    add("--updates", text=Text("look up, too, whether a newer version is published"), action="store_true")
    add("--language", text=Text("the language to speak (else the one chosen, or the system's)"), choices=languages)
    add("--verbose", text=Text("say more while working"), action="store_true")
    add("--version", text=Text("print the version and stop"), action="version", version=f"%(prog)s {__version__}")
    add("-h", "--help", text=Text("print this help and stop"), action="help")
    # For options between the words, argparse would cut as much from this text as its own "usage: " is long.
    parser.usage = parser.format_usage().removeprefix(before_usage)
    return parser


def _exit_codes(say: Callable[[Text], str]) -> str:
    return "".join(f"  {code}  {say(text)}\n" for code, text in _EXIT_CODES.items())


def _commands(say: Callable[[Text], str]) -> str:
    told = [(name, say(text), options) for name, (text, options) in _COMMANDS.items()]
    widest = max(len(text) for _, text, _ in told)
    return "".join(f"  {name:<10}  {text:<{widest}}  {options}".rstrip() + "\n" for name, text, options in told)


_BELONGS = {
    "json": ("check", "apply", "undo"),
    "yes": ("apply", "undo"),
    "port": ("apply",),
    "output": ("report",),
    "router-wan": ("check", "apply", "report"),
    "updates": ("check",),
}


def parse(argv: Sequence[str], translate: Translate = in_english, languages: Sequence[str] = ("en",)) -> Options:
    """Read the arguments; every option may stand before and after the command. Raises UsageError ``usage``.

    ``translate`` is the language of ``--help``, ``languages`` are those that can be asked for.
    """
    found = _parser(translate, languages).parse_intermixed_args(list(argv))
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
        language=found.language,
        router_wan=found.router_wan,
        verbose=found.verbose,
        updates=found.updates,
    )


def wishes(argv: Sequence[str]) -> tuple[str | None, Path | None]:
    """Return the language and the settings file that are asked for, even where the rest cannot be read."""
    parser = _Parser(allow_abbrev=False, add_help=False)
    parser.add_argument("--language")
    parser.add_argument("--settings", type=Path)
    try:
        found, _ = parser.parse_known_args(list(argv))
    except UsageError:
        return None, None
    return found.language, found.settings
