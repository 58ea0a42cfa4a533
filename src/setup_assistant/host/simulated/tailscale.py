# SPDX-License-Identifier: MIT
"""The simulated Tailscale command line and its daemon, in the words of the real ones.

Every text is a recording of tailscale 1.102.3 (tests/recorded/tailscale) unless its line says where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from setup_assistant.core.host import Completed
from setup_assistant.host.simulated import serve_daemon
from setup_assistant.host.simulated import tailscale_texts as texts
from setup_assistant.host.simulated.entrance import certificate_comes
from setup_assistant.host.simulated.serve_command import ServeCommand
from setup_assistant.host.simulated.serve_daemon import Refused
from setup_assistant.host.simulated.tailscale_status import ADDRESSES, numbers_of, prefs_json, status_json, version_json
from setup_assistant.host.simulated.world import World


class SimulatedTailscale:
    """Answers for ``[tailscale]`` of the scenario.

    Keys: ``installed``, ``version``, ``daemon_version`` (default: the same), ``variant``, ``service`` (running,
    stopped, silent, garbage, other_user), ``backend`` (Running, Stopped, NeedsLogin, NeedsMachineAuth, Starting),
    ``host``, ``tailnet``, ``magicdns``, ``https``, ``funnel``, ``funnel_ports``, ``tagged``, ``member`` (true: may not
    allow Funnel), ``control_url``, ``operator`` (whether this user may change it), ``shields_up``, ``exit_node``,
    ``key_expires_in_days``, ``key_expired``, ``health``, ``tun``, ``links_at_poll`` (the person has signed in before
    this status poll), ``installed_after_s`` and ``granted_after_s`` (the person has installed it, or has allowed all
    that Funnel needs, after so many seconds), ``serve`` (the configuration's JSON).
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._state: dict[str, Any] = world.data["tailscale"]
        self._serve = ServeCommand(world, lambda: self.name)

    @property
    def name(self) -> str:
        """The full name of this node."""
        return f"{self._state.get('host', 'plexbox')}.{self._state.get('tailnet', 'tail1234.ts.net')}"

    def reaches(self, host: str, port: int, path: str, public: bool) -> str | None:
        """Where a visitor of ``https://host:port/path`` is led to: a proxy target, ``loop``, or None for nowhere.

        ``public``: through Funnel, from the internet; else from inside the tailnet.
        """
        running = self._state.get("service", "running") == "running" and self._backend == "Running"
        if not running or host != self.name or (public and not self._state.get("funnel", True)):
            return None
        return serve_daemon.leads_to(self._state["serve"], host, ADDRESSES, port, path, public=public)

    def run(self, argv: Sequence[str], stdin: str | None, as_admin: bool) -> tuple[Completed, float]:
        """Run one command line; return what it prints, and after how many seconds."""
        words = [word for word in argv[1:] if not word.startswith("--socket=")]
        if words[:1] == ["version"]:
            return self._version(words), 0.0
        service = self._state.get("service", "running")
        if service == "silent":
            return texts.no(""), texts.HANGS_S
        if service == "garbage":
            return Completed(0, "\x00\x1f%PDF-1.7 {{{", ""), 0.0
        if service == "stopped":
            return texts.no(self._down(words)), texts.GIVES_UP_S
        if service == "other_user":
            # ipnserver/server.go:270 and local.go:4600, Windows only.
            return texts.no(r"Tailscale already in use by DESKTOP\bob, pid 4711"), 0.0
        try:
            return self._answer(words, stdin, as_admin)
        except Refused as refusal:
            return texts.no(str(refusal)), 0.0

    # Reading

    def _version(self, words: list[str]) -> Completed:
        if "--json" in words:
            return Completed(0, version_json(self._state), "")
        return Completed(0, f"{self._state.get('version', '1.102.3')}\n", "")

    @staticmethod
    def _down(words: list[str]) -> str:
        match words[0]:
            case "status":
                return texts.DOWN
            case "serve" | "funnel":
                what = "getting serve config: " if "status" in words else f"getting client status: {texts.DOWN}"
                if "status" not in words:
                    return what
                return f"{what}{texts.dial('serve-config')}"
            case "debug":
                return texts.dial("prefs")
            case "switch":
                return texts.dial("profiles/current")
        return texts.DOWN

    @property
    def _backend(self) -> str:
        return str(self._state.get("backend", "Running"))

    def _answer(self, words: list[str], stdin: str | None, as_admin: bool) -> tuple[Completed, float]:
        admin = as_admin or bool(self._state.get("operator", True))
        commands: Mapping[str, Callable[[], tuple[Completed, float]]] = {
            "status": lambda: (self._status(), 0.0),
            "serve": lambda: self._serve.run(words, stdin, admin),
            "funnel": lambda: self._serve.run(words, stdin, admin),
            "debug": lambda: self._debug(words, admin),
            "switch": lambda: self._permitted(admin, "profiles", words, "ID    Tailnet           Account\n"),
            "up": lambda: self._up(words, admin),
            "set": lambda: self._set(words, admin),
            "cert": lambda: self._cert(words, admin),
            "logout": lambda: self._logout(words, admin),
            "netcheck": lambda: (self._netcheck(), 1.0),
        }
        if not words or words[0] not in commands:
            return Completed(1, "", f"tailscale: unknown subcommand: {' '.join(words)}\n"), 0.0
        return commands[words[0]]()

    def _status(self) -> Completed:
        self._let_person_sign_in()
        if self._world.seconds >= self._state.get("granted_after_s", float("inf")):
            self._state.update(magicdns=True, https=True, funnel=True)
        return Completed(0, status_json(self._state, self.name, self._world.now()), "")

    def _let_person_sign_in(self) -> None:
        """The person finishes in the browser before a given poll."""
        state = self._state
        if not state.get("auth_url"):
            return
        state["polls"] = state.get("polls", 0) + 1
        if state["polls"] >= state.get("links_at_poll", 3):
            state["auth_url"] = ""
            state["key_expired"] = False
            state["backend"] = "Running"

    def _debug(self, words: list[str], admin: bool) -> tuple[Completed, float]:
        if words[1:] == ["prefs"]:
            return Completed(0, prefs_json(self._state), ""), 0.0
        if words[1:] == ["derp-map"]:
            regions = {"900": {"RegionID": 900}} if self._state.get("custom_relays") else {"1": {"RegionID": 1}}
            return Completed(0, json.dumps({"Regions": regions}), ""), 0.0
        if words[1:3] != ["localapi", "POST"] or len(words) != 4 or numbers_of(self._state) < (1, 82, 0):
            return Completed(1, "", f"tailscale debug: unknown subcommand: {' '.join(words[1:])}\n"), 0.0
        doing = f"# doing request POST /localapi/v0/{words[3]}\n"
        if words[3].startswith("query-feature"):
            return self._query(doing)
        if words[3] == "login-interactive":
            if not admin:
                return Completed(
                    1, "login access denied\n", f"{doing}# Response status 403 Forbidden\n403 Forbidden\n"
                ), 0.0
            self._state.setdefault("auth_url", "")
            self._state["auth_url"] = self._state["auth_url"] or "https://login.tailscale.com/a/1f2e3d4c5b6a"
            self._state["polls"] = 0
            return Completed(0, "", doing), 0.0
        return Completed(1, "404 page not found\n", f"{doing}# Response status 404 Not Found\n404 Not Found\n"), 0.0

    def _query(self, doing: str) -> tuple[Completed, float]:
        """The control server's word on Funnel (tailcfg.go:3235; headscale answers 501, hscontrol/noise.go:201)."""
        if self._state.get("control_url"):
            status = "501 Not Implemented"
            return Completed(1, "Not implemented yet\n", f"{doing}# Response status {status}\n{status}\n"), 0.2
        if self._state.get("https", True) and self._state.get("funnel", True):
            return Completed(0, '{"Complete":true}\n', doing), 0.2
        reply = (
            {"Text": texts.MEMBER}
            if self._state.get("member")
            else {"Text": texts.FEATURE, "URL": texts.FEATURE_LINK, "ShouldWait": True}
        )
        return Completed(0, json.dumps(reply) + "\n", doing), 0.2

    def _netcheck(self) -> Completed:
        network = self._world.data["network"]
        reply = {
            "UDP": True,
            "MappingVariesByDestIP": network.get("line") == "cgnat",
            "GlobalV4": f"{network['public_ip']}:41641" if network.get("public_ip") else "",
            "GlobalV6": "",
        }
        return Completed(0, json.dumps(reply), "# Warning: this JSON format is not yet considered a stable interface\n")

    # Changing

    def _permitted(self, admin: bool, what: str, words: list[str], stdout: str = "") -> tuple[Completed, float]:
        if not admin:
            raise Refused(texts.denied(what, words))
        return Completed(0, stdout, ""), 0.0

    def _up(self, words: list[str], admin: bool) -> tuple[Completed, float]:
        if not admin:
            raise Refused(texts.denied("prefs write", words))
        if self._backend == "Stopped":
            self._state["backend"] = "Running"
            return Completed(0, "", ""), 1.0
        if self._backend == "NeedsLogin":
            self._state["auth_url"] = self._state.get("auth_url") or "https://login.tailscale.com/a/1f2e3d4c5b6a"
            return texts.no(""), texts.HANGS_S
        if self._backend == "NeedsMachineAuth":
            return texts.no(""), texts.HANGS_S
        return Completed(0, "", ""), 0.0

    def _set(self, words: list[str], admin: bool) -> tuple[Completed, float]:
        if not admin:
            raise Refused(texts.denied("checkprefs", words))
        for word in words[1:]:
            key, _, value = word.removeprefix("--").partition("=")
            if key == "hostname":
                self._state["host"] = value
            elif key == "shields-up":
                if value == "true" and self._serve.is_funnel_on():
                    raise Refused("Cannot enable shields-up when Funnel is enabled.")
                self._state["shields_up"] = value == "true"
            elif key == "exit-node":
                self._state["exit_node"] = bool(value)
        return Completed(0, "", ""), 0.0

    def _cert(self, words: list[str], admin: bool) -> tuple[Completed, float]:
        if not admin:
            raise Refused(texts.denied("cert", words))
        if not self._state.get("https", True):
            raise Refused("500 Internal Server Error: your Tailscale account does not support getting TLS certs")
        if words[-1] != self.name:
            raise Refused(f'500 Internal Server Error: invalid domain "{words[-1]}"; must be one of ["{self.name}"]')
        missing = certificate_comes(self._world)
        if missing is not None:
            limited = self._world.data["outside"].get("certificate_limited")
            wait = (missing - self._world.now()).total_seconds()
            if limited or wait > texts.CERTIFICATE_S:
                raise Refused(texts.CERTIFICATE_LIMIT.format(moment=missing) if limited else texts.CERTIFICATE_LATE)
            return Completed(0, "", ""), wait
        return Completed(0, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", ""), 8.0

    def _logout(self, words: list[str], admin: bool) -> tuple[Completed, float]:
        if not admin:
            raise Refused(texts.denied("logout", words))
        self._state["backend"] = "NeedsLogin"
        return Completed(0, "", ""), 0.0
