# SPDX-License-Identifier: MIT
"""Colours, spacing and type sizes of the window, light and dark; contrast is measured in tests."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from PySide6.QtGui import QColor, QPalette

from setup_assistant.core.findings import Status

GAP = 8
"""The spacing scale counts in multiples of this many pixels."""


class Scheme(StrEnum):
    """How the window is coloured."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """One named colour each; text colours reach 4.5:1 on every surface they stand on."""

    window: str
    surface: str
    sunken: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    ok: str
    notice: str
    problem: str
    unknown: str
    ok_soft: str
    notice_soft: str
    problem_soft: str
    unknown_soft: str
    outline: str
    """The edge of a control that can be typed into or chosen: 3:1 against what is around it."""

    def of(self, status: Status) -> str:
        """The colour of a status; a word always stands beside it."""
        return {
            Status.OK: self.ok,
            Status.NOTICE: self.notice,
            Status.PROBLEM: self.problem,
            Status.UNKNOWN: self.unknown,
            Status.BLOCKED: self.muted,
        }[status]

    def soft(self, status: Status) -> str:
        """The background that goes with `of`."""
        return {
            Status.OK: self.ok_soft,
            Status.NOTICE: self.notice_soft,
            Status.PROBLEM: self.problem_soft,
            Status.UNKNOWN: self.unknown_soft,
            Status.BLOCKED: self.sunken,
        }[status]


LIGHT = Colours(
    window="#f7f8fa",
    surface="#ffffff",
    sunken="#eceff4",
    border="#d8dde6",
    text="#1a2130",
    muted="#545f75",
    accent="#3f51c7",
    accent_hover="#3343ab",
    on_accent="#ffffff",
    accent_soft="#e8ebfb",
    ok="#14713f",
    notice="#845200",
    problem="#b3202c",
    unknown="#6a449c",
    ok_soft="#e4f4ea",
    notice_soft="#fcf0da",
    problem_soft="#fce8e8",
    unknown_soft="#f0e9f8",
    outline="#7c879c",
)

DARK = Colours(
    window="#161a22",
    surface="#1e232d",
    sunken="#11141a",
    border="#353c4a",
    text="#e9ecf3",
    muted="#a9b2c3",
    accent="#9dabff",
    accent_hover="#b7c1ff",
    on_accent="#10142a",
    accent_soft="#2a3050",
    ok="#62cd93",
    notice="#e9b95c",
    problem="#ff9089",
    unknown="#c8aefc",
    ok_soft="#1b3327",
    notice_soft="#372d17",
    problem_soft="#3e2224",
    unknown_soft="#2f2741",
    outline="#7f899c",
)

COLOURS = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type sizes in pixels, from one base."""

    small: int
    body: int
    strong: int
    title: int


def sizes(base: float) -> Sizes:
    """The type scale over a base size in pixels."""
    return Sizes(small=round(base * 0.89), body=round(base), strong=round(base * 1.07), title=round(base * 1.62))


def palette(colours: Colours) -> QPalette:
    """The palette that goes with the colours, for whatever the style sheet does not reach."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.surface,
        QPalette.ColorRole.AlternateBase: colours.sunken,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Button: colours.surface,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.problem,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.ToolTipBase: colours.surface,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.LinkVisited: colours.accent,
        QPalette.ColorRole.Light: colours.surface,
        QPalette.ColorRole.Midlight: colours.border,
        # ModernStyle draws its separator with these two; left alone it glares in the dark.
        QPalette.ColorRole.Mid: colours.border,
        QPalette.ColorRole.Dark: colours.border,
        QPalette.ColorRole.Shadow: colours.sunken,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return made


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def names() -> tuple[str, ...]:
    """The names of all colours."""
    return tuple(entry.name for entry in fields(Colours))
