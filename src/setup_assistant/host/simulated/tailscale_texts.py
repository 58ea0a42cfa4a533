# SPDX-License-Identifier: MIT
"""The texts of the Tailscale command line: recordings of 1.102.3 unless a line says where else they stand."""

from __future__ import annotations

from setup_assistant.core.host import Completed

HANGS_S = 3600.0
GIVES_UP_S = 2.0
"""A program without its daemon tries for two seconds (safesocket.go)."""

DOWN = "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)"
STATES = {
    "Stopped": "Tailscale is stopped.",
    "NeedsLogin": "Logged out.",
    "NeedsMachineAuth": "Machine is not yet approved by tailnet admin.",
    "NoState": "unexpected state: NoState",
}
FEATURE = "Funnel is not enabled on your tailnet.\nTo enable, visit:"
MEMBER = "You don't have permission to enable this feature."
OLD_FLAG = "flag provided but not defined: -bg\n"

CERTIFICATE_S = 120.0
"""The daemon gives up on a first certificate after two minutes (ipnlocal/cert.go)."""
CERTIFICATE_LATE = "500 Internal Server Error: context deadline exceeded"
CERTIFICATE_LIMIT = (
    "429 Too Many Requests: acme: urn:ietf:params:acme:error:rateLimited: too many certificates (5) already issued for "
    "this exact set of identifiers in the last 168h0m0s, retry after {moment:%Y-%m-%d %H:%M:%S} UTC"
)
"""Let's Encrypt's words, passed on by the local API (feature/acme/acme.go); how they look there is inferred."""


def no(stderr: str) -> Completed:
    """A command that ends with exit code 1."""
    return Completed(1, "", f"{stderr}\n" if stderr else "")


def dial(path: str) -> str:
    """What a command says whose daemon is not there."""
    return (
        f"Failed to connect to local Tailscale daemon for /localapi/v0/{path}; not running? "
        "Error: dial unix /var/run/tailscale/tailscaled.sock: connect: no such file or directory"
    )


def denied(what: str, words: list[str], *, denied: str = "access denied", sending: bool = False) -> str:
    """What a command says that needs the right to write."""
    return (
        f"{'sending serve config: ' if sending else ''}Access denied: {what} {denied}\n\n"
        f"Use 'sudo tailscale {' '.join(words)}'.\nTo not require root, use 'sudo tailscale set --operator=$USER' once."
    )


FEATURE_LINK = "https://login.tailscale.com/f/funnel?node=nSIMULATED11CNTRL"
