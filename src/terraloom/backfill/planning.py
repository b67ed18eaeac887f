"""
Spans of time cut into windows. All are half-open, share their ends, and lie on a grid of their own, so that
two campaigns that overlap plan the same jobs where they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from terraloom.backfill.jobs import Campaign, Job, Smaller, Window
from terraloom.errors import ConfigError, FetchError

GRID = datetime(1900, 1, 1, tzinfo=UTC)  # a Monday, so that weeks begin with theirs
SECOND = timedelta(seconds=1)


def span(campaign: Campaign) -> Window:
    """The campaign's window. Raises `ConfigError` where there is none, or it is empty."""
    asked = campaign.window
    if asked is None:
        raise ConfigError("window", None, f"a span of time: {campaign.kind} is planned by windows")
    for name, moment in (("start", asked.start), ("end", asked.end)):
        if moment.tzinfo is None or moment.microsecond:
            raise ConfigError(f"window.{name}", moment.isoformat(), "whole seconds, with a time zone")
    if asked.start >= asked.end:
        raise ConfigError("window", f"{asked.start}..{asked.end}", "a start before the end")
    return asked


def steps(whole: Window, step_s: float) -> Iterator[Window]:
    """Windows of `step_s` seconds on the grid from 1900 on; the first and the last may be shorter."""
    if step_s < 1 or step_s % 1:
        raise ConfigError("step_s", step_s, "a whole number of seconds, 1 or more")
    step = timedelta(seconds=step_s)
    edge = floor(whole.start, step)
    while edge < whole.end:
        yield Window(max(edge, whole.start), min(edge + step, whole.end))
        edge += step


def months(whole: Window, *, each: int = 1) -> Iterator[Window]:
    """Windows of `each` calendar months, UTC, counted from January (12 = years)."""
    begin = whole.start
    while begin < whole.end:
        end = min(_next_month(begin, each), whole.end)
        yield Window(begin, end)
        begin = end


def _next_month(moment: datetime, each: int) -> datetime:
    month = ((moment.year * 12 + moment.month - 1) // each + 1) * each
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def floor(moment: datetime, unit: timedelta) -> datetime:
    """The last edge of the grid of `unit` that is not after `moment`."""
    return GRID + (moment - GRID) // unit * unit


def parts(window: Window, n: int, unit: timedelta = SECOND) -> list[Window]:
    """`window` in at most `n` parts, cut on the grid of `unit`."""
    cuts = (floor(window.start + (window.end - window.start) * k / n, unit) for k in range(1, n))
    starts = [window.start, *(cut for cut in dict.fromkeys(cuts) if cut > window.start)]
    return [Window(start, end) for start, end in zip(starts, [*starts[1:], window.end], strict=True)]


def smaller(job: Job, reason: str, n: int = 2, unit: timedelta = SECOND) -> Smaller:
    """`job` as `n` jobs of its parts. Raises `FetchError` where its window cannot be cut any further."""
    pieces = parts(job.window, n, unit) if job.window else []
    if len(pieces) < 2:
        where, shortest = f"{job.kind} of {job.host}", f"{job.window} cannot be cut any smaller"
        raise FetchError(where, f"{reason}, and {shortest}", 413)  # which no other try will change
    return Smaller(tuple(replace(job, window=piece) for piece in pieces), reason)
