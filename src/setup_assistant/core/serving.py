# SPDX-License-Identifier: MIT
"""Reads a Serve configuration: where a visitor is led, what is public, and what belongs to Plex."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from setup_assistant.core.facts import Handler, ServeConfig, TailscaleFacts

FUNNEL_PORTS = (443, 8443, 10000)
"""The ports that Funnel's public entrances listen on, in the order we like them."""

MOST_HOPS = 5
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OTHER_SPELLINGS = frozenset({"localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"})
_PLEX_DEFAULT = 32400
_PLEX_RANGE = range(32400, 32500)
"""A loopback target in this range was meant for Plex, whose default port is 32400."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a handler leads to; ``scheme`` is as written, ``path`` is empty for the root."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether it is one of the three spellings of this computer that count as one hop."""
        return self.host in _LOOPBACK

    @property
    def is_here(self) -> bool:
        """Whether it is this computer in any spelling: what leads to Plex must not be overlooked."""
        if self.is_loopback or self.host in _OTHER_SPELLINGS:
            return True
        try:
            address = ip_address(self.host)
        except ValueError:
            return self.host.endswith(".localhost")
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback or mapped.is_unspecified)


_DEFAULT_PORTS = {"http": 80, "https": 443, "https+insecure": 443}


def read_target(value: str) -> Target | None:
    """Read a proxy target as `ipn.ExpandProxyTargetValue` does; None for files, sockets and what is no address."""
    if value.isdecimal():
        value = f"http://127.0.0.1:{value}"
    elif "://" not in value:
        value = f"http://{value}"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or value.startswith("http://unix:"):
        return None
    port = port or _DEFAULT_PORTS.get(parts.scheme)
    if port is None:
        return None
    return Target(parts.scheme, host.rstrip("."), port, parts.path.rstrip("/"))


def is_one_hop(value: str, plex_port: int) -> bool:
    """Whether a target is Plex itself, reached in a way that works: http, or TLS that does not look at the name."""
    target = read_target(value)
    return (
        target is not None
        and target.is_loopback
        and target.port == plex_port
        and not target.path
        and target.scheme in ("http", "https+insecure")
    )


