# SPDX-License-Identifier: MIT
"""A stand-in for GitHub's releases, after its description of ``GET /repos/{owner}/{repo}/releases/latest``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, json_reply

API, WEB = "https://api.github.com", "https://github.com"


class GitHubSite:
    """Knows one repository, whose newest release has the version that ``newest`` returns; None: it has none."""

    def __init__(self, repository: str, newest: Callable[[], str | None]) -> None:
        self._repository = repository
        self._newest = newest

    def __call__(self, request: SimulatedRequest) -> SimulatedReply:
        """Answer one request."""
        version = self._newest()
        if request.path != f"/repos/{self._repository}/releases/latest" or version is None:
            about = "https://docs.github.com/rest/releases/releases#get-the-latest-release"
            return json_reply({"message": "Not Found", "documentation_url": about, "status": "404"}, 404)
        return json_reply(self._release(f"v{version}"))

    def _release(self, tag: str) -> dict[str, Any]:
        here = f"{API}/repos/{self._repository}"
        return {
            "url": f"{here}/releases/1",
            "html_url": f"{WEB}/{self._repository}/releases/tag/{tag}",
            "assets_url": f"{here}/releases/1/assets",
            "upload_url": f"https://uploads.github.com/repos/{self._repository}/releases/1/assets{{?name,label}}",
            "tarball_url": f"{here}/tarball/{tag}",
            "zipball_url": f"{here}/zipball/{tag}",
            "id": 1,
            "node_id": "MDc6UmVsZWFzZTE=",
            "tag_name": tag,
            "target_commitish": "main",
            "name": tag,
            "body": "",
            "draft": False,
            "prerelease": False,
            "created_at": "2026-01-01T00:00:00Z",
            "published_at": "2026-01-01T00:00:00Z",
            "author": _author(self._repository.partition("/")[0]),
            "assets": [],
        }


def _author(login: str) -> dict[str, Any]:
    here = f"{API}/users/{login}"
    links = ("followers", "following", "gists", "starred", "subscriptions", "repos", "events", "received_events")
    return {
        "login": login,
        "id": 1,
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": f"{WEB}/images/{login}",
        "gravatar_id": "",
        "url": here,
        "html_url": f"{WEB}/{login}",
        "organizations_url": f"{here}/orgs",
        "type": "User",
        "site_admin": False,
        **{f"{link}_url": f"{here}/{link}" for link in links},
    }
