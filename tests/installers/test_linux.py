# SPDX-License-Identifier: MIT
"""What the packages for Linux are made of, without making one; tests/labs/package makes and tries them."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from installers import build, contents, icons, steps
from installers.linux import package

EPOCH = 1_767_225_600


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("keyring-25.7.0.dist-info/METADATA", True),
        ("keyring-25.7.0.dist-info/entry_points.txt", True),
        ("filelock-4.2.11.dist-info/sboms/auditwheel.cdx.json", False),
        ("filelock-4.2.11.dist-info/licenses/LICENSE", False),
        ("setup_assistant/resources/fonts/OFL.txt", True),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("setup_assistant/resources/languages/de.mo", True),
        ("setup_assistant/resources/fonts/Inter-Regular.otf", True),
        ("PySide6/Qt/lib/libQt6Network.so.6", False),
        ("PySide6/Qt/lib/libQt6Qml.so.6", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", False),
        ("PySide6/Qt/translations/qtbase_fr.qm", False),
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("PySide6\\translations\\qtbase_de.qm", True),
        ("PySide6\\plugins\\platforms\\qminimal.dll", False),
        ("libgtk-3.so.0", False),
        ("libstdc++.so.6", False),
        ("PySide6\\plugins\\platforms\\qdirect2d.dll", False),
    ],
)
def test_what_is_inside(name: str, kept: bool) -> None:
    assert contents.is_wanted(name) is kept
    assert contents.wanted([(name, "", "BINARY")]) == ([(name, "", "BINARY")] if kept else [])


def test_every_resource_gets_its_place() -> None:
    places = {str(Path(folder, Path(file).name)) for file, folder in contents.resource_files()}
    resources = contents.ROOT / "resources"
    expected = {file.relative_to(resources) for file in resources.rglob("*") if file.is_file()}
    assert places == {str(Path("setup_assistant", "resources", file)) for file in expected}


@pytest.mark.parametrize(("where", "name"), [("me/fork", "me/fork"), ("", "owner/name")])
def test_the_package_knows_where_newer_ones_are_published(
    where: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", where)
    (tmp_path / "pyproject.toml").write_text('[tool.setup-assistant]\nrepository = "owner/name"\n', encoding="utf-8")
    assert contents.repository(tmp_path) == name


def test_without_a_repository_no_file_claims_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    if not contents.repository():
        assert contents.repository_file(tmp_path) == []
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/fork")
    ((file, folder),) = contents.repository_file(tmp_path)
    assert Path(file).read_text(encoding="utf-8") == "me/fork\n"
    assert Path(folder) == Path("setup_assistant", "resources")


def test_each_library_of_the_system_has_its_package() -> None:
    line = package.depends_line({"libEGL.so.1", "libc.so.6", "ld-linux-x86-64.so.2", "libz.so.1"}, "2.35")
    assert line == "libc6 (>= 2.35), libegl1, zlib1g"
    with pytest.raises(ValueError, match=r"libnew\.so\.1 is asked for and not inside"):
        package.depends_line({"libnew.so.1"}, "2.35")


def test_the_newest_glibc_is_the_newest_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "readelf", lambda option, file: "Name: GLIBC_2.9  GLIBC_2.35 GLIBC_2.4")
    assert package.newest_glibc([Path("a")]) == "2.35"


def test_licences_keep_their_paragraphs() -> None:
    assert package.debian_paragraphs("MIT\n\nAs is.\n") == " MIT\n .\n As is."


def test_removing_the_package_tells_how_to_undo() -> None:
    words = (package.HERE / "prerm").read_text(encoding="utf-8")
    for command in ("setup-assistant undo --yes", "setup-assistant sign-out", "tailscale funnel --https=443 off"):
        assert command in words
    assert 'if [ "$1" = remove ]' in words, "an upgrade says nothing"


def test_every_override_of_lintian_has_a_reason() -> None:
    reason = False
    for line in (package.HERE / "lintian-overrides").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            reason = True
        else:
            assert reason, line
    assert not line.startswith("#")


def test_icons_are_what_each_system_reads(qapp: object) -> None:
    drawn = {size: icons.draw(size) for size in (16, 32, 256)}
    for size, (png, pixels) in drawn.items():
        image = QImage.fromData(png)
        assert (image.width(), image.height(), len(pixels)) == (size, size, size * size * 4)
        assert image.pixelColor(size // 2, size // 2).alpha() == 255, "something is drawn"
    packed = icons.ico(drawn)
    assert struct.unpack("<HHH", packed[:6]) == (0, 1, 3)
    for number, size in enumerate(drawn):
        width, _, _, _, _, bits, length, offset = struct.unpack("<BBBBHHII", packed[6 + 16 * number : 22 + 16 * number])
        assert (width or 256, bits) == (size, 32)
        assert offset + length <= len(packed)
    pngs = {size: drawn.get(size, drawn[16])[0] for size in set(icons.ICNS_TYPES.values())}
    apple = icons.icns(pngs)
    assert (apple[:4], struct.unpack(">I", apple[4:8])[0]) == (b"icns", len(apple))


def test_the_archive_is_the_same_whoever_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH))
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "b").write_bytes(b"2")
    (folder / "a").write_bytes(b"1")
    made = steps.archive_tar(folder, tmp_path / "one.tar.xz", "top").read_bytes()
    (folder / "a").touch()
    assert steps.archive_tar(folder, tmp_path / "two.tar.xz", "top").read_bytes() == made
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == ["top", "top/a", "top/b"]
    assert {(member.uid, member.uname, member.mtime) for member in members} == {(0, "root", EPOCH)}


def test_checksums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "b.deb").write_bytes(b"2")
    (tmp_path / "a.deb").write_bytes(b"1")
    build.write_checksums(tmp_path)
    lines = (tmp_path / "SHA256SUMS").read_bytes().decode().splitlines()
    assert lines == [f"{hashlib.sha256(text).hexdigest()}  {name}" for text, name in ((b"1", "a.deb"), (b"2", "b.deb"))]


def test_the_version_stands_in_one_place() -> None:
    from setup_assistant import __version__

    assert contents.version() == __version__
    assert contents.version_numbers("1.2.3rc1") == (1, 2, 3, 0)
