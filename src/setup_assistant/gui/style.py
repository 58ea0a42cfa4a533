# SPDX-License-Identifier: MIT
"""The style sheet of the window, from colours and sizes."""

from __future__ import annotations

from setup_assistant.gui.theme import Colours, Sizes


def style_sheet(colours: Colours, sizes: Sizes) -> str:
    """Return the whole style sheet."""
    c, s = colours, sizes
    states = "\n".join(
        f'QLabel[state="{name}"] {{ color: {getattr(c, name)}; }}'
        for name in ("ok", "notice", "problem", "unknown", "accent", "muted")
    )
    return f"""
QWidget {{ font-family: "Inter"; font-size: {s.body}px; color: {c.text}; }}
QMainWindow, QDialog, QWizard, QWizardPage, QMessageBox {{ background: {c.window}; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {s.title}px; font-weight: 600; }}
QLabel[role="lead"] {{ color: {c.muted}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="section"] {{ font-size: {s.strong}px; font-weight: 600; }}
QLabel[role="small"] {{ font-size: {s.small}px; color: {c.muted}; }}
QLabel[role="code"] {{ font-size: {round(s.title * 1.15)}px; font-weight: 600; letter-spacing: 3px; }}
QLabel[role="address"] {{ font-size: {s.strong}px; font-weight: 600; }}
QLabel[role="stage"] {{ font-size: {min(s.body, 16)}px; color: {c.muted}; }}
QLabel[role="stage here"] {{ font-size: {min(s.body, 16)}px; font-weight: 600; }}
QLabel[role="state"] {{ font-size: {s.small}px; font-weight: 600; }}
{states}
QLabel[role="muted"] {{ color: {c.muted}; }}

QFrame[card="true"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 10px; }}
QFrame[row="true"] {{ background: transparent; border: none; border-bottom: 1px solid {c.border}; }}
QFrame[row="last"] {{ background: transparent; border: none; }}
QFrame[choice="true"] {{ background: {c.surface}; border: 1px solid {c.outline}; border-radius: 10px; }}
QFrame[choice="chosen"] {{ background: {c.accent_soft}; border: 2px solid {c.accent}; border-radius: 10px; }}
QFrame[tone="ok"] {{ background: {c.ok_soft}; border: 1px solid {c.ok}; border-radius: 10px; }}
QFrame[tone="notice"] {{ background: {c.notice_soft}; border: 1px solid {c.notice}; border-radius: 10px; }}
QFrame[tone="problem"] {{ background: {c.problem_soft}; border: 1px solid {c.problem}; border-radius: 10px; }}
QFrame[tone="unknown"] {{ background: {c.unknown_soft}; border: 1px solid {c.unknown}; border-radius: 10px; }}
QFrame[tone="plain"] {{ background: {c.sunken}; border: none; border-radius: 10px; }}
QFrame[stage="here"] {{ background: {c.accent_soft}; border: none; border-radius: 8px; }}
QFrame[tone="accent"] {{ background: {c.accent_soft}; border: 1px solid {c.accent}; border-radius: 10px; }}
QFrame[rail="true"] {{ background: {c.sunken}; border: none; border-right: 1px solid {c.border}; }}
QFrame[banner="demo"] {{ background: {c.accent_soft}; border: none; border-bottom: 1px solid {c.border}; }}
QFrame[banner="alarm"] {{ background: {c.problem_soft}; border: none; border-bottom: 1px solid {c.problem}; }}
QFrame[qr="true"] {{ background: #ffffff; border: 1px solid {c.border}; border-radius: 10px; }}

QPushButton {{ background: {c.surface}; border: 1px solid {c.outline}; border-radius: 8px;
    padding: 7px 15px; min-height: {round(s.body * 1.35)}px; }}
QPushButton:hover {{ background: {c.accent_soft}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 6px 14px; }}
QPushButton:pressed {{ background: {c.sunken}; }}
QPushButton:disabled {{ color: {c.muted}; background: {c.sunken}; border: 1px solid {c.border}; }}
QPushButton[primary="true"] {{ background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent};
    font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {c.text}; padding: 6px 14px; }}
QPushButton[primary="true"]:disabled {{ background: {c.sunken}; color: {c.muted}; border: 1px solid {c.border}; }}
QPushButton[plain="true"] {{ background: transparent; border: 1px solid transparent; color: {c.accent};
    padding: 3px 7px; min-height: {round(s.body * 1.2)}px; text-align: left; }}
QPushButton[plain="true"]:hover {{ background: {c.accent_soft}; }}
QPushButton[plain="true"]:focus {{ border: 2px solid {c.accent}; padding: 2px 6px; }}
QPushButton[plain="true"]:disabled {{ color: {c.muted}; background: transparent; }}

QRadioButton {{ background: transparent; spacing: 10px; font-weight: 600; font-size: {s.strong}px;
    border: 2px solid transparent; border-radius: 6px; padding: 1px 8px 1px 3px; }}
QRadioButton:focus {{ border-color: {c.accent}; }}
QRadioButton::indicator {{ width: 16px; height: 16px; border-radius: 10px; border: 2px solid {c.outline};
    background: {c.surface}; }}
QRadioButton::indicator:checked {{ border: 6px solid {c.accent}; width: 8px; height: 8px; border-radius: 10px;
    background: {c.surface}; }}

QLineEdit, QPlainTextEdit, QTextBrowser {{ background: {c.surface}; border: 1px solid {c.outline}; border-radius: 8px;
    padding: 6px 10px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus {{ border: 2px solid {c.accent}; padding: 5px 9px; }}
QLineEdit[wrong="true"] {{ border: 2px solid {c.problem}; padding: 5px 9px; }}

QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.outline}; border-radius: 5px; min-height: 36px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {c.outline}; border-radius: 5px; min-width: 36px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QProgressBar {{ background: {c.sunken}; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 4px 8px; }}
"""
