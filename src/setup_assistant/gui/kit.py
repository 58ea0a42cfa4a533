# SPDX-License-Identifier: MIT
"""What every widget is given: words, colours, sizes and icons, and a signal when the looks change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFont, QFontDatabase, QFontInfo, QGuiApplication
from PySide6.QtWidgets import QApplication

from setup_assistant.core.texts import Text, Translate, rendered
from setup_assistant.gui.icons import Icons
from setup_assistant.gui.style import style_sheet
from setup_assistant.gui.theme import COLOURS, Colours, Scheme, Sizes, palette, sizes
from setup_assistant.gui.turns import Turns

SMALLEST_TEXT = 13.0
LARGEST_TEXT = 30.0
NARROWEST_PAGE = 28.0
"""A page is at least this many times as wide as its text is large: so much room the buttons below it take."""
ZOOM_STEP = 1.1


class Kit(QObject):
    """The looks of one window, and the words in the person's language."""

    restyled = Signal()

    def __init__(
        self,
        resources: Path,
        translate: Translate,
        open_link: Callable[[str], object] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.turns = Turns(self)
        self.icons = Icons(resources / "icons")
        self._translate = translate
        self._open_link = open_link
        self._fonts = resources / "fonts"
        self._base = 14.0
        self.zoom = 1.0
        self._wanted = 1.0
        self._fitting = self._most = LARGEST_TEXT
        self._window = 0
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(0)
        self._refit.timeout.connect(self._wear_again)
        self.scheme = Scheme.LIGHT
        self.colours: Colours = COLOURS[self.scheme]
        self.sizes: Sizes = sizes(self._base)

    def say(self, text: Text | str) -> str:
        """Return the words in the person's language; a ``str`` comes from outside and stays as it is."""
        return str(rendered(text, self._translate))

    def open_link(self, link: str) -> None:
        """Open a page in the browser; only web pages are."""
        if not link.startswith(("https://", "http://")):
            return
        if self._open_link is not None:
            self._open_link(link)
        else:
            QDesktopServices.openUrl(QUrl(link))

    def load_fonts(self) -> None:
        """Make the bundled font known, and find how large the system's text is."""
        for file in sorted(self._fonts.glob("*.otf")):
            QFontDatabase.addApplicationFont(str(file))
        system = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).pixelSize()
        self._base = max(14.0, float(system) * 1.05)

    def system_scheme(self) -> Scheme:
        """Light or dark as the system tells; light where it doesn't."""
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return Scheme.DARK if dark else Scheme.LIGHT

    def make_room(self, width: int, needed: int, window: int) -> None:
        """A page is ``width`` pixels wide and needs ``needed``, in a window of ``window``.

        Text too large for it shrinks, and grows again with the window.
        The rail beside the page grows with its text too. So a size that took the page too much room is not tried
        again before the window is another one, or the two would change places for ever.
        """
        if window != self._window:
            self._window, self._most = window, LARGEST_TEXT
        fitting = min(width / NARROWEST_PAGE, self.sizes.body * width // needed if needed > width else LARGEST_TEXT)
        self._fitting = max(min(fitting, self._most), SMALLEST_TEXT)
        if round(self._text_size()) < self.sizes.body:
            self._most = self._fitting
        if round(self._text_size()) != self.sizes.body:
            # Not while a layout is at work: everything is laid out anew by this.
            self._refit.start()

    def _text_size(self) -> float:
        return min(max(self._base * self._wanted, SMALLEST_TEXT), LARGEST_TEXT, self._fitting)

    def _wear_again(self) -> None:
        self.wear(self.scheme)

    def wear(self, scheme: Scheme, zoom: float | None = None) -> None:
        """Colour and size everything; ``zoom`` counts as far as the text then fits."""
        self.scheme = scheme
        if zoom is not None:
            self._wanted = zoom
        self.zoom = self._text_size() / self._base
        self.colours = COLOURS[scheme]
        self.sizes = sizes(self._base * self.zoom)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            # A new style makes QWizard lay itself out afresh, and the focus would go to the first button there is.
            focused = app.focusWidget()
            app.setPalette(palette(self.colours))
            font = QFont("Inter")
            font.setPixelSize(self.sizes.body)
            app.setFont(font)
            sheet = style_sheet(self.colours, self.sizes)
            # Each widget there is gets polished anew, so it is set before there are any, and not twice.
            if sheet != app.styleSheet():
                app.setStyleSheet(sheet)
            if focused is not None:
                focused.setFocus(Qt.FocusReason.OtherFocusReason)
        self.restyled.emit()
