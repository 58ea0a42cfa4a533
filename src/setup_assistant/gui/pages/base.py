# SPDX-License-Identifier: MIT
"""What all pages share: a heading, a column that scrolls, and the order of pages asked of `flow`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QFrame,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollArea,
    QTextEdit,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from setup_assistant.core.texts import Text
from setup_assistant.flow import BEFORE_CHANGES, Step, next_step
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.labels import label
from setup_assistant.gui.report import ReportOffer
from setup_assistant.gui.session import Session
from setup_assistant.gui.standing import other_account
from setup_assistant.gui.theme import GAP

STEPS = tuple(Step)
"""A page's number in the wizard is its step's place here."""

Move = QAbstractSlider.SliderAction
PAGE_KEYS: Mapping[int, Move] = {
    Qt.Key.Key_PageUp: Move.SliderPageStepSub,
    Qt.Key.Key_PageDown: Move.SliderPageStepAdd,
}
LINE_KEYS: Mapping[int, Move] = {
    Qt.Key.Key_Up: Move.SliderSingleStepSub,
    Qt.Key.Key_Down: Move.SliderSingleStepAdd,
    Qt.Key.Key_Home: Move.SliderToMinimum,
    Qt.Key.Key_End: Move.SliderToMaximum,
}
"""These move the cursor in a field and the choice among radio buttons, and scroll everywhere else."""
SIDEWAYS: Mapping[int, Move] = {
    Qt.Key.Key_Left: Move.SliderSingleStepSub,
    Qt.Key.Key_Right: Move.SliderSingleStepAdd,
}
LINES_A_STEP = 3


@dataclass(frozen=True, slots=True)
class SideAction:
    """A second thing a page offers, beside going on."""

    text: Text
    press: Callable[[], object]
    enabled: bool = True
    primary: bool = False
    """Whether this, and not going on, is the obvious next step."""


class Page(QWizardPage):
    """One page. Pages show the session's state and start its jobs; they decide nothing else."""

    step = Step.WELCOME
    headline = Text("")
    lead = Text("")
    rearranged = Signal()
    """What stands on the page has come, gone or moved."""
    refreshed = Signal()
    """The page, which is in sight, shows what has changed in the session."""

    def __init__(self, kit: Kit, session: Session) -> None:
        super().__init__()
        self.kit = kit
        self.session = session
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setCommitPage(self.step in BEFORE_CHANGES)
        self.heading = label(kit, self.headline, "title")
        self.under_heading = label(kit, self.lead, "lead")
        # From the outside inwards: a widget that gets its place later is styled anew, with everything in it.
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea()
        whole.addWidget(self.area)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self.area.setWidget(inside)
        around = QVBoxLayout(inside)
        around.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 2 * GAP)
        around.setSpacing(2 * GAP)
        self.margins = around.contentsMargins()
        self.column = QVBoxLayout()
        self.column.setSpacing(2 * GAP)
        around.addLayout(self.column, 1)
        self.report = ReportOffer(kit, session)
        self.report.hide()
        around.addWidget(self.report)
        top = QVBoxLayout()
        top.setSpacing(GAP // 2)
        top.addWidget(self.heading)
        top.addWidget(self.under_heading)
        if not self.lead.message:
            self.under_heading.hide()
        self.column.addLayout(top)
        inside.installEventFilter(self)
        self.setAccessibleName(self.heading.text())
        self._told: tuple[bool, int] | None = None
        session.changed.connect(self._on_change)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.rearranged.emit()
        return super().eventFilter(watched, event)

    def needed_width(self) -> int:
        """How wide the page must be so that nothing on it is cut, in pixels; text too large for that shrinks."""
        inside = self.area.widget()
        bar = self.area.verticalScrollBar().sizeHint().width()
        return inside.minimumSizeHint().width() + bar if inside is not None else 0

    def scroll_by(self, key: int, keeps: QWidget) -> bool:
        """Scroll by a key pressed on ``keeps``; False where that has a use of its own for it."""
        if isinstance(keeps, (QPlainTextEdit, QTextEdit)):
            return False
        move, bar = PAGE_KEYS.get(key), self.area.verticalScrollBar()
        if move is None and not isinstance(keeps, (QLineEdit, QRadioButton)):
            move = LINE_KEYS.get(key)
            if move is None and key in SIDEWAYS:
                move, bar = SIDEWAYS[key], self.area.horizontalScrollBar()
        if move is None:
            return False
        bar.setSingleStep(LINES_A_STEP * self.fontMetrics().lineSpacing())
        bar.triggerAction(move)
        return True

    def reveal(self, widget: QWidget) -> None:
        """Scroll to where the focus has gone."""
        inside = self.area.widget()
        # A text that was clicked on is in sight already, and may be longer than the page.
        if inside is None or not inside.isAncestorOf(widget) or isinstance(widget, QLabel):
            return
        card = widget.parentWidget()
        whole = card if isinstance(widget, QRadioButton) and card is not None else widget
        self.area.ensureWidgetVisible(whole, 0, 2 * GAP)

    def say_title(self, title: Text, lead: Text | None = None) -> None:
        """Change the heading to what is known now."""
        self.heading.setText(self.kit.say(title))
        self.setAccessibleName(self.heading.text())
        if lead is not None:
            self.under_heading.setText(self.kit.say(lead))
            self.under_heading.setVisible(bool(lead.message))

    def enter(self) -> None:
        """The page is shown, from either side."""
        self.refresh()
        self.offer_report()

    def refresh(self) -> None:
        """Show the session's state."""

    @property
    def went_wrong(self) -> bool:
        """Whether the report for somebody who helps is to be offered here."""
        return self.session.trouble is not None or self.left_open

    @property
    def left_open(self) -> bool:
        """Whether something of this page's own did not come to a good end; told on the rail too."""
        return False

    def next_text(self) -> Text:
        """The words on the button that goes on."""
        return Text("&Continue")

    def leave_text(self) -> Text:
        """The words on the button that closes the window."""
        return Text("Canc&el")

    def side_action(self) -> SideAction | None:
        """A second thing to do here, or None."""
        return None

    def first_focus(self) -> QWidget | None:
        """What has the focus when the page comes up; None: the button that goes on."""
        return None

    def other_account_action(self) -> SideAction | None:
        """Signing in to Plex with another account, where the one signed in does not own this server."""
        if not other_account(self.session.findings) or self.session.look is None:
            return None
        return SideAction(Text("&Use another account"), self._use_other_account, primary=True)

    def _use_other_account(self) -> None:
        self.session.changes_account = True
        self.tell_wizard()
        self.wizard().next()

    def nextId(self) -> int:
        following = next_step(self.step, self.session.situation)
        return -1 if following is None else STEPS.index(following)

    def _on_change(self) -> None:
        if self.isVisible():
            self.refresh()
            self.offer_report()
            self.tell_wizard()
            self.refreshed.emit()

    def offer_report(self) -> None:
        """Show the offer where it is wanted; it goes when the page is well again."""
        self.report.setVisible(self.session.job is None and self.went_wrong and self.report.is_possible)

    def tell_wizard(self) -> None:
        """Let QWizard look at its buttons again, if there is a reason to.

        It hides everything for a moment while it does so, which sends the focus elsewhere.
        """
        state = self.isComplete(), self.nextId()
        if state == self._told:
            return
        self._told = state
        focused = QApplication.focusWidget()
        # Only this makes QWizard ask once more whether the way ends here; completeChanged does not.
        self.setFinalPage(self.nextId() == -1)
        if focused is not None and focused is not QApplication.focusWidget():
            (focused if focused.isEnabled() else self).setFocus(Qt.FocusReason.OtherFocusReason)


def tab_stops(layout: QLayout | None) -> Iterator[QWidget]:
    """What Tab leads to, in the order it is laid out, hidden things included."""
    for place in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(place) if layout is not None else None
        widget = item.widget() if item is not None else None
        if widget is not None:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                yield widget
            yield from tab_stops(widget.layout())
        elif item is not None:
            yield from tab_stops(item.layout())


class Keys(QObject):
    """Sees the keys before the widget that has the focus does: to a push button, an arrow key means another button."""

    tabbing = Signal()
    """Tab was pressed, and has not moved the focus yet."""
    followed = Signal(object)
    """The focus has gone to this widget of the window."""

    def __init__(self, parent: QWidget, page_shown: Callable[[], Page]) -> None:
        super().__init__(parent)
        self._owner = parent
        self._page_shown = page_shown
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now.window() is self._owner.window():
            now.installEventFilter(self)
            self._page_shown().reveal(now)
            self.followed.emit(now)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.tabbing.emit()
            return False
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return plain and isinstance(watched, QWidget) and self._page_shown().scroll_by(event.key(), watched)
