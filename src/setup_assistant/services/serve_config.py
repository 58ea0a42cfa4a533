# SPDX-License-Identifier: MIT
"""Reads the Serve configuration's JSON, and computes a new one by the least change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from setup_assistant.core.facts import Handler, ServeConfig
from setup_assistant.core.serving import End, Serving
from setup_assistant.services.tailscale_replies import odd_reply, read_object

Raw = dict[str, Any]
"""A configuration as its JSON; keys we do not know are kept as they are."""

HTTPS = {"HTTPS": True}


def read_serve_config(text: str) -> Raw:
    """Read ``serve status --json``; ``null`` is an empty one. Raises HostError UNEXPECTED_REPLY."""
    raw = dict(read_object(text))
    parse_serve_config(raw)
    return raw


def parse_serve_config(raw: Mapping[str, Any]) -> ServeConfig:
    """Return the facts in a configuration (ipn/serve.go ServeConfig). Raises HostError UNEXPECTED_REPLY."""
    handlers = _handlers(raw, foreground=False)
    funnel = _funnel(raw)
    tcp, targets = {}, {}
    for port, entry in _tcp(raw).items():
        tcp[port] = "https" if entry.get("HTTPS") is True else "http" if entry.get("HTTP") is True else "tcp"
        if tcp[port] == "tcp":
            targets[port] = _text(entry.get("TCPForward"))
    foreground_ports: set[int] = set()
    foreground_tcp: list[tuple[int, str]] = []
    for session in _objects(raw, "Foreground").values():
        handlers += _handlers(session, foreground=True)
        funnel |= _funnel(session)
        entries = _tcp(session)
        foreground_ports |= set(entries)
        forwards = ((port, _text(entry.get("TCPForward"))) for port, entry in entries.items())
        foreground_tcp += [(port, target) for port, target in forwards if target]
    return ServeConfig(
        raw=raw,
        handlers=tuple(handlers),
        tcp=tcp,
        tcp_targets=targets,
        funnel=frozenset(funnel),
        foreground_ports=frozenset(foreground_ports),
        foreground_tcp=tuple(foreground_tcp),
        service_names=tuple(sorted(_objects(raw, "Services"))),
    )


def split_host_port(key: str) -> tuple[str, int] | None:
    """Split ``host:port``; None for what the daemon would not serve either."""
    host, _, port = key.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        return None
    return host, int(port)


def _objects(raw: Mapping[str, Any], key: str) -> Mapping[str, Mapping[str, Any]]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise odd_reply(f"serve config: {key} is no object")
    for entry in value.values():
        if entry is not None and not isinstance(entry, dict):
            raise odd_reply(f"serve config: an entry of {key} is no object")
    return {name: entry or {} for name, entry in value.items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _tcp(raw: Mapping[str, Any]) -> Mapping[int, Mapping[str, Any]]:
    entries = {}
    for key, entry in _objects(raw, "TCP").items():
        if not key.isascii() or not key.isdecimal() or len(key) > 5:
            raise odd_reply("serve config: a TCP port is no number")
        entries[int(key)] = entry
    return entries


def _funnel(raw: Mapping[str, Any]) -> set[tuple[str, int]]:
    value = raw.get("AllowFunnel")
    if value is not None and not isinstance(value, dict):
        raise odd_reply("serve config: AllowFunnel is no object")
    pairs = (split_host_port(key) for key, allowed in (value or {}).items() if allowed is True)
    return {pair for pair in pairs if pair is not None}


_KINDS = (("Proxy", "proxy"), ("Path", "path"), ("Text", "text"), ("Redirect", "redirect"))


def _handlers(raw: Mapping[str, Any], *, foreground: bool) -> list[Handler]:
    found = []
    for key, server in _objects(raw, "Web").items():
        pair = split_host_port(key)
        mounts = _objects(server, "Handlers")
        if pair is None:
            continue
        for mount, entry in mounts.items():
            kind, target = next(
                ((kind, entry[name]) for name, kind in _KINDS if isinstance(entry.get(name), str) and entry[name]),
                ("other", ""),
            )
            found.append(Handler(*pair, mount, kind, target, foreground=foreground))
    return found


def tidy(raw: Mapping[str, Any]) -> Raw:
    """The configuration without empty parts and live sessions, for comparing (the daemon leaves empty parts out)."""
    kept = {key: value for key, value in raw.items() if key != "Foreground" and value not in ({}, None)}
    if "Web" in kept:
        kept["Web"] = {name: server for name, server in kept["Web"].items() if server not in ({}, None)}
    return {key: value for key, value in kept.items() if value != {}}


def proxy_value(target: str) -> str:
    """What the daemon stores for ``localhost:32400`` (since 1.70; before, it stores 127.0.0.1)."""
    return target if "://" in target else f"http://{target}"


@dataclass(frozen=True, slots=True)
class Wish:
    """One handler ``/`` at ``https://name:port`` that leads to Plex, with Funnel on."""

    name: str
    port: int
    target: str
    plex_port: int
    addresses: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """``name:port`` as the configuration writes it."""
        return f"{self.name}:{self.port}"

    def serving(self, raw: Mapping[str, Any]) -> Serving:
        """A configuration seen from this node."""
        return Serving(parse_serve_config(raw), self.name, self.addresses, self.plex_port)


