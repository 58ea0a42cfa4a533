# SPDX-License-Identifier: MIT
"""The host as it is: this machine and its network."""

from __future__ import annotations

from setup_assistant.core.host import Host
from setup_assistant.core.settings import Settings
from setup_assistant.host.commands import RealCommands
from setup_assistant.host.http import HttpClient
from setup_assistant.host.lan import RealLan
from setup_assistant.host.line import RealLine
from setup_assistant.host.secrets import KeyringSecrets
from setup_assistant.host.system import WallClock, this_platform


def real_host(settings: Settings) -> Host:
    """Build the bundle. Raises UsageError where ``network.ca_file`` can't be read."""
    commands = RealCommands()
    http = HttpClient(settings.network.ca_file)
    platform = this_platform(commands, settings.plex.data_dir)
    return Host(
        commands=commands,
        http=http,
        secrets=KeyringSecrets(),
        platform=platform,
        line=RealLine(http, commands, settings, platform),
        clock=WallClock(),
        lan=RealLan(),
    )
