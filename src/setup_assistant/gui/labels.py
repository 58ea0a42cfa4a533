# SPDX-License-Identifier: MIT
"""Labels, buttons and frames in the one visual language."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.gui import words
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.theme import GAP

LONGEST_UNBROKEN = 18
BREAKS = re.compile(r"([./:-])(?=\w)")
"""Where an address may break."""
COPIED_MS = 2000


class Words(QLabel):
    """A wrapping label of plain text: what comes from outside is never read as markup."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def show_breakable(self, text: str) -> None:
        """Show a text whose long addresses may break into lines; not for what is meant to be copied from here."""
        self.setText(" ".join(_breakable(part) for part in text.split(" ")))

    def minimumSizeHint(self) -> QSize:
        # QLabel guesses a height for a narrow column here; that would leave empty space below every page.
        usual = super().minimumSizeHint()
        return QSize(usual.width(), self.fontMetrics().height()) if self.wordWrap() else usual


def _breakable(part: str) -> str:
    return BREAKS.sub("\\1\u200b", part) if len(part) > LONGEST_UNBROKEN else part


def font(size: int, *, strong: bool = False) -> QFont:
    """The typeface of the window, for what is drawn by hand."""
    made = QFont("Inter")
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return made


def address_parts(address: str) -> list[str]:
    """The halves of an address that may stand in two lines; it is broken between its numbers only."""
    marks = [match.end() for match in BREAKS.finditer(address)]
    if not marks:
        return [address] if address else []
    middle = marks[len(marks) // 2]
    return [address[:middle], address[middle:]]


def address_lines(address: str, metrics: QFontMetricsF, room: float) -> tuple[str, ...]:
    """An address in one line where there is room for it, else in two."""
    fits = bool(address) and metrics.horizontalAdvance(address) <= room
    return (address,) if fits else tuple(address_parts(address))


def in_lines(text: str, metrics: QFontMetricsF, room: float) -> tuple[str, ...]:
    """The words of a text in lines."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def label(kit: Kit, text: Text | str = "", role: str = "", *, selectable: bool = False) -> Words:
    """A wrapping label in one of the roles that the style sheet knows."""
    made = Words("")
    said = kit.say(text) if isinstance(text, Text) else text
    if selectable:
        made.setText(said)
    else:
        made.show_breakable(said)
    if role:
        made.setProperty("role", role)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return made


def one_line(kit: Kit, text: Text | str = "", role: str = "") -> Words:
    """A short label that is never broken into lines."""
    made = label(kit, text, role)
    made.setWordWrap(False)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return made


def button(kit: Kit, text: Text, press: Callable[[], object] | None = None, *, plain: bool = False) -> QPushButton:
    """A push button; Enter presses it while it has the focus."""
    made = QPushButton(kit.say(text))
    made.setAutoDefault(True)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if plain:
        made.setProperty("plain", "true")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    if press is not None:
        made.clicked.connect(lambda: press())  # noqa: PLW0108 (drops the argument that Qt passes)
    return made


class LinkButton(QPushButton):
    """Opens a page in the browser; the address is its tool tip."""

    def __init__(self, kit: Kit, link: str, text: Text = words.OPEN_PAGE, *, about: str = "") -> None:
        """``about``: what the page is for, told by screen readers, where others have the same words on them."""
        super().__init__(kit.say(text))
        if about:
            self.setAccessibleName(f"{self.text()}: {about}")
        self._kit = kit
        self.link = ""
        self.setProperty("plain", "true")
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.lead_to(link)
        self.clicked.connect(lambda: kit.open_link(self.link))
        kit.restyled.connect(self._restyle)
        self._restyle()

    def lead_to(self, link: str) -> None:
        """Change the page."""
        self.link = link
        self.setToolTip(link)
        self.setAccessibleDescription(link)

    def _restyle(self) -> None:
        self.setIcon(self._kit.icons.icon("link", self._kit.colours.accent, self._kit.sizes.body + 2))


class CopyButton(QPushButton):
    """Puts a text on the clipboard and says so for a moment."""

    def __init__(self, kit: Kit, text: str, words_on_it: Text = words.COPY) -> None:
        super().__init__(kit.say(words_on_it))
        self._kit = kit
        self._usual = kit.say(words_on_it)
        self.text_to_copy = text
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPIED_MS)
        self._timer.timeout.connect(lambda: self.setText(self._usual))
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text_to_copy)
        self.setText(self._kit.say(words.COPIED))
        self._timer.start()


class Glyph(QWidget):
    """One icon in one colour of the scheme; turns while something is under way."""

    TURN_MS = 40

    def __init__(self, kit: Kit, name: str = "pending", colour: str = "muted", size: int = 22) -> None:
        super().__init__()
        self._kit = kit
        self.name = name
        self.colour = colour
        self._side = size
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(self.TURN_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = round(self._side * self._kit.sizes.body / 14)
        return QSize(side, side)

    def show_icon(self, name: str, colour: str) -> None:
        """Show an icon; ``colour`` is the name of a colour or its value."""
        self._timer.stop()
        self.name, self.colour = name, colour
        self.update()

    def show_running(self) -> None:
        """Show that something is under way."""
        self.name = "running"
        self._timer.start()
        self.update()

    def _turn(self) -> None:
        self._angle = (self._angle + 12) % 360
        if self.isVisible():
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = getattr(self._kit.colours, self.colour, self.colour)
        if self.name == "running":
            _paint_spinner(painter, self.rect().adjusted(2, 2, -2, -2), self._kit, self._angle)
        else:
            self._kit.icons.paint(painter, self.name, colour, self.rect().toRectF())
        painter.end()


def _paint_spinner(painter: QPainter, place: QRect, kit: Kit, angle: int) -> None:
    pen = QPen(QColor(kit.colours.border), max(2.0, place.width() / 9))
    painter.setPen(pen)
    painter.drawEllipse(place)
    pen.setColor(QColor(kit.colours.accent))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(place, -angle * 16, 100 * 16)


class Card(QFrame):
    """A frame with a column in it."""

    def __init__(self, tone: str = "", *, padding: int = 2 * GAP, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if tone:
            self.setProperty("tone", tone)
        else:
            self.setProperty("card", "true")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(padding, padding - 2, padding, padding - 2)
        self.column.setSpacing(GAP)

    def set_tone(self, tone: str) -> None:
        """Colour the frame after a status."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


def beside(*widgets: QWidget, gap: int = GAP, stretch_last: bool = False) -> QHBoxLayout:
    """A row of widgets, from the start of the line."""
    row = QHBoxLayout()
    row.setSpacing(gap)
    for widget in widgets:
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop if isinstance(widget, Glyph) else Qt.AlignmentFlag(0))
    if not stretch_last:
        row.addStretch(1)
    return row


def tell(widget: QWidget, said: str, *, first: bool = False) -> None:
    """Let a screen reader say something that came up by itself, where somebody sees it come up.

    ``first``: before anything else that comes up in this turn of the event loop.
    """
    if not said or not widget.isVisible():
        return

    def say() -> None:
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, said))

    if first:
        say()
    else:
        QTimer.singleShot(0, widget, say)


def polish(widget: QWidget) -> None:
    """Style a widget and all in it now, while nobody waits for it; Qt would do so when it is first shown."""
    for one in (widget, *widget.findChildren(QWidget)):
        one.ensurePolished()


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
