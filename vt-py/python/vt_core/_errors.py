"""What can go wrong, by what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta


class VtError(Exception):
    """Base of all errors of this package."""

    is_retryable: bool = False
    """Whether the same question may be answered later."""
    retry_at: datetime | None = None
    """When an answer can be expected, or is tried for again, if that is known."""
    retry_after: timedelta | None = None
    """How long VirusTotal asked to wait, if it did."""

    def __init__(self, message: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.__dict__.update(details or {})


class ConfigError(VtError, ValueError):
    """A setting is none that works."""


class ApiKeyError(ConfigError):
    """There is no API key, or the text cannot be one."""


class InvalidHashError(VtError, ValueError):
    """A text or digest is no MD5, SHA-1 or SHA-256."""


class InvalidReportError(VtError, ValueError):
    """A text is no report of VirusTotal's."""


class RequestError(VtError):
    """VirusTotal gave no answer. Base of all that says why."""


class AuthError(RequestError):
    """VirusTotal refused the key: every other request would fail too."""

    code: str
    """VirusTotal's error code, or the status where it sent none."""


class ForbiddenError(RequestError):
    """The key may not ask this."""

    code: str
    """VirusTotal's error code, or the status where it sent none."""


class QuotaError(RequestError):
    """VirusTotal says that the quota of the key is used up."""

    code: str
    """VirusTotal's error code, or the status where it sent none."""


class UpstreamError(RequestError):
    """VirusTotal answered with a status that is no success."""

    status: int
    """The HTTP status."""
    code: str | None
    """VirusTotal's error code, if it sent one."""


class ProtocolError(RequestError):
    """The reply is not one of VirusTotal's: a proxy's page, a cut body."""


class ConnectError(RequestError):
    """No connection, so that nothing was sent."""

    host: str
    """Host and port that were asked."""


class InterruptedConnectionError(RequestError):
    """Connected, but the exchange broke off."""

    host: str
    """Host and port that were asked."""


class RequestTimeoutError(RequestError, TimeoutError):
    """Nothing came in time."""

    host: str
    """Host and port that were asked."""


class UnavailableError(VtError):
    """VirusTotal is out of reach at present, and nothing was sent: see `retry_at`."""


class PendingError(VtError, TimeoutError):
    """No answer in the time that was given; `retry_at` is when one is expected."""


class OfflineError(VtError):
    """Not in the cache, and asking VirusTotal is switched off."""


class StoppedError(VtError):
    """The scan was stopped before this hash was asked."""


class LedgerError(VtError):
    """The books of the quota do not work, and nothing is sent without them."""


class CacheError(VtError):
    """A cache cannot be used."""


class StoreError(VtError):
    """A SQLite file cannot be used."""


class ClosedError(VtError, RuntimeError):
    """The scanner was closed, or the interpreter is ending."""


class ForkError(VtError, RuntimeError):
    """The object was made before this process was forked off, or a SQLite file was open
    then."""


class InternalError(VtError):
    """A defect in this package."""
