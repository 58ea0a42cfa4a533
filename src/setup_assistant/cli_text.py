# SPDX-License-Identifier: MIT
"""How the command line talks to people: colours where wanted, progress on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

import segno

from setup_assistant.checks.aim import port_choices
from setup_assistant.cli_streams import is_terminal, write
from setup_assistant.core.changes import ChangeReport, Result
from setup_assistant.core.events import ChangeStarted, Event, PhaseStarted, SignedIn, SignInOffered, WaitEnded, Waiting
from setup_assistant.core.findings import Finding, Outcome, Status
from setup_assistant.core.texts import Text, Translate, in_english, rendered
from setup_assistant.engine.assistant import Look
from setup_assistant.engine.output import summary
from setup_assistant.services.entrance import IDENTITY_PATH

_SIGNS: Mapping[Status, tuple[str, Text, str]] = {
    Status.OK: ("✓", Text("ok"), "32"),
    Status.NOTICE: ("i", Text("notice"), "36"),
    Status.PROBLEM: ("!", Text("to mend"), "33"),
    Status.UNKNOWN: ("?", Text("not known"), "35"),
    Status.BLOCKED: ("…", Text("waits"), "90"),
}
_WIDEST_LABEL = 40
_ALWAYS_TOLD = {(Status.OK, "outside"), (Status.OK, "closed_again"), (Status.OK, "program_version")}
"""Good answers that say more than their question does: what was seen, and from where."""
_TAKE_OVER = Text(
    "To give Plex port {port} instead: setup-assistant apply --yes --port {port}. What is there now goes ({what}), so "
    "that it does not become public with Plex; a copy is kept first, and undo brings it back."
)
_SHARE = Text("To give Plex port {port} instead: setup-assistant apply --yes --port {port}. What is there now stays.")
_OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.READY: Text("Ready: Plex can be reached from outside at {url}"),
    Outcome.NEEDS_CHANGES: Text("Not ready yet: this program can do what is missing."),
    Outcome.NEEDS_YOU: Text("Not ready yet: something needs you first."),
    Outcome.UNKNOWN: Text("Not proven: something could not be checked."),
}
_PHASES = {
    "observe": Text("Looking …"),
    "sign_in": Text("Signing in …"),
    "apply": Text("Making the changes …"),
    "verify": Text("Looking again …"),
    "undo": Text("Taking it back …"),
}


class Console:
    """Findings go to standard output, everything said on the way to standard error."""

    def __init__(
        self, *, json: bool = False, verbose: bool = False, escapes: bool = True, translate: Translate = in_english
    ) -> None:
        """``escapes``: whether a terminal here understands escape sequences."""
        self._json = json
        self._escapes = escapes
        self._verbose = verbose
        self._translate = translate
        self._line_open = False
        self._last_wait = ""
        self._shown_at = 0.0

    @property
    def can_show_link(self) -> bool:
        """Whether a person is there to follow a sign-in link."""
        return is_terminal(sys.stderr)

    def say(self, text: Text) -> None:
        """Tell people something, on standard error."""
        self._close_line()
        write(sys.stderr, text.render(self._translate) + "\n")

    def listen(self, event: Event) -> None:
        """Show progress."""
        match event:
            case PhaseStarted(phase) if phase.value in _PHASES:
                self._progress(_PHASES[phase.value].render(self._translate))
            case ChangeStarted(_, text):
                self._progress(text.render(self._translate) + " …")
            case Waiting(code, text, elapsed, limit):
                self._wait(code, text, elapsed, limit)
            case WaitEnded():
                self._last_wait = ""
            case SignedIn(_, note) if note is not None:
                self.say(note)
            case SignInOffered(service, link, code, _):
                name = {"plex": "Plex", "tailscale": "Tailscale"}[service]
                self.say(Text("Open this page to sign in to {name}: {link}", {"name": name, "link": link}))
                self._draw(link)
                if code:
                    self.say(Text("Code: {code}", {"code": code}))

    def _draw(self, link: str) -> None:
        """Show the link as a code for a phone's camera, where a terminal can."""
        if self.can_show_link and self._escapes and _may_paint() and "utf" in (sys.stderr.encoding or "").lower():
            write(sys.stderr, _qr_code(link))

    def offer_phone_test(self, look: Look) -> None:
        """Where no service has looked from outside, the person in front of this terminal can, with a phone."""
        outside, shape = look.finding("outside"), look.finding("funnel_shape")
        if look.aim is None or shape.status is not Status.OK or outside.status is not Status.UNKNOWN:
            return
        if self.can_show_link:
            link = f"{look.aim.url}{IDENTITY_PATH}"
            self.say(Text("Test it with a phone: Wi-Fi off, then open {link}", {"link": link}))
            self._draw(link)

    def _wait(self, code: str, text: Text, elapsed: float, limit: float) -> None:
        left = max(0, int(limit - elapsed))
        clock = f"{left // 60}:{left % 60:02d}"
        words = f"{text.render(self._translate)} ({clock})"
        if self._escapes and is_terminal(sys.stderr):
            now = time.monotonic()
            if now - self._shown_at >= 0.1:
                self._shown_at = now
                self._progress(words)
        elif code != self._last_wait:
            self._progress(words)
        self._last_wait = code

    def _progress(self, words: str) -> None:
        if not (self._escapes and is_terminal(sys.stderr)):
            write(sys.stderr, words + "\n")
            return
        width = max(20, _width(sys.stderr) - 1)
        write(sys.stderr, "\r\x1b[K" + words[:width])
        self._line_open = True

    def _close_line(self) -> None:
        if self._line_open:
            write(sys.stderr, "\r\x1b[K")
            self._line_open = False

    def show_findings(self, look: Look) -> None:
        """Print one line per question, with remedies where something is to do."""
        self._close_line()
        widest = max(len(word.render(self._translate)) for _, word, _ in _SIGNS.values())
        for finding in look.findings:
            sign, word, colour = _SIGNS[finding.status]
            title = finding.title.render(self._translate)
            self._print(f"{self._paint(f'{sign} {word.render(self._translate):<{widest}}', colour)} {title}")
            # What was not looked at for want of another answer says no more than what waits for one.
            settled = finding.status in (Status.OK, Status.BLOCKED) or finding.cause == "not_looked"
            if settled and not self._verbose and (finding.status, finding.code) not in _ALWAYS_TOLD:
                continue
            self._block(summary(finding, self._translate))
            self._details(finding)

    def _details(self, finding: Finding) -> None:
        if self._verbose or finding.code == "outside":
            rows = [
                (one.label.render(self._translate), str(rendered(one.value, self._translate)))
                for one in finding.verdict.evidence
            ]
            width = min(max((len(label) for label, _ in rows), default=0), _WIDEST_LABEL)
            for label, value in rows:
                self._row(label, value, width)
        if finding.status in (Status.NOTICE, Status.PROBLEM, Status.UNKNOWN):
            for remedy in finding.verdict.remedies:
                link = f" {remedy.link}" if remedy.link else ""
                self._block(f"→ {remedy.text.render(self._translate)}{link}")

    def show_plan(self, look: Look, *, applied: bool) -> None:
        """Print what would be changed, unless it has been carried out."""
        if applied or not look.plan.entries:
            return
        self._print("")
        self._print(Text("Plan").render(self._translate))
        for entry in look.plan.entries:
            done = Text("already as it should be").render(self._translate) if entry.already_satisfied else ""
            admin = Text("asks for the administrator password").render(self._translate) if entry.needs_admin else ""
            note = ", ".join(part for part in (done, admin) if part)
            self._print(f"  {entry.change.summary.render(self._translate)}" + (f"  ({note})" if note else ""))
            if not entry.already_satisfied and entry.now is not None and entry.then is not None:
                self._block(f"{entry.now.render(self._translate)}  →  {entry.then.render(self._translate)}")
        for choice in port_choices(look.facts):
            if choice.held and look.aim is not None and choice.port != look.aim.port:
                message = _TAKE_OVER if choice.goes else _SHARE
                text = message.filled(port=choice.port, what=", ".join(choice.goes))
                self._block(text.render(self._translate))

    def show_reports(self, reports: Sequence[ChangeReport]) -> None:
        """Print how each change ended."""
        self._close_line()
        if not reports:
            return
        self._print("")
        words = {
            Result.APPLIED: Text("done"),
            Result.ALREADY: Text("was right already"),
            Result.FAILED: Text("did not go through"),
            Result.UNDONE: Text("taken back"),
            Result.LEFT_ALONE: Text("left alone"),
            Result.SKIPPED: Text("not started"),
        }
        for report in reports:
            self._print(f"  {report.code}: {words[report.result].render(self._translate)}")
            self._block(report.detail.render(self._translate))

    def show_outcome(self, look: Look) -> None:
        """Print the last line: where this host stands."""
        self._close_line()
        url = look.aim.url if look.aim is not None else ""
        self._print("")
        self._print(_OUTCOMES[look.outcome].filled(url=url).render(self._translate))

    def show_undo(self, summaries: Sequence[Text]) -> None:
        """Tell what undo would take back."""
        if not summaries:
            self.say(Text("Nothing of ours is left to take back."))
            return
        self.say(Text("These would be taken back, in this order; run again with --yes to do it:"))
        for text in summaries:
            self.say(Text("  {what}", {"what": text}))

    def _block(self, words: str) -> None:
        width = min(100, max(40, _width(sys.stdout)))
        for line in textwrap.wrap(words, width - 12, break_long_words=False, break_on_hyphens=False):
            self._print(f"            {line}")

    def _row(self, label: str, value: str, width: int) -> None:
        line = f"            {label:<{width}}  {value}".rstrip()
        if len(line) <= min(100, max(40, _width(sys.stdout))):
            self._print(line)
        else:
            self._block(f"{label}: {value}")

    def _paint(self, words: str, colour: str) -> str:
        plain = self._json or not self._escapes or not _may_paint() or not is_terminal(sys.stdout)
        return words if plain else f"\x1b[{colour}m{words}\x1b[0m"

    def _print(self, words: str) -> None:
        write(sys.stdout, words + "\n", self._translate)


def _may_paint() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def _qr_code(link: str) -> str:
    """The link for a phone's camera: two rows of dots to a line, black on white whatever the terminal's colours."""
    rows = [list(row) for row in segno.make_qr(link, error="l").matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    lines = (
        "".join(_HALVES[pair] for pair in zip(*two, strict=True)) for two in zip(rows[::2], rows[1::2], strict=True)
    )
    return "".join(f"\x1b[30;107m{line}\x1b[0m\n" for line in lines)


def _width(stream: TextIO | None) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream is not None else 100
    except (OSError, ValueError):
        return 100
