# SPDX-License-Identifier: MIT
"""A person who hears the window instead of seeing it: from Welcome to Done over AT-SPI, in the real window."""

from __future__ import annotations

import re
from pathlib import Path

from tests.labs.window.display import Display, display, program, wait_until
from tests.labs.window.listening import Ear, Told, listening
from tests.labs.window.test_keyboard import FIRST_TIME

PRESSED = {"push button", "toggle button", "radio button"}
SAID = (
    r"^Your connection\. ",
    r"^Your internet line\. Good to know\. ",
    r"^Waiting until you have signed in",
    r"^Making the changes\. ",
    r"\. Under way$",
    r"\. Done\. ",
    r"^All changes are made",
    r"^The proof\. ",
    r"^Proven: ",
    r"^Plex can be watched from anywhere\. ",
)
"""What is said by itself on the way, in this order; more may stand in between."""


def focused_when_ready(screen: Display, ear: Ear, page: str) -> Told:
    """What has the focus once the page has come to rest: something that Enter goes on with."""
    found: list[Told] = []

    def there() -> bool:
        found.append(ear.focused())
        return found[-1]["role"] in PRESSED and "enabled" in found[-1]["states"]

    wait_until(lambda: there() or not screen.title().startswith(page), f"the focus on {page}")
    return found[-1]


def complaints(page: str, tree: list[Told]) -> list[str]:
    """What a person who hears the page could not make out."""
    found = []
    for entry in tree:
        if "focusable" in entry["states"] and entry["role"] in {*PRESSED, "text"} and not entry["name"]:
            found.append(f"{page}: a {entry['role']} without a name")
        if "&" in entry["name"]:
            found.append(f"{page}: {entry['name']!r} is read with its ampersand")
    presses = [entry["name"] for entry in tree if entry["role"] in PRESSED]
    found += [f"{page}: {name!r} twice" for name in set(presses) if presses.count(name) > 1]
    return found


def tabbed(screen: Display, ear: Ear) -> list[str]:
    """The names that Tab leads to, once around."""
    first = ear.focused()["name"]
    names = [first]
    while len(names) < 40:
        screen.press("Tab")
        name = ear.next("focus")["name"]
        if name == first:
            return names
        names.append(name)
    raise AssertionError(f"Tab never came back: {names}")


def test_from_welcome_to_done_by_ear(tmp_path: Path) -> None:
    wrong: list[str] = []
    with display(tmp_path) as screen, listening(screen) as ear, program(screen, "--demo", "cgnat-fresh") as running:
        for page in FIRST_TIME:
            wait_until(lambda page=page: screen.title().startswith(page), page)  # type: ignore[misc]
            focus = focused_when_ready(screen, ear, page)
            tree = ear.tree()
            wrong += complaints(page, tree)
            names = [entry["name"] for entry in tree]
            assert page in names, f"the heading of {page} can be read"
            assert any(re.match(r"Step \d of \d: ", name) for name in names), "where one is on the way"
            if page == "Tailscale":
                around = tabbed(screen, ear)
                assert around.index("What is this?") > around.index(focus["name"]), "the page comes before the rail"
                assert any(name.startswith("Details: ") for name in around)
                assert any(name.startswith("Show ") and name.endswith(" need nothing from you") for name in around)
            if page == "Plex":  # it comes up twice: the sign-in goes on by itself and leads back to it
                wait_until(lambda: screen.title().startswith("Review"), "Review", lambda: screen.press("Return"))
            elif page == FIRST_TIME[-1]:
                screen.press("Return")
            else:
                wait_until(
                    lambda page=page: not screen.title().startswith(page),  # type: ignore[misc]
                    f"what follows {page}",
                    lambda: screen.press("Return"),
                )
        running.communicate(timeout=30)
        said = ear.announced()
    assert not wrong
    assert running.returncode == 0
    left = iter(said)
    for pattern in SAID:
        assert any(re.search(pattern, text) for text in left), f"{pattern} is not said in its place:\n" + "\n".join(
            said
        )