def with_funnel(raw: Mapping[str, Any], wish: Wish) -> Raw:
    """Return the configuration in which the wish holds, by the least change.

    Besides our own handler this takes away: the Serve ports a chain to Plex went through, and entries of old names
    that were meant for Plex. Where the port is taken over, what it carried goes (the journal keeps it), because it
    would become public with ours. Another public port that leads to Plex stays: Plex may be telling its apps of it.
    """
    new = deepcopy(dict(raw))
    serving = wish.serving(raw)
    root = serving.root(wish.port)
    trail = serving.follow(root) if root is not None else serving.follow_tcp(wish.port)
    if not serving.is_public(wish.port):
        for handler in serving.mounts(wish.port):
            if handler.mount != "/":
                _remove_mount(new, handler.host, handler.port, handler.mount)
    if trail is not None and trail.end is not End.ELSEWHERE:
        for hop in trail.hops:
            if hop != wish.port:
                _remove_mount(new, wish.name, hop, "/")
                if serving.serve.tcp.get(hop) == "tcp":
                    _section(new, "TCP").pop(str(hop), None)
    for host in serving.stale_hosts():
        _remove_stale(new, serving, host)
    if serving.serve.tcp.get(wish.port) == "https":
        _section(new, "TCP")[str(wish.port)] = deepcopy(raw["TCP"][str(wish.port)])
    else:
        _section(new, "TCP")[str(wish.port)] = dict(HTTPS)
    server = _section(new, "Web").setdefault(wish.key, {})
    if server is None:
        server = new["Web"][wish.key] = {}
    _section(server, "Handlers")["/"] = {"Proxy": proxy_value(wish.target)}
    _section(new, "AllowFunnel")[wish.key] = True
    return new


def without_earlier_ports(raw: Mapping[str, Any], wish: Wish) -> Raw:
    """Return the configuration without other public ports of this name that lead straight to Plex.

    Only where the wish holds: the last way to Plex is never taken down.
    """
    new = deepcopy(dict(raw))
    serving = wish.serving(raw)
    root = serving.root(wish.port)
    if root is None or not serving.follow(root).is_direct or not serving.is_public(wish.port):
        return new
    for port in serving.earlier_ports(wish.port):
        _remove_mount(new, wish.name, port, "/")
    return drop_empty(new)


def with_plex_closed(raw: Mapping[str, Any], wish: Wish) -> Raw:
    """Return the configuration in which nothing public leads to Plex any more.

    Where all of a port leads to Plex, Funnel goes off for it and the handlers stay for the tailnet. Where the port
    also carries something else that is public, only the mounts that lead to Plex go: the others stay public.
    Live foreground sessions stay, but lose Funnel too: that Plex is closed outranks them.
    """
    new = deepcopy(dict(raw))
    serving = wish.serving(raw)
    public = serving.public_plex()
    for host, port in sorted({(host, port) for host, port, _ in public}):
        key = f"{host}:{port}"
        plex_mounts = {mount for h, p, mount in public if (h, p) == (host, port)}
        mounts = {handler.mount for handler in serving.mounts(port, host=host)}
        if mounts - plex_mounts:
            for mount in plex_mounts & mounts:
                _remove_mount(new, host, port, mount)
        else:
            _section(new, "AllowFunnel").pop(key, None)
        for session in (new.get("Foreground") or {}).values():
            if isinstance(session, dict) and isinstance(session.get("AllowFunnel"), dict):
                session["AllowFunnel"].pop(key, None)
    return drop_empty(new)


def _remove_stale(new: Raw, serving: Serving, host: str) -> None:
    for handler in serving.serve.handlers:
        is_old = handler.host == host and not handler.foreground and handler.mount == "/"
        if is_old and serving.was_meant_for_plex(handler):
            _remove_mount(new, host, handler.port, "/")
    left = {handler.port for handler in serving.serve.handlers if handler.host == host}
    for key in [key for key in _section(new, "AllowFunnel") if split_host_port(key) is not None]:
        pair = split_host_port(key)
        if pair is not None and pair[0] == host and pair[1] not in left:
            del new["AllowFunnel"][key]


def _section(raw: Raw, key: str) -> Raw:
    if raw.get(key) is None:
        raw[key] = {}
    section: Raw = raw[key]
    return section


def _remove_mount(new: Raw, host: str, port: int, mount: str) -> None:
    """Take one mount out, and what has no purpose without it (as ServeConfig.RemoveWebHandler does)."""
    key = f"{host}:{port}"
    web = _section(new, "Web")
    server = web.get(key) or {}
    _section(server, "Handlers").pop(mount, None)
    if not server["Handlers"]:
        if not set(server) - {"Handlers"}:
            web.pop(key, None)
        _section(new, "AllowFunnel").pop(key, None)
        others = [name for name in web if name != key and (split_host_port(name) or ("", 0))[1] == port]
        if not others and "TCPForward" not in (_section(new, "TCP").get(str(port)) or {}):
            new["TCP"].pop(str(port), None)


def drop_empty(raw: Raw) -> Raw:
    """Leave out the top parts that have become empty, as the daemon does."""
    return {key: value for key, value in raw.items() if value not in ({}, None)}


def without_changed_kinds(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Raw | None:
    """Return ``wanted`` less the ports whose kind changes, None where none does (validateServeConfigUpdate)."""
    old, new = _tcp(current), _tcp(wanted)
    changed = {port for port, entry in new.items() if port in old and _kind(old[port]) != _kind(entry)}
    if not changed:
        return None
    between = deepcopy(dict(wanted))
    for port in changed:
        _section(between, "TCP").pop(str(port), None)
    for section in ("Web", "AllowFunnel"):
        for key in list(_section(between, section)):
            pair = split_host_port(key)
            if pair is not None and pair[1] in changed:
                del between[section][key]
    return drop_empty(between)


def _kind(entry: Mapping[str, Any]) -> str:
    return next((key for key in ("HTTP", "HTTPS", "TerminateTLS", "TCPForward") if entry.get(key)), "")
