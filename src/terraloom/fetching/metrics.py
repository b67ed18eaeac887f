"""What the fetch client does, for Prometheus. Labels are source ids, hosts and closed vocabularies."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from terraloom.fetching.breaker import BreakerState
from terraloom.fetching.events import FetchEvent

SECONDS = Histogram(
    "terraloom_fetch_seconds",
    "One fetch, all tries and waits included",
    ["source"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
FETCHES = Counter("terraloom_fetches", "Fetches by how they ended", ["source", "outcome"])
ERRORS = Counter("terraloom_fetch_errors", "Fetches that gave nothing, by reason", ["source", "reason"])
RETRIES = Counter("terraloom_fetch_retries", "Tries that were repeated, by reason", ["source", "reason"])
BYTES = Counter("terraloom_fetch_bytes", "Bytes received, after decompression", ["source"])
BREAKER = Gauge("terraloom_fetch_breaker_state", "0 closed, 1 half-open, 2 open", ["host"])

LEVELS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


def observe(event: FetchEvent) -> None:
    """Count one event."""
    BREAKER.labels(event.host).set(LEVELS[event.breaker])
    if event.outcome == "retry":
        RETRIES.labels(event.source, event.reason).inc()
        return
    SECONDS.labels(event.source).observe(event.seconds)
    FETCHES.labels(event.source, event.outcome).inc()
    BYTES.labels(event.source).inc(event.bytes)
    if event.outcome == "failed":
        ERRORS.labels(event.source, event.reason).inc()
