# SPDX-License-Identifier: MIT
"""The lab shows what a real tailnet shows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from tests.labs.tailnet import build
from tests.labs.tailnet.backend import Backend, serving
from tests.labs.tailnet.build import Programs
from tests.labs.tailnet.lab import FUNNEL_PORTS, Lab, LabError, MissingError, poll, programs_or_skip

pytestmark = pytest.mark.lab

HOST = "plexbox.lab.ts.net"
VISITOR = "203.0.113.9"
StartLab = Callable[..., Lab]


# Status


def test_a_signed_in_machine_runs(lab: Lab) -> None:
    result = lab.tailscale("status", "--json", "--peers=false")
    status = json.loads(result.stdout)
    assert status == lab.status()
    assert status["BackendState"] == "Running"
    assert status["Self"]["DNSName"] == f"{HOST}."
    assert status["CertDomains"] == [HOST]
    assert status["CurrentTailnet"]["MagicDNSEnabled"] is True
    assert not status["Self"].get("Expired")


def test_the_client_knows_its_version(lab: Lab) -> None:
    version = json.loads(lab.tailscale("version", "--json", "--daemon").stdout)
    assert version["majorMinorPatch"] == version["short"] == lab.programs.version
    assert version["daemonLong"] == lab.status()["Version"]


def test_capabilities_come_and_go(start_lab: StartLab) -> None:
    lab = start_lab(capabilities="none")

    def caps() -> set[str]:
        status = json.loads(lab.tailscale("status", "--json", "--peers=false").stdout)
        return set(status["Self"].get("CapMap") or {})

    def wait(what: str, test: Callable[[set[str]], bool]) -> None:
        poll(what, lambda: test(caps()))

    assert not caps() & {"https", "funnel", FUNNEL_PORTS}
    assert lab.status()["CertDomains"] is None
    lab.grant("https")
    wait("https", lambda now: "https" in now and "funnel" not in now)
    lab.grant("all")
    wait("all", lambda now: now >= {"https", "funnel", FUNNEL_PORTS})
    assert lab.status()["CertDomains"] == [HOST]
    lab.revoke("funnel")
    wait("no funnel", lambda now: "funnel" not in now and "https" in now)


def test_magicdns_can_be_off(start_lab: StartLab) -> None:
    lab = start_lab(magicdns=False)
    status = lab.status()
    assert status["CurrentTailnet"]["MagicDNSEnabled"] is False
    assert status["CertDomains"] is None
    lab.set_magicdns(True)
    lab.wait_for("MagicDNS", lambda s: bool(s["CurrentTailnet"]["MagicDNSEnabled"]))


# Funnel


def test_funnel_writes_the_serve_config(lab: Lab) -> None:
    assert lab.serve_config() == {}
    result = lab.tailscale("funnel", "--bg", "--https=443", "localhost:32400")
    assert "Available on the internet:" in result.stdout
    expected = {
        "TCP": {"443": {"HTTPS": True}},
        "Web": {f"{HOST}:443": {"Handlers": {"/": {"Proxy": "http://localhost:32400"}}}},
        "AllowFunnel": {f"{HOST}:443": True},
    }
    assert lab.serve_config() == expected
    assert json.loads(lab.tailscale("serve", "status", "--json").stdout) == expected
    assert json.loads(lab.tailscale("funnel", "status", "--json").stdout) == expected


def test_a_visitor_reaches_the_backend(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    answer = lab.fetch("/identity?x=1", headers={"X-Forwarded-For": "192.0.2.66"})
    assert (answer.status, answer.body) == (200, b"<MediaContainer claimed='1'/>")
    (seen,) = backend.seen
    assert seen["path"] == "/identity?x=1"
    assert seen["host"] == HOST
    assert seen["x-forwarded-for"] == VISITOR
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-forwarded-host"] == HOST
    assert seen["tailscale-funnel-request"] == "?1"
    assert lab.visits() == [{"target": f"{HOST}:443", "status": 101, "text": ""}]


@pytest.mark.parametrize("port", [8443, 10000])
def test_the_other_funnel_ports(lab: Lab, backend: Backend, port: int) -> None:
    lab.funnel(backend.port, port)
    lab.set_visitor("198.51.100.7:5000")
    assert lab.fetch("/", port=port).status == 200
    assert backend.seen[0]["host"] == f"{HOST}:{port}"
    assert backend.seen[0]["x-forwarded-for"] == "198.51.100.7"
    assert not lab.lets_in(port=443)


def test_a_stopped_backend_is_a_bare_502(lab: Lab, backend: Backend) -> None:
    with serving() as gone:
        lab.funnel(gone.port)
    answer = lab.fetch()
    assert (answer.status, answer.body) == (502, b"")


def test_nobody_gets_in_without_funnel(lab: Lab, backend: Backend) -> None:
    assert not lab.lets_in()
    lab.tailscale("serve", "--bg", "--https=443", f"localhost:{backend.port}")
    assert "AllowFunnel" not in lab.serve_config()
    assert not lab.lets_in()
    assert not lab.lets_in(name="other.lab.ts.net")
    assert backend.seen == []
    refused = [(visit["status"], visit["text"]) for visit in lab.visits()]
    assert refused == [
        (403, "denied"),
        (403, "denied"),
        (0, 'no node is called "other.lab.ts.net"'),
    ]


def test_serve_off_closes_the_entrance(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    assert lab.fetch().status == 200
    lab.tailscale("serve", "--yes", "--https=443", "--set-path=/", "off")
    assert lab.serve_config() == {}
    assert not lab.lets_in()


def test_a_write_with_an_old_etag_is_refused(lab: Lab) -> None:
    before = lab.etag()
    lab.funnel(32400)
    config = lab.serve_config()
    assert lab.set_serve_config({}, etag=before).status == 412
    assert lab.serve_config() == config
    assert lab.set_serve_config({}, etag=lab.etag()).status == 200
    assert lab.serve_config() == {}


def test_a_foreground_session_lives_as_long_as_its_program(lab: Lab, backend: Backend) -> None:
    with lab.foreground("funnel", "--https=8443", f"localhost:{backend.port}") as session:
        (nested,) = lab.serve_config()["Foreground"].values()
        assert nested["AllowFunnel"] == {f"{HOST}:8443": True}
        assert lab.fetch(port=8443).status == 200
        lab.funnel(backend.port)
        assert set(lab.serve_config()) == {"TCP", "Web", "AllowFunnel", "Foreground"}
        assert session.running
    poll("the session is gone", lambda: "Foreground" not in lab.serve_config())
    assert lab.fetch().status == 200
    assert not lab.lets_in(port=8443)


# Switching Funnel on


def query(lab: Lab, program: Path, feature: str) -> subprocess.CompletedProcess[str]:
    command = [str(program), f"--socket={lab.socket}"]
    command += ["debug", "localapi", "POST", f"query-feature?feature={feature}"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=lab.environment, timeout=60)


def test_funnel_waits_for_the_switch(start_lab: StartLab) -> None:
    lab = start_lab(capabilities="none")
    with subprocess.Popen(
        lab.command("funnel", "--bg", "--https=443", "localhost:32400"),
        stdout=subprocess.PIPE,
        text=True,
        env=lab.environment,
    ) as waiting:
        try:
            assert waiting.stdout is not None
            lines = iter(waiting.stdout.readline, "")
            text = next(line for line in lines if "not enabled" in line)
            assert text == "Funnel is not enabled on your tailnet.\n"
            link = next(line.strip() for line in lines if "/f/funnel?node=" in line)
            assert waiting.poll() is None
            assert lab.serve_config() == {}

            def switched_on() -> bool:
                # It begins to watch after it has printed the link, and can miss a quick visit.
                lab.revoke("funnel")
                lab.visit(link)
                return waiting.poll() is not None

            poll("the command goes on", switched_on)
            assert waiting.returncode == 0
            assert "Success." in waiting.stdout.read()
        finally:
            waiting.kill()
    assert lab.serve_config()["AllowFunnel"] == {f"{HOST}:443": True}


def test_the_feature_query_answers(start_lab: StartLab) -> None:
    lab = start_lab(capabilities="none")
    answer = json.loads(query(lab, lab.program, "funnel").stdout)
    link = answer.pop("URL")
    assert link.startswith(f"{lab.login_server}/f/funnel?node=")
    assert answer == {
        "Text": "Funnel is not enabled on your tailnet.\nTo enable, visit:",
        "ShouldWait": True,
    }
    lab.set_feature_answer(
        "funnel",
        text="You don't have permission to enable this feature.",
        url="",
        should_wait=False,
    )
    result = lab.tailscale("funnel", "--bg", "--https=443", "localhost:32400")
    assert "permission" in result.stdout  # exit 0, and nothing is configured
    assert lab.serve_config() == {}
    lab.set_feature_answer("funnel", status=501)
    result = lab.tailscale("funnel", "--bg", "--https=443", "localhost:32400", check=False)
    assert result.returncode == 1
    assert "Funnel not available; HTTPS must be enabled." in result.stderr
    lab.set_feature_answer("funnel")
    lab.visit(link)
    assert json.loads(query(lab, lab.program, "funnel").stdout) == {"Complete": True}


def test_the_shim_answers_in_the_real_ones_place(start_lab: StartLab) -> None:
    lab = start_lab(capabilities="none")
    answer = {"Text": "Not yet.", "URL": "https://login.example/f/funnel", "ShouldWait": True}
    shim = lab.shim({"funnel": answer})
    real, ours = query(lab, lab.program, "funnel"), query(lab, shim, "funnel")
    assert (real.returncode, ours.returncode) == (0, 0)
    assert json.loads(ours.stdout) == answer
    assert ours.stderr == real.stderr
    # What it has no answer for goes to the real program, and so does all else.
    assert json.loads(query(lab, shim, "serve").stdout)["ShouldWait"] is True
    version = [str(shim), "version", "--json"]
    text = subprocess.run(version, check=True, capture_output=True, text=True, timeout=60).stdout
    assert json.loads(text)["short"] == lab.programs.version
    lab.shim({"funnel": None})
    refused = query(lab, shim, "funnel")
    assert refused.returncode == 1
    assert "500 Internal Server Error" in refused.stderr


# Signing in


def test_a_visit_to_the_link_signs_in(start_lab: StartLab) -> None:
    lab = start_lab(signed_in=False)
    assert lab.status()["BackendState"] == "NeedsLogin"
    link = lab.start_login()
    assert link.startswith(f"{lab.login_server}/auth/")
    assert lab.status()["BackendState"] == "NeedsLogin"
    lab.visit(link)
    lab.wait_for_state("Running")
    with pytest.raises(LabError, match="404"):
        lab.visit(f"{lab.login_server}/auth/unknown")
    assert lab.control.running


def test_up_prints_the_link(start_lab: StartLab) -> None:
    lab = start_lab(signed_in=False)
    command = ["up", "--json", f"--login-server={lab.login_server}", "--hostname=plexbox"]
    with subprocess.Popen(
        lab.command(*command, "--accept-dns=false", "--timeout=30s"),
        stdout=subprocess.PIPE,
        text=True,
        env=lab.environment,
    ) as up:
        try:
            assert up.stdout is not None
            text = ""
            while "AuthURL" not in text or not text.endswith("}\n"):
                line = up.stdout.readline()
                assert line, text
                text += line
            first = json.loads(text)
            assert first["BackendState"] == "NeedsLogin"
            lab.visit(first["AuthURL"])
            assert up.wait(30) == 0
            assert json.loads(up.stdout.read())["BackendState"] == "Running"
        finally:
            up.kill()
    assert lab.status()["Self"]["DNSName"] == f"{HOST}."


def test_signing_out_and_in_keeps_the_name(lab: Lab) -> None:
    lab.funnel(32400)
    lab.logout()
    assert lab.serve_config() == {}  # as long as nobody is signed in
    assert lab.login().startswith(lab.login_server)
    assert lab.status()["Self"]["DNSName"] == f"{HOST}."


def test_approval_is_waited_for(start_lab: StartLab) -> None:
    lab = start_lab(require_approval=True)
    lab.wait_for_state("NeedsMachineAuth")
    lab.approve()
    lab.wait_for_state("Running")


def test_an_expired_key_needs_a_new_sign_in(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    config = lab.serve_config()
    lab.expire()
    status = lab.wait_for_state("NeedsLogin")
    assert datetime.fromisoformat(status["Self"]["KeyExpiry"]) < datetime.now(UTC)
    lab.login()
    status = lab.status()
    assert datetime.fromisoformat(status["Self"]["KeyExpiry"]) > datetime.now(UTC)
    assert status["Self"]["DNSName"] == f"{HOST}."
    assert lab.serve_config() == config
    assert lab.fetch().status == 200


def test_stopping_and_starting(lab: Lab) -> None:
    lab.tailscale("down")
    assert lab.status()["BackendState"] == "Stopped"
    lab.tailscale("up")
    lab.wait_for_state("Running")


# Names


def test_a_rename_leaves_the_old_name_in_the_config(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    new = lab.rename("plexbox-1")
    status = lab.wait_for("the new name", lambda s: bool(s["Self"]["DNSName"] == f"{new}."))
    assert status["Self"]["HostName"] == "plexbox"
    assert status["CertDomains"] == [new]
    assert list(lab.serve_config()["Web"]) == [f"{HOST}:443"]
    assert not lab.lets_in(name=new)
    assert not lab.lets_in(name=HOST)
    lab.funnel(backend.port)
    assert lab.fetch(name=new).status == 200
    assert lab.issued() == 1  # a certificate for the new name, from the lab's authority


def test_a_new_host_name_is_a_new_name(lab: Lab) -> None:
    lab.tailscale("set", "--hostname=den")
    lab.wait_for("the new name", lambda s: bool(s["Self"]["DNSName"] == "den.lab.ts.net."))


# Certificates


def test_a_certificate_is_issued(start_lab: StartLab, backend: Backend) -> None:
    lab = start_lab(certificate="acme")
    lab.funnel(backend.port)
    assert lab.fetch().status == 200
    assert lab.issued() == 1
    pem = lab.tailscale("cert", "--cert-file=-", HOST).stdout
    assert pem.startswith("-----BEGIN CERTIFICATE-----")
    assert lab.issued() == 1


def test_a_refused_certificate(start_lab: StartLab) -> None:
    lab = start_lab(certificate="acme")
    lab.set_acme("refused")
    result = lab.tailscale("cert", "--cert-file=-", HOST, check=False)
    assert result.returncode == 1
    assert "The server will not issue certificates" in result.stderr


@pytest.mark.parametrize("mode", ["rate_limited", "down"])
def test_a_certificate_that_does_not_come_is_waited_for(
    start_lab: StartLab, backend: Backend, mode: Literal["rate_limited", "down"]
) -> None:
    lab = start_lab(certificate="acme")
    lab.set_acme(mode)
    lab.funnel(backend.port)
    pending = f"Fetching TLS certificate via ACME for: {HOST}"
    lab.wait_for("word of the wait", lambda s: any(pending in text for text in s["Health"] or []))
    with pytest.raises(TimeoutError):
        lab.fetch(timeout=1)
    lab.set_acme("ok")
    assert lab.fetch().status == 200
    assert lab.issued() == 1


# The daemon


def test_the_config_survives_a_crash(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    config = lab.serve_config()
    lab.kill_daemon()
    assert not lab.lets_in()
    assert lab.visits()[-1]["text"] == "the node is offline"
    result = lab.tailscale("status", "--json", check=False)
    assert result.returncode == 1
    assert "failed to connect to local" in result.stderr
    lab.start_daemon()
    lab.wait_for_state("Running")
    assert lab.serve_config() == config
    assert lab.fetch().status == 200


def test_a_restart(lab: Lab) -> None:
    lab.restart_daemon()
    assert lab.status()["BackendState"] == "Running"


# The lab itself


def test_nothing_tries_to_leave(lab: Lab, backend: Backend) -> None:
    lab.funnel(backend.port)
    assert lab.fetch().status == 200
    assert lab.strays() == []


def running(marker: str) -> list[str]:
    """The command lines with a text in them."""
    result = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in result.stdout.splitlines() if marker in line]


def test_nothing_is_left_when_a_test_fails(programs: Programs) -> None:
    def fail() -> None:
        with Lab(programs=programs) as lab:
            folders.append(lab.folder)
            assert running(str(lab.folder))
            raise ZeroDivisionError

    folders: list[Path] = []
    with pytest.raises(ZeroDivisionError):
        fail()
    (folder,) = folders
    assert not folder.exists()
    poll("no process is left", lambda: not running(str(folder)))


def test_nothing_is_left_when_the_process_is_killed(programs: Programs) -> None:
    program = "from tests.labs.tailnet.lab import Lab\nwith Lab() as lab: print(lab.folder, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=build.REPOSITORY,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = process.stdout.readline().strip()
        try:
            assert running(folder)
        finally:
            process.kill()

    def gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not running(folder) and not Path(folder).exists()

    poll("no process is left", gone)


def test_a_missing_binary_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingError, match=r"not built: labcontrol, tailscale, tailscaled in .*1\.26"):
        build.find(folder=tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main([str(tmp_path)]) == 1
    assert "a Go toolchain, 1.26.6 or newer: `go` is not on the PATH" in capsys.readouterr().err


def test_a_missing_lab_skips_or_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "DEFAULT_FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("LABS_REQUIRED", raising=False)
    with pytest.raises(pytest.skip.Exception, match="the tailnet lab lacks: not built"):
        programs_or_skip()
    monkeypatch.setenv("LABS_REQUIRED", "1")
    with pytest.raises(pytest.fail.Exception, match="the tailnet lab lacks: a Go toolchain"):
        programs_or_skip()


def test_the_pinned_version_is_not_a_broken_one() -> None:
    assert build.MODULES["current"].tailscale_version not in {"1.102.0", "1.102.1"}
