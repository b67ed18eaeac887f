"""What the fetch client tells those who watch it, and the log lines and spans made from that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import structlog
from msgspec import Struct
from opentelemetry import trace

from terraloom.fetching.breaker import BreakerState

Outcome = Literal["fetched", "unchanged", "empty", "failed", "retry"]

log = structlog.get_logger("terraloom.fetching")


class FetchEvent(Struct, frozen=True, kw_only=True):
    """
    One step of one fetch: a try that will be repeated ("retry"), or how the fetch ended.

    `url` is redacted. `seconds` counts from the start of the fetch, waits included; for "retry", `wait_s`
    is the pause before the next try.
    """

    source: str
    host: str
    url: str
    fetch_id: str
    outcome: Outcome
    breaker: BreakerState
    seconds: float
    tries: int
    reason: str = ""
    detail: str = ""
    status: int = 0
    bytes: int = 0
    wait_s: float = 0.0


def write_log(event: FetchEvent) -> None:
    """One line per event: `fetch.finished`, `fetch.failed` or `fetch.retry`."""
    fields: dict[str, Any] = {"source": event.source, "url": event.url, "tries": event.tries}
    if event.outcome not in ("retry", "failed"):
        seconds = round(event.seconds, 3)
        log.info("fetch.finished", outcome=event.outcome, bytes=event.bytes, seconds=seconds, **fields)
        return
    fields |= {"reason": event.reason, "detail": event.detail, "status": event.status}
    if event.outcome == "retry":
        log.info("fetch.retry", wait_s=round(event.wait_s, 3), **fields)
    else:
        log.warning("fetch.failed", breaker=event.breaker.value, **fields)


@contextmanager
def span(source: str, url: str, fetch_id: str) -> Iterator[None]:
    """
    Bind `fetch_id` to every log line within, and open an OpenTelemetry span.

    `url` is redacted. A span that ends by an exception records it. Without an OpenTelemetry SDK set up by
    whoever runs the process, spans cost nothing and go nowhere.
    """
    attributes = {"terraloom.source": source, "terraloom.fetch_id": fetch_id, "url.full": url}
    with (
        structlog.contextvars.bound_contextvars(fetch_id=fetch_id),
        trace.get_tracer("terraloom").start_as_current_span("fetch", attributes=attributes),
    ):
        yield
