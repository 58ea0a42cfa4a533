# SPDX-License-Identifier: MIT
"""The support file: everything that helps to understand a host, and nothing that names its owner."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from setup_assistant.core.errors import HostError
from setup_assistant.core.facts import AccountFacts, HostFacts, TailscaleFacts
from setup_assistant.core.findings import Finding
from setup_assistant.engine.assistant import Look
from setup_assistant.engine.output import as_json
from setup_assistant.engine.store import Store

_MOST_LINES = 200
_TOKEN = re.compile(r"(?i)(x-plex-token|authtoken|accesstoken|token|code|password)([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LINK = re.compile(r"https://(login\.tailscale\.com/[af]/|app\.plex\.tv/auth)\S*")
_TAILNET_NAME = re.compile(r"(?i)(?<![\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)+\.ts\.net\b")
_DIRECT_NAME = re.compile(r"(?i)\b(\d{1,3})-(\d{1,3})-\d{1,3}-\d{1,3}\.[\w-]+\.plex\.direct\b")
"""Plex's own names: the address they lead to, and a number that stands for the server."""


class Redactor:
    """Replaces what names a person, a home or a network by a word that keeps its meaning."""

    def __init__(self, facts: HostFacts | None) -> None:
        self._words: dict[str, str] = {}
        self._names: dict[str, str] = {}
        """Names of computers in tailnets, each with a word of its own, so that an earlier name stays another one."""
        if facts is None:
            return
        self._add(facts.system.host_name, "COMPUTER")
        self._add(facts.system.user, "USER")
        self._add(str(Path.home()), "HOME")
        if isinstance(facts.tailscale, TailscaleFacts):
            name = facts.tailscale.dns_name or ""
            host, _, tailnet = name.partition(".")
            self._names[name.lower()] = "HOST.TAILNET.ts.net"
            self._add(tailnet, "TAILNET.ts.net")
            self._add(facts.tailscale.tailnet, "TAILNET")
            self._add(host, "HOST")
            self._add(facts.tailscale.host_name, "HOST")
        if isinstance(facts.account, AccountFacts):
            self._add(facts.account.username, "ACCOUNT")

    def _add(self, word: str, instead: str) -> None:
        # Shorter words would tear ordinary sentences apart.
        if len(word) > 3 and word != "/root":
            self._words.setdefault(word, instead)

    def clean(self, text: str) -> str:
        """Return the text without secrets and names."""
        text = _LINK.sub("(sign-in link)", text)
        text = _TOKEN.sub(r"\1\2(removed)", text)
        text = _MAIL.sub("(mail address)", text)
        text = _TAILNET_NAME.sub(self._name, _DIRECT_NAME.sub(r"\1-\2-x-x.SERVER.plex.direct", text))
        for word in sorted(self._words, key=len, reverse=True):
            text = re.sub(re.escape(word), self._words[word], text, flags=re.IGNORECASE)
        return _IPV6_ADDRESS.sub(_shorten_ipv6, _IPV4_ADDRESS.sub(_shorten, text))

    def _name(self, match: re.Match[str]) -> str:
        # The first is ours where facts are known; the number tells the others apart.
        return self._names.setdefault(match.group().lower(), f"HOST{len(self._names) + 1}.TAILNET.ts.net")

    def clean_value(self, value: Any) -> Any:
        """The same for JSON values."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, Mapping):
            return {self.clean(str(key)): self.clean_value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_value(inner) for inner in value]
        return value


_IPV4_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IPV6_ADDRESS = re.compile(r"(?i)(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}(?![\w:])")


def _shorten(match: re.Match[str]) -> str:
    """Keep the first two numbers: they tell the range (private, shared, public) and the provider, not the home."""
    first, second, *_ = match.group().split(".")
    return match.group() if first == "127" else f"{first}.{second}.x.x"


def _shorten_ipv6(match: re.Match[str]) -> str:
    first, second, *_ = match.group().split(":")
    return f"{first}:{second}::x"


def build_report(
    look: Look | None, store: Store, timings: Mapping[str, int], log_file: Path | None = None, mistake: str = ""
) -> str:
    """Return the support file as text; ``mistake`` is what Python says of a mistake of ours."""
    redactor = Redactor(look.facts if look else None)
    document = as_json(look, timings=timings)
    if look is not None:
        document["findings"] = [
            _without_private(shown, finding) for shown, finding in zip(document["findings"], look.findings, strict=True)
        ]
        system = look.facts.system
        document["system"] = {"os": system.os.value, "version": system.version, "distribution": system.distribution}
    document["journal"] = _journal(store)
    document["log"] = _log_tail(log_file)
    if mistake:
        document["mistake"] = mistake.splitlines()
    return json.dumps(redactor.clean_value(document), indent=2, ensure_ascii=False) + "\n"


def _without_private(shown: dict[str, Any], finding: Finding) -> dict[str, Any]:
    kept = [
        one for one, evidence in zip(shown["evidence"], finding.verdict.evidence, strict=True) if not evidence.private
    ]
    return {**shown, "evidence": kept}


def _journal(store: Store) -> list[dict[str, Any]]:
    try:
        entries = store.journal.read()
    except HostError as error:
        return [{"unreadable": error.detail}]
    return [
        {"run": one.run, "time": one.time.isoformat(), "code": one.code, "mark": one.mark.value, "args": dict(one.args)}
        for one in entries[-_MOST_LINES:]
    ]


def _log_tail(log_file: Path | None) -> list[str]:
    if log_file is None:
        return []
    try:
        return log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-_MOST_LINES:]
    except OSError:
        return []
