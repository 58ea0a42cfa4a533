# SPDX-License-Identifier: MIT
"""A known token goes to the keyring and, in a header, to the two hosts it is for. Nowhere else, whatever happens."""

from __future__ import annotations

import contextlib
import io
import logging
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from setup_assistant.core.errors import HostError
from setup_assistant.host.simulated import plex as simulated
from setup_assistant.host.simulated import plex_tv as simulated_tv
from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest
from tests.services.plex.home import Home

ACCOUNT_KEY = "known-account-key-0451"
SERVER_KEY = "known-server-key-0451"
EMAIL = "user@example.com"
SECRETS = (ACCOUNT_KEY, SERVER_KEY, EMAIL)

BREAKS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "a redirect to another host": [
        {"at": f"GET {place}", "status": 302, "headers": {"location": "https://evil.example/"}, "times": 0}
        for place in ("plex.tv/api/v2/user", "clients.plex.tv/", "localhost/:/prefs")
    ],
    "refusals": [
        {"at": f"GET {place}", "status": 401, "times": 0}
        for place in ("plex.tv/api/v2/user", "clients.plex.tv/", "localhost/:/prefs")
    ],
    "an echo of what was sent": [
        {"at": "GET plex.tv/api/v2/user", "status": 500, "body": ACCOUNT_KEY, "times": 0},
        {"at": "GET clients.plex.tv/", "status": 200, "body": f'[{{"accessToken": "{SERVER_KEY}"}}, 5]', "times": 0},
    ],
    "rubbish with a token in it": [
        {"at": "GET localhost/:/prefs", "status": 200, "body": f'{{"token": "{SERVER_KEY}"', "times": 0},
        {"at": "GET localhost/status/sessions", "status": 200, "body": f"<a>{SERVER_KEY}</b>", "times": 0},
    ],
    "a put that is refused": [{"at": "PUT localhost/:/prefs", "status": 403, "times": 0}],
    "a line that breaks": [
        {"at": f"{verb} ", "skip": 6, "fail": "reset", "times": 0} for verb in ("GET", "PUT", "DELETE")
    ],
    "a certificate nobody trusts": [{"at": "GET plex.tv/api/v2/user", "fail": "certificate_untrusted", "times": 0}],
    "a locked keyring": [],
}


@dataclass
class Witness:
    """Writes down everything a run lets out."""

    said: list[str] = field(default_factory=list)

    async def watch(self, job: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            result = await job()
        except HostError as error:
            self.said += [repr(error), str(error), error.detail, str(error.what), error.text.render()]
            self.said.append("".join(traceback.format_exception(error)))
            context = error.__context__
            while context is not None:
                self.said.append(repr(context))
                context = context.__context__
        else:
            self.said.append(repr(result))


@pytest.mark.parametrize("name", BREAKS)
def test_a_known_token_is_seen_nowhere(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(simulated, "OWNERS_KEY", SERVER_KEY)
    monkeypatch.setattr(simulated_tv, "OWNERS_KEY", SERVER_KEY)
    caplog.set_level(logging.DEBUG)
    state = "locked" if name == "a locked keyring" else "ready"
    home = Home(plex_tv={"signed_in": False, "next_token": ACCOUNT_KEY}, keyring={"state": state}, faults=BREAKS[name])
    witness = Witness()
    identifier = simulated.MACHINE_IDENTIFIER

    async def job() -> None:
        jobs: tuple[Callable[[], Coroutine[Any, Any, object]], ...] = (
            lambda: home.account.sign_in(lambda link, code, seconds: witness.said.append(link)),
            home.server.observe,
            lambda: home.account.observe(identifier),
            lambda: home.account.server_token(identifier),
            home.server.read_settings,
            home.server.raw_settings,
            lambda: home.server.write_settings({"customConnections": "https://a.example", "noSuch": True}),
            lambda: home.server.write_settings({"customConnections": "https://a.example"}),
            home.server.sessions,
            lambda: home.account.published(identifier),
            home.account.sign_out,
        )
        for number, one in enumerate(jobs):
            if number != 3:
                await witness.watch(one)
            else:
                # It answers with the token itself; only how it goes wrong is of interest.
                with contextlib.suppress(HostError):
                    await one()

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        home.run(job)
    witness.said += [repr(home.account), repr(home.server), repr(vars(home.server)), str(home.host)]
    witness.said += [out.getvalue(), err.getvalue(), caplog.text, repr(caplog.records)]
    witness.said += [str(record.args) for record in caplog.records]
    witness.said += [" ".join(argv) for argv, _ in home.computer.commands]
    for secret in SECRETS:
        assert not [text for text in witness.said if secret in text]
    for request in home.seen.requests:
        check_request(request)
    if name == "nothing":
        sent = {secret for secret in SECRETS for one in home.seen.requests if secret in str(one.headers)}
        assert sent == {ACCOUNT_KEY, SERVER_KEY}, "the test does see tokens where they belong"


def check_request(request: SimulatedRequest) -> None:
    """The account's token goes to plex.tv, the server's to this computer, both in the one header."""
    where = f"{request.path}?{urlencode(request.params)} {request.body!r}"
    assert not [secret for secret in SECRETS if secret in where]
    for header, value in request.headers.items():
        if ACCOUNT_KEY in value:
            assert (header, request.scheme) == ("x-plex-token", "https")
            assert request.host in ("plex.tv", "clients.plex.tv")
        if SERVER_KEY in value:
            assert (header, request.host, request.address) == ("x-plex-token", "localhost", "127.0.0.1")
    assert request.host in ("plex.tv", "clients.plex.tv", "localhost")


def test_another_program_on_plexs_port_gets_no_token() -> None:
    home = Home(plex={"state": "other_app"})

    async def job() -> None:
        for one in (home.server.read_settings, home.server.sessions):
            with pytest.raises(HostError):
                await one()

    home.run(job)
    assert not [one for one in home.seen.requests if "x-plex-token" in one.headers]


def test_a_server_that_took_plexs_place_gets_no_token_of_the_first() -> None:
    """It shows another machine identifier, so plex.tv gives no token for it."""
    home = Home()
    home.run(home.server.read_settings)
    home.sites["localhost"] = impostor
    before = len(home.seen.requests)
    home.run(home.server.observe)

    async def job() -> None:
        with pytest.raises(HostError):
            await home.server.read_settings()

    home.run(job)
    later = [one for one in home.seen.requests[before:] if one.host == "localhost"]
    assert later
    assert not [one for one in later if "x-plex-token" in one.headers]


def impostor(request: SimulatedRequest) -> SimulatedReply:
    return SimulatedReply(200, b'<MediaContainer machineIdentifier="another" claimed="1" version="1"/>')
