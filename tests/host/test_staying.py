# SPDX-License-Identifier: MIT
"""What systemd, Docker, GNOME, Windows and macOS tell of starts and of sleep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import PlexInstallation, StayingFacts
from setup_assistant.core.host import Completed
from setup_assistant.core.staying import Starts
from setup_assistant.host import staying

ON, SIGN_IN, OFF = Starts.WITH_COMPUTER, Starts.AT_SIGN_IN, Starts.NOT
PLEX, TAILSCALE, SUSPEND = (
    f"systemctl is-enabled {unit}" for unit in ("plexmediaserver.service", "tailscaled.service", "suspend.target")
)
INSPECT = "docker inspect --format {{.HostConfig.RestartPolicy.Name}} 0123abcd"
PACKAGE, SNAP, APP = PlexInstallation("package"), PlexInstallation("snap"), PlexInstallation("app")
CONTAINER = PlexInstallation("docker", "0123abcd")


class Printing:
    """Programs by their whole command line; what is not named is not there."""

    def __init__(self, outputs: Mapping[str, str]) -> None:
        self.outputs = outputs
        self.asked: list[str] = []

    def find(self, name: str) -> str | None:
        return None

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Completed:
        assert not as_admin, "a look asks nobody for rights"
        line = " ".join(argv).replace(r"C:\Windows\System32" + "\\", "")
        self.asked.append(line)
        if line not in self.outputs:
            raise HostError(Trouble.TOOL_MISSING, what=argv[0])
        return Completed(1 if self.outputs[line] == "disabled" else 0, self.outputs[line] + "\n", "")


@pytest.mark.parametrize(
    ("installation", "outputs", "seen"),
    [
        # As systemd 252 prints them; `static` is what sleep has where nobody has touched it.
        (PACKAGE, {PLEX: "enabled", TAILSCALE: "enabled", SUSPEND: "masked"}, StayingFacts(ON, ON, False)),
        (PACKAGE, {PLEX: "disabled", TAILSCALE: "masked", SUSPEND: "static"}, StayingFacts(OFF, OFF, None)),
        (PACKAGE, {PLEX: "", TAILSCALE: "not-found", SUSPEND: "static"}, StayingFacts()),
        (PACKAGE, {}, StayingFacts()),
        (None, {PLEX: "enabled"}, StayingFacts()),
        (
            SNAP,
            {
                "systemctl is-enabled snap.plexmediaserver.plexmediaserver.service": "enabled",
                "systemctl is-enabled snap.tailscale.tailscaled.service": "enabled",
            },
            StayingFacts(ON, ON),
        ),
        (CONTAINER, {INSPECT: "unless-stopped"}, StayingFacts(ON)),
        (CONTAINER, {INSPECT: "no"}, StayingFacts(OFF)),
        (CONTAINER, {INSPECT: "on-failure"}, StayingFacts()),
        (CONTAINER, {}, StayingFacts()),
        (PlexInstallation("docker"), {INSPECT: "always"}, StayingFacts()),
        (
            PACKAGE,
            {
                SUSPEND: "static",
                "systemctl get-default": "multi-user.target",
                "loginctl show --property=IdleAction": "IdleAction=ignore",
            },
            StayingFacts(sleeps=False),
        ),
        (
            PACKAGE,
            {
                SUSPEND: "static",
                "systemctl get-default": "multi-user.target",
                "loginctl show --property=IdleAction": "IdleAction=suspend",
            },
            StayingFacts(sleeps=True),
        ),
        (PACKAGE, {SUSPEND: "static", "systemctl get-default": "graphical.target"}, StayingFacts()),
    ],
)
async def test_linux(
    installation: PlexInstallation | None,
    outputs: Mapping[str, str],
    seen: StayingFacts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    assert await staying.on_linux(Printing(outputs), installation) == seen


@pytest.mark.parametrize(
    ("kind", "seconds", "sleeps"),
    [("'suspend'", "900", True), ("'suspend'", "0", False), ("'nothing'", "900", False), ("", "", None)],
)
async def test_gnomes_own_switch(kind: str, seconds: str, sleeps: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    schema = "gsettings get org.gnome.settings-daemon.plugins.power sleep-inactive-ac-"
    outputs = {SUSPEND: "static", f"{schema}type": kind, f"{schema}timeout": seconds}
    assert (await staying.on_linux(Printing(outputs), None)).sleeps is sleeps


RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run\Plex Media Server"
APPROVED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run\Plex Media Server"
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
ALONE = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoAdminLogon"
EXE = r"C:\Program Files\Plex\Plex Media Server\Plex Media Server.exe"


@pytest.mark.parametrize(
    ("kind", "values", "seen"),
    [
        ("app", {RUN: EXE}, SIGN_IN),
        ("app", {RUN: EXE, APPROVED: b"\x02" + bytes(11)}, SIGN_IN),
        ("app", {RUN: EXE, APPROVED: b"\x03" + bytes(11)}, OFF),
        ("app", {}, OFF),
        ("service", {rf"{SERVICES}\PlexService\Start": 2}, ON),
        ("service", {rf"{SERVICES}\PlexService\Start": 3}, OFF),
        ("service", {rf"{SERVICES}\PlexService\Start": 4}, OFF),
        ("service", {rf"{SERVICES}\PlexService\Start": "2"}, None),
        ("folder", {RUN: EXE}, None),
    ],
)
async def test_windows(kind: str, values: Mapping[str, str | int | bytes], seen: Starts | None) -> None:
    values = {rf"{SERVICES}\Tailscale\Start": 2, ALONE: "1", **values}

    def read(hive: str, key: str, name: str) -> str | int | bytes | None:
        return values.get(f"{hive}\\{key}\\{name}")

    facts = await staying.on_windows(Printing({}), PlexInstallation(kind), read)
    assert facts == StayingFacts(seen, ON, None, signs_in_alone=True)


@pytest.mark.parametrize(
    ("shown", "sleeps"),
    [
        ("    Current AC Power Setting Index: 0x00000000\r\n    Current DC Power Setting Index: 0x00000384\r\n", False),
        ("    Current AC Power Setting Index: 0x00000708\n    Current DC Power Setting Index: 0x00000000\n", True),
        (
            "    Minimum Possible Setting: 0x00000000\n    Maximum Possible Setting: 0xffffffff\n"
            "    Possible Settings increment: 0x00000001\n    Possible Settings units: Seconds\n"
            "  Index der aktuellen Wechselstromeinstellung: 0x00000000\n"
            "  Index der aktuellen Gleichstromeinstellung: 0x00000258\n",
            False,
        ),
        ("", None),
        ("This power scheme does not exist.", None),
    ],
)
async def test_windows_power_plan(shown: str, sleeps: bool | None) -> None:
    assert staying.windows_sleeps(shown) is sleeps


CUSTOM = """Battery Power:
 lidwake              1
 sleep                1
 displaysleep         2
AC Power:
 displaysleep         10
 sleep                {minutes}
 womp                 1
"""


@pytest.mark.parametrize(
    ("shown", "sleeps"),
    [
        (CUSTOM.format(minutes="0"), False),
        (CUSTOM.format(minutes="1 (sleep prevented by sharingd)"), True),
        ("AC Power:\n displaysleep 10\n", None),
        ("Battery Power:\n sleep 1\n", None),
        ("", None),
    ],
)
async def test_macos(shown: str, sleeps: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"/Library/LaunchDaemons/com.tailscale.tailscaled.plist"}
    monkeypatch.setattr(Path, "exists", lambda self: self.as_posix() in there)
    login = "/usr/bin/defaults read /Library/Preferences/com.apple.loginwindow autoLoginUser"
    outputs = {"/usr/bin/pmset -g custom": shown, login: "ann"}
    assert await staying.on_macos(Printing(outputs), APP) == StayingFacts(None, ON, sleeps, signs_in_alone=True)
    there.clear()
    assert await staying.on_macos(Printing({}), APP) == StayingFacts(signs_in_alone=False)
    there.add("/Applications/Tailscale.app")
    assert (await staying.on_macos(Printing({}), APP)).tailscale is SIGN_IN
