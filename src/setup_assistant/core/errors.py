# SPDX-License-Identifier: MIT
"""The closed list of things that go wrong outside our code."""

from __future__ import annotations

from enum import StrEnum

from setup_assistant.core.texts import Text


class Trouble(StrEnum):
    """What happened outside; the words stand in `core.words.errors`."""

    TOOL_MISSING = "tool_missing"
    TOOL_FAILED = "tool_failed"
    TIMED_OUT = "timed_out"
    ADMIN_REFUSED = "admin_refused"
    ADMIN_UNAVAILABLE = "admin_unavailable"
    ACCESS_DENIED = "access_denied"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    REDIRECTED = "redirected"
    HTTP_STATUS = "http_status"
    UNEXPECTED_REPLY = "unexpected_reply"
    TOO_LARGE = "too_large"
    PLAIN_HTTP = "plain_http"
    UNAUTHORIZED = "unauthorized"
    SIGN_IN_NEEDED = "sign_in_needed"
    SIGN_IN_EXPIRED = "sign_in_expired"
    KEYRING_LOCKED = "keyring_locked"
    KEYRING_MISSING = "keyring_missing"
    KEYRING_REFUSED = "keyring_refused"
    NOT_REVOKED = "not_revoked"
    STILL_KEPT = "still_kept"
    JOURNAL_UNREADABLE = "journal_unreadable"
    STATE_NOT_WRITABLE = "state_not_writable"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NOT_TAKEN = "not_taken"
    NAME_KEPT = "name_kept"
    MORE_WATCHING = "more_watching"
    GATE_OPEN = "gate_open"
    UNSUPPORTED = "unsupported"


class HostError(Exception):
    """Something outside did not do its part.

    ``detail`` goes to the log and the report only and must hold no secret.
    ``status`` is the HTTP status where there was one, ``retry_after`` seconds
    the other side asked us to wait.
    """

    def __init__(
        self,
        trouble: Trouble,
        detail: str = "",
        *,
        what: str | Text = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{trouble}: {what} {detail}".strip())
        self.trouble = trouble
        self.detail = detail
        self.what = what
        self.status = status
        self.retry_after = retry_after

    @property
    def text(self) -> Text:
        """The sentence a person reads."""
        from setup_assistant.core.words.errors import TROUBLES

        return Text(TROUBLES[self.trouble], {"what": self.what, "status": self.status or ""})


class UsageError(Exception):
    """Wrong usage or settings (exit 2); ``code`` is stable, ``text`` is for people."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.render())
        self.code = code
        self.text = text
