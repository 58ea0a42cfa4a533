# SPDX-License-Identifier: MIT
"""The wizard itself: pages by step, buttons by page, and a focus that is always somewhere sensible."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget, QWizard

from setup_assistant.core.texts import Text
from setup_assistant.flow import Intent, Step, stages
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import polish, set_property, tell
from setup_assistant.gui.loading import LATER, SOON, Loading
from setup_assistant.gui.pages.base import STEPS, Keys, Page, tab_stops
from setup_assistant.gui.pages.making import make_page
from setup_assistant.gui.rail import Rail
from setup_assistant.gui.session import Session
from setup_assistant.gui.turns import Turn

Button = QWizard.WizardButton
FORWARD = (Button.NextButton, Button.CommitButton, Button.FinishButton)
FOOTER = (Button.CancelButton, Button.BackButton, Button.CustomButton1, *FORWARD)
"""The buttons below a page, in their order."""
BESIDE_BUTTONS = 11
"""Qt's room between two of them and at the ends, in pixels."""


class Wizard(QWizard):
    """Shows one page for each step; `flow` decides which comes next."""

    leaving = Signal()
    """The person wants to close the window."""
    moved = Signal(object)
    """Another step is shown."""
    refreshed = Signal()
    """The page that is shown tells what has changed in the session, and the buttons below it go by that."""

    def __init__(self, kit: Kit, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kit = kit
        self._session = session
        self.setWindowFlags(Qt.WindowType.Widget)
        # QWizard keeps the largest width it ever needed as its smallest, unless somebody else has set one.
        self.setMinimumSize(1, 1)
        # The Aero style of Windows ignores the palette, so it breaks in the dark.
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage, True)
        self.setOption(QWizard.WizardOption.NoCancelButtonOnLastPage, False)
        self.setOption(QWizard.WizardOption.HaveCustomButton1, True)
        self.setButtonLayout([Button.Stretch, *FOOTER])
        self.setButtonText(Button.BackButton, kit.say(Text("&Back")))
        self._ordering = QTimer(self)
        self._ordering.setSingleShot(True)
        self._ordering.setInterval(0)
        self._ordering.timeout.connect(self.order_tabs)
        self._ordering.timeout.connect(self._fit_text)
        self._ahead = Turn(kit.turns, self)
        self._ahead.came.connect(self._make_next_page)
        self._loading = Loading(kit.turns, self)
        self._loading.finished.connect(self._look_ahead)
        self._is_read = False
        """Whether somebody has had the first page before them for a while; before that, nothing is to hold it up."""
        self._begun = False
        self.keys = Keys(self, lambda: self.page_shown)
        self.keys.tabbing.connect(self.order_tabs)
        self.keys.followed.connect(self._renew_default)
        self.pages: dict[Step, Page] = {}
        """The pages that have been needed so far."""
        self.page_of(Step.WELCOME)
        self.setStartId(STEPS.index(Step.WELCOME))
        self.button(Button.CustomButton1).clicked.connect(self._press_side_action)
        self.currentIdChanged.connect(self._on_moved)
        self._waits_for_focus = False

    def page_of(self, step: Step) -> Page:
        """Return the page of a step, and make it where it was not needed before."""
        made = self.pages.get(step)
        if made is None:
            made = self.pages[step] = make_page(step, self._kit, self._session)
            self.setPage(STEPS.index(step), made)
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            made.rearranged.connect(self._ordering.start)
            made.refreshed.connect(self.update_buttons)
            made.refreshed.connect(self._ahead.ask)
            made.refreshed.connect(self.refreshed)
        return made

    def validateCurrentPage(self) -> bool:
        # QWizard asks this right before it turns to the next page, which must be there then.
        if not super().validateCurrentPage():
            return False
        following = self.nextId()
        if following >= 0:
            self.page_of(STEPS[following])
        return True

    def begin_reading(self) -> None:
        """Make ready what the page after the first is made of."""
        self._loading.load(SOON)

    def _look_ahead(self) -> None:
        self._is_read = True
        self._ahead.ask()

    def _make_next_page(self) -> None:
        """While somebody reads a page, make the one after it, so that it is there at once."""
        following = self.page_shown.nextId()
        if self._is_read and following >= 0 and STEPS[following] not in self.pages:
            polish(self.page_of(STEPS[following]))

    @property
    def step(self) -> Step:
        """The step that is shown."""
        number = self.currentId()
        return STEPS[number] if number >= 0 else Step.WELCOME

    @property
    def page_shown(self) -> Page:
        """The page that is shown."""
        return self.page_of(self.step)

    @property
    def way(self) -> tuple[Step, ...]:
        """The stages of the way one is on."""
        visited = {STEPS[number] for number in self.visitedIds()}
        overview = Step.CONNECTION not in visited and (Step.HEALTH in visited or self._session.situation.set_up_before)
        return stages(self._session.intent, overview=overview)

    def begin_again(self) -> None:
        """Look at everything once more, and go on from what is found."""
        self._session.intent = Intent.SET_UP
        self.page_of(Step.HEALTH)
        self.setStartId(STEPS.index(Step.HEALTH))
        self.restart()

    def accept(self) -> None:
        """The window closes, not this part of it."""
        self.leaving.emit()

    def reject(self) -> None:
        """Escape and Cancel close the window."""
        self.leaving.emit()

    def _press_side_action(self) -> None:
        action = self.page_shown.side_action()
        if action is not None and action.enabled:
            # Before the button is disabled, or Qt moves the focus on to whatever comes next.
            self.page_shown.setFocus(Qt.FocusReason.OtherFocusReason)
            self._waits_for_focus = True
            action.press()
            self.update_buttons()

    def _on_moved(self, number: int) -> None:
        if number < 0:
            return
        if self._session.intent is Intent.LOOK and self.step is Step.REVIEW:
            self._session.intent = Intent.SET_UP
        page = self.page_shown
        page.enter()
        page.tell_wizard()
        page.area.verticalScrollBar().setValue(0)
        self.settle_focus_soon()
        self.update_buttons()
        self._ordering.start()
        if self.step is not Step.WELCOME and not self._begun:
            self._begun = True
            self._loading.load(LATER)
        self._ahead.ask()
        tell(page, f"{page.heading.text()}. {page.under_heading.text()}", first=True)
        self.moved.emit(self.step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_text()

    def _fit_text(self) -> None:
        """Keep the text so small that the page and the buttons below it fit, whatever their words are."""
        if self.currentId() < 0:
            return
        buttons = [button for button in map(self.button, FOOTER) if not button.isHidden()]
        below = sum(button.sizeHint().width() + BESIDE_BUTTONS for button in buttons) + BESIDE_BUTTONS
        needed = max(self.page_shown.needed_width(), below)
        self._kit.make_room(self.width(), needed, self.window().width())

    def order_tabs(self) -> None:
        """Lead Tab from the page's top to its end, on to the buttons below it, and then to the rail.

        Rows come, go and are sorted anew; Qt would go by when each widget was made.
        """
        if self.currentId() < 0:
            return
        page, rail = self.page_shown, self.window().findChild(Rail)
        inside = page.area.widget()
        chain = [page, *tab_stops(inside.layout() if inside is not None else None), *map(self.button, FOOTER)]
        if rail is not None:
            chain.extend(tab_stops(rail.layout()))
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def settle_focus_soon(self) -> None:
        """Put the focus where it belongs on this page, as soon as that can be pressed."""
        self._waits_for_focus = True
        focused = QApplication.focusWidget()
        if focused is not None and not self.isAncestorOf(focused):
            # Qt has passed it on to the rail, where Enter would open something while the page still works.
            self.page_shown.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self._settle_focus)

    def update_buttons(self) -> None:
        """Give the buttons the words and the weight of the page that is shown."""
        if self.currentId() < 0:
            return
        page = self.page_shown
        action = page.side_action()
        text = self._kit.say(page.next_text())
        for which in FORWARD:
            button = self.button(which)
            if button.text() != text:
                page.setButtonText(which, text)
            set_property(button, "primary", "false" if action is not None and action.primary else "true")
        side = self.button(Button.CustomButton1)
        side.setVisible(action is not None)
        if action is not None:
            side.setText(self._kit.say(action.text))
            side.setEnabled(action.enabled)
            set_property(side, "primary", "true" if action.primary else "false")
        leave = self.button(Button.CancelButton)
        leave.setVisible(not page.isFinalPage())
        leave.setText(self._without_taken_letter(self._kit.say(page.leave_text())))
        back = self.button(Button.BackButton)
        back.setVisible(back.isEnabled())
        self._fit_text()
        if self._waits_for_focus:
            QTimer.singleShot(0, self._settle_focus)

    def _without_taken_letter(self, text: str) -> str:
        """Escape leaves in any case, so its button gives up a letter that another one goes by."""
        others = (self.button(which) for which in FOOTER[1:])
        taken = {QKeySequence.mnemonic(other.text()) for other in others if other.isVisible()}
        return text.replace("&", "") if QKeySequence.mnemonic(text) in taken else text

    def _settle_focus(self) -> None:
        """Put the focus where Enter does the obvious; rest on the page while nothing can be pressed."""
        if not self._waits_for_focus or self.currentId() < 0:
            return
        page = self.page_shown
        wanted = page.first_focus() or self._main_button()
        if wanted is None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._waits_for_focus = False
        wanted.setFocus(Qt.FocusReason.TabFocusReason)

    def _renew_default(self, focused: QWidget) -> None:
        """Let Enter go on from here: outside of a dialog, Qt forgets the default button once it loses the focus."""
        button = None if isinstance(focused, QPushButton) else self._main_button()
        if button is not None:
            button.setDefault(True)

    def _main_button(self) -> QPushButton | None:
        action = self.page_shown.side_action()
        aside = action is not None and action.primary
        if not aside and not self.page_shown.isComplete():
            return None
        candidates = [Button.CustomButton1] if aside else list(FORWARD)
        for which in candidates:
            button = self.button(which)
            if isinstance(button, QPushButton) and button.isVisible() and button.isEnabled():
                return button
        return None
