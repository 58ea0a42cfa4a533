# SPDX-License-Identifier: MIT
"""Makes the page of a step when it is first needed: a window with one page is on the screen much sooner."""

from __future__ import annotations

from setup_assistant.flow import Step
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.pages.base import Page
from setup_assistant.gui.pages.welcome import WelcomePage
from setup_assistant.gui.session import Session


def make_page(step: Step, kit: Kit, session: Session) -> Page:
    """Return a new page. The modules of most pages are imported here, so that they too come when they are needed."""
    match step:
        case Step.WELCOME:
            return WelcomePage(kit, session)
        case Step.CONSENT:
            from setup_assistant.gui.pages.consent import ConsentPage

            return ConsentPage(kit, session)
        case Step.CONNECTION | Step.TAILSCALE | Step.PLEX:
            from setup_assistant.gui.pages.checks import ChecksPage

            return ChecksPage(kit, session, step)
        case Step.TAILSCALE_SIGN_IN | Step.PLEX_SIGN_IN:
            from setup_assistant.gui.pages.sign_in import SignInPage

            return SignInPage(kit, session, step)
        case Step.HEALTH:
            from setup_assistant.gui.pages.health import HealthPage

            return HealthPage(kit, session)
        case Step.REVIEW:
            from setup_assistant.gui.pages.review import ReviewPage

            return ReviewPage(kit, session)
        case Step.APPLY:
            from setup_assistant.gui.pages.work import ApplyPage

            return ApplyPage(kit, session)
        case Step.PROOF:
            from setup_assistant.gui.pages.proof import ProofPage

            return ProofPage(kit, session)
        case Step.DONE:
            from setup_assistant.gui.pages.done import DonePage

            return DonePage(kit, session)
        case Step.UNDO:
            from setup_assistant.gui.pages.work import UndoPage

            return UndoPage(kit, session)
        case Step.UNDO_REVIEW | Step.UNDONE:
            from setup_assistant.gui.pages.undo import UndonePage, UndoReviewPage

            return UndoReviewPage(kit, session) if step is Step.UNDO_REVIEW else UndonePage(kit, session)
