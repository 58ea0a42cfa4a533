# SPDX-License-Identifier: MIT
"""Makes the Linux packages from the program's folder: a portable .tar.xz, a .deb, and the AppDir of an AppImage."""

from __future__ import annotations

import gzip
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from installers.contents import NAME, ROOT, version
from installers.steps import BUILD, ICONS, archive_tar, epoch, start

PROGRAMS = {NAME: True}
HERE = Path(__file__).resolve().parent
COMPONENT = "io.github.setup_assistant"
"""The name by which software centres know the program."""
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What is taken from the system, and the Debian packages that have it. Anything else must be inside.
SYSTEM_LIBRARIES = {
    "ld-linux": "",
    "libc.so.6": "",  # with its version, from the newest symbol that is used
    "libdl.so.2": "",
    "libm.so.6": "",
    "libpthread.so.0": "",
    "librt.so.1": "",
    "libutil.so.1": "",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxcb.so.1": "libxcb1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


def program_options(name: str, icons: Path) -> dict[str, Any]:
    """Return what PyInstaller's EXE is told."""
    return {"strip": True}


def bundle_options(icons: Path) -> dict[str, Any] | None:
    """Return None: a Linux program is a folder."""
    return None


def pack(folder: Path, out: Path) -> Iterator[Path]:
    """Make the packages of Linux in ``out``."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            file.chmod(0o755 if file.parent == folder and file.name == NAME else 0o644)
    machine = platform.machine()
    base = f"{NAME}-{version()}-linux-{machine}"
    with ThreadPoolExecutor(2) as side_by_side:  # each spends a minute of one processor on xz
        archive = side_by_side.submit(archive_tar, folder, out / f"{base}.tar.xz", base)
        package = side_by_side.submit(make_deb, folder, out, ARCHITECTURES[machine])
    yield archive.result()
    yield package.result()
    make_appdir(folder, BUILD / "AppDir")


def make_deb(folder: Path, out: Path, architecture: str) -> Path:
    """Build the .deb with dpkg-deb."""
    tree = BUILD / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    install_tree(folder, tree)
    control = tree / "DEBIAN"
    control.mkdir()
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file() and not file.is_symlink())
    libraries = needed(elf_files(folder))
    depends = depends_line(libraries, newest_glibc(elf_files(folder)))
    fields = {"version": version(), "architecture": architecture, "size": str(-(-size // 1024)), "depends": depends}
    write(control / "control", filled("control.in", {**fields, "maintainer": maintainer()}))
    shutil.copyfile(HERE / "prerm", control / "prerm")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            executable = path.is_dir() or path.name == "prerm" or path == tree / "usr" / "lib" / NAME / NAME
            path.chmod(0o755 if executable else 0o644)
    tree.chmod(0o755)
    package = out / f"{NAME}_{version()}_{architecture}.deb"
    start("dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, package)
    return package


def install_tree(folder: Path, tree: Path) -> None:
    """Lay the program out as an installed one, below ``tree``."""
    share = tree / "usr" / "share"
    home = tree / "usr" / "lib" / NAME
    shutil.copytree(folder, home, symlinks=True)
    (tree / "usr" / "bin").mkdir()
    (tree / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    add_desktop_files(share)
    documents = share / "doc" / NAME
    documents.mkdir(parents=True)
    (home / "LICENSE.txt").unlink()
    (home / "THIRD-PARTY.txt").rename(documents / "THIRD-PARTY.txt")
    (home / "sbom.cdx.json").rename(documents / "sbom.cdx.json")
    compress(documents / "THIRD-PARTY.txt")
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    write(documents / "copyright", filled("copyright.in", {"licence": debian_paragraphs(licence)}))
    write_compressed(documents / "changelog.gz", debian_changelog())
    manual = share / "man" / "man1" / f"{NAME}.1.gz"
    manual.parent.mkdir(parents=True)
    write_compressed(manual, filled("setup-assistant.1", {"version": version()}))
    overrides = share / "lintian" / "overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)


def add_desktop_files(share: Path) -> None:
    """Put the menu entry, its icons and what software centres show below a ``share`` folder."""
    icons = share / "icons" / "hicolor"
    for size in ICON_SIZES:
        place = icons / f"{size}x{size}" / "apps"
        place.mkdir(parents=True)
        shutil.copyfile(ICONS / f"{NAME}-{size}.png", place / f"{NAME}.png")
    scalable = icons / "scalable" / "apps"
    scalable.mkdir(parents=True)
    shutil.copyfile(ROOT / "resources" / "icons" / f"{NAME}.svg", scalable / f"{NAME}.svg")
    (share / "applications").mkdir()
    shutil.copyfile(HERE / f"{NAME}.desktop", share / "applications" / f"{NAME}.desktop")
    (share / "metainfo").mkdir()
    day = datetime.fromtimestamp(epoch(), UTC).date().isoformat()
    about = filled(f"{NAME}.metainfo.xml", {"version": version(), "date": day})
    write(share / "metainfo" / f"{COMPONENT}.metainfo.xml", about)


def make_appdir(folder: Path, appdir: Path) -> None:
    """Lay out what the release workflow turns into an AppImage; the runtime it needs is in no package registry."""
    shutil.rmtree(appdir, ignore_errors=True)
    shutil.copytree(folder, appdir / "usr" / "lib" / NAME, symlinks=True)
    add_desktop_files(appdir / "usr" / "share")
    (appdir / "AppRun").symlink_to(f"usr/lib/{NAME}/{NAME}")
    (appdir / f"{NAME}.desktop").symlink_to(f"usr/share/applications/{NAME}.desktop")
    shutil.copyfile(ICONS / f"{NAME}-256.png", appdir / f"{NAME}.png")


def elf_files(folder: Path) -> list[Path]:
    """Return the programs and libraries below a folder."""
    files = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    return sorted(file for file in files if file.open("rb").read(4) == b"\x7fELF")


def needed(files: Iterable[Path]) -> set[str]:
    """Return the libraries that these files ask of the system, which are not among them."""
    files = list(files)
    asked = {name for file in files for name in re.findall(r"\(NEEDED\).*\[(.+)\]", readelf("-d", file))}
    return asked - {file.name for file in files}


def newest_glibc(files: Iterable[Path]) -> str:
    """Return the newest version of glibc that a symbol asks for."""
    found: set[str] = {match for file in files for match in re.findall(r"GLIBC_(\d+(?:\.\d+)+)", readelf("-V", file))}
    return max(found, key=lambda text: tuple(map(int, text.split("."))))


def readelf(option: str, file: Path) -> str:
    return subprocess.run(
        ["readelf", option, "-W", str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout


def depends_line(libraries: Iterable[str], glibc: str) -> str:
    """Return what the .deb asks for. Raises ValueError for a library that is neither inside nor in every Linux."""
    packages = set()
    for library in libraries:
        known = "ld-linux" if library.startswith("ld-linux") else library
        if known not in SYSTEM_LIBRARIES:
            raise ValueError(f"{library} is asked for and not inside; see SYSTEM_LIBRARIES and contents.UNWANTED_FILES")
        packages.add(SYSTEM_LIBRARIES[known])
    return ", ".join([f"libc6 (>= {glibc})", *sorted(packages - {""})])


def maintainer() -> str:
    """Return who answers for the .deb; the release workflow names its owner."""
    return os.environ.get("PACKAGE_MAINTAINER", f"The {NAME} authors <{NAME}@users.noreply.github.com>")


def filled(name: str, values: dict[str, str]) -> str:
    """Return a template of this folder with its @WORDS@ replaced."""
    text = (HERE / name).read_text(encoding="utf-8")
    for word, value in values.items():
        text = text.replace(f"@{word.upper()}@", value)
    return text


def debian_paragraphs(text: str) -> str:
    """Return text as a field of a Debian control file holds it."""
    return "\n".join(f" {line}" if line.strip() else " ." for line in text.strip().splitlines())


def debian_changelog() -> str:
    """Return a changelog in Debian's form that leads to the real one."""
    day = format_datetime(datetime.fromtimestamp(epoch(), UTC))
    return f"{NAME} ({version()}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- {maintainer()}  {day}\n"


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def compress(file: Path) -> None:
    """Turn a file into FILE.gz."""
    write_compressed(file.with_name(file.name + ".gz"), file.read_text(encoding="utf-8"))
    file.unlink()


def write_compressed(file: Path, text: str) -> None:
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
