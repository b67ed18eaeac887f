"""Every day of every metric, over all its stations."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from msgspec import Struct
from psycopg import Connection

from terraloom.caches.store import PARQUET, SQL
from terraloom.observations.catalogue import catalogue

DIGITS = 6  # significant ones; more is noise in a mean, and makes the body a third larger
FIRST = datetime(1700, 1, 1, tzinfo=UTC)  # the longest series, sunspots, begins in 1700
AHEAD = timedelta(days=366)  # of forecasts


class Line(Struct, frozen=True, kw_only=True):
    """One metric: a value for each day from `first` on, null where there is none."""

    metric: str
    title: str
    unit: str
    field: str
    aggregate: str
    first: date
    values: list[float | None]
    stations: int  # most on one day


class Timeline(Struct, frozen=True):
    """All lines, by field and title."""

    lines: list[Line]


def bring_up_to_date(connection: Connection[Any]) -> int:
    """Count the days anew that changed since the last time; returns how many. Does not commit."""
    for name in ("changed_days", "take_changed_days", "know_changed_days"):
        connection.execute(SQL[name])
    row = connection.execute(SQL["bring_days_up_to_date"]).fetchone()
    return int(row[0]) if row else 0


def build(connection: Connection[Any], now: datetime) -> Timeline:
    """
    The timeline as it stands in `metric_days`, from `FIRST` until a year from `now`.

    Lines have a place for each day, so one value of the year 1 or 9999 (what some feeds write for "unknown")
    would make megabytes of nothing.
    """
    found = groupby(_days(connection, now), key=itemgetter(0))
    lines = [_line(metric, list(rows)) for metric, rows in found]
    return Timeline(sorted(lines, key=lambda line: (line.field, line.title, line.metric)))


def _days(connection: Connection[Any], now: datetime) -> list[tuple[Any, ...]]:
    known = catalogue()
    rows = connection.execute(SQL["metric_days"], {"first": FIRST, "end": now + AHEAD}).fetchall()
    return [row for row in rows if row[0] in known]


def _line(name: str, rows: list[tuple[str, date, float, int]]) -> Line:
    metric, first = catalogue()[name], rows[0][1]
    values: list[float | None] = [None] * ((rows[-1][1] - first).days + 1)
    for _, day, value, _ in rows:
        values[(day - first).days] = float(f"{value:.{DIGITS}g}")
    return Line(
        metric=name,
        title=metric.title,
        unit=metric.unit,
        field=metric.field,
        aggregate=metric.aggregate.value,
        first=first,
        values=values,
        stations=max(row[3] for row in rows),
    )


def as_parquet(connection: Connection[Any], now: datetime) -> tuple[str, bytes]:
    """The same as a Parquet file, a row for each metric and day that has a value: its type and body."""
    frame = pl.DataFrame(
        _days(connection, now),
        schema={"metric": pl.String, "day": pl.Date, "value": pl.Float64, "stations": pl.Int32},
        orient="row",
    )
    body = io.BytesIO()
    frame.write_parquet(body, compression="zstd")
    return PARQUET, body.getvalue()


def cut(whole: Timeline, *, since: date | None, until: date | None, metrics: set[str]) -> Timeline:
    """The days `since` <= day < `until` of some metrics (all, where none is named)."""
    return Timeline(list(_cut(whole, since or date.min, until or date.max, metrics)))


def _cut(whole: Timeline, since: date, until: date, metrics: set[str]) -> Iterator[Line]:
    for line in whole.lines:
        if metrics and line.metric not in metrics:
            continue
        start = max(0, (since - line.first).days)
        end = (until - line.first).days
        values = line.values[start:end] if end > 0 else []
        if values:
            first = date.fromordinal(line.first.toordinal() + start)
            fields = {name: getattr(line, name) for name in Line.__struct_fields__}
            yield Line(**fields | {"first": first, "values": values})
