"""
Read what was measured: for the API, the pages and the command line alike.

Every function takes a connection and returns frozen rows (`views`). Numbers of values come from `series`:
nothing here counts the table of observations, nor reads it without bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import dict_row

from terraloom import paging
from terraloom.archive.objects import Objects
from terraloom.db.patterns import containing
from terraloom.observations import standing
from terraloom.observations.batch import series_id
from terraloom.observations.catalogue import catalogue
from terraloom.observations.instants import micros
from terraloom.observations.reading import QUALITIES, Columns, page
from terraloom.observations.rows import Rows, Span
from terraloom.observations.views import (
    MetricSummary,
    Newest,
    Revised,
    SeriesStory,
    SeriesSummary,
    SpanValue,
    StationPage,
    StationSummary,
    Value,
    ValuePage,
    Version,
)
from terraloom.observations.wanted import SQL, Bbox, Resolution, Wanted
from terraloom.records import Metric

Row = dict[str, Any]

REVISED = 200
"""Newest revised values shown of a series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFilters:
    """
    Which stations. Empty = all. `bbox` is west, south, east, north in degrees; west > east crosses 180°, and
    stations without a place are in none. `text` is looked for in title and id.
    """

    ids: Sequence[str] = ()
    bbox: Bbox | None = None
    metrics: Sequence[str] = ()
    agencies: Sequence[str] = ()
    kinds: Sequence[str] = ()
    text: str = ""


def values(
    connection: Connection[Any], store: Objects, wanted: Wanted, *, limit: int = 1000, cursor: str = ""
) -> ValuePage:
    """
    One page of values; `store` is where cold files are.

    Raises `RecordError` for a wrong cursor, or a question without bounds.
    """
    found = page(connection, store, wanted, limit=limit, cursor=cursor)
    return ValuePage(wanted.resolution.value, rows_of(found.columns, wanted.resolution), found.next)


def rows_of(columns: Columns, resolution: Resolution) -> list[Value] | list[SpanValue]:
    """Columns as rows, with None where they have NaN."""
    kind = Value if resolution is Resolution.RAW else SpanValue
    listed = {name: column.tolist() for name, column in columns.items()}
    listed["time"] = [at.replace(tzinfo=UTC) for at in listed["time"]]
    for name in ("value", "lon", "lat"):
        listed[name] = [None if math.isnan(x) else x for x in listed[name]]
    return [kind(*row) for row in zip(*(listed[f.name] for f in fields(kind)), strict=True)]  # type: ignore[return-value]


def metrics(connection: Connection[Any]) -> list[MetricSummary]:
    """The whole catalogue, by id; what was never measured has zeros."""
    return _metrics(connection, None)


def metric(connection: Connection[Any], name: str) -> MetricSummary | None:
    """One of them; None where there is no such metric."""
    return next(iter(_metrics(connection, name)), None)


def stations(
    connection: Connection[Any], filters: StationFilters | None = None, *, limit: int = 100, cursor: str = ""
) -> StationPage:
    """One page of stations, by id, each with its series. Raises `RecordError` for a wrong cursor."""
    [after] = paging.parts_of(cursor, 1) if cursor else (None,)
    parameters = _station_parameters(filters or StationFilters()) | {"after": after, "limit": limit + 1}
    rows = _rows(connection, "stations_page", parameters)
    series: dict[str, list[SeriesSummary]] = {row["id"]: [] for row in rows[:limit]}
    for one in _series(connection, list(series)):
        series[one.station].append(one)
    found = [StationSummary(**row, series=series[row["id"]]) for row in rows[:limit]]
    return StationPage(found, paging.cursor(found[-1].id) if len(rows) > limit else None)


def station(connection: Connection[Any], name: str) -> StationSummary | None:
    """One station with its series; None when unknown."""
    return next(iter(stations(connection, StationFilters(ids=[name])).stations), None)


def explain(
    connection: Connection[Any], store: Objects, metric: str, station: str, time: datetime | None = None
) -> SeriesStory | None:
    """A series and its revised values; with `time`, all versions of that value. None when unknown."""
    standing.hold(connection)
    summary = next(iter(_series(connection, [station], metric)), None)
    if summary is None:
        return None
    of = {"series": series_id(metric, station)}
    revised = [Revised(**row) for row in _rows(connection, "revised", of | {"limit": REVISED})]
    versions = [] if time is None else _versions(connection, store, summary, time)
    return SeriesStory(summary, revised, versions)


def _versions(
    connection: Connection[Any], store: Objects, summary: SeriesSummary, time: datetime
) -> list[Version]:
    """What was said of one value, in the order of its coming in; the one in force last."""
    key = series_id(summary.metric, summary.station)
    earlier = _rows(connection, "earlier_versions", {"series": key, "time": time})
    rows = [row | {"current": False} for row in earlier] + _standing(connection, store, summary, time)
    by_number = _rows(connection, "said_by", {"payloads": [row["payload"] for row in rows]})
    payloads = {row.pop("seq"): row for row in by_number}
    found = [_version(row, payloads) for row in rows]
    return sorted(found, key=lambda version: (version.current, version.revision))


def _version(row: Row, payloads: dict[int, Row]) -> Version:
    said, flag = payloads[row.pop("payload")], row.pop("flag")
    return Version(**row, quality=str(QUALITIES[flag]), **said)


def _standing(
    connection: Connection[Any], store: Objects, summary: SeriesSummary, time: datetime
) -> list[Row]:
    """The value in force, as a row; none where there is none."""
    at = micros(time)
    rows = standing.values(connection, store, [Span(summary.metric, summary.station, at, at)], 1)
    names = [name for name in Rows.__struct_fields__ if name not in ("place", "time")]
    found = [{name: _or_none(getattr(rows, name)[n].item()) for name in names} for n in range(len(rows))]
    return [row | {"current": True} for row in found]


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


def _metrics(connection: Connection[Any], name: str | None) -> list[MetricSummary]:
    known = {one.id: one for one in catalogue().values() if name in (None, one.id)}
    rows = {row["id"]: row for row in _rows(connection, "metrics", {"id": name})}
    nothing: Row = {
        **dict.fromkeys(("n", "flagged", "withdrawn", "revisions", "stations"), 0),
        **dict.fromkeys(("first_time", "last_time", "newest_station")),
        "sources": [],
    }
    return [
        _metric(rows.get(name, nothing) | (_described(known[name]) if name in known else {}))
        for name in sorted({*known, *rows})
    ]


def _described(one: Metric) -> Row:
    """What the registry says of a metric now; the database may be behind."""
    return structs.asdict(one) | {"aggregate": one.aggregate.value}


def _metric(row: Row) -> MetricSummary:
    newest = [row.pop(f"newest_{name}", None) for name in ("station", "time", "value")]
    return MetricSummary(**row, newest=Newest(*newest) if newest[0] else None)


def _series(
    connection: Connection[Any], names: Sequence[str], metric: str | None = None
) -> list[SeriesSummary]:
    rows = _rows(connection, "series_of_stations", {"stations": list(names), "metric": metric})
    return [SeriesSummary(**row) for row in rows]


def _station_parameters(filters: StationFilters) -> Row:
    west, south, east, north = filters.bbox or (None, None, None, None)
    return {
        "ids": list(filters.ids) or None,
        "metrics": list(filters.metrics) or None,
        "agencies": list(filters.agencies) or None,
        "kinds": list(filters.kinds) or None,
        "pattern": containing(filters.text),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


def _rows(connection: Connection[Any], name: str, parameters: Row) -> list[Row]:
    """Run a named statement; unprepared, so that it is planned for the filters that are given."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name], parameters, prepare=False).fetchall()
