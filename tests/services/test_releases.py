# SPDX-License-Identifier: MIT
"""Whether a newer version is published: what is asked of GitHub, and what its answers mean."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from setup_assistant.checks.program import judge_version
from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.findings import Status, Verdict
from setup_assistant.core.host import Reply
from setup_assistant.core.releases import Release
from setup_assistant.core.settings import Settings, UpdateSettings
from setup_assistant.core.texts import Text
from setup_assistant.core.unknown import Unknown
from setup_assistant.engine.newest import look_for_update
from setup_assistant.host.real import real_host
from setup_assistant.host.simulated.github import GitHubSite
from setup_assistant.host.simulated.mount import Mount
from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest
from setup_assistant.services.releases import Releases, parse_release

DESCRIBED = json.loads(
    Path(__file__).parents[1].joinpath("recorded", "github", "latest_release.json").read_text(encoding="utf-8")
)
REPOSITORY = "owner/name"


def described(value: object, schema: str) -> None:
    """Hold a value against GitHub's own description."""
    document = {"$ref": f"#/schemas/{schema}", **DESCRIBED}
    Draft202012Validator(document, format_checker=FormatChecker()).validate(value)


def reply(document: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(document).encode())


class GitHub:
    """The stand-in on loopback, and what it was asked."""

    def __init__(self, newest: str | None = "9.9.9", instead: SimulatedReply | None = None) -> None:
        self.asked: list[SimulatedRequest] = []
        self._site = GitHubSite(REPOSITORY, lambda: newest)
        self._instead = instead

    def __call__(self, request: SimulatedRequest) -> SimulatedReply:
        self.asked.append(request)
        return self._instead or self._site(request)

    def look(self, repository: str | None = REPOSITORY, times: int = 1) -> Verdict:
        with Mount(self) as mount:
            settings = UpdateSettings(api=mount.url, repository=repository)
            releases = Releases(real_host(Settings(updates=settings)), settings)

            async def several() -> list[Verdict]:
                return [await look_for_update(releases) for _ in range(times)]

            return asyncio.run(several())[-1]


@pytest.mark.parametrize("newest", ["9.9.9", None])
def test_the_stand_in_follows_the_description(newest: str | None) -> None:
    path = f"/repos/{REPOSITORY}/releases/latest"
    made = GitHubSite(REPOSITORY, lambda: newest)(SimulatedRequest("GET", "https", "api.github.com", 443, path, (), {}))
    described(json.loads(made.body), "release" if newest else "basic-error")
    assert made.status == (200 if newest else 404)
    with pytest.raises(Exception, match="tag_name"):
        described({**json.loads(made.body), "tag_name": 1} if newest else {}, "release")


def test_the_example_of_the_description_is_understood() -> None:
    described(DESCRIBED["example"], "release")
    assert parse_release(reply(DESCRIBED["example"])) == Release("1.0.0", DESCRIBED["example"]["html_url"])


def test_a_newer_version_is_told_with_its_page() -> None:
    github = GitHub("9.9.9")
    verdict = github.look()
    assert (verdict.status, verdict.cause) == (Status.NOTICE, "newer")
    assert "9.9.9" in str(verdict.summary)
    assert verdict.remedies[0].link == f"https://github.com/{REPOSITORY}/releases/tag/v9.9.9"
    (asked,) = github.asked
    assert (asked.method, asked.path, asked.params, asked.body) == (
        "GET",
        f"/repos/{REPOSITORY}/releases/latest",
        (),
        b"",
    )
    assert asked.headers["user-agent"].startswith("setup-assistant/"), "GitHub refuses requests without one"
    assert set(asked.headers) <= {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
        "x-github-api-version",
        "connection",
    }, "nothing about this computer is told"


def test_it_is_asked_once_however_often_one_looks() -> None:
    github = GitHub("9.9.9")
    github.look(times=3)
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        (SimulatedReply(403, b'{"message": "API rate limit exceeded"}'), "403"),
        (SimulatedReply(500), "500"),
        (SimulatedReply(200, b"<html>"), "do not understand"),
        (SimulatedReply(302, b"", {"location": "https://elsewhere.example/"}), "302"),
    ],
)
def test_what_cannot_be_looked_up_is_said_so(instead: SimulatedReply, words: str) -> None:
    verdict = GitHub(instead=instead).look()
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, "not_readable")
    assert words in str(verdict.summary)


def test_without_a_repository_nobody_is_asked() -> None:
    github = GitHub()
    verdict = github.look(repository=None)
    assert (verdict.status, verdict.cause, github.asked) == (Status.UNKNOWN, "no_repository", [])


@pytest.mark.parametrize(
    ("newest", "cause"),
    [
        (Release("1.2.3"), None),
        (Release("1.2.4"), "newer"),
        (Release("1.10.0"), "newer"),
        (Release("1.2.2"), "ahead"),
        (Release(), "none_published"),
        (Unknown(Text("")), "not_readable"),
    ],
)
def test_each_answer_has_its_words(newest: Release | Unknown, cause: str | None) -> None:
    assert judge_version(newest, "1.2.3").cause == cause


@pytest.mark.parametrize(
    "page",
    ["http://github.com/a", "javascript:alert(1)", "https://", "https://a:b@github.com/", "https://[", 7, None],
)
def test_only_a_page_of_the_web_becomes_a_link(page: object) -> None:
    with pytest.raises(HostError) as caught:
        parse_release(reply({**DESCRIBED["example"], "html_url": page}))
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY


@pytest.mark.parametrize("tag", ["", "newest", "v", None, 1])
def test_a_tag_that_is_no_version_is_not_understood(tag: object) -> None:
    with pytest.raises(HostError) as caught:
        parse_release(reply({**DESCRIBED["example"], "tag_name": tag}))
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_no_reply_whatever_breaks_the_reader(body: bytes) -> None:
    with pytest.raises(HostError) as caught:
        parse_release(Reply(200, {}, body))
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY
