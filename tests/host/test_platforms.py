# SPDX-License-Identifier: MIT
"""What each system is asked to start, and where its programs are looked for."""

from __future__ import annotations

import importlib
import threading
import webbrowser
from pathlib import Path

import pytest

from setup_assistant.core.facts import PlexInstallation
from setup_assistant.host.linux import LinuxPlatform
from setup_assistant.host.macos import MacPlatform
from setup_assistant.host.processes import open_in_browser
from setup_assistant.host.windows import WindowsPlatform
from tests.host.line_stands import Programs

APPLE, INTEL = "/opt/homebrew/bin/brew", "/usr/local/bin/brew"
PAGE = "https://example.com/a"


@pytest.mark.parametrize(
    ("programs", "brew"),
    [((APPLE,), APPLE), ((INTEL,), INTEL), (("brew", APPLE), "brew"), ((INTEL, APPLE), APPLE)],
)
def test_homebrew_is_found_without_a_terminals_path(
    programs: tuple[str, ...], brew: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: False)
    mac = MacPlatform(Programs(dict.fromkeys(programs, "")))
    assert mac.install_hint() == "brew install --cask tailscale-app"
    start = mac.start_tailscale()
    assert start is not None
    assert (start.argv, start.as_admin) == ((brew, "services", "start", "tailscale"), True)


def test_a_mac_without_homebrew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert (MacPlatform(Programs()).install_hint(), MacPlatform(Programs()).start_tailscale()) == ("", None)


@pytest.mark.parametrize(
    ("there", "socket"),
    [
        ((), None),
        (("/run/tailscale/tailscaled.sock",), None),
        (("/var/snap/tailscale/common/socket/tailscaled.sock",), "/var/snap/tailscale/common/socket/tailscaled.sock"),
        (("/run/tailscale/tailscaled.sock", "/var/snap/tailscale/common/socket/tailscaled.sock"), None),
    ],
)
def test_where_the_service_listens_on_linux(
    there: tuple[str, ...], socket: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: str(self) in there)
    assert LinuxPlatform(Programs()).tailscale_socket() == socket


@pytest.mark.parametrize(
    ("there", "programs", "argv"),
    [
        (("/snap/bin/tailscale",), ("snap",), ("snap", "start", "tailscale")),
        # Both are installed: the package's own service is the usual one.
        (
            ("/snap/bin/tailscale", "/usr/sbin/tailscaled", "/run/systemd/system"),
            ("snap",),
            ("systemctl", "start", "tailscaled.service"),
        ),
        (("/usr/local/bin/tailscaled",), ("rc-service",), ("rc-service", "tailscale", "start")),
        (("/usr/local/bin/tailscaled",), (), None),
    ],
)
def test_how_the_service_is_started_on_linux(
    there: tuple[str, ...], programs: tuple[str, ...], argv: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: str(self) in there)
    start = LinuxPlatform(Programs(dict.fromkeys(programs, ""))).start_tailscale()
    assert (start.argv if start is not None else None) == argv


