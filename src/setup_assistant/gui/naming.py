# SPDX-License-Identifier: MIT
"""Says the name that is about to become public for ever, and offers another one."""

from __future__ import annotations

from setup_assistant.checks.aim import is_host_label
from setup_assistant.core.findings import Finding
from setup_assistant.core.texts import Text
from setup_assistant.core.words.tailscale import MACHINES_PAGE
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import LinkButton, beside, button, label
from setup_assistant.gui.notes import Note, Tone
from setup_assistant.gui.session import Session
from setup_assistant.gui.wan import AddressField

OTHER = Text("Rather another name? Type it in now; afterwards it is too late. Undo does not change it back.")
USE = Text("Use this &name")
RENAMING = Text("Giving this computer the new name …")
ALLOWED = Text("A name has letters a to z, digits and hyphens, 63 at most.")
ADMIN = Text("Your system asks for the administrator password for that.")
MACHINES = Text("Open Tailscale’s Machines page")


class NameNote(Note):
    """The name, why it matters, and a field for another one."""

    def __init__(self, kit: Kit, session: Session, finding: Finding) -> None:
        super().__init__(kit, "notice")
        self._session = session
        full = str(finding.verdict.summary.values.get("name", ""))
        self._now = full.partition(".")[0]
        idle = session.job is None
        self.say(finding.verdict.summary, Tone.NOTICE)
        self.column.addWidget(label(kit, finding.verdict.why or Text("")))
        self.column.addWidget(label(kit, RENAMING if session.job is Job.RENAME else OTHER))
        self.field = AddressField(self._now)
        self.field.setMaxLength(63)
        self.field.setEnabled(idle)
        self.field.setAccessibleName(kit.say(Text("Name of this computer in its tailnet")))
        self.use = button(kit, USE, self._use)
        self.hint = label(kit, ALLOWED, "muted")
        self.column.addLayout(beside(self.field, self.use))
        self.column.addWidget(self.hint)
        if session.trouble is not None:
            self.column.addLayout(beside(LinkButton(kit, MACHINES_PAGE, MACHINES)))
        permission = session.findings.get("tailscale_permission")
        if permission is not None and permission.cause == "needs_admin":
            self.column.addWidget(label(kit, ADMIN, "muted"))
        self.field.textChanged.connect(self._update)
        self.field.returnPressed.connect(self._use)
        self._update()

    @property
    def _typed(self) -> str:
        return self.field.text().strip().lower()

    def _update(self) -> None:
        fits = is_host_label(self._typed)
        self.hint.setVisible(not fits)
        self.use.setEnabled(fits and self._typed != self._now and self._session.job is None)

    def _use(self) -> None:
        if self.use.isEnabled():
            self._session.begin_rename(self._typed)
