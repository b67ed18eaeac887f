"""Values as they stand: in the table, and in cold files for the spans that were moved there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from msgspec import structs
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.observations.cold import content, manifest
from terraloom.observations.cold.manifest import Cold
from terraloom.observations.instants import instant, micros
from terraloom.observations.rows import Rows, Span, stored
from terraloom.observations.wanted import SPAN_US, Resolution, Series
from terraloom.records import Quality

DAY_ROWS = 2**31 - 1  # all of a day
AT_ONCE = 100_000  # rows of cold files that are sorted in memory, about


def hold(connection: Connection[Any]) -> None:
    """
    Let nothing be moved from the table to a file, or see what has been, until the transaction ends.

    To be called before its first query: a snapshot does not see a table that was dropped since.
    """
    connection.execute("LOCK TABLE ONLY observations IN ACCESS SHARE MODE")


def values(connection: Connection[Any], store: Objects, spans: Sequence[Span], limit: int) -> Rows:
    """The first `limit` values of spans, by their place and time, wherever they are kept."""
    cold = _cold(connection, spans)
    if not cold:
        return stored(connection, spans, limit)
    if len(spans) == 1:
        return _walk(connection, store, cold, spans[0], limit)
    parts = [stored(connection, spans, limit)]
    parts += [rows for one in cold for rows in content.groups(store, one, spans)]
    return Rows.joined(parts).take(slice(limit))


def fitting(connection: Connection[Any], spans: Sequence[Span], series: Sequence[Series]) -> int:
    """
    How many of these spans (one at least) may be asked for at once: all, where nothing of them is cold.

    From a file all rows of several spans are read, of a single one no more than are wanted.
    """
    if not _cold(connection, spans):
        return len(spans)
    rows = 0.0
    for n, (span, one) in enumerate(zip(spans, series, strict=True)):
        rows += _expected(span, one)
        if rows > AT_ONCE:
            return max(n, 1)
    return len(spans)


def _expected(span: Span, series: Series) -> float:
    """Rows of a span, as if those of its series were spread evenly."""
    whole = micros(series.last_time) - micros(series.first_time) + 1
    return series.rows * max(span.hi - span.lo + 1, 0) / whole


def newest_of_day(
    connection: Connection[Any], store: Objects, metric: str, station: str, start: datetime
) -> tuple[datetime, float]:
    """Time and value of the last good value of a day of one series; the day has one."""
    day = Span(metric, station, micros(start), micros(start) + SPAN_US[Resolution.DAY] - 1)
    rows = Rows.joined(list(_pieces(connection, store, _cold(connection, [day]), day, DAY_ROWS)))
    last = int(np.flatnonzero(rows.flag == Quality.GOOD)[-1])
    return instant(int(rows.time[last].astype("i8"))), float(rows.value[last])


def _cold(connection: Connection[Any], spans: Sequence[Span]) -> list[Cold]:
    sought = [span for span in spans if span.lo <= span.hi]
    if not sought:
        return []
    first, last = min(span.lo for span in sought), max(span.hi for span in sought)
    return manifest.between(connection, instant(first), instant(last))


def _walk(connection: Connection[Any], store: Objects, cold: Sequence[Cold], span: Span, limit: int) -> Rows:
    """The first values of one series: from file to table to file in the order of time, until it is enough."""
    found: list[Rows] = []
    for rows in _pieces(connection, store, cold, span, limit):
        found.append(rows)
        if sum(map(len, found)) >= limit:
            break
    return Rows.joined(found).take(slice(limit))


def _pieces(
    connection: Connection[Any], store: Objects, cold: Sequence[Cold], span: Span, limit: int
) -> Iterator[Rows]:
    lo = span.lo
    for one in cold:
        starts, ends = micros(one.starts), micros(one.ends)
        if lo < starts:
            yield stored(connection, [structs.replace(span, lo=lo, hi=starts - 1)], limit)
        yield from content.groups(store, one, [span])
        lo = ends
    yield stored(connection, [structs.replace(span, lo=lo)], limit)
