# SPDX-License-Identifier: MIT
"""Looks at the line of the namespace it runs in and prints what it sees as JSON.

Arguments: a settings file, and ``plain`` to ask the address services by plain HTTP, which the program never does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from setup_assistant.checks.connection import nat_type
from setup_assistant.checks.line_evidence import line_evidence
from setup_assistant.checks.line_rules import line_verdict, reason
from setup_assistant.core.host import Reply
from setup_assistant.core.settings import parse_settings
from setup_assistant.host.commands import RealCommands
from setup_assistant.host.http import HttpClient
from setup_assistant.host.line import RealLine


class PlainHttp(HttpClient):
    """Sends every request by plain HTTP, for the share that TLS has in the time."""

    async def request(self, method: str, url: str, **options: Any) -> Reply:
        host = urlsplit(url).hostname or ""
        path = url.partition(host)[2] or "/"
        reader, writer = await asyncio.open_connection(host, 80)
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        body = (await reader.read()).partition(b"\r\n\r\n")[2]
        writer.close()
        return Reply(200, {}, body)


async def look(settings_file: str, way: str) -> dict[str, Any]:
    """One look, by objects of its own."""
    settings = parse_settings(Path(settings_file).read_bytes())
    # pystun3 takes longer than all the rest, and no verdict rests on it: nobody listens there.
    settings = dataclasses.replace(
        settings, connection=dataclasses.replace(settings.connection, nat_type_server="127.0.0.1:9")
    )
    http = (PlainHttp if way == "plain" else HttpClient)(settings.network.ca_file)
    line = RealLine(http, RealCommands(), settings)
    started = time.monotonic()
    facts = await line.observe(provider_allowed=False)
    final_ms = (time.monotonic() - started) * 1000
    early = line_verdict(facts)
    facts = await line.complete(facts, provider_allowed=False)
    verdict = line_verdict(facts)
    await http.aclose()
    return {
        "verdict": early.line,
        "confidence": early.confidence,
        "rule": early.rule,
        "contradictions": early.contradictions,
        "public_ip": early.public_ip,
        "router_wan_ip": early.router_wan_ip,
        "reason": str(reason(early, facts)),
        "late_verdict": verdict.line,
        "late_confidence": verdict.confidence,
        "nat_type": nat_type(facts, verdict),
        "mapping_varies": facts.mapping_varies,
        "port_mappings": facts.port_mappings,
        "evidence": [{"label": str(one.label), "value": one.value} for one in line_evidence(facts, verdict)],
        "final_ms": final_ms,
        "all_ms": (time.monotonic() - started) * 1000,
        "facts": dataclasses.asdict(facts),
    }


def main(settings_file: str, way: str = "tls") -> None:
    print(json.dumps(asyncio.run(look(settings_file, way)), default=str), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
