# SPDX-License-Identifier: MIT
"""Makes the Windows packages from the program's folder: a portable .zip, and the installer with NSIS."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installers.contents import NAME, PUBLISHER, TITLE, version, version_numbers
from installers.steps import BUILD, ICONS, PYTHON, epoch, start

# A Windows program either opens a console or has none, so there are two, as Python, Vim and Wireshark have them: one to
# type in a terminal, and one to double-click, which bears the name that a person knows.
CONSOLE, WINDOW = NAME, TITLE
PROGRAMS = {CONSOLE: True, WINDOW: False}
HERE = Path(__file__).resolve().parent


def program_options(name: str, icons: Path) -> dict[str, Any]:
    """Return what PyInstaller's EXE is told: icon, version information, and no console for a misplaced click."""
    about = BUILD / f"{name}.version.txt"
    about.write_text(version_resource(version(), name), encoding="utf-8")
    options: dict[str, Any] = {"icon": str(icons / f"{NAME}.ico"), "version": str(about)}
    return {**options, "hide_console": "hide-early"} if PROGRAMS[name] else options


def bundle_options(icons: Path) -> dict[str, Any] | None:
    """Return None: a Windows program is a folder."""
    return None


def pack(folder: Path, out: Path) -> Iterator[Path]:
    """Make the packages of Windows in ``out``."""
    base = f"{NAME}-{version()}-windows-x86_64"
    yield archive_zip(folder, out / f"{base}-portable.zip", base)
    pictures = BUILD / "windows"
    start(PYTHON, "-m", "installers.windows.pictures", pictures)
    yield make_installer(folder, out / f"{base}-setup.exe", pictures=pictures, icons=ICONS)


def archive_zip(folder: Path, target: Path, top: str) -> Path:
    """Write a .zip of ``folder`` under the name ``top``: in order, every file of one second."""
    when = datetime.fromtimestamp(epoch(), UTC).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(file for file in folder.rglob("*") if file.is_file()):
            member = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", when)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, path.read_bytes())
    return target


def make_installer(folder: Path, target: Path, *, pictures: Path, icons: Path, wanted: str = "") -> Path:
    """Compile the installer of ``folder``; ``wanted`` is another NSIS target than its 32 bits, which run anywhere.

    ``pictures`` holds what pictures.py draws, ``icons`` the program's .ico. Raises SystemExit where there is no NSIS.
    """
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    listed = target.with_name("own-files.nsh")
    listed.write_text("".join(removals(folder)), encoding="utf-8", newline="\n")
    defined = {
        "NAME": NAME,
        "TITLE": TITLE,
        "VERSION": version(),
        "NUMBERS": ".".join(map(str, version_numbers(version()))),
        "PUBLISHER": PUBLISHER,
        "CONSOLE_EXE": f"{CONSOLE}.exe",
        "WINDOW_EXE": f"{WINDOW}.exe",
        "ICON": str(icons / f"{NAME}.ico"),
        "WELCOME_BITMAP": str(pictures / "welcome.bmp"),
        "HEADER_BITMAP": str(pictures / "header.bmp"),
        "PAYLOAD": str(folder),
        "FILES": str(listed),
        "KILOBYTES": str(-(-size // 1024)),
        "OUTPUT": str(target),
    }
    if wanted:
        defined["TARGET"] = wanted
    defines = [f"-D{name}={value}" for name, value in defined.items()]
    try:
        start(compiler(), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defines, HERE / "setup.nsi")
    finally:
        listed.unlink()
    return target


def removals(folder: Path) -> Iterator[str]:
    """Give a line of NSIS for each of the program's files that is not in _internal, which goes as a whole."""
    for file in sorted(folder.iterdir()):
        if file.is_file():
            yield f'Delete "$INSTDIR\\{file.name}"\n'


def compiler() -> str:
    """Return where NSIS is; on Windows it is not on PATH. Raises SystemExit where it is not installed."""
    usual = Path(os.environ.get("PROGRAMFILES(X86)", r"C:\Program Files (x86)"), "NSIS")
    found = shutil.which("makensis") or shutil.which("makensis", path=str(usual))
    if found is None:
        raise SystemExit("The installer for Windows needs NSIS (makensis), which is not here.")
    return found


def version_resource(text: str, program: str) -> str:
    """Return what PyInstaller makes a program's version information from; Windows shows it under Properties.

    ``text`` is the version, ``program`` the name of the program without its .exe.
    """
    numbers = version_numbers(text)
    strings = {
        "CompanyName": PUBLISHER,
        "FileDescription": TITLE if program == WINDOW else f"{TITLE}, command line",
        "FileVersion": text,
        "InternalName": program,
        "LegalCopyright": f"{PUBLISHER}, MIT licence",
        "OriginalFilename": f"{program}.exe",
        "ProductName": TITLE,
        "ProductVersion": text,
    }
    table = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in strings.items())
    # 0x0409, 1200: English (United States), in Unicode. 0x40004: Windows NT. 1: a program.
    fixed = f"FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1)"
    return (
        f"VSVersionInfo(ffi={fixed}, kids=[\n"
        f"  StringFileInfo([StringTable('040904B0', [{table}])]),\n"
        f"  VarFileInfo([VarStruct('Translation', [0x0409, 1200])]),\n"
        f"])\n"
    )
