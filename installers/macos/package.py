# SPDX-License-Identifier: MIT
"""Makes the macOS package from the program's bundle: a .dmg for the processor it runs on, signed where it can be.

SIGNING_IDENTITY   the name of a “Developer ID Application” certificate in the keychain
NOTARY_KEY         a file with a key of App Store Connect; NOTARY_KEY_ID and NOTARY_ISSUER belong to it

Without the first the bundle is signed ad hoc, as Apple silicon demands of any program, and without the second it is not
notarised. The release workflow sets both from its secrets."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from installers.contents import NAME, PUBLISHER, TITLE, version, version_numbers
from installers.steps import BUILD, start, tell

PROGRAMS = {NAME: False}
HERE = Path(__file__).resolve().parent
BUNDLE = "Setup Assistant.app"
BUNDLE_IDENTIFIER = "io.github.setup-assistant"
ENTITLEMENTS = HERE / "entitlements.plist"
NOTICES = ("LICENSE.txt", "THIRD-PARTY.txt", "sbom.cdx.json")


def program_options(name: str, icons: Path) -> dict[str, Any]:
    """Return what PyInstaller's EXE is told; with an identity it signs every library for the hardened runtime."""
    return {
        "icon": str(icons / f"{NAME}.icns"),
        "codesign_identity": identity() or None,
        "entitlements_file": str(ENTITLEMENTS),
    }


def bundle_options(icons: Path) -> dict[str, Any] | None:
    """Return what PyInstaller's BUNDLE is told."""
    return {
        "name": BUNDLE,
        "icon": str(icons / f"{NAME}.icns"),
        "bundle_identifier": BUNDLE_IDENTIFIER,
        "version": version(),
        "info_plist": information_keys(version()),
    }


def pack(folder: Path, out: Path) -> Iterator[Path]:
    """Make the package of macOS in ``out``."""
    bundle = folder.with_name(BUNDLE)
    for name in NOTICES:
        shutil.copyfile(folder / name, bundle / "Contents" / "Resources" / name)
    sign_bundle(bundle)
    image = out / f"{NAME}-{version()}-macos-{platform.machine()}.dmg"
    make_image(bundle, image)
    sign_image(image)
    yield image


def sign_bundle(bundle: Path) -> None:
    """Seal the bundle anew with what has come into it; the libraries inside keep the signatures they have."""
    hardened = ("--options", "runtime", "--timestamp", "--entitlements", ENTITLEMENTS) if identity() else ()
    start("codesign", "--force", *hardened, "--sign", identity() or "-", bundle)
    start("codesign", "--verify", "--deep", "--strict", bundle)
    if not identity():
        tell("Not signed: SIGNING_IDENTITY names no certificate.")
        return
    packed = BUILD / "notarise.zip"
    start("ditto", "-c", "-k", "--keepParent", bundle, packed)  # what Apple takes; a plain zip breaks symbolic links
    if notarise(packed):
        start("xcrun", "stapler", "staple", bundle)


def make_image(bundle: Path, image: Path) -> None:
    """Make a disk image: the bundle, and the folder it is to be dragged to."""
    shown = BUILD / "dmg"
    shutil.rmtree(shown, ignore_errors=True)
    shown.mkdir()
    start("ditto", bundle, shown / BUNDLE)
    (shown / "Applications").symlink_to("/Applications")
    start("hdiutil", "create", "-volname", TITLE, "-srcfolder", shown, "-format", "ULMO", "-ov", image)


def sign_image(image: Path) -> None:
    """Sign the disk image, so that Gatekeeper knows it before anything in it is opened."""
    if identity():
        start("codesign", "--force", "--timestamp", "--sign", identity(), image)
        if notarise(image):
            start("xcrun", "stapler", "staple", image)


def notarise(file: Path) -> bool:
    """Have Apple look at it; whether it did. Raises CalledProcessError."""
    key, key_id, issuer = (os.environ.get(f"NOTARY_{name}", "") for name in ("KEY", "KEY_ID", "ISSUER"))
    if not key:
        tell(f"{file.name} is not notarised: NOTARY_KEY names no key.")
        return False
    credentials = ("--key", key, "--key-id", key_id, "--issuer", issuer)
    start("xcrun", "notarytool", "submit", file, *credentials, "--wait", "--timeout", "25m")
    return True


def identity() -> str:
    """Return the certificate to sign with, or nothing."""
    return os.environ.get("SIGNING_IDENTITY", "")


def information_keys(text: str) -> dict[str, object]:
    """Return what macOS is told of the program; ``text`` is its version."""
    major, minor, patch, _ = version_numbers(text)
    return {
        "CFBundleDisplayName": TITLE,
        "CFBundleShortVersionString": f"{major}.{minor}.{patch}",
        "CFBundleVersion": f"{major}.{minor}.{patch}",
        "LSApplicationCategoryType": "public.app-category.utilities",
        "LSMinimumSystemVersion": "13.0",  # Qt 6.11's own floor
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": f"{PUBLISHER}, MIT licence",
        # macOS shows these sentences in its own questions: when the program first asks the router what kind of line
        # this is, and when it asks Plex to quit so that it can be started again.
        "NSLocalNetworkUsageDescription": "The assistant asks your router what kind of line you have.",
        "NSAppleEventsUsageDescription": "The assistant asks Plex to quit when it has to be started again.",
        "NSRequiresAquaSystemAppearance": False,
    }
