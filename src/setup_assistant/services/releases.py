# SPDX-License-Identifier: MIT
"""Asks GitHub for the newest release of this program: one request, nothing about this computer, no download.

The reply follows GitHub's description of ``GET /repos/{owner}/{repo}/releases/latest``
(https://docs.github.com/rest/releases/releases#get-the-latest-release): drafts and pre-releases are never it, and 404
is said where there is none."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.host import Host, Reply
from setup_assistant.core.releases import Release
from setup_assistant.core.settings import UpdateSettings
from setup_assistant.core.texts import Text
from setup_assistant.core.unknown import Unknown
from setup_assistant.core.versions import version_numbers

NAME = "GitHub"
DEADLINE_S = 8.0
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
NO_REPOSITORY = Unknown(Text(""), "no_repository")
_MOST_BYTES = 1_048_576
"""The notes of a release may have 125,000 characters, and each file of it adds about 2,000."""


class Releases:
    """Knows which version is the newest; GitHub is asked again only where it could not tell."""

    def __init__(self, host: Host, settings: UpdateSettings) -> None:
        self._host = host
        self._settings = settings
        self._known: Release | None = None

    async def newest(self) -> Release | Unknown:
        """Return the newest release; `Unknown` where this copy has no repository. Raises HostError."""
        if self._settings.repository is None:
            return NO_REPOSITORY
        if self._known is None:
            self._known = parse_release(
                await self._host.http.request(
                    "GET",
                    f"{self._settings.api}/repos/{self._settings.repository}/releases/latest",
                    headers=HEADERS,
                    timeout=DEADLINE_S,
                    max_bytes=_MOST_BYTES,
                )
            )
        return self._known


def parse_release(reply: Reply) -> Release:
    """Read GitHub's reply. Raises HostError HTTP_STATUS or UNEXPECTED_REPLY."""
    if reply.status == 404:
        return Release()
    if reply.status != 200:
        raise HostError(Trouble.HTTP_STATUS, what=NAME, status=reply.status)
    try:
        document = json.loads(reply.body)
        tag, page = document["tag_name"], document["html_url"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME) from error
    if not isinstance(tag, str) or not isinstance(page, str) or not _is_page(page):
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME)
    numbers = version_numbers(tag.removeprefix("v"))
    if numbers is None:
        raise HostError(Trouble.UNEXPECTED_REPLY, what=NAME)
    return Release(".".join(map(str, numbers)), page)


def _is_page(address: str) -> bool:
    """Whether it may be shown as a link: a page of the web, by https, without a sign-in in it."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and address.isprintable()
    except ValueError:
        return False
