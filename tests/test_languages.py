# SPDX-License-Identifier: MIT
"""Which language is spoken: asked for, chosen once, or the system's; and what is said in it."""

from __future__ import annotations

import json
import plistlib
from pathlib import Path

import pytest

from setup_assistant.__main__ import main
from setup_assistant.bootstrap import language, languages
from setup_assistant.core.texts import Text, listed
from setup_assistant.host.languages import told_by, told_by_macos
from setup_assistant.languages import Languages


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ((), "en"),
        (("de",), "de"),
        (("de_AT.UTF-8",), "de"),
        (("de-CH",), "de"),
        (("de_DE@euro",), "de"),
        (("xx", "de"), "de"),
        (("en_GB.UTF-8", "de"), "en"),
        (("C.UTF-8", "de"), "en"),
        (("xx_YY", "zz"), "en"),
        (("",), "en"),
    ],
)
def test_the_first_language_there_is_fits(wanted: tuple[str, ...], spoken: str) -> None:
    assert languages().fitting(wanted) == spoken


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, ()),
        ({"LANG": "de_DE.UTF-8"}, ("de_DE.UTF-8",)),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_FR"}, ("fr_FR",)),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "en_US.UTF-8"}, ("en_US.UTF-8",)),
        ({"LANGUAGE": "fr:de"}, ("fr", "de")),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:en"}, ("de", "en", "en_US.UTF-8")),
        ({"LANGUAGE": "de", "LC_ALL": "C"}, ("C",)),
        ({"LANGUAGE": "", "LANG": ""}, ()),
    ],
)
def test_the_environment_is_read_as_gettext_reads_it(environ: dict[str, str], told: tuple[str, ...]) -> None:
    assert told_by(environ) == told


def test_the_list_of_macos_is_read(tmp_path: Path) -> None:
    assert told_by_macos(tmp_path) == ()
    file = tmp_path / "Library" / "Preferences" / ".GlobalPreferences.plist"
    file.parent.mkdir(parents=True)
    file.write_bytes(plistlib.dumps({"AppleLanguages": ["de-DE", "en-GB"]}, fmt=plistlib.FMT_BINARY))
    assert told_by_macos(tmp_path) == ("de-DE", "en-GB")
    for broken in (b"no list", plistlib.dumps([]), plistlib.dumps({"AppleLanguages": "de"})):
        file.write_bytes(broken)
        assert told_by_macos(tmp_path) == ()


def test_asked_for_counts_more_than_chosen_and_chosen_more_than_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "own.toml"
    settings.write_text('[display]\nlanguage = "de"\n')
    assert language([]) == "en"
    assert language(["check", "--settings", str(settings)]) == "de"
    assert language(["check", "--settings", str(settings), "--language", "en"]) == "en"
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert language([]) == "de"
    assert language(["--language=en"]) == "en"
    settings.write_text('[display]\nlanguage = "en"\n')
    assert language([f"--settings={settings}", "check"]) == "en"


@pytest.mark.parametrize("content", [b"no toml", b"\xff", b'[display]\nlanguage = ""\n', b"[display]\ncolour = 1\n"])
def test_a_settings_file_that_cannot_be_read_leaves_the_system_s_language(tmp_path: Path, content: bytes) -> None:
    settings = tmp_path / "own.toml"
    settings.write_bytes(content)
    assert language(["check", "--settings", str(settings)]) == "en"
    assert language(["check", "--settings"]) == "en"


@pytest.mark.parametrize("content", [None, b"", b"\xde\x12\x04\x95", b"no catalogue at all"])
def test_words_that_cannot_be_read_are_english(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "de.mo").write_bytes(content)
    assert Languages(tmp_path).words("de")("Welcome") == "Welcome"


def test_every_language_is_called_as_its_speakers_call_it() -> None:
    assert languages().names == {"en": "English", "de": "Deutsch"}


@pytest.mark.parametrize(("count", "said"), [(0, "0 hours"), (1, "one hour"), (2, "2 hours"), (41, "41 hours")])
def test_a_number_decides_on_the_form(count: int, said: str) -> None:
    assert Text("one hour", plural="{count} hours").filled(count=count).render() == said


def test_a_list_speaks_the_language_of_its_parts() -> None:
    shout = lambda message, plural="", count=1: message if "{" in message else message.upper()  # noqa: E731
    assert listed(["Berlin", Text("this computer")], "; ").render(shout) == "Berlin; THIS COMPUTER"
    assert listed([]).render(shout) == ""


class TestTheCommandLine:
    def test_people_read_german(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
        assert main(["check", "--demo", "all-good"]) == 0
        out, err = capsys.readouterr()
        assert "Bereit: Plex ist von außen erreichbar unter https://" in out
        assert "Es wird nachgesehen …" in err

    def test_programs_read_english(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        assert main(["check", "--json", "--demo", "cgnat-fresh"]) == 1
        english = json.loads(capsys.readouterr().out)
        monkeypatch.setenv("LANGUAGE", "de")
        assert main(["check", "--json", "--demo", "cgnat-fresh"]) == 1
        german = json.loads(capsys.readouterr().out)
        assert german["findings"] == english["findings"]
        assert german["plan"] == english["plan"]

    def test_the_report_is_english(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["report", "--demo", "all-good", "--language", "de"]) == 0
        assert "Plex Media Server" in capsys.readouterr().out

    def test_the_help_is_german(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["--help", "--language", "de"])
        told = capsys.readouterr().out
        assert "Aufruf: setup-assistant" in told
        assert "usage" not in told
        assert "options" not in told

    def test_wrong_usage_is_told_in_german(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--language", "de", "--port", "443"]) == 2
        assert "--port gehört zu: apply" in capsys.readouterr().err

    def test_a_language_nobody_knows_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--language", "tlh"]) == 2
        assert "--language is one of: en, de. Not known: 'tlh'" in capsys.readouterr().err
