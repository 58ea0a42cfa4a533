# SPDX-License-Identifier: MIT
"""What the state of a session comes to: read from it, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setup_assistant.core.changes import Plan, PlannedChange
from setup_assistant.core.findings import Finding, Outcome
from setup_assistant.flow import Intent, Situation
from setup_assistant.gui.jobs import Preview
from setup_assistant.gui.standing import for_the_person, is_alarm, signed_out

if TYPE_CHECKING:
    from setup_assistant.engine.assistant import Look


class Reading:
    """Mixed into `Session`, which holds all of these."""

    intent: Intent
    consent: bool | None
    findings: dict[str, Finding]
    look: Look | None
    plan: Plan
    preview: Preview
    cut_off: bool
    changes_account: bool

    @property
    def outcome(self) -> Outcome | None:
        """Where the host stands, once a look is complete."""
        return self.look.outcome if self.look is not None else None

    @property
    def pending(self) -> tuple[PlannedChange, ...]:
        """What the plan still has to do."""
        return self.plan.pending if self.look is not None else ()

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Findings of the worst state there is: public while strangers are let in."""
        return tuple(finding for finding in self.findings.values() if is_alarm(finding))

    @property
    def for_the_person(self) -> tuple[Finding, ...]:
        """Problems that only the person can mend."""
        return for_the_person(self.findings)

    def signed_out(self, service: str) -> bool:
        """Whether a sign-in is what this service waits for."""
        return signed_out(self.findings, service)

    @property
    def situation(self) -> Situation:
        """What the order of pages rests on, right now."""
        ours = self.preview.codes
        # Undo needs the account only where something in Plex is taken back.
        needs_plex = self.intent is not Intent.UNDO or any(code.startswith("plex_") for code in ours)
        shape = self.findings.get("funnel_shape")
        return Situation(
            intent=self.intent,
            consent_asked=self.consent is not None,
            set_up_before=bool(ours),
            looked=self.look is not None,
            ready=self.outcome is Outcome.READY,
            pending=bool(self.pending),
            alarm=bool(self.alarms),
            port_to_choose=shape is not None and shape.cause == "no_free_port",
            tailscale_signed_out=self.signed_out("tailscale"),
            plex_signed_out=self.changes_account or (self.signed_out("plex") and needs_plex),
            something_to_undo=bool(ours),
            cut_off=self.cut_off,
        )
