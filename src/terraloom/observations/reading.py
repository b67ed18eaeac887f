"""
Read values page by page: raw, by hour or by day, in the order of metric, station and time.

A page is a piece of a walk along the series that may hold what is wanted. Every step reads a bounded number
of rows by key; what no index decides (quality, the place of what moves) is looked at afterwards. So a page
may be short, even empty, and still have a `next`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.observations.batch import Batch, Floats, Integers, Mask, Sums, Times, sums_of
from terraloom.observations.instants import micros
from terraloom.observations.rows import Rows, Span, rollup
from terraloom.observations.standing import fitting, hold, values
from terraloom.observations.wanted import SPAN_US, Key, Resolution, Series, Wanted, check, key_of, next_series
from terraloom.records import Aggregate, Quality

Columns = dict[str, NDArray[Any]]
Connect = Callable[[], AbstractContextManager[Connection[Any]]]

SERIES = 500  # looked up at a time
LEAST = 500  # rows read at a time, at least
MOST = 200_000  # a page that has read so many ends
QUALITIES = np.array([quality.name.lower() for quality in Quality], object)


class Page(Struct, frozen=True):
    """A page as columns of equal length, NaN where there is nothing; `next` is where it goes on."""

    columns: Columns
    next: str | None

    def __len__(self) -> int:
        return len(self.columns["time"])


class Found(Struct, frozen=True):
    """
    What one reading of spans gave: the `place` (of its span), `time` and other columns of what passed, how
    many rows were read, and the last one's place and time; None where the spans hold no more.
    """

    place: Integers
    time: Times
    more: Columns
    read: int
    last: tuple[int, int] | None


def page(
    connection: Connection[Any], store: Objects, wanted: Wanted, *, limit: int, cursor: str = ""
) -> Page:
    """
    At most `limit` values. `store` is where cold files are.

    Raises `RecordError` for what is no cursor, or a question without bounds.
    """
    hold(connection)
    check(connection, wanted)
    after = key_of(cursor)
    parts: list[Columns] = []
    got = read = 0
    while got <= limit and read < MOST:
        columns, rows, after = _step(connection, store, wanted, after, max(limit - got + 1, LEAST))
        parts.append(columns)
        got, read = got + len(columns["time"]), read + rows
        if after is None:
            break
    columns = {name: np.concatenate([part[name] for part in parts])[:limit] for name in parts[0]}
    if got > limit:
        after = _last_key(columns)
    return Page(columns, None if after is None else after.cursor())


def pages(
    connect: Connect,
    store: Objects,
    wanted: Wanted,
    *,
    size: int,
    limit: int | None = None,
    cursor: str | None = "",
) -> Iterator[Page]:
    """
    All there is from a cursor on (or the first `limit` values), in pages; one at least.

    Each is read on a connection of its own: none is held while whoever takes the pages takes his time.
    """
    left = size if limit is None else limit
    while cursor is not None and left:
        with connect() as connection:
            found = page(connection, store, wanted, limit=min(size, left), cursor=cursor)
        left -= 0 if limit is None else len(found)
        cursor = found.next
        yield found


def _last_key(columns: Columns) -> Key:
    metric, station, time = (columns[name][-1] for name in ("metric", "station", "time"))
    return Key(metric, station, int(time.astype(np.int64)))


def _step(
    connection: Connection[Any], store: Objects, wanted: Wanted, after: Key | None, size: int
) -> tuple[Columns, int, Key | None]:
    """The next values, how many rows were read for them, and the key of the last; None when all is read."""
    known = next_series(connection, wanted, after, SERIES)
    series = _alike(known) if wanted.resolution is Resolution.HOUR else known
    spans = [_span(one, wanted, after) for one in series]
    if _from_values(series, wanted):
        spans = spans[: fitting(connection, spans, series)]
        series = series[: len(spans)]
    found = _read(connection, store, series, spans, wanted, size)
    columns = _columns(series, found)
    if found.last is not None:
        place, time = found.last
        return columns, found.read, Key(series[place].metric, series[place].station, time)
    if len(known) < SERIES and len(series) == len(known):
        return columns, found.read, None
    return columns, found.read, Key(series[-1].metric, series[-1].station, None)


def _alike(series: Sequence[Series]) -> Sequence[Series]:
    """The first ones that all have hours kept, or all have not."""
    ends = [n for n, one in enumerate(series) if one.hourly != series[0].hourly]
    return series[: ends[0]] if ends else series


def _span(series: Series, wanted: Wanted, after: Key | None) -> Span:
    """The part of a series that is wanted and not read yet; empty (lo > hi) where there is none."""
    unit = SPAN_US[wanted.resolution]
    lo, hi = micros(series.first_time) // unit * unit, micros(series.last_time)
    if wanted.since is not None:
        lo = max(lo, -(-micros(wanted.since) // unit) * unit)
    if wanted.until is not None:
        hi = min(hi, -(-micros(wanted.until) // unit) * unit - 1)
    if (
        after is not None
        and after.time is not None
        and (after.metric, after.station) == (series.metric, series.station)
    ):
        lo = max(lo, after.time + unit)
    return Span(series.metric, series.station, lo, hi)


def _from_values(series: Sequence[Series], wanted: Wanted) -> bool:
    """Whether values are read, not hours or days that are kept."""
    hours = wanted.resolution is Resolution.HOUR
    return wanted.resolution is Resolution.RAW or (hours and bool(series) and not series[0].hourly)


def _read(
    connection: Connection[Any],
    store: Objects,
    series: Sequence[Series],
    spans: Sequence[Span],
    wanted: Wanted,
    size: int,
) -> Found:
    if wanted.resolution is Resolution.RAW:
        rows = values(connection, store, spans, size)
        return _raw(rows, series, wanted, cut=len(rows) == size)
    if _from_values(series, wanted):
        return _hours_of_values(connection, store, series, spans, size)
    sums = rollup(connection, spans, wanted.resolution.value, size)
    last = (int(sums.series[-1]), _micros(sums.start[-1])) if len(sums) == size else None
    return _sums(sums, series, len(sums), last)


def _raw(rows: Rows, series: Sequence[Series], wanted: Wanted, *, cut: bool) -> Found:
    """Values whose quality and place are wanted."""
    lon, lat = (
        np.where(np.isnan(own), given[rows.place], own)
        for own, given in zip((rows.lon, rows.lat), _places(series), strict=True)
    )
    passes = np.isin(rows.flag, wanted.qualities) & _inside(lon, lat, wanted)
    more = {
        "value": rows.value,
        "lon": lon,
        "lat": lat,
        "quality": QUALITIES[rows.flag],
        "revision": rows.revision,
    }
    return Found(
        rows.place[passes],
        rows.time[passes],
        {name: column[passes] for name, column in more.items()},
        len(rows),
        (int(rows.place[-1]), _micros(rows.time[-1])) if cut else None,
    )


def _inside(lon: Floats, lat: Floats, wanted: Wanted) -> Mask:
    if wanted.bbox is None:
        return np.ones(len(lon), np.bool_)
    west, south, east, north = wanted.bbox
    between = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
    inside: Mask = between & (lat >= south) & (lat <= north)
    return inside


def _hours_of_values(
    connection: Connection[Any],
    store: Objects,
    series: Sequence[Series],
    spans: Sequence[Span],
    size: int,
) -> Found:
    """Hours of metrics that keep none, added up from their values."""
    while True:
        rows = values(connection, store, spans, size)
        batch = Batch(rows.place, rows.time, rows.value, rows.flag, rows.lon, rows.lat)
        sums = sums_of(batch, "hour")
        if len(rows) < size:
            return _sums(_good(sums, len(sums)), series, len(rows), None)
        if len(sums) > 1:  # the last one may go on
            last = (int(sums.series[-2]), _micros(sums.start[-2]))
            return _sums(_good(sums, len(sums) - 1), series, len(rows), last)
        size *= 2


def _good(sums: Sums, count: int) -> Sums:
    """Those of the first `count` rows that have any good value."""
    has = np.flatnonzero(sums.n[:count] > 0)
    return Sums(*(getattr(sums, name)[has] for name in Sums.__struct_fields__))


def _sums(sums: Sums, series: Sequence[Series], read: int, last: tuple[int, int] | None) -> Found:
    mean = sums.sum / sums.n
    by_aggregate = {
        Aggregate.MEAN: mean,
        Aggregate.SUM: sums.sum,
        Aggregate.MAX: sums.max,
        Aggregate.MIN: sums.min,
        Aggregate.LAST: sums.last,
    }
    aggregate = np.array([one.aggregate for one in series], object)[sums.series]
    value = np.full(len(sums), np.nan)
    for name, column in by_aggregate.items():
        value = np.where(aggregate == name.value, column, value)
    lon, lat = (given[sums.series] for given in _places(series))
    more = {
        "value": value,
        "lon": lon,
        "lat": lat,
        "n": sums.n,
        "min": sums.min,
        "max": sums.max,
        "mean": mean,
    }
    return Found(sums.series, sums.start, more, read, last)


def _columns(series: Sequence[Series], found: Found) -> Columns:
    """Everything that is said of each value."""

    def each(field: str) -> NDArray[Any]:
        return np.array([getattr(one, field) for one in series], object)[found.place]

    more = dict(found.more)
    return {
        "metric": each("metric"),
        "station": each("station"),
        "time": found.time,
        "value": more.pop("value"),
        "unit": each("unit"),
        **more,
    }


def _places(series: Sequence[Series]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the stations, NaN where there is none."""
    lon, lat = (np.array([getattr(one, name) for one in series], np.float64) for name in ("lon", "lat"))
    return lon, lat


def _micros(at: np.datetime64) -> int:
    return int(at.astype(np.int64))
