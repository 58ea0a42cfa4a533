# SPDX-License-Identifier: MIT
"""The window looks for a newer version when somebody presses the button, and not before."""

from __future__ import annotations

import asyncio

import pytest
from pytestqt.qtbot import QtBot

from setup_assistant.bootstrap import resources_folder
from setup_assistant.core.findings import Verdict
from setup_assistant.core.texts import in_english
from setup_assistant.core.words import case
from setup_assistant.gui.contract import WindowServices
from setup_assistant.gui.kit import Kit
from setup_assistant.gui.newer import NewerVersion
from setup_assistant.gui.worker import Worker

PAGE = "https://github.com/owner/name/releases/tag/v9.9.9"


@pytest.mark.parametrize("cause", ["newer", None, "no_repository", "mistake"])
def test_the_button_tells_what_is_published(qtbot: QtBot, cause: str | None) -> None:
    asked: list[str] = []
    opened: list[str] = []

    async def look() -> Verdict:
        asked.append("once")
        if cause == "mistake":
            raise ValueError("a mistake")
        return case("program_version", cause).verdict(version="0.1.0", newest="9.9.9", page=PAGE)

    services = WindowServices(
        make_assistant=lambda listen: pytest.fail("no run is needed"),
        loop_factory=asyncio.new_event_loop,
        resources=resources_folder(),
        version="0.1.0",
        look_for_update=look,
    )
    worker = Worker(services.loop_factory)
    shown = NewerVersion(Kit(resources_folder(), in_english, opened.append), services, worker)
    qtbot.addWidget(shown)
    shown.show()
    assert asked == []
    with qtbot.waitSignal(worker.answered):
        shown.button.click()
        assert not shown.button.isEnabled()
    assert asked == ["once"]
    assert shown.button.isEnabled()
    assert shown.link.isVisible() == (cause == "newer")
    if cause == "newer":
        assert "9.9.9" in shown.said.text()
        shown.link.click()
        assert opened == [PAGE]
    if cause == "mistake":
        assert "mistake in this program" in shown.said.text()
    assert worker.close()