@pytest.mark.parametrize(
    ("release", "hint"),
    [
        ({"ID": "fedora"}, "sudo dnf install tailscale"),
        ({"ID": "manjaro", "ID_LIKE": "arch"}, "sudo pacman -S tailscale"),
        ({"ID": "alpine"}, "sudo apk add tailscale"),
        ({"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}, "sudo zypper install tailscale"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "curl -fsSL https://tailscale.com/install.sh | sh"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "curl -fsSL https://tailscale.com/install.sh | sh"),
        ({"ID": "nixos"}, ""),
    ],
)
def test_how_it_is_installed_on_linux(release: dict[str, str], hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setup_assistant.host.linux._os_release", lambda: release)
    assert LinuxPlatform(Programs()).install_hint() == hint


@pytest.mark.parametrize(
    ("image", "program"),
    [
        (r'"D:\Tools\Tailscale\tailscaled.exe"', r"D:\Tools\Tailscale\tailscale.exe"),
        (r'"D:\Tools\Tailscale\tailscaled.exe" --statedir="E:\a b\c"', r"D:\Tools\Tailscale\tailscale.exe"),
        (r"D:\My Tools\tailscaled.EXE /service E:\x", r"D:\My Tools\tailscale.exe"),
        (r"C:\Program Files\Tailscale\tailscaled.exe", r"C:\Program Files\Tailscale\tailscale.exe"),
    ],
)
def test_the_service_tells_where_the_program_is_on_windows(
    image: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROGRAMFILES", r"C:\Program Files")
    monkeypatch.setattr("setup_assistant.host.registry.text", lambda hive, key, name: image)
    usual = r"C:\Program Files\Tailscale\tailscale.exe"
    assert WindowsPlatform(Programs()).tailscale_programs() == tuple(dict.fromkeys((program, usual)))


def test_the_three_kinds_of_tailscale_for_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    """Homebrew's program, the link that the standalone app makes, and the app of either kind."""
    monkeypatch.setattr(Path, "home", lambda: Path("/Users/ann"))
    mac = MacPlatform(Programs({APPLE: ""}))
    assert mac.tailscale_programs() == (
        "/opt/homebrew/bin/tailscale",
        "/usr/local/bin/tailscale",
        "/Applications/Tailscale.app/Contents/MacOS/Tailscale",
        "/Users/ann/Applications/Tailscale.app/Contents/MacOS/Tailscale",
    )
    assert mac.tailscale_environment() == {"TAILSCALE_BE_CLI": "1"}
    for there, argv in (
        ("/Applications/Tailscale.app", ("/usr/bin/open", "-g", "-a", "Tailscale")),
        (
            "/Library/LaunchDaemons/com.tailscale.tailscaled.plist",
            ("/bin/launchctl", "kickstart", "system/com.tailscale.tailscaled"),
        ),
    ):
        monkeypatch.setattr(Path, "exists", lambda self, there=there: str(self) == there)
        start = mac.start_tailscale()
        assert start is not None
        assert start.argv == argv


def test_programs_of_windows_are_started_by_their_full_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMROOT", r"D:\Windows")
    windows = WindowsPlatform(Programs())
    service, app = PlexInstallation("service"), PlexInstallation("app", detail=r"D:\Plex\Plex Media Server.exe")
    started = [windows.start_tailscale(), windows.start_plex(service), windows.start_plex(app)]
    commands = [*started, *windows.restart_plex(service), *windows.restart_plex(app)]
    assert all(command is not None and command.argv[0].startswith("D:\\Windows\\") for command in commands)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":99")


@pytest.mark.usefixtures("display")
def test_a_browser_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, released = threading.Event(), threading.Event()
    opened: list[tuple[str, bool]] = []

    def hang(link: str) -> bool:
        opened.append((link, threading.current_thread().daemon))
        asked.set()
        return released.wait(60)

    monkeypatch.setattr(webbrowser, "open", hang)
    assert open_in_browser(PAGE)
    assert asked.wait(60)
    assert not released.is_set()
    # A daemon's thread: not even the end of the program waits for it.
    assert opened == [(PAGE, True)]
    released.set()


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize("error", [webbrowser.Error(), OSError()])
def test_a_browser_that_cannot_be_opened_troubles_nobody(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def fail(link: str) -> bool:
        raise error

    monkeypatch.setattr(webbrowser, "open", fail)
    monkeypatch.setattr("setup_assistant.host.processes.log.info", lambda *_: ended.set())
    assert open_in_browser(PAGE)
    assert ended.wait(60)


def test_without_a_display_no_browser_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setup_assistant.host.processes.has_display", lambda: False)
    monkeypatch.setattr(webbrowser, "open", lambda link: pytest.fail("a text browser would take over the terminal"))
    assert not open_in_browser(PAGE)


async def test_a_data_folder_tells_that_plex_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``[plex] data_dir``, for a server that nothing else tells of: it is here, and started by whoever keeps it."""
    for system in ("linux", "macos", "windows"):
        module = importlib.import_module(f"setup_assistant.host.{system}")
        monkeypatch.setattr(module, "running", lambda *names: ())
    for make in (LinuxPlatform, MacPlatform, WindowsPlatform):
        here, gone = make(Programs(), str(tmp_path)), make(Programs(), str(tmp_path / "gone"))
        installation = await here.plex_installation()
        assert installation is not None
        assert (installation.kind, here.start_plex(installation), here.restart_plex(installation)) == (
            "folder",
            None,
            (),
        )
        assert await gone.plex_installation() is None
