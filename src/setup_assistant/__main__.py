# SPDX-License-Identifier: MIT
"""Starts the window, or the command line where the arguments ask for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from setup_assistant import cli
from setup_assistant.bootstrap import Wiring, read_settings
from setup_assistant.cli_options import Options, parse, wants_json
from setup_assistant.cli_text import Console
from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text
from setup_assistant.host.windows_console import prepare_terminal

NO_DISPLAY = Text("There is no screen here. Everything can be done from the command line: setup-assistant --help")


def _wiring(options: Options) -> Wiring:
    wiring = Wiring(options, read_settings(options), window=options.command is None)
    wiring.start_log()
    return wiring


def _open_window(options: Options) -> int:
    wiring = _wiring(options)
    if not wiring.has_display:
        raise UsageError("no_display", NO_DISPLAY)
    from setup_assistant.gui.app import run as run_window

    with wiring.lasting():
        return run_window(wiring.window_services())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_object = wants_json(arguments)
    console = Console(json=as_object, verbose="--verbose" in arguments, escapes=prepare_terminal())
    try:
        options = parse(arguments)
        if options.command is None:
            return _open_window(options)
        with cli.ending_politely():
            return cli.run(options, _wiring(options), console)
    except UsageError as error:
        return cli.print_error(console, error, as_object=as_object)
    except KeyboardInterrupt:
        return cli.stopped_early(console, as_object=as_object)


if __name__ == "__main__":
    sys.exit(main())
