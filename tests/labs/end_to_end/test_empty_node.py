# SPDX-License-Identifier: MIT
"""The main job on a real tailscaled: from an empty node to "ready", again without a change, and back."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.labs.end_to_end.conftest import MakeHome
from tests.labs.end_to_end.home import opened
from tests.labs.tailnet.lab import Lab, programs_or_skip

pytestmark = pytest.mark.lab

CHANGES = ("funnel", "plex_url", "plex_remote_access")


@pytest.mark.parametrize("version", ["current", "old"])
def test_from_an_empty_node_to_ready_and_back(version: Literal["current", "old"], make_home: MakeHome) -> None:
    with Lab(version=version, programs=programs_or_skip(version)) as lab, make_home(lab, lists_after_s=1) as home:
        url = f"https://{lab.host}:443"
        config, settings = lab.serve_config(), home.plex_settings()
        assert (config, settings["PublishServerOnPlexOnlineKey"]) == ({}, True)

        first = home.run("apply", "--yes")
        assert (first.exit, first.document["outcome"]) == (0, "ready"), first.document["findings"]
        assert first.changes == dict.fromkeys(CHANGES, "applied")
        assert first.document["public_url"] == url
        wanted = opened(port=443, target=home.plex_port, name=lab.host)
        if version == "old":  # before 1.70 localhost was written as its address
            wanted["Web"][f"{lab.host}:443"]["Handlers"]["/"]["Proxy"] = f"http://127.0.0.1:{home.plex_port}"
        assert lab.serve_config() == wanted
        changed = {"customConnections": url, "PublishServerOnPlexOnlineKey": False}
        assert home.plex_settings() == settings | changed
        assert lab.fetch("/identity").status == 200
        assert first.statuses["outside"] == "ok"
        assert [visit["status"] for visit in lab.visits() if visit["target"] == f"{lab.host}:443"].count(101) >= 3

        etag, writes = lab.etag(), home.writes_to_plex()
        second = home.run("apply", "--yes")
        assert (second.exit, second.document["outcome"]) == (0, "ready"), second.document["findings"]
        assert second.changes == dict.fromkeys(CHANGES, "already")
        assert (lab.etag(), home.writes_to_plex()) == (etag, writes)

        undone = home.run("undo", "--yes")
        assert undone.exit == 0, undone.document
        assert undone.changes == dict.fromkeys(reversed(CHANGES), "undone")
        assert (lab.serve_config(), home.plex_settings()) == (config, settings)
        assert not lab.lets_in()
        # An old tailscaled asks the real authority whether a certificate should be made anew; it gets no further.
        beyond = ["CONNECT acme-v02.api.letsencrypt.org:443"] if version == "old" else []
        assert set(lab.strays()) <= set(beyond)
