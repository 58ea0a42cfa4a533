# SPDX-License-Identifier: MIT
"""Which public port Plex gets, where others hold the one it would have."""

from __future__ import annotations

from PySide6.QtCore import Signal

from setup_assistant.checks.aim import PortChoice, port_choices
from setup_assistant.core.texts import Text
from setup_assistant.gui.choices import ChoiceCard, Choices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import Card, label
from setup_assistant.gui.session import Session

QUESTION = Text("Which port is Plex to have?")
WHY_443 = Text("Port 443 is in use by something else on this computer.")
WHY_ALL = Text("Every port that Funnel offers is in use by something else on this computer.")
FREE = Text("Port {port}, free")
FREE_MEANS = Text(
    "The address of Plex is {url}; nothing of others changes. A network that lets only port 443 through, as some at "
    "work or in hotels do, keeps viewers out."
)
TAKEN = Text("Port {port}, taken over")
TAKEN_MEANS = Text(
    "The address of Plex is {url}. What is there now goes ({what}), so that it does not become public with Plex, and "
    "no longer works until you undo this. A copy of the configuration is kept first."
)

SHARED_MEANS = Text("The address of Plex is {url}. What is there now is public already, and stays as it is.")


class PortQuestion(Card):
    """One choice for each port; choosing plans anew, and nothing is touched by it."""

    answered = Signal()
    """A port is chosen, and everything is being looked at again."""

    def __init__(self, kit: Kit, session: Session, choices: tuple[PortChoice, ...]) -> None:
        super().__init__("plain")
        self._session = session
        self._ports = [choice.port for choice in choices]
        some_free = not all(choice.held for choice in choices)
        self.column.addWidget(label(kit, QUESTION, "section"))
        self.column.addWidget(label(kit, WHY_443 if some_free else WHY_ALL, "muted"))
        self.choices = Choices([_card(kit, choice) for choice in choices])
        self.column.addWidget(self.choices)
        chosen = session.port if session.port is not None else next((c.port for c in choices if not c.held), None)
        if chosen in self._ports:
            self.choices.choose(self._ports.index(chosen))
        self.choices.chosen.connect(self._choose)

    def _choose(self, number: int) -> None:
        self._session.choose_port(self._ports[number])
        self.answered.emit()


def port_question(kit: Kit, session: Session) -> PortQuestion | None:
    """Return the question, or None where there is nothing to choose."""
    choices = port_choices(session.look.facts) if session.look is not None else ()
    return PortQuestion(kit, session, choices) if choices else None


def _card(kit: Kit, choice: PortChoice) -> ChoiceCard:
    values = {"port": choice.port, "url": choice.url, "what": ", ".join(choice.goes)}
    if choice.held:
        means = TAKEN_MEANS if choice.goes else SHARED_MEANS
        return ChoiceCard(kit, "notice", TAKEN.filled(**values), means.filled(**values))
    return ChoiceCard(kit, "ok", FREE.filled(**values), FREE_MEANS.filled(**values))
