"""Times as whole microseconds since 1970, UTC: what reading computes with, since no sum of them overflows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """µs since 1970. `at` is aware."""
    return (at - EPOCH) // MICROSECOND


EARLIEST, LATEST = micros(datetime.min.replace(tzinfo=UTC)), micros(datetime.max.replace(tzinfo=UTC))


def instant(us: int) -> datetime:
    """The time, UTC; the calendar's ends for what lies beyond them."""
    return EPOCH + timedelta(microseconds=min(max(us, EARLIEST), LATEST))
