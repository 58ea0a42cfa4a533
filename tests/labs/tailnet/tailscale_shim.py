# SPDX-License-Identifier: MIT
"""A `tailscale` that answers feature queries itself, and runs the real one for all else.

    tailscale debug localapi POST "query-feature?feature=funnel"

TAILSCALE_SHIM_PROGRAM is the real program; TAILSCALE_SHIM_ANSWERS is a JSON file
{"funnel": ANSWER, "serve": ANSWER}, read anew each time. An ANSWER has the shape
that the control server gives, null stands for one that can't be had, and a
feature that is not in the file goes to the real program.

The shape, in github.com/tailscale/tailscale at v1.102.3:
  tailcfg/tailcfg.go:3235       QueryFeatureResponse: Complete, Text, URL, ShouldWait,
                                each left out when it is zero
  ipn/localapi/localapi.go:1620 serveQueryFeature: the control server's status and body
                                are passed on; 500 when it can't be reached
  cmd/tailscale/cli/debug.go    "debug localapi": "# doing request ..." and the headers
                                go to stderr, the body to stdout; exit 1 unless 2xx
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def feature_asked_for(arguments: list[str]) -> str | None:
    """The feature in `[--socket=...] debug localapi [-v] POST query-feature?feature=...`."""
    words = [word for word in arguments if not word.startswith("-")]
    if "--socket" in arguments[:-1]:  # the other way to write a global flag
        words.remove(arguments[arguments.index("--socket") + 1])
    if len(words) != 4 or words[:2] != ["debug", "localapi"] or words[2].upper() != "POST":
        return None
    target = urlsplit(words[3])
    if target.path.removeprefix("/localapi/v0/").strip("/") != "query-feature":
        return None
    return next(iter(parse_qs(target.query).get("feature", [])), None)


def main(arguments: list[str]) -> int:
    program = os.environ["TAILSCALE_SHIM_PROGRAM"]
    feature = feature_asked_for(arguments)
    if feature is not None:
        table = Path(os.environ["TAILSCALE_SHIM_ANSWERS"])
        answers = json.loads(table.read_text(encoding="utf-8"))
        if feature in answers:
            return give(feature, answers[feature])
    os.execv(program, [program, *arguments])


def give(feature: str, answer: dict[str, object] | None) -> int:
    print(f"# doing request POST /localapi/v0/query-feature?feature={feature}", file=sys.stderr)
    if answer is None:
        print("# Response status 500 Internal Server Error", file=sys.stderr)
        print("no control connection")
        print("500 Internal Server Error", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
