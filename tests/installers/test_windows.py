# SPDX-License-Identifier: MIT
"""The parts of the Windows packages that can be made anywhere; the installer itself is in tests/labs."""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path

import pytest

from installers.contents import NAME, TITLE
from installers.windows import package


def test_there_is_one_program_for_terminals_and_one_to_double_click(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(package, "BUILD", tmp_path)
    assert package.PROGRAMS == {NAME: True, TITLE: False}
    terminal, window = (package.program_options(name, tmp_path) for name in package.PROGRAMS)
    assert terminal["hide_console"] == "hide-early", "a click on the wrong one leaves no empty console behind"
    assert "hide_console" not in window
    assert Path(window["version"]).read_text(encoding="utf-8") != Path(terminal["version"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "numbers"), [("1.2.3", (1, 2, 3, 0)), ("0.1.0", (0, 1, 0, 0)), ("2.0.0rc1", (2, 0, 0, 0))]
)
def test_the_version_information_is_what_pyinstaller_reads(text: str, numbers: tuple[int, ...]) -> None:
    written = package.version_resource(text, TITLE)
    (call,) = [node for node in ast.parse(written).body if isinstance(node, ast.Expr)]
    strings, fixed = dict[str, str](), dict[str, object]()
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "StringStruct":
                key, value = (ast.literal_eval(argument) for argument in node.args)
                strings[key] = value
            elif node.func.id == "FixedFileInfo":
                fixed = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
    assert (fixed["filevers"], fixed["prodvers"]) == (numbers, numbers)
    assert strings["ProductVersion"] == text
    assert (strings["ProductName"], strings["OriginalFilename"]) == (TITLE, f"{TITLE}.exe")


def test_the_portable_archive_holds_one_folder_and_is_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")
    folder = tmp_path / "folder"
    (folder / "_internal").mkdir(parents=True)
    for file in ("b.exe", "a.txt", "_internal/c.dll"):
        (folder / file).write_text(file, encoding="ascii")
    made = [package.archive_zip(folder, tmp_path / f"{number}.zip", "top") for number in (1, 2)]
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as archive:
        assert archive.namelist() == ["top/_internal/c.dll", "top/a.txt", "top/b.exe"]


def test_the_uninstaller_removes_the_files_of_the_program_alone(tmp_path: Path) -> None:
    (tmp_path / "_internal").mkdir()
    for file in ("LICENSE.txt", "setup-assistant.exe"):
        (tmp_path / file).touch()
    assert list(package.removals(tmp_path)) == [
        'Delete "$INSTDIR\\LICENSE.txt"\n',
        'Delete "$INSTDIR\\setup-assistant.exe"\n',
    ]


def test_without_nsis_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(SystemExit, match="NSIS"):
        package.compiler()
