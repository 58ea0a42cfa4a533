# SPDX-License-Identifier: MIT
"""Tells from the exceptions of httpx what a connection met (measured texts: tests/recorded/reachability)."""

from __future__ import annotations

import errno
import socket
import ssl
import zlib
from collections.abc import Iterator

import httpx

from setup_assistant.core.errors import HostError, Trouble
from setup_assistant.core.facts import Answer

# X509_V_ERR_* of OpenSSL; errSec* of macOS and CERT_E_* of Windows as truststore passes them on in verify_code.
_EXPIRED = frozenset({9, 10, -67818, 0x800B0101})
_WRONG_NAME = frozenset({62, 64, -67602, 0x800B010F})
_NO_SUCH_NAME = frozenset(getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)) | {
    -2,
    -5,
    11001,
    11004,
}
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN})

NOT_TLS = "not_tls"
"""Detail of a TLS trouble: what answered does not speak TLS."""


def read_failure(error: BaseException, what: str) -> HostError:
    """Return what the exception means; no text of it is passed on, so nothing private can slip through."""
    chain = tuple(_chain(error))
    trouble, detail = _tls(chain) or _connection(chain) or _protocol(chain) or (Trouble.UNREACHABLE, "")
    return HostError(trouble, detail, what=what)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception with all that led to it, each once."""
    waiting: list[BaseException] = [error]
    met: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in met:
            continue
        met.add(id(current))
        yield current
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)


def _tls(chain: tuple[BaseException, ...]) -> tuple[Trouble, str] | None:
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Trouble.TLS, _certificate(error)
    for error in chain:
        if isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            continue  # how a handshake goes on, left behind in the context of what ended it
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return Trouble.UNREACHABLE, Answer.CLOSED
        if isinstance(error, ssl.SSLError):
            reason = (getattr(error, "reason", None) or str(error)).upper()
            if "EOF" in reason:
                return Trouble.UNREACHABLE, Answer.CLOSED
            if "ALERT" in reason:
                return Trouble.TLS, Answer.TLS_ALERT
            # What OpenSSL says of a first record that is no TLS: "wrong version number", "http request".
            return Trouble.TLS, NOT_TLS if "WRONG_VERSION" in reason or "HTTP" in reason else ""
    return None


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    code = getattr(error, "verify_code", 0)
    message = str(getattr(error, "verify_message", "") or error).lower()
    if code in _EXPIRED or "expired" in message:
        return Answer.CERTIFICATE_EXPIRED
    if code in _WRONG_NAME or "mismatch" in message:
        return Answer.CERTIFICATE_NAME
    return Answer.CERTIFICATE_UNTRUSTED


def _connection(chain: tuple[BaseException, ...]) -> tuple[Trouble, str] | None:
    for error in chain:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return Trouble.TIMED_OUT, Answer.TIMEOUT
        if isinstance(error, ConnectionRefusedError):
            return Trouble.REFUSED, Answer.REFUSED
        if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
            return Trouble.UNREACHABLE, Answer.RESET
        if isinstance(error, UnicodeError | httpx.InvalidURL):
            return Trouble.UNREACHABLE, Answer.NAME_NOT_FOUND
        if isinstance(error, OSError) and error.errno in _NO_SUCH_NAME:
            return Trouble.UNREACHABLE, Answer.NAME_NOT_FOUND
        if isinstance(error, OSError) and error.errno in _NO_WAY:
            return Trouble.UNREACHABLE, Answer.UNREACHABLE
    return None


def _protocol(chain: tuple[BaseException, ...]) -> tuple[Trouble, str] | None:
    for error in chain:
        if isinstance(error, httpx.RemoteProtocolError):
            # The two texts of httpcore and h11 for a connection that ends before the reply does.
            ended = any(words in str(error).lower() for words in ("disconnected", "closed connection"))
            return (Trouble.UNREACHABLE, Answer.CLOSED) if ended else (Trouble.UNEXPECTED_REPLY, "")
        if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | zlib.error):
            return Trouble.UNEXPECTED_REPLY, ""
        if isinstance(error, httpx.ReadError | httpx.WriteError):
            return Trouble.UNREACHABLE, Answer.CLOSED
    return None
