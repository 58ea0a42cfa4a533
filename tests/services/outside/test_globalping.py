# SPDX-License-Identifier: MIT
"""What we ask of Globalping, and what its answers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer, Fetch
from setup_assistant.core.host import Reply
from setup_assistant.host.simulated.globalping import (
    CERTIFICATE_ERRORS,
    FAILURES,
    GlobalpingSite,
    failed_result,
    finished_result,
)
from setup_assistant.host.simulated.world import SimulatedReply, SimulatedRequest, json_reply
from setup_assistant.services import globalping
from tests.services.outside.specification import Specification
from tests.services.outside.world import MACHINE, NAME

URL = f"https://{NAME}:443"
IDENTITY = json.dumps({"MediaContainer": {"machineIdentifier": MACHINE}})


@pytest.fixture(scope="module")
def specification() -> Specification:
    return Specification()


def reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, json.dumps(document).encode())


def read(result: dict[str, Any], probe: dict[str, Any] | None = None) -> Fetch:
    document = {"status": "finished", "results": [{"probe": probe or {}, "result": result}]}
    return globalping.parse_results(reply(document), MACHINE)[0]


def finished(status: int = 200, body: str = IDENTITY, error: str | None = None, **headers: str) -> dict[str, Any]:
    return finished_result(status, headers, body, address="199.38.181.54", host=NAME, error=error)


class Service:
    """The stand-in, asked without a network."""

    def __init__(self, mode: str = "ok", result: dict[str, Any] | None = None) -> None:
        self.site = GlobalpingSite(lambda asked: result or finished(), mode=lambda: mode)

    def ask(self, method: str, path: str, body: object = None) -> SimulatedReply:
        request = SimulatedRequest(method, "https", "api.globalping.io", 443, path, (), {}, json.dumps(body).encode())
        return self.site(request)


@pytest.mark.parametrize("probes", [1, 2, 3])
@pytest.mark.parametrize("port", [443, 8443, 10000])
def test_the_request_follows_the_description(specification: Specification, probes: int, port: int) -> None:
    body = globalping.measurement(f"https://{NAME}:{port}", probes)
    specification.check(body, "schemas/MeasurementRequest")
    options = body["measurementOptions"]
    specification.check(options, "schemas/MeasurementHttpOptions")
    assert options["request"]["method"] == "GET"  # HEAD, the default, has no body
    assert (body["target"], options["port"]) == (NAME, port)
    assert len({location["continent"] for location in body["locations"]}) == probes


@pytest.mark.parametrize("address", ["81.2.69.10", "2a02:810d:1::50"])
def test_the_request_about_an_address_follows_the_description(specification: Specification, address: str) -> None:
    body = globalping.measurement_of_address(address, 32400)
    specification.check(body, "schemas/MeasurementRequest")
    specification.check(body["measurementOptions"], "schemas/MeasurementHttpOptions")
    assert (body["target"], body["measurementOptions"]["port"]) == (address, 32400)
    assert "ipVersion" not in body["measurementOptions"], "the description has it for names only"


def test_a_wrong_request_would_be_seen(specification: Specification) -> None:
    body = globalping.measurement(URL, 3)
    body["measurementOptions"]["request"]["method"] = "FETCH"
    with pytest.raises(Exception, match="FETCH"):
        specification.check(body["measurementOptions"], "schemas/MeasurementHttpOptions")


def test_a_stand_in_that_strays_would_be_seen(specification: Specification) -> None:
    def asked(body: object) -> SimulatedRequest:
        agent = {"user-agent": "setup-assistant/0"}
        text = json.dumps(body).encode()
        return SimulatedRequest("POST", "https", "api.globalping.io", 443, "/v1/measurements", (), agent, text)

    good = specification.watches(Service().site)
    good(asked(globalping.measurement(URL, 3)))
    assert (good.seen, good.problems) == ([("POST", 202)], [])
    strays = specification.watches(lambda request: json_reply({"id": 7}, 202))
    strays(asked(globalping.measurement(URL, 3)))
    good(asked({**globalping.measurement(URL, 3), "type": "gopher"}))
    assert (len(strays.problems), len(good.problems)) == (1, 1)


@pytest.mark.parametrize(
    "result",
    [
        finished(),
        finished(502, ""),
        finished(200, IDENTITY, "CERT_HAS_EXPIRED"),
        finished(302, "", location="https://elsewhere.example/"),
        *(failed_result(kind, host=NAME) for kind in FAILURES),
    ],
)
def test_the_replies_of_the_stand_in_follow_the_description(
    specification: Specification, result: dict[str, Any]
) -> None:
    service = Service(result=result)
    created = service.ask("POST", "/v1/measurements", globalping.measurement(URL, 3))
    assert created.status == 202
    document = json.loads(created.body)
    specification.check(document, "schemas/CreateMeasurementResponse")
    headers = created.headers or {}
    assert {"location", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(headers)
    states = []
    for _ in range(4):
        answer = json.loads(service.ask("GET", f"/v1/measurements/{document['id']}").body)
        specification.check(answer, "schemas/MeasurementResponse")
        states.append(answer["status"])
        if answer["status"] == "finished":
            for item in answer["results"]:
                kind = "Finished" if result["status"] == "finished" else "Failed"
                suffix = "HttpTestResult" if kind == "Finished" else "TestResult"
                specification.check(item["result"], f"schemas/{kind}{suffix}")
    assert states == ["in-progress", "in-progress", "finished", "finished"]


@pytest.mark.parametrize(
    ("mode", "body", "status", "name"),
    [
        ("ok", {"type": "http"}, 400, "400"),
        ("no_probes", None, 422, "measurements422"),
        ("busy", None, 429, "measurements429"),
    ],
)
def test_refusals_follow_the_description(
    specification: Specification, mode: str, body: dict[str, Any] | None, status: int, name: str
) -> None:
    answer = Service(mode).ask("POST", "/v1/measurements", body or globalping.measurement(URL, 3))
    assert answer.status == status
    specification.check_reply(json.loads(answer.body), name)
    missing = Service().ask("GET", "/v1/measurements/unknown")
    assert missing.status == 404
    specification.check_reply(json.loads(missing.body), "404")


def test_the_examples_of_the_description_are_understood(specification: Specification) -> None:
    example = specification.document["components"]["examples"]["getHttpMeasurementResponse"]["value"]
    fetch = globalping.parse_results(reply(example), MACHINE)[0]
    assert (fetch.place, fetch.address) == ("Seoul, KR", "104.16.88.20")
    assert fetch.latitude == pytest.approx(37.57)
    assert not globalping.is_running(reply(example))


def test_refusals_say_how_long_to_wait() -> None:
    body = {"error": {"type": "rate_limit_exceeded", "message": "…"}}
    with pytest.raises(HostError) as caught:
        globalping.parse_created(reply(body, 429, {"x-ratelimit-reset": "1800"}))
    error = caught.value
    assert (error.trouble, error.status, error.retry_after) == (Trouble.HTTP_STATUS, 429, 1800.0)
    assert error.detail == "rate_limit_exceeded"


@pytest.mark.parametrize("identifier", ["", "../limits", "a/b", "x" * 65, 7, None])
def test_an_identifier_that_is_none_is_not_asked_for(identifier: object) -> None:
    with pytest.raises(HostError) as caught:
        globalping.parse_created(reply({"id": identifier, "probesCount": 3}, 202))
    assert caught.value.trouble is Trouble.UNEXPECTED_REPLY


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (finished(), Answer.PLEX),
        (finished(200, f'<MediaContainer size="0" machineIdentifier="{MACHINE}"/>'), Answer.PLEX),
        (finished(200, IDENTITY.replace(MACHINE, "other")), Answer.OTHER_SERVER),
        (finished(200, "<html>"), Answer.OTHER_APP),
        (finished(302, "", location="https://elsewhere.example/x?secret=1"), Answer.REDIRECT),
        (finished(401, ""), Answer.UNAUTHORIZED),
        (finished(404, "404 page not found\n"), Answer.NOT_FOUND),
        (finished(404, "nothing here"), Answer.OTHER_APP),
        (finished(502, ""), Answer.BAD_GATEWAY),
        (finished(503, "proxy is closed"), Answer.STARTING),
        (finished(500, ""), Answer.HTTP_ERROR),
        (finished(error="CERT_HAS_EXPIRED"), Answer.CERTIFICATE_EXPIRED),
        (finished(error="ERR_TLS_CERT_ALTNAME_INVALID"), Answer.CERTIFICATE_NAME),
        (finished(error="UNABLE_TO_VERIFY_LEAF_SIGNATURE"), Answer.CERTIFICATE_UNTRUSTED),
        ({**finished(), "tls": None}, Answer.CERTIFICATE_UNTRUSTED),
        ({"status": "in-progress", "rawOutput": ""}, Answer.COULD_NOT_CHECK),
        ({"status": "offline", "rawOutput": "offline"}, Answer.COULD_NOT_CHECK),
        (failed_result("name_not_found"), Answer.NAME_NOT_FOUND),
        ({"status": "failed", "rawOutput": f"queryA ENODATA {NAME}"}, Answer.NAME_NOT_FOUND),
        (failed_result("private_address"), Answer.PRIVATE_ADDRESS),
        (failed_result("refused"), Answer.REFUSED),
        (failed_result("reset"), Answer.RESET),
        (failed_result("closed"), Answer.CLOSED),
        (failed_result("timeout"), Answer.TIMEOUT),
        (failed_result("tls_alert"), Answer.TLS_ALERT),
        (failed_result("resolver"), Answer.COULD_NOT_CHECK),
        (failed_result("internal"), Answer.COULD_NOT_CHECK),
        ({"status": "failed", "rawOutput": "queryA ESERVFAIL x"}, Answer.COULD_NOT_CHECK),
        ({"status": "failed", "failureSource": "target", "rawOutput": "news"}, Answer.UNREACHABLE),
        ({"status": "failed", "rawOutput": "news"}, Answer.COULD_NOT_CHECK),
        ({"status": "failed", "failureSource": "internal", "rawOutput": "read ECONNRESET"}, Answer.COULD_NOT_CHECK),
        ({}, Answer.COULD_NOT_CHECK),
    ],
)
def test_each_result_has_its_meaning(result: dict[str, Any], answer: Answer) -> None:
    fetch = read(result)
    assert fetch.answer is answer
    assert "secret" not in fetch.detail


def test_how_long_the_certificate_holds_is_read() -> None:
    fetch = read(finished())
    assert (fetch.certificate_from, fetch.certificate_until) == (
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 12, 30, tzinfo=UTC),
    )
    odds: tuple[object, ...] = (None, 7, "soon", "2026-12-30", {})
    for odd in odds:
        result = finished()
        result["tls"]["expiresAt"] = odd
        assert read(result).certificate_until is None
        assert read(result).answer is Answer.PLEX


def test_measured_texts_of_the_probe_are_known() -> None:
    from tests.project.files import ROOT

    file = ROOT / "tests" / "recorded" / "reachability" / "funnel_failure_observations.json"
    known = {
        "port closed (RST to SYN)": Answer.REFUSED,
        "TCP accepted, RST after ClientHello": Answer.RESET,
        "TCP accepted, FIN after ClientHello": Answer.CLOSED,
        "TCP accepted, handshake never answered": Answer.TIMEOUT,
        "TLS alert 80 internal_error (Go GetCertificate error)": Answer.TLS_ALERT,
    }
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
        if case["case"] in known:
            assert read({"status": "failed", "rawOutput": case["node"]}).answer is known[case["case"]]
        for error in CERTIFICATE_ERRORS.values():
            if error in case["node"]:
                assert read(finished(error=error)).answer.value in CERTIFICATE_ERRORS


def test_outside_words_are_shown_short_and_on_one_line() -> None:
    fetch = read({"status": "failed", "failureSource": "target", "rawOutput": "a\nb\x1b[31m" + "x" * 500})
    assert len(fetch.detail) <= 160
    assert fetch.detail.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["results", "result", "probe", "status", "tls", "authorized", "statusCode", "timings", "total"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(document=JSON)
def test_no_reply_whatever_breaks_the_reader(document: object) -> None:
    for given_reply in (reply(document), reply({"results": [document]}), reply({"results": [{"result": document}]})):
        try:
            fetched = globalping.parse_results(given_reply, MACHINE)
            globalping.is_running(given_reply)
        except HostError:
            continue
        assert all(fetch.answer is not Answer.PLEX for fetch in fetched)


@given(body=st.binary(max_size=200), status=st.sampled_from([200, 202, 429, 500]))
def test_no_bytes_whatever_break_the_reader(body: bytes, status: int) -> None:
    for parse in (globalping.parse_created, globalping.is_running):
        try:
            parse(Reply(status, {}, body))
        except HostError:
            continue
