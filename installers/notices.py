# SPDX-License-Identifier: MIT
"""Tells what is inside the package, with versions and licence texts: notices for people, a CycloneDX SBOM for programs.

Run with the Python of build/package/venv: ``python -m installers.notices INSIDE.json FOLDER``. Everything is found
from the files that PyInstaller took: distributions by their records, system libraries by Debian's package database."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from installers.contents import NAME, ROOT, TITLE, Entry, version

LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
# Wheels without the text of their licence: how they are used here, and where the text is (the LGPL refers to the GPL).
TEXTLESS = {
    name: ("LGPL-3.0-only", [ROOT / "installers" / "licences" / text for text in ("LGPL-3.0.txt", "GPL-3.0.txt")])
    for name in ("PySide6_Essentials", "shiboken6")
}


@dataclass(order=True)
class Component:
    """One work inside the package. ``licence`` is an SPDX expression or the words its authors use."""

    name: str
    version: str
    licence: str
    purl: str
    texts: list[str] = field(default_factory=list, compare=False)


def components(entries: Iterable[Entry]) -> list[Component]:
    """Return everything in the package but the program itself, by name."""
    owners = distribution_files()
    names, libraries = set[str](), set[Path]()
    for _, source, kind in entries:
        path = Path(source) if source else None
        if path is None or not path.is_absolute() or path.is_relative_to(ROOT / "src"):
            continue
        owner = owners.get(os.path.realpath(path))
        if owner:
            names.add(owner)
        elif kind in {"BINARY", "EXTENSION"} and not path.resolve().is_relative_to(Path(sys.base_prefix).resolve()):
            libraries.add(path)
    names.add("pyinstaller")  # its bootloader is what starts
    found = [of_distribution(metadata.distribution(name)) for name in names]
    return sorted([of_python(), of_font(), *found, *of_libraries(libraries)])


def distribution_files() -> dict[str, str]:
    """Return each installed file with the distribution that brought it; ours is not one of them."""
    return {
        os.path.realpath(str(distribution.locate_file(file))): distribution.name
        for distribution in metadata.distributions()
        if distribution.name != NAME
        for file in distribution.files or ()
    }


def of_distribution(distribution: metadata.Distribution) -> Component:
    """Describe a Python distribution by its own metadata."""
    about = distribution.metadata
    licence = next(iter([*about.get_all("License-Expression", []), *about.get_all("License", [])]), "")
    if not licence or len(licence) > 120 or "\n" in licence:
        classifiers = [line.rsplit(" :: ", 1)[-1] for line in about.get_all("Classifier", []) if "License" in line]
        licence = " or ".join(classifiers)
    if not licence:
        raise ValueError(f"{distribution.name} does not say its licence")
    texts = [
        Path(str(distribution.locate_file(file))).read_text(encoding="utf-8", errors="replace")
        for file in distribution.files or ()
        if ".dist-info" in str(file) and LICENCE_FILE.search(file.name)
    ]
    if distribution.name in TEXTLESS:
        licence, files = TEXTLESS[distribution.name]
        texts = [file.read_text(encoding="utf-8") for file in files]
    purl = f"pkg:pypi/{re.sub('[-_.]+', '-', distribution.name).lower()}@{distribution.version}"
    return Component(distribution.name, distribution.version, licence.strip(), purl, texts)


def of_python() -> Component:
    """Describe the Python inside."""
    here = platform.python_version()
    folders = (Path(os.__file__).parent, Path(sys.base_prefix))
    texts = [file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("LICENSE*.txt")]
    if not texts:  # Debian's own Python
        texts = [debian_text(f"libpython{here.rpartition('.')[0]}-stdlib")]
    return Component("CPython", here, "Python-2.0.1", f"pkg:generic/python@{here}", [text for text in texts if text])


def of_font() -> Component:
    """Describe the font among our resources."""
    text = (ROOT / "resources" / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    return Component("Inter", "4", "OFL-1.1", "pkg:generic/inter-font@4", [text])


def of_libraries(libraries: Iterable[Path]) -> Iterator[Component]:
    """Describe the libraries that came from the system the package was built on."""
    packages = {debian_package(library) for library in libraries} if shutil.which("dpkg-query") else set[str]()
    for package in sorted(filter(None, packages)):
        shown = run("dpkg-query", "-W", "-f", "${source:Package} ${Version}", package)
        source, _, number = shown.partition(" ")
        name = package.partition(":")[0]
        text = debian_text(name)
        purl = f"pkg:deb/debian/{name}@{number}?upstream={source}"
        yield Component(name, number, " and ".join(debian_licences(text)) or "see the text", purl, [text])


@functools.cache
def debian_package(library: Path) -> str:
    """Return the Debian package a library is from, or nothing where it is from none."""
    real = str(library.resolve())
    for path in (str(library), real, real.removeprefix("/usr"), f"/usr{real}"):
        owner = run("dpkg-query", "-S", path)
        if owner:
            return owner.splitlines()[0].rpartition(": ")[0].partition(", ")[0]
    return ""


def debian_text(package: str) -> str:
    """Return the copyright file of a Debian package."""
    file = Path("/usr/share/doc", package, "copyright")
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def debian_licences(text: str) -> list[str]:
    """Return the short names that a machine-readable copyright file gives to licences."""
    return sorted(set(re.findall(r"^License: *([^\s,]+)", text, re.MULTILINE)))


def run(*command: str) -> str:
    """Return what a program prints, nothing where it is not content."""
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return outcome.stdout.strip() if outcome.returncode == 0 else ""


def notices(found: list[Component]) -> str:
    """Return the notices of everything inside, for people."""
    lines = [
        f"{TITLE} {version()} is under the MIT licence (LICENSE.txt). With it come the works below.",
        "",
        "Qt, PySide6 and Shiboken are used under the GNU Lesser General Public License, version 3. They are separate",
        "files of the package (_internal/PySide6 and _internal/shiboken6) and may be replaced by versions of your own.",
        "Their source is at https://download.qt.io/official_releases/.",
        "",
    ]
    lines += [f"  {component.name} {component.version}: {component.licence}" for component in found]
    for component in found:
        lines += ["", "=" * 100, f"{component.name} {component.version}: {component.licence}", "=" * 100]
        lines += ["", *(text.strip() for text in component.texts)]
    return "\n".join(lines) + "\n"


def sbom(found: list[Component], when: datetime) -> dict[str, Any]:
    """Return the same as a CycloneDX 1.6 document; the same contents give the same document."""
    own = {"type": "application", "bom-ref": NAME, "name": NAME, "version": version()}
    own |= {"purl": f"pkg:generic/{NAME}@{version()}", "licenses": [{"license": {"id": "MIT"}}]}  # type: ignore[dict-item]
    listed = [
        {
            "type": "library",
            "bom-ref": component.purl,
            "name": component.name,
            "version": component.version,
            "purl": component.purl,
            "licenses": [{"license": {"name": component.licence}}],
        }
        for component in found
    ]
    digest = hashlib.sha256(json.dumps(listed).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": own},
        "components": listed,
        "dependencies": [{"ref": NAME, "dependsOn": [component.purl for component in found]}],
    }


def main(inside: Path, folder: Path) -> None:
    """Write LICENSE.txt, THIRD-PARTY.txt and sbom.cdx.json."""
    entries = [(name, source, kind) for name, source, kind in json.loads(inside.read_text(encoding="utf-8"))]
    found = components(entries)
    silent = [component.name for component in found if not any(component.texts)]
    if silent:
        raise ValueError(f"No licence text was found for: {', '.join(silent)}")
    folder.mkdir(parents=True, exist_ok=True)
    when = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE.txt")
    (folder / "THIRD-PARTY.txt").write_text(notices(found), encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(json.dumps(sbom(found, when), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
