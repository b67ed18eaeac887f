"""Why one try at a fetch failed, and what follows from it. `Client` turns the last one into `FetchError`."""

from __future__ import annotations

import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from terraloom.fetching.exchange import Answer


class Reason(StrEnum):
    """A closed vocabulary: it labels the error metric."""

    TIMEOUT = "timeout"
    CONNECT = "connect"
    TLS = "tls"
    RESET = "reset"
    TRUNCATED = "truncated"
    TOO_LARGE = "too large"
    ENCODING = "encoding"
    REDIRECT = "redirect"
    THROTTLED = "throttled"
    SERVER_ERROR = "server error"
    REFUSED = "refused"
    REQUEST = "request"
    BREAKER_OPEN = "breaker open"


# What may well go away by itself, so that another try makes sense.
PASSING = {
    Reason.TIMEOUT,
    Reason.CONNECT,
    Reason.RESET,
    Reason.TRUNCATED,
    Reason.THROTTLED,
    Reason.SERVER_ERROR,
}
# What says that the host is unwell. A throttle or a refusal is an answer of a host that works.
HURTS_HOST = {Reason.TIMEOUT, Reason.CONNECT, Reason.TLS, Reason.RESET, Reason.TRUNCATED, Reason.SERVER_ERROR}


class Failure(Exception):
    """
    One try failed. `retry_after_s` is how long the upstream wants us to wait.

    `answer` is set where the body came whole by HTTP's rules but looks cut: used when no try gives a
    better one, because a body that cannot be parsed is archived and quarantined, not lost.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail, self.status = reason, detail, status
        self.retry_after_s, self.answer = retry_after_s, answer

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}"

    @property
    def passing(self) -> bool:
        return self.reason in PASSING

    @property
    def hurts_host(self) -> bool:
        return self.reason in HURTS_HOST and self.answer is None


def from_httpx(error: httpx.HTTPError, *, reading: bool) -> Failure:
    """The same error in our words; `reading` tells a cut body from a connection that never answered."""
    kind = type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return Failure(Reason.TIMEOUT, f"no {'more bytes' if reading else 'answer'} in time ({kind})")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        if _is_certificate(error):
            return Failure(Reason.TLS, f"the certificate is not trusted: {error}")
        return Failure(Reason.CONNECT, str(error) or kind)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Failure(Reason.REQUEST, str(error))
    if reading:
        return Failure(Reason.TRUNCATED, f"the body ended early: {str(error) or kind}")
    return Failure(Reason.RESET, str(error) or kind)


def _is_certificate(error: BaseException | None) -> bool:
    """Whether TLS verification lies at the root: no retry makes a certificate good."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
