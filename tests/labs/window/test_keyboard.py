# SPDX-License-Identifier: MIT
"""The real program in a real window, from start to Done with the keyboard alone."""

from __future__ import annotations

from pathlib import Path

from tests.labs.window.display import Display, display, program, wait_until

FIRST_TIME = (
    "Watch your Plex from anywhere",
    "Your connection",
    "Tailscale",
    "Plex",
    "Review",
    "Making the changes",
    "The proof",
    "Plex can be watched from anywhere",
)


def press_on(screen: Display, page: str) -> None:
    """Press Enter until another page comes up; it does nothing while the page still works."""
    wait_until(lambda: not screen.title().startswith(page), f"what follows {page}", lambda: screen.press("Return"))


def test_from_start_to_done_with_the_keyboard_alone(tmp_path: Path) -> None:
    with display(tmp_path) as screen, program(screen, "--demo", "cgnat-fresh") as running:
        seen = []
        for page in FIRST_TIME:
            wait_until(lambda page=page: screen.title().startswith(page), page)  # type: ignore[misc]
            seen.append(screen.title())
            screen.take(tmp_path / f"{len(seen):02d}.png")
            if page == "Plex":  # it comes up twice: the sign-in goes on by itself and leads back to it
                wait_until(lambda: screen.title().startswith("Review"), "Review", lambda: screen.press("Return"))
            else:
                press_on(screen, page)
        out, err = running.communicate(timeout=30)
        assert (running.returncode, out, err) == (0, "", ""), "Enter on the last page closes the window"


def test_escape_closes_and_light_and_dark_can_be_reached(tmp_path: Path) -> None:
    with display(tmp_path) as screen, program(screen, "--demo", "all-good") as running:
        wait_until(lambda: screen.title().startswith(FIRST_TIME[0]), FIRST_TIME[0])
        screen.press("Down", "Return")
        wait_until(lambda: screen.title().startswith("How things stand"), "the overview")
        screen.press("F1")
        wait_until(lambda: screen.title().startswith("What is this"), "help")
        screen.press("Escape")
        wait_until(lambda: screen.title().startswith("How things stand"), "the overview again")
        screen.press("Escape")
        assert running.wait(30) == 0
