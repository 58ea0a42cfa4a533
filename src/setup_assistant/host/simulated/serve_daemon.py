# SPDX-License-Identifier: MIT
"""The Serve configuration inside the simulated daemon: what is accepted, what it leads to.

Texts and rules are those of tailscale 1.102.3: ipn/serve.go, ipn/ipnlocal/serve.go, cmd/tailscale/cli/serve_v2.go;
most were recorded from that very release (tests/recorded/tailscale).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

JSON = dict[str, Any]
MOST_HOPS = 5


class Refused(Exception):
    """The daemon or the command line refuses; the text is what it prints."""


def _usage(command: str) -> str:
    return f"\n\ntry `tailscale {command} --help` for usage info"


def kind(entry: JSON) -> str:
    """The kind of a TCP entry, as serveTypeFromPortHandler names it."""
    if entry.get("HTTP"):
        return "http"
    if entry.get("HTTPS"):
        return "https"
    return "tls-terminated-tcp" if entry.get("TerminateTLS") else "tcp"


def check_update(old: JSON, new: JSON, *, shields_up: bool) -> None:
    """Refuse what setServeConfigLocked and validateServeConfigUpdate refuse."""
    configs = [new, *(new.get("Foreground") or {}).values()]
    if shields_up and any(True in (one.get("AllowFunnel") or {}).values() for one in configs):
        raise Refused("sending serve config: updating config: Unable to turn on Funnel while shields-up is enabled")
    held = {port for one in (old.get("Foreground") or {}).values() for port in one.get("TCP") or {}}
    for port in sorted(set(new.get("TCP") or {}) & held):
        raise Refused(f"sending serve config: updating config: foreground listener already exists for port {port}")
    for port, entry in (new.get("TCP") or {}).items():
        before = (old.get("TCP") or {}).get(port)
        if before is not None and kind(before) != kind(entry):
            raise Refused(
                f'sending serve config: updating config: want to serve "{kind(entry)}", '
                f'but port {port} is already serving "{kind(before)}"'
            )


def prune(config: JSON) -> JSON:
    """Leave empty parts out, as ``omitempty`` does."""
    return {key: value for key, value in config.items() if value not in ({}, None)}


def expand(target: str, numbers: tuple[int, int, int]) -> str:
    """Write a target as ExpandProxyTargetValue does; before 1.70 localhost becomes 127.0.0.1."""
    if target.isdecimal():
        return f"http://127.0.0.1:{target}"
    full = target if "://" in target else f"http://{target}"
    return full.replace("://localhost", "://127.0.0.1") if numbers < (1, 70, 0) else full


def set_handler(config: JSON, name: str, port: int, mount: str, target: str, *, funnel: bool) -> JSON:
    """``serve --bg`` and ``funnel --bg`` (SetWebHandler, SetFunnel)."""
    new = deepcopy(config)
    entry = (new.get("TCP") or {}).get(str(port))
    if entry is not None and kind(entry) not in ("http", "https"):
        raise Refused(
            "error: failed apply web serve: cannot serve web; already serving TCP"
            + _usage("funnel" if funnel else "serve")
        )
    key = f"{name}:{port}"
    new.setdefault("TCP", {})[str(port)] = {"HTTPS": True}
    new.setdefault("Web", {}).setdefault(key, {}).setdefault("Handlers", {})[mount] = {"Proxy": target}
    if funnel:
        new.setdefault("AllowFunnel", {})[key] = True
    else:
        new.get("AllowFunnel", {}).pop(key, None)
    return prune(new)


def remove_handler(config: JSON, name: str, port: int, mount: str | None) -> JSON:
    """``serve … off`` (RemoveWebHandler): Funnel goes with the last mount only."""
    new = deepcopy(config)
    key = f"{name}:{port}"
    entry = (new.get("TCP") or {}).get(str(port))
    if entry is not None and kind(entry) not in ("http", "https"):
        raise Refused(
            "error: failed to remove web serve: cannot remove web handler; currently serving TCP" + _usage("serve")
        )
    handlers = ((new.get("Web") or {}).get(key) or {}).get("Handlers") or {}
    if not handlers or (mount is not None and mount not in handlers):
        raise Refused("error: failed to remove web serve: handler does not exist" + _usage("serve"))
    for gone in list(handlers) if mount is None else [mount]:
        del handlers[gone]
    if not handlers:
        del new["Web"][key]
        new.get("TCP", {}).pop(str(port), None)
        new.get("AllowFunnel", {}).pop(key, None)
    return prune(new)


def leads_to(config: JSON, name: str, addresses: tuple[str, ...], port: int, path: str, *, public: bool) -> str | None:
    """The proxy target that a visitor of ``https://name:port/path`` ends at; ``loop`` for a chain that never ends.

    A target that is another Serve port of this node is followed, up to five hops. None: nothing answers.
    """
    configs = [config, *(config.get("Foreground") or {}).values()]
    key = f"{name}:{port}"
    if public and not any((one.get("AllowFunnel") or {}).get(key) for one in configs):
        return None
    target = _at(configs, key, port, path)
    for _ in range(MOST_HOPS):
        if target is None:
            return None
        parts = urlsplit(target)
        following = None
        if parts.hostname in ("localhost", "127.0.0.1", "::1", name, *addresses) and parts.port is not None:
            following = _at(configs, f"{name}:{parts.port}", parts.port, path)
        if following is None:
            return target
        target = following
    return "loop"


def _at(configs: list[JSON], key: str, port: int, path: str) -> str | None:
    for one in configs:
        handlers = ((one.get("Web") or {}).get(key) or {}).get("Handlers") or {}
        fitting = [mount for mount in handlers if path == mount or path.startswith(mount.rstrip("/") + "/")]
        if fitting:
            handler = handlers[max(fitting, key=len)]
            return handler.get("Proxy") or f"{'path' if 'Path' in handler else 'text'}:"
        entry = (one.get("TCP") or {}).get(str(port)) or {}
        if entry.get("TCPForward"):
            return f"tcp://{entry['TCPForward']}"
    return None
