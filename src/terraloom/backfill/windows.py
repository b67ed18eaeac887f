"""Arithmetic of windows: joined, and what of one is missing; and as PostgreSQL's ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from psycopg.types.range import Range, TimestamptzRange

from terraloom.backfill.jobs import Window


def joined(windows: Iterable[Window]) -> list[Window]:
    """The same time in as few windows as there can be, in order; empty ones are dropped."""
    found: list[Window] = []
    for one in sorted(window for window in windows if window.start < window.end):
        if found and one.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def missing(window: Window, held: Iterable[Window]) -> list[Window]:
    """What of `window` none of `held` covers, in order."""
    return list(_missing(window, joined(held)))


def _missing(window: Window, held: list[Window]) -> Iterator[Window]:
    at = window.start
    for one in held:
        if at < min(one.start, window.end):
            yield Window(at, min(one.start, window.end))
        at = max(at, one.end)
    if at < window.end:
        yield Window(at, window.end)


def shown(windows: Iterable[Window]) -> str:
    """For people: ``2020-01-01T00:00:00Z to 2020-02-01T00:00:00Z, …``."""
    return ", ".join(f"{_stamp(one.start)} to {_stamp(one.end)}" for one in windows)


def as_range(window: Window | None) -> Range[datetime]:
    """All of time for None: an archive that is asked for as a whole."""
    return TimestamptzRange(window.start, window.end) if window else TimestamptzRange(None, None)


def as_window(span: Range[datetime] | None) -> Window | None:
    """The window of a job's row; None where it has none."""
    if span is None or span.lower is None or span.upper is None:
        return None
    return Window(span.lower, span.upper)


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
