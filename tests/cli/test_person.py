# SPDX-License-Identifier: MIT
"""What only a person can do is shown to the one at the terminal, and the run goes on by itself once it is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import resources_folder
from setup_assistant.cli_text import Console
from setup_assistant.host.simulated.machine import SimulatedPlatform
from tests.scenarios.running import OUTPUT, Answer

LINK = "https://login.tailscale.com/f/funnel?node=nSIMULATED11CNTRL"

Apply = Callable[..., tuple[Answer, str, list[str]]]


@pytest.fixture
def apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Apply:
    """Run ``apply --yes`` at a terminal on a scenario with lines replaced: (answer, words, pages opened)."""
    opened: list[str] = []
    monkeypatch.setattr(Console, "can_show_link", property(lambda self: True))

    def open_browser(platform: SimulatedPlatform, link: str) -> bool:
        opened.append(link)
        return True

    monkeypatch.setattr(SimulatedPlatform, "open_browser", open_browser)

    def run(scenario: str, *changed: tuple[str, str]) -> tuple[Answer, str, list[str]]:
        content = (resources_folder() / "scenarios" / f"{scenario}.toml").read_text(encoding="utf-8")
        for line, other in changed:
            assert line in content
            content = content.replace(line, other, 1)
        path = tmp_path / f"{scenario}.toml"
        path.write_text(content, encoding="utf-8")
        code = main(["apply", "--yes", "--json", "--demo", str(path)])
        shown = capsys.readouterr()
        document = json.loads(shown.out)
        OUTPUT.validate(document)
        return Answer(code, document), shown.err, opened

    return run


def test_a_missing_tailscale_is_noticed_once_it_is_installed(apply: Apply) -> None:
    done, words, opened = apply(
        "tailscale-missing", ("installed = false", "installed = false\ninstalled_after_s = 200")
    )
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert set(done.changes.values()) == {"applied"}
    assert opened == ["https://tailscale.com/download/linux"]
    assert "https://tailscale.com/download/linux" in words
    assert "Waiting until Tailscale is installed" in words


def test_the_name_is_said_before_it_becomes_public(apply: Apply) -> None:
    done, words, _ = apply("cgnat-fresh", ("signed_in = false", "signed_in = true"))
    assert done.changes["funnel"] == "applied"
    said = "The name plexbox.tail1234.ts.net will become public, for ever."
    assert said in words
    assert "tailscale set --hostname=" in words
    assert words.index(said) < words.index("Making the changes")
    # The second time it is known already.
    _, words, _ = apply("all-good")
    assert said not in words


def test_the_administrator_password_is_announced_before_the_sign_in(apply: Apply) -> None:
    done, words, _ = apply("tailscale-signed-out", ("operator = true", "operator = false"))
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    announced = words.index("needs your administrator password")
    assert announced < words.index("Open this page to sign in to Tailscale")


def test_a_fresh_installation_is_signed_in_next(apply: Apply) -> None:
    done, words, opened = apply(
        "tailscale-missing",
        ("installed = false", "installed = false\ninstalled_after_s = 40"),
        ('backend = "Running"', 'backend = "NeedsLogin"'),
    )
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert opened == ["https://tailscale.com/download/linux", "https://login.tailscale.com/a/1f2e3d4c5b6a"]
    assert "Open this page to sign in to Tailscale: https://login.tailscale.com/a/1f2e3d4c5b6a" in words
    assert "█" in words


def test_an_installer_that_is_still_at_work_is_left_to_it(apply: Apply) -> None:
    done, _, _ = apply(
        "tailscale-missing",
        ("installed = false", "installed = false\ninstalled_after_s = 20"),
        ('service = "running"', 'service = "stopped"'),
    )
    # A service that does not come up by itself is started like any other.
    assert done.document["outcome"] == "ready"
    assert done.changes["start_tailscale"] == "applied"


@pytest.mark.parametrize("missing", ["funnel", "https", "magicdns"])
def test_what_funnel_needs_is_waited_for_at_its_page(missing: str, apply: Apply) -> None:
    done, words, opened = apply(
        "funnel-not-allowed",
        ("funnel = false", "funnel = true"),
        (f"{missing} = true", f"{missing} = false\ngranted_after_s = 100"),
    )
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert "Waiting until your Tailscale network allows it" in words
    assert opened == [LINK if missing != "magicdns" else "https://login.tailscale.com/admin/dns"]


@pytest.mark.parametrize("missing", ["funnel", "https"])
def test_a_member_gets_the_words_and_the_page_for_the_admin(missing: str, apply: Apply) -> None:
    done, words, opened = apply(
        "funnel-not-allowed",
        ("funnel = false", "funnel = true"),
        (f"{missing} = true", f"{missing} = false\nmember = true\ngranted_after_s = 100"),
    )
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert "Send an admin this page with these words" in words
    assert "https://login.tailscale.com/admin/" in words
    assert opened == []


def test_an_approval_is_waited_for(apply: Apply) -> None:
    done, words, opened = apply("funnel-not-allowed", ('backend = "Running"', 'backend = "NeedsMachineAuth"'))
    assert (done.exit, done.causes["tailscale_signed_in"]) == (1, "needs_approval")
    assert "Waiting until this computer is approved" in words
    assert opened == ["https://login.tailscale.com/admin/machines"]


def test_the_wait_has_an_end(apply: Apply) -> None:
    done, words, opened = apply("funnel-not-allowed")
    assert (done.exit, done.document["outcome"], done.changes) == (1, "needs_you", {})
    assert opened == [LINK]
    assert words.count("Waiting until your Tailscale network allows it") == 1


@pytest.mark.parametrize("state", ['backend = "NeedsLogin"', 'backend = "NeedsLogin"\nkey_expired = true'])
def test_a_node_that_is_not_signed_in(state: str, apply: Apply) -> None:
    done, words, opened = apply("all-good", ('backend = "Running"', state))
    assert (done.exit, done.document["outcome"]) == (0, "ready")
    assert opened == ["https://login.tailscale.com/a/1f2e3d4c5b6a"]
    assert words.count("Open this page to sign in to Tailscale") == 1


def test_nothing_is_waited_for_where_its_coming_cannot_be_seen(apply: Apply) -> None:
    done, words, opened = apply("funnel-not-allowed", ("operator = true", "operator = true\nshields_up = true"))
    assert (done.exit, done.causes["shields_up"]) == (1, "on")
    assert "Waiting" not in words
    assert opened == []


def test_nobody_is_waited_for_without_a_terminal(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "can_show_link", property(lambda self: False))
    done, words, opened = apply("funnel-not-allowed", ("funnel = false", "funnel = false\ngranted_after_s = 100"))
    assert (done.exit, done.document["outcome"]) == (1, "needs_you")
    assert "Waiting" not in words
    assert opened == []


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("cgnat-fresh", "tailscale set --hostname=NEW-NAME"),
        ("key-expires-soon", "https://login.tailscale.com/admin/machines"),
    ],
)
def test_a_notice_says_what_to_do(scenario: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--demo", scenario])
    assert words in " ".join(capsys.readouterr().out.split())
