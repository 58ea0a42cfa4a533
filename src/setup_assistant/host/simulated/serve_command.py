# SPDX-License-Identifier: MIT
"""The simulated ``tailscale serve`` and ``tailscale funnel``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from setup_assistant.core.host import Completed
from setup_assistant.host.simulated import serve_daemon
from setup_assistant.host.simulated import tailscale_texts as texts
from setup_assistant.host.simulated.serve_daemon import JSON, Refused
from setup_assistant.host.simulated.tailscale_status import numbers_of
from setup_assistant.host.simulated.world import World


class ServeCommand:
    """The two commands over the node's configuration in ``[tailscale] serve``."""

    def __init__(self, world: World, name: Callable[[], str]) -> None:
        self._world = world
        self._name = name
        self._state: dict[str, Any] = world.data["tailscale"]
        self._state.setdefault("serve", {})
        if "funnel_since" not in self._state:
            # What is public when the world begins has been so for a day: its name is known.
            self._state["funnel_since"] = -86_400.0 if self.is_funnel_on() else None

    @property
    def _state_name(self) -> str:
        return str(self._state.get("backend", "Running"))

    def run(self, words: list[str], stdin: str | None, admin: bool) -> tuple[Completed, float]:
        """Run ``serve …`` or ``funnel …``; raises Refused."""
        if words[1:2] == ["status"]:
            return Completed(0, json.dumps(self._serve_config(), indent=2) + "\n", ""), 0.0
        if words[1:] == ["set-raw"]:
            try:
                new = json.loads(stdin or "")
            except ValueError:
                raise Refused("invalid JSON: unexpected end of JSON input") from None
            self._store(serve_daemon.prune(new), words, admin)
            return Completed(0, "", ""), 0.0
        flags = [word for word in words[1:] if word.startswith("--")]
        rest = [word for word in words[1:] if not word.startswith("--")]
        if numbers_of(self._state) < (1, 52, 0) and flags:
            return Completed(2, "", texts.OLD_FLAG), 0.0
        is_off = rest[-1:] == ["off"]
        port = int(next((flag.removeprefix("--https=") for flag in flags if flag.startswith("--https=")), "443"))
        mount = next((flag.removeprefix("--set-path=") for flag in flags if flag.startswith("--set-path=")), None)
        if words[0] == "funnel":
            waiting = self._verify_funnel()
            if waiting is not None:
                return waiting
        if self._state_name not in ("Running", "Starting"):
            raise Refused(texts.STATES[self._state_name])
        if is_off:
            self._store(serve_daemon.remove_handler(self._state["serve"], self._name(), port, mount), words, admin)
            return Completed(0, "", ""), 0.0
        target = serve_daemon.expand(rest[-1], numbers_of(self._state))
        funnel = words[0] == "funnel"
        config = serve_daemon.set_handler(self._state["serve"], self._name(), port, mount or "/", target, funnel=funnel)
        self._store(config, words, admin)
        return Completed(0, self._started(words[0], port, mount or "/", target), ""), 0.0

    def _serve_config(self) -> JSON:
        """A node without a profile tells of no configuration, although one may be kept (ipnlocal/serve.go:1615)."""
        return {} if self._state_name in ("NeedsLogin", "NeedsMachineAuth", "NoState") else self._state["serve"]

    def _verify_funnel(self) -> tuple[Completed, float] | None:
        """EnableFeatureInteractive and CheckFunnelPort: a link and a wait for ever, or a refusal; None: go on."""
        if self._state_name not in ("Running", "Starting"):
            raise Refused(texts.STATES[self._state_name])
        if not (self._state.get("https", True) and self._state.get("funnel", True)):
            if self._state.get("control_url"):
                raise Refused("Funnel not available; HTTPS must be enabled. See https://tailscale.com/s/https.")
            if self._state.get("member"):
                return Completed(0, f"\n{texts.MEMBER}\n", ""), 0.2
            return Completed(1, f"\n{texts.FEATURE}\n\n         {texts.FEATURE_LINK}\n\n", ""), texts.HANGS_S
        if 443 not in self._state.get("funnel_ports", [443, 8443, 10000]):
            allowed = ",".join(str(port) for port in self._state["funnel_ports"])
            raise Refused(f"port 443 is not allowed for funnel; allowed ports are: {allowed}")
        return None

    def _started(self, command: str, port: int, mount: str, target: str) -> str:
        available = "on the internet" if command == "funnel" else "within your tailnet"
        shown = self._name() if port == 443 else f"{self._name()}:{port}"
        return (
            f"Available {available}:\n\nhttps://{shown}{mount}\n|-- proxy {target}\n\n"
            f"{command.capitalize()} started and running in the background.\n"
            f"To disable the proxy, run: tailscale {command} --https={port} off\n"
        )

    def _store(self, config: JSON, words: list[str], admin: bool) -> None:
        if not admin:
            raise Refused(texts.denied("serve config", words, denied="denied", sending=True))
        serve_daemon.check_update(self._state["serve"], config, shields_up=bool(self._state.get("shields_up")))
        was_on = self.is_funnel_on()
        self._state["serve"] = config
        if not self.is_funnel_on():
            self._state["funnel_since"] = None
        elif not was_on:
            self._state["funnel_since"] = self._world.seconds

    def is_funnel_on(self) -> bool:
        """Whether Funnel is on for this node's present name."""
        allowed: Mapping[str, bool] = self._state["serve"].get("AllowFunnel") or {}
        return any(on and key.rpartition(":")[0] == self._name() for key, on in allowed.items())
