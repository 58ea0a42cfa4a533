# SPDX-License-Identifier: MIT
"""How the macOS package is signed, told by the commands that would do it; none of them was ever run."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from installers.macos import package

SECRETS = ("SIGNING_IDENTITY", "NOTARY_KEY", "NOTARY_KEY_ID", "NOTARY_ISSUER")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The commands that were to be run, instead of running them."""
    run: list[str] = []

    def note(*command: object) -> None:
        run.append(" ".join(map(str, command)))

    monkeypatch.setattr(package, "start", note)
    monkeypatch.setattr(package, "BUILD", tmp_path / "build")
    (tmp_path / "build").mkdir()
    for secret in SECRETS:
        monkeypatch.delenv(secret, raising=False)
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What PyInstaller leaves: the program's folder, and the bundle beside it."""
    made = tmp_path / "dist" / "setup-assistant"
    made.mkdir(parents=True)
    for name in package.NOTICES:
        (made / name).touch()
    (tmp_path / "dist" / package.BUNDLE / "Contents" / "Resources").mkdir(parents=True)
    return made


def pack(folder: Path, tmp_path: Path) -> Path:
    (image,) = package.pack(folder, tmp_path)
    return image


def test_without_a_certificate_it_is_signed_ad_hoc_and_says_so(
    commands: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = pack(folder, tmp_path)
    bundle = folder.with_name(package.BUNDLE)
    assert commands[0] == f"codesign --force --sign - {bundle}"
    assert not any("notarytool" in command for command in commands)
    assert "Not signed" in capsys.readouterr().out
    assert {file.name for file in (bundle / "Contents" / "Resources").iterdir()} == set(package.NOTICES)
    assert image.suffix == ".dmg"


def test_without_a_key_for_the_notary_it_is_signed_and_says_so(
    commands: list[str],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SIGNING_IDENTITY", "ABC")
    pack(folder, tmp_path)
    assert "--options runtime" in commands[0]
    assert "--sign ABC" in commands[0]
    assert not any("stapler" in command or "notarytool" in command for command in commands)
    assert "not notarised" in capsys.readouterr().out


def test_with_both_the_bundle_is_notarised_before_it_goes_into_the_image(
    commands: list[str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in SECRETS:
        monkeypatch.setenv(secret, f"own-{secret}")
    pack(folder, tmp_path)
    kinds = ["codesign --force", "codesign --verify", "ditto -c", "xcrun notarytool", "xcrun stapler", "ditto "]
    kinds += ["hdiutil create", "codesign --force", "xcrun notarytool", "xcrun stapler"]
    assert len(commands) == len(kinds)
    for command, kind in zip(commands, kinds, strict=True):
        assert command.startswith(kind), commands
    assert "--key own-NOTARY_KEY --key-id own-NOTARY_KEY_ID --issuer own-NOTARY_ISSUER" in commands[3]


def test_the_entitlements_are_few_and_the_system_gets_a_reason_for_what_it_asks() -> None:
    entitlements = plistlib.loads(package.ENTITLEMENTS.read_bytes())
    assert set(entitlements) == {
        "com.apple.security.automation.apple-events",
        "com.apple.security.cs.allow-unsigned-executable-memory",
    }
    about = package.information_keys("1.2.3rc1")
    assert about["CFBundleShortVersionString"] == "1.2.3"
    for asked in ("NSLocalNetworkUsageDescription", "NSAppleEventsUsageDescription"):
        assert str(about[asked]).endswith(".")
    plistlib.dumps(about)
