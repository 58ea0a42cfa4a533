# SPDX-License-Identifier: MIT
"""Plex's list of custom server access URLs: finds, puts in and takes out what is ours; the rest stays as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from setup_assistant.core.aim import plex_port
from setup_assistant.core.facts import HistoryFacts, HostFacts, TailscaleFacts
from setup_assistant.core.serving import Serving

OLD_NAME = "old_name"
PLAIN_HTTP = "plain_http"
NO_PORT = "no_port"
WRONG_PORT = "wrong_port"


def earlier_names(facts: HostFacts) -> frozenset[str]:
    """Return the full names this computer is known to have had, without the one it has now.

    A renamed node keeps its old name in the Serve configuration (tailscale/tailscale issues 6452 and 7086); one set up
    anew gets "-1" behind its host name (1259, 4371); and an earlier run of ours wrote down the name of its day.
    """
    names: set[str] = set()
    if isinstance(facts.history, HistoryFacts) and facts.history.our_url:
        names.add(host_of(facts.history.our_url))
    tailscale = facts.tailscale
    if isinstance(tailscale, TailscaleFacts) and tailscale.dns_name:
        label, _, tailnet = tailscale.dns_name.lower().partition(".")
        own = tailscale.host_name.lower()
        if own and label.startswith(f"{own}-") and label[len(own) + 1 :].isdecimal():
            names.add(f"{own}.{tailnet}")
        serving = Serving.of(tailscale, plex_port(facts))
        if serving is not None:
            names |= {host.lower() for host in serving.stale_hosts()}
        names.discard(tailscale.dns_name.lower())
    return frozenset(names - {""})


def fault(entry: str, url: str, earlier: Collection[str] = ()) -> str | None:
    """Return what is wrong with an entry that is ours: one of the words above, "" where it is right, None if not ours.

    Ours are this computer's name on any port and any earlier name of it. With a path of its own it is somebody's own.
    """
    whole = entry.strip()
    try:
        parts = urlsplit(whole if "//" in whole else f"//{whole}")
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    wanted = urlsplit(url)
    if host != wanted.hostname:
        return OLD_NAME if host in earlier else None
    if parts.scheme != "https":
        return PLAIN_HTTP
    try:
        port = parts.port
    except ValueError:
        return WRONG_PORT  # no number, or one that no port has
    if port is None:
        return NO_PORT
    return "" if port == wanted.port else WRONG_PORT


def first_fault(text: str, url: str, earlier: Collection[str] = ()) -> tuple[str, str] | None:
    """Return the first wrong entry of ours and what is wrong with it."""
    for piece in text.split(","):
        wrong = fault(piece, url, earlier)
        if wrong:
            return piece.strip(), wrong
    return None


def has_ours(text: str, url: str) -> bool:
    """Whether our URL stands in the list, as it should be."""
    return any(fault(piece, url) == "" for piece in text.split(","))


def is_right(text: str, url: str, earlier: Collection[str] = ()) -> bool:
    """Whether our URL stands in the list and no wrong variant of it does."""
    return has_ours(text, url) and first_fault(text, url, earlier) is None


def lists(uris: Iterable[str], url: str) -> bool:
    """Whether our URL is among those that plex.tv lists."""
    return any(fault(uri, url) == "" for uri in uris)


def with_ours(text: str, url: str, earlier: Collection[str] = ()) -> str:
    """Return the list with our URL in it once: in the place of a wrong variant, else at the end."""
    there = has_ours(text, url)
    pieces: list[str] = []
    for piece in text.split(","):
        if not fault(piece, url, earlier):
            pieces.append(piece)
        elif not there:
            pieces.append(url)
            there = True
    if not there:
        if pieces and not pieces[-1].strip():
            pieces.pop()
        pieces.append(url)
    return ",".join(pieces)


def taken_back(
    current: str, before: str, written: Collection[str], url: str, earlier: Collection[str] = ()
) -> str | None:
    """Return the list less what we wrote, with the variant that stood there before; None where ours is gone already.

    ``written`` are the entries we are known to have written. Entries of other people stay as they are now.
    """
    if current in (before, with_ours(before, url, earlier)):
        return before
    ours = {one.strip() for one in written} | {url}
    pieces = current.split(",")
    if not any(piece.strip() in ours for piece in pieces):
        return None
    returning = [piece for piece in before.split(",") if fault(piece, url, earlier) is not None]
    if _others(pieces, ours) == _others(before.split(","), {*ours, *(piece.strip() for piece in returning)}):
        return before
    rest: list[str] = []
    for piece in pieces:
        if piece.strip() not in ours:
            rest.append(piece)
            continue
        rest += returning
        returning = []
    return ",".join(rest)


def _others(pieces: Iterable[str], ours: Collection[str]) -> list[str]:
    return [piece for piece in pieces if piece.strip() and piece.strip() not in ours]


def host_of(url: str) -> str:
    """The host in an address, an empty text where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
