# SPDX-License-Identifier: MIT
"""Is there a newer version? Looked up only when somebody presses the button."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from setup_assistant.core.findings import Verdict
from setup_assistant.core.texts import Text
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import LinkButton, button, label
from setup_assistant.gui.theme import GAP
from setup_assistant.gui.worker import Ended, Worker

LOOK = Text("&Look for a newer version")
TELLS = Text("Asks GitHub for the newest version, once. Nothing is downloaded, and nothing about you is told.")
LOOKING = Text("Looking …")
OPEN = Text("&Open its page")
QUESTION = "newer version"


class NewerVersion(QWidget):
    """The button, and what came of it."""

    def __init__(self, kit: Kit, services: WindowServices, worker: Worker) -> None:
        super().__init__()
        self._kit = kit
        self._services = services
        self._worker = worker
        self.button = button(kit, LOOK, self.look)
        self.said = label(kit, TELLS, "muted", selectable=True)
        self.link = LinkButton(kit, "", OPEN)
        self.link.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.button)
        column.addWidget(self.said)
        column.addWidget(self.link)
        worker.answered.connect(self._show)

    def look(self) -> None:
        """Ask, beside whatever is going on."""
        if self._services.look_for_update is not None:
            self.button.setEnabled(False)
            self.link.hide()
            self._tell(LOOKING)
            self._worker.ask(QUESTION, self._services.look_for_update)

    def _show(self, how: Ended) -> None:
        if how.name != QUESTION:
            return
        self.button.setEnabled(True)
        if not isinstance(how.result, Verdict):
            self._tell(Text("This could not be looked up because of a mistake in this program."))
            return
        self._tell(how.result.summary)
        page = next((remedy.link for remedy in how.result.remedies if remedy.link), None)
        if page is not None:
            self.link.lead_to(page)
            self.link.show()

    def _tell(self, text: Text) -> None:
        said = self._kit.say(text)
        self.said.setText(said)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.said, said))
