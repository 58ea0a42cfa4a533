# SPDX-License-Identifier: MIT
"""What the simulated node tells of itself, shaped like recordings of 1.102.3 (tests/recorded/tailscale)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from setup_assistant.core.versions import version_numbers

ADDRESSES = ("100.101.102.103", "fd7a:115c:a1e0::6665")
_DEFAULT_VERSION = "1.102.3"


def numbers_of(state: Mapping[str, Any]) -> tuple[int, int, int]:
    """The program's version as numbers."""
    return version_numbers(str(state.get("version", _DEFAULT_VERSION))) or (0, 0, 0)


def version_json(state: Mapping[str, Any]) -> str:
    """``version --json`` (version/prop.go)."""
    version = state.get("version", _DEFAULT_VERSION)
    reply: dict[str, Any] = {"majorMinorPatch": version, "short": version, "long": f"{version}-t53a0d659a-g1"}
    if state.get("variant"):
        reply["osVariant"] = state["variant"]
    return json.dumps({**reply, "cap": 142}, indent="\t") + "\n"


def status_json(state: Mapping[str, Any], name: str, now: datetime) -> str:
    """``status --json --peers=false`` (ipn/ipnstate/ipnstate.go)."""
    backend = state.get("backend", "Running")
    expired = bool(state.get("key_expired"))
    # A node that was never signed in, or was signed out, has no place in a tailnet; an expired one keeps it.
    placed = backend != "NeedsLogin" or expired
    capabilities = _capabilities(state)
    version = state.get("daemon_version") or state.get("version", _DEFAULT_VERSION)
    node: dict[str, Any] = {
        "ID": "nSIMULATED11CNTRL" if placed else "",
        "HostName": state.get("host", "plexbox"),
        "DNSName": f"{name}." if placed else "",
        "OS": "linux",
        "TailscaleIPs": list(ADDRESSES) if placed else None,
        "Online": backend == "Running",
    }
    if placed and capabilities:
        node["CapMap"] = dict.fromkeys(capabilities)
    if placed and state.get("tagged"):
        node["Tags"] = ["tag:server"]
    days = -1 if expired else state.get("key_expires_in_days")
    if placed and days is not None:
        node["KeyExpiry"] = (now + timedelta(days=days, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply: dict[str, Any] = {
        "Version": f"{version}-t53a0d659a-g1",
        "TUN": state.get("tun", True),
        "BackendState": backend,
        **({"HaveNodeKey": True} if placed else {}),
        "AuthURL": state.get("auth_url", ""),
        "TailscaleIPs": node["TailscaleIPs"],
        "Self": node,
    }
    if state.get("exit_node"):
        reply["ExitNodeStatus"] = {"ID": "nEXIT11CNTRL", "Online": True, "TailscaleIPs": ["100.64.0.9/32"]}
    suffix = state.get("tailnet", "tail1234.ts.net")
    reply |= {
        "Health": state.get("health", ["Tailscale is stopped."] if backend in ("Stopped", "NeedsLogin") else []),
        "MagicDNSSuffix": suffix if placed else "",
        "CurrentTailnet": {
            "Name": "ann@example.com",
            "MagicDNSSuffix": suffix,
            "MagicDNSEnabled": state.get("magicdns", True),
        }
        if placed
        else None,
        "CertDomains": [name] if placed and state.get("https", True) and state.get("magicdns", True) else None,
        "Peer": None,
        "User": None,
        "ClientVersion": None,
    }
    return json.dumps(reply, indent=2)


def _capabilities(state: Mapping[str, Any]) -> list[str]:
    found = []
    if state.get("https", True):
        found.append("https")
    if state.get("funnel", True):
        ports = ",".join(str(port) for port in state.get("funnel_ports", [443, 8443, 10000]))
        found += ["funnel", f"https://tailscale.com/cap/funnel-ports?ports={ports}"]
    return found


def prefs_json(state: Mapping[str, Any]) -> str:
    """``debug prefs`` (ipn/prefs.go), the part that matters."""
    return (
        json.dumps(
            {
                "ControlURL": state.get("control_url") or "https://controlplane.tailscale.com",
                "WantRunning": state.get("backend", "Running") != "Stopped",
                "ShieldsUp": bool(state.get("shields_up")),
                "Hostname": state.get("host", "plexbox"),
                "OperatorUser": state.get("operator_user", ""),
                "ForceDaemon": bool(state.get("unattended", True)),
            },
            indent="\t",
        )
        + "\n"
    )
