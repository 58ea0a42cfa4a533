# SPDX-License-Identifier: MIT
"""Starts the window, or the command line where the arguments ask for it.

The modules of the command line are imported where it is used: the window is on the screen sooner without them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from setup_assistant.bootstrap import Wiring, language, languages
from setup_assistant.cli_options import Options, wants_json
from setup_assistant.core.errors import UsageError
from setup_assistant.core.texts import Text, Translate
from setup_assistant.settings_file import read_settings

if TYPE_CHECKING:
    from setup_assistant.cli_text import Console

NO_DISPLAY = Text("There is no screen here. Everything can be done from the command line: setup-assistant --help")


def _wiring(options: Options, spoken: str) -> Wiring:
    wiring = Wiring(options, read_settings(options.settings), window=options.command is None, language=spoken)
    wiring.start_log()
    return wiring


def _open_window(options: Options, spoken: str) -> int:
    wiring = _wiring(options, spoken)
    if not wiring.has_display:
        raise UsageError("no_display", NO_DISPLAY)
    gc.disable()  # the window collects by itself (gui.collector); until it stands there is nothing worth it
    from setup_assistant.gui.app import run as run_window

    with wiring.lasting():
        return run_window(wiring.window_services())


def _options(arguments: Sequence[str], words: Translate) -> Options:
    if not arguments:  # a double click
        return Options()
    from setup_assistant.cli_parser import parse

    return parse(arguments, words, languages().codes)


def _console(arguments: Sequence[str], words: Translate) -> Console:
    from setup_assistant.cli_text import Console
    from setup_assistant.host.windows_console import prepare_terminal

    verbose = "--verbose" in arguments
    return Console(json=wants_json(arguments), verbose=verbose, escapes=prepare_terminal(), translate=words)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_object = wants_json(arguments)
    spoken = language(arguments)
    words = languages().words(spoken)
    try:
        options = _options(arguments, words)
        if options.command is None:
            return _open_window(options, spoken)
        from setup_assistant import cli

        with cli.ending_politely():
            return cli.run(options, _wiring(options, spoken), _console(arguments, words))
    except UsageError as error:
        if sys.stderr is None:  # the program of Windows without a console: a window is all there is to say it with
            from setup_assistant.gui.app import show_error

            show_error(error.text.render(words))
        from setup_assistant.cli import print_error

        return print_error(_console(arguments, words), error, as_object=as_object)
    except KeyboardInterrupt:
        from setup_assistant.cli import stopped_early

        return stopped_early(_console(arguments, words), as_object=as_object)


if __name__ == "__main__":
    sys.exit(main())