class End(StrEnum):
    """What a visitor meets at the end of a trail."""

    PLEX = "plex"
    LOOP = "loop"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Trail:
    """The way of a visitor: ``hops`` are the Serve ports of this node in between, ``target`` the last address."""

    end: End
    hops: tuple[int, ...] = ()
    target: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether it ends at Plex with nothing in between."""
        return self.end is End.PLEX and not self.hops


class Serving:
    """A node's Serve configuration seen from one moment: its own name and addresses, and Plex's port."""

    def __init__(
        self, serve: ServeConfig, name: str, addresses: tuple[str, ...] = (), plex_port: int = _PLEX_DEFAULT
    ) -> None:
        self.serve = serve
        self.name = name
        self.plex_port = plex_port
        self._own = {name.lower(), *addresses}

    @classmethod
    def of(cls, tailscale: TailscaleFacts, plex_port: int) -> Serving | None:
        """Return the view of these facts, or None while the configuration or the name is unknown."""
        if not isinstance(tailscale.serve, ServeConfig) or not tailscale.dns_name:
            return None
        return cls(tailscale.serve, tailscale.dns_name, (*tailscale.addresses, *tailscale.endpoints), plex_port)

    def root(self, port: int, *, host: str | None = None, foreground: bool = False) -> Handler | None:
        """The handler at ``/`` of this node's name (or of ``host``) and port."""
        return next((h for h in self.mounts(port, host=host, foreground=foreground) if h.mount == "/"), None)

    def mounts(self, port: int, *, host: str | None = None, foreground: bool = False) -> tuple[Handler, ...]:
        """All handlers of this node's name (or of ``host``) and port."""
        wanted = host or self.name
        return tuple(
            h for h in self.serve.handlers if h.host == wanted and h.port == port and h.foreground is foreground
        )

    def is_public(self, port: int, host: str | None = None) -> bool:
        """Whether Funnel is on for that name and port."""
        return (host or self.name, port) in self.serve.funnel

    def follow(self, handler: Handler) -> Trail:
        """Follow a handler to its end, over other Serve ports of this node, up to five hops."""
        if handler.kind != "proxy":
            return Trail(End.ELSEWHERE, (), handler.target)
        return self._follow(handler.target, handler.port)

    def follow_tcp(self, port: int) -> Trail | None:
        """Follow a plain TCP forward; None where that port has none."""
        value = self.serve.tcp_targets.get(port)
        return None if value is None else self._follow(value, port)

    def _follow(self, value: str, port: int) -> Trail:
        hops: list[int] = []
        seen = {port}
        while len(hops) <= MOST_HOPS:
            target = read_target(value)
            if target is None:
                break
            if self._is_own(target) and target.port == self.plex_port:
                return Trail(End.ELSEWHERE if target.path else End.PLEX, tuple(hops), value)
            following = self._next(target)
            if following is None:
                break
            if target.port in seen:
                return Trail(End.LOOP, (*hops, target.port), value)
            seen.add(target.port)
            hops.append(target.port)
            value = following
        return Trail(End.ELSEWHERE, tuple(hops), value)

    def _next(self, target: Target) -> str | None:
        """The next target where this one is another Serve port of this very node."""
        if not self._is_own(target):
            return None
        for foreground in (False, True):
            handler = self.root(target.port, foreground=foreground)
            if handler is not None and handler.kind == "proxy":
                return handler.target
        return self.serve.tcp_targets.get(target.port)

    def _is_own(self, target: Target) -> bool:
        return target.is_here or target.host.lower() in self._own

    def was_meant_for_plex(self, handler: Handler) -> bool:
        """Whether a handler is somebody's attempt at Plex (right, looping, or on a wrong port of Plex's range)."""
        trail = self.follow(handler)
        if trail.end in (End.PLEX, End.LOOP):
            return True
        target = read_target(trail.target) if handler.kind == "proxy" else None
        if target is None:
            return False
        return self._is_own(target) and (target.port in _PLEX_RANGE or target.port == self.plex_port)

    def public_plex(self) -> tuple[tuple[str, int, str], ...]:
        """(host, port, mount) of everything public that leads into Plex; mount is empty for a plain TCP forward.

        A path of Plex counts as well, and so does a way over any mount of another port: both let visitors in.
        """
        found = []
        for host, port in sorted(self.serve.funnel):
            for foreground in (False, True):
                for handler in self.mounts(port, host=host, foreground=foreground):
                    if handler.kind == "proxy" and self._enters_plex(handler.target, {port}):
                        found.append((host, port, handler.mount))
            if any(self._enters_plex(value, {port}) for value in self._forwards(port)):
                found.append((host, port, ""))
        return tuple(dict.fromkeys(found))

    def public_to_plex(self) -> tuple[str, ...]:
        """The same in words: one text ``https://host:port/mount → Plex`` each."""
        return tuple(
            f"https://{host}:{port}{mount} → Plex" if mount else f"tcp://{host}:{port} → Plex"
            for host, port, mount in self.public_plex()
        )

    def _forwards(self, port: int) -> list[str]:
        """The targets of plain TCP forwards on a port, in the background and in live sessions."""
        background = self.serve.tcp_targets.get(port)
        live = [target for held, target in self.serve.foreground_tcp if held == port]
        return [*([background] if background is not None else []), *live]

    def _enters_plex(self, value: str, seen: set[int]) -> bool:
        target = read_target(value)
        if target is None or not self._is_own(target):
            return False
        if target.port == self.plex_port:
            return True
        if target.port in seen:
            return False
        onward = [h.target for h in self.serve.handlers if h.port == target.port and h.kind == "proxy"]
        return any(self._enters_plex(one, seen | {target.port}) for one in (*onward, *self._forwards(target.port)))

    def earlier_ports(self, wanted: int) -> tuple[int, ...]:
        """The other Funnel ports at which this name leads the public straight to Plex."""
        found = []
        for port in FUNNEL_PORTS:
            root = self.root(port)
            if port != wanted and root is not None and self.is_public(port) and self.follow(root).is_direct:
                found.append(port)
        return tuple(found)

    def public_others(self) -> tuple[str, ...]:
        """What else is public: one text ``https://host:port/mount -> target`` each."""
        plex = set(self.public_plex())
        found = []
        for host, port in sorted(self.serve.funnel):
            for handler in (*self.mounts(port, host=host), *self.mounts(port, host=host, foreground=True)):
                if (host, port, handler.mount) not in plex and self.follow(handler).end is not End.LOOP:
                    found.append(f"https://{host}:{port}{handler.mount} → {handler.leads_to}")
            if (host, port, "") not in plex:
                found += [f"tcp://{host}:{port} → {target}" for target in self._forwards(port)]
        return tuple(dict.fromkeys(found))

    def stale_hosts(self) -> tuple[str, ...]:
        """Other names than this node's own that hold a handler meant for Plex, or a Funnel that leads nowhere."""
        hosts = {h.host for h in self.serve.handlers if not h.foreground} | {host for host, _ in self.serve.funnel}
        stale = []
        for host in sorted(hosts - {self.name}):
            handlers = [h for h in self.serve.handlers if h.host == host and not h.foreground]
            if not handlers or any(h.mount == "/" and self.was_meant_for_plex(h) for h in handlers):
                stale.append(host)
        return tuple(stale)


class Use(StrEnum):
    """What a Funnel port is used for."""

    FREE = "free"
    PLEX = "plex"
    OTHERS = "others"


def use_of(serving: Serving, port: int) -> Use:
    """Tell what a port is used for.

    Funnel is per port, not per path: a port with somebody else's handlers is theirs, unless Plex is already public
    beside them, so that nothing of theirs would become public through us.
    """
    serve = serving.serve
    if port in serve.foreground_ports:
        roots = [h for h in serve.handlers if h.foreground and h.port == port and h.mount == "/"]
        return Use.PLEX if any(serving.follow(h).end is End.PLEX for h in roots) else Use.OTHERS
    if serve.tcp.get(port) == "tcp":
        trail = serving.follow_tcp(port)
        return Use.PLEX if trail is not None and trail.end is End.PLEX else Use.OTHERS
    mounts = serving.mounts(port)
    if not mounts:
        return Use.FREE
    root = serving.root(port)
    if root is None or not serving.was_meant_for_plex(root):
        return Use.OTHERS
    if len(mounts) > 1 and not serving.is_public(port):
        return Use.OTHERS
    return Use.PLEX


def carried(serving: Serving, port: int) -> tuple[str, ...]:
    """What this node's name carries on a port, one text ``mount → target`` each."""
    lines = [f"{h.mount} → {h.leads_to}" for h in serving.mounts(port)]
    forward = serving.serve.tcp_targets.get(port)
    return (*lines, *([f"tcp → {forward}"] if forward is not None else []))
