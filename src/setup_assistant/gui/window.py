# SPDX-License-Identifier: MIT
"""The window: banners, side rail and wizard, and what happens when it is closed."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from setup_assistant.core.texts import Text
from setup_assistant.flow import Step, on_the_way
from setup_assistant.gui import words
from setup_assistant.gui.attention import Attention
from setup_assistant.gui.banner import Banner
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.jobs import Job
from setup_assistant.gui.kit import ZOOM_STEP, Kit
from setup_assistant.gui.labels import button
from setup_assistant.gui.rail import Rail
from setup_assistant.gui.session import Session
from setup_assistant.gui.theme import Scheme
from setup_assistant.gui.wizard import Wizard
from setup_assistant.gui.worker import Worker
from setup_assistant.languages import OWN_NAME

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

SMALLEST = (800, 600)
READING_MS = 200
"""The first page is left alone that long after it is shown."""
DEMO = Text("Demonstration “{name}”: everything here is simulated, nothing real is touched.")
ALARM = Text("Right now anyone on the internet can get into this Plex. Closing that door comes first.")
TITLE = Text("{page} – {program}")
CLOSE_TITLE = Text("Changes are being made")
CLOSE_TEXT = Text("If you close now, the change under way may stay half made. It is written down and can be undone.")
GO_LIGHT, GO_DARK = Text("Light"), Text("Dark")
LANGUAGE = Text("Language: {name}")


class MainWindow(QWidget):
    """Everything one sees."""

    language_chosen = Signal(str)
    """Another language is to be spoken from now on; its code."""

    def __init__(self, services: WindowServices, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self.services = services
        self.worker = Worker(services.loop_factory, self)
        self.session = Session(services, self.worker, self)
        self.wizard = Wizard(kit, self.session)
        self.rail = Rail(kit)
        self.setWindowTitle(kit.say(words.PRODUCT))
        self.setMinimumSize(*SMALLEST)
        self.alarm = Banner(kit, "alarm", "problem", "problem", ALARM)
        self.alarm.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if services.demo is not None:
            column.addWidget(Banner(kit, "demo", "info", "accent", DEMO.filled(name=services.demo)))
        column.addWidget(self.alarm)
        self.newer = Banner(kit, "demo", "info", "accent", Text(""))
        self.newer.hide()
        column.addWidget(self.newer)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.wizard, 1)
        column.addLayout(row, 1)
        self._furnish_rail()
        QShortcut(QKeySequence.StandardKey.HelpContents, self, self.show_help)
        # The wizard knows Escape too, but only while the focus is inside it.
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.close)
        self._keep = QSettings(str(services.preferences), QSettings.Format.IniFormat) if services.preferences else None
        self._may_close = False
        self.closing_question: QMessageBox | None = None
        self._visited: set[Step] = set()
        self._place: object = None
        for keys, step in (
            (QKeySequence.StandardKey.ZoomIn, ZOOM_STEP),
            (QKeySequence.StandardKey.ZoomOut, 1 / ZOOM_STEP),
        ):
            QShortcut(keys, self, lambda factor=step: self._zoom(factor))
        self.wizard.leaving.connect(self.close)
        self.wizard.moved.connect(self._show_place)
        self.wizard.refreshed.connect(self._on_change)
        self.session.crashed.connect(self.show_crash)
        self.attention = Attention(self, kit, self.session, self.worker, services.desktop)
        kit.restyled.connect(self._restyle)
        self._restore()
        self.session.begin_preview()
        self.wizard.restart()

    def _furnish_rail(self) -> None:
        """Add what is at hand on every page."""
        self.scheme_button = button(self.kit, GO_DARK, self.change_scheme, plain=True)
        self.help_button = button(self.kit, Text("W&hat is this?"), self.show_help, plain=True)
        self.rail.foot.addWidget(self.help_button)
        self.rail.foot.addWidget(self.scheme_button)
        self.language_button = self._make_language_button()
        self.rail.foot.addWidget(self.language_button)
        self.about_button = button(self.kit, Text("About"), self.show_about, plain=True)
        self.about_button.setAccessibleName(self.kit.say(words.ABOUT))
        self.rail.foot.addWidget(self.about_button)

    def _make_language_button(self) -> QPushButton:
        """The language, and a menu of the others; each is called as those who speak it call it."""
        made = button(self.kit, OWN_NAME, plain=True)
        made.setAccessibleName(self.kit.say(LANGUAGE.filled(name=made.text())))
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._list_languages(menu))
        made.setMenu(menu)
        return made

    def _list_languages(self, menu: QMenu) -> None:
        """Fill the menu when it opens: the names are taken from all catalogues."""
        menu.clear()
        listed = self.services.languages
        for code, name in listed.names.items() if listed is not None else ():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(code == self.services.language)
            action.triggered.connect(lambda _=False, code=code: self._choose_language(code))

    def _choose_language(self, code: str) -> None:
        if code != self.services.language:
            self.language_chosen.emit(code)

    def _restore(self) -> None:
        scheme, zoom = self.kit.system_scheme(), 1.0
        self.resize(960, 700)
        if self._keep is not None:
            kept = self._keep.value("scheme")
            if kept in tuple(Scheme):
                scheme = Scheme(str(kept))
            try:
                zoom = float(str(self._keep.value("zoom", "1")))
            except ValueError:
                zoom = 1.0
            place = self._keep.value("window")
            if isinstance(place, QByteArray):
                self.restoreGeometry(place)
        self.kit.wear(scheme, zoom)

    def change_scheme(self) -> None:
        """From light to dark and back; kept."""
        self.kit.wear(Scheme.LIGHT if self.kit.scheme is Scheme.DARK else Scheme.DARK)
        if self._keep is not None:
            self._keep.setValue("scheme", self.kit.scheme.value)

    def _zoom(self, factor: float) -> None:
        self.kit.wear(self.kit.scheme, self.kit.zoom * factor)
        if self._keep is not None:
            self._keep.setValue("zoom", str(self.kit.zoom))

    def _restyle(self) -> None:
        dark = self.kit.scheme is Scheme.DARK
        self.scheme_button.setText(self.kit.say(GO_LIGHT if dark else GO_DARK))
        name = Text("Use light colours") if dark else Text("Use dark colours")
        self.scheme_button.setAccessibleName(self.kit.say(name))
        self.help_button.setIcon(self.kit.icons.icon("help", self.kit.colours.accent))
        self.language_button.setIcon(self.kit.icons.icon("globe", self.kit.colours.accent))
        self.about_button.setIcon(self.kit.icons.icon("info", self.kit.colours.accent))
        icon = self.kit.icons.icon("sun" if dark else "moon", self.kit.colours.accent)
        self.scheme_button.setIcon(icon)

    def _show_place(self, step: Step) -> None:
        """Show the way on the rail: with the pages one came by, and no further than it leads."""
        if step is Step.WELCOME:
            self._visited.clear()
        self._visited.add(step)
        # The window is built anew for another language, so that is offered where nothing would be lost.
        listed = self.services.languages
        self.language_button.setVisible(step is Step.WELCOME and listed is not None and len(listed.codes) > 1)
        ends = self.session.look is not None and self.wizard.page_shown.nextId() == -1
        way = on_the_way(self.wizard.way, step, self._visited, ends=ends)
        still_open = {stage for stage in way if stage in self.wizard.pages and self.wizard.pages[stage].left_open}
        if (way, step, still_open) != self._place:
            self._place = (way, step, still_open)
            self.rail.show_place(way, step, still_open)
        self._show_title()

    def _show_title(self) -> None:
        """The window is called after the page: that is what a screen reader says first."""
        heading = self.wizard.page_shown.heading.text()
        title = TITLE.filled(page=heading, program=words.PRODUCT)
        self.setWindowTitle(self.kit.say(title))

    def _on_change(self) -> None:
        self.alarm.setVisible(bool(self.session.alarms))
        own = self.session.findings.get("program_version")
        self.newer.setVisible(own is not None and own.cause == "newer")
        if own is not None and own.cause == "newer":
            self.newer.text.show_breakable(self.kit.say(own.verdict.summary))
        self._show_place(self.wizard.step)
        self._settle_question()

    def show_help(self) -> None:
        """Explain what the page is about, in a window of its own."""
        from setup_assistant.gui.help import HelpDialog

        HelpDialog(self.kit, self.wizard.step, self).show()

    def show_about(self) -> None:
        """Tell versions and licences."""
        from setup_assistant.gui.about import AboutDialog
        from setup_assistant.gui.newer import NewerVersion

        newer = NewerVersion(self.kit, self.services, self.worker)
        AboutDialog(self.kit, self.services.version, newer, self).show()

    def show_crash(self, trouble: BaseException) -> None:
        """Show the mistake, without stopping the event loop below."""
        make, told = self.services.make_report, "".join(traceback.format_exception(trouble))
        report = (lambda: make(self.session.look, told)) if make is not None else None
        from setup_assistant.gui.crash import CrashDialog

        dialog = CrashDialog(self.kit, trouble, report, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @property
    def closes_at_once(self) -> bool:
        """Whether closing now can't leave a change half made: none is under way any more, or one only waits."""
        session = self.session
        return session.job not in (Job.APPLY, Job.UNDO) or session.verifying or session.wait is not None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # What came before the window was shown has told nobody.
        self.wizard.page_shown.tell_wizard()
        self.wizard.update_buttons()
        self.wizard.settle_focus_soon()
        QTimer.singleShot(READING_MS, self, self._begin_reading)

    def _begin_reading(self) -> None:
        """The first page is on the screen, and somebody reads it; now comes what could wait."""
        self.setWindowIcon(self.kit.icons.program())
        self.wizard.begin_reading()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close and not self.closes_at_once:
            event.ignore()
            self._ask_to_close()
            return
        if self._keep is not None:
            self._keep.setValue("window", self.saveGeometry())
            self._keep.sync()
        # The end of the work is waited for by those who started the window, once nobody sees it any more.
        self.worker.leave()
        super().closeEvent(event)

    def _settle_question(self) -> None:
        """Take the question away once there is nothing left to ask."""
        if self.closing_question is not None and self.closes_at_once:
            self.closing_question.close()

    def _ask_to_close(self) -> None:
        if self.closing_question is not None:
            self.closing_question.raise_()
            self.closing_question.activateWindow()
            return
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self)
        box.setWindowTitle(self.kit.say(CLOSE_TITLE))
        box.setText(self.kit.say(CLOSE_TITLE))
        box.setInformativeText(self.kit.say(CLOSE_TEXT))
        leave = box.addButton(self.kit.say(Text("&Close all the same")), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(self.kit.say(Text("&Keep going")), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        leave.clicked.connect(self._close_all_the_same)
        box.finished.connect(self._forget_question)
        self.closing_question = box
        box.open()

    def _forget_question(self) -> None:
        self.closing_question = None

    def _close_all_the_same(self) -> None:
        self._may_close = True
        self.close()
