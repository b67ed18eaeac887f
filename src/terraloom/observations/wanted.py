"""Which values are wanted, and the series that may hold them, in the order in which values are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from importlib.resources import files
from typing import Any

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row

from terraloom import paging
from terraloom.db import bulk
from terraloom.errors import RecordError
from terraloom.observations.instants import instant, micros
from terraloom.records import Quality

SQL = bulk.statements(files("terraloom.observations").joinpath("query.sql").read_text())

Bbox = tuple[float, float, float, float]


class Resolution(str, Enum):
    RAW = "raw"
    HOUR = "hour"
    DAY = "day"


SPAN_US = {Resolution.RAW: 1, Resolution.HOUR: 3_600_000_000, Resolution.DAY: 86_400_000_000}
"""How far, in µs, the next time of a series lies behind one, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which values. Empty = all. `bbox` is west, south, east, north in degrees; west > east crosses 180°.

    `since` <= time < `until`, where the time of an hour or a day is its beginning. `qualities` narrows raw
    values; hours and days are made of good ones.
    """

    metrics: Sequence[str] = ()
    stations: Sequence[str] = ()
    bbox: Bbox | None = None
    since: datetime | None = None
    until: datetime | None = None
    resolution: Resolution = Resolution.RAW
    qualities: Sequence[Quality] = (Quality.GOOD,)


class Series(Struct, frozen=True, kw_only=True):
    """A series, as reading needs it; `lon` and `lat` are its station's, None where that has no place."""

    id: int
    metric: str
    station: str
    unit: str
    aggregate: str
    hourly: bool
    lon: float | None
    lat: float | None
    rows: int
    first_time: datetime
    last_time: datetime


class Key(Struct, frozen=True):
    """Where a page ends: with the value at `time` (µs since 1970), or with the whole series (None)."""

    metric: str
    station: str
    time: int | None

    def cursor(self) -> str:
        return paging.cursor(self.metric, self.station, "" if self.time is None else str(self.time))


def key_of(cursor: str) -> Key | None:
    """The key in a cursor; None in the empty one. Raises `RecordError`."""
    if not cursor:
        return None
    metric, station, time = paging.parts_of(cursor, 3)
    try:
        return Key(metric, station, int(time) if time else None)
    except ValueError as error:
        raise paging.no_cursor(cursor) from error


def check(connection: Connection[Any], wanted: Wanted) -> None:
    """Raise `RecordError` for a question without bounds, and for metrics and stations that nobody knows."""
    if not (wanted.metrics or wanted.stations or wanted.bbox or wanted.since):
        raise RecordError("metric", "nothing", "at least one of metric, station, bbox, since")
    if wanted.resolution is not Resolution.RAW and list(wanted.qualities) != [Quality.GOOD]:
        raise RecordError(
            "quality", [q.name.lower() for q in wanted.qualities], "good: hours and days are of those"
        )
    for field, names in (("metric", wanted.metrics), ("station", wanted.stations)):
        unknown = connection.execute(SQL[f"unknown_{field}"], {"names": list(names)}).fetchone()
        if unknown:
            listed = f"terraloom observations {field}s, /api/v1/{field}s"
            raise RecordError(field, unknown[0], f"a {field} of which there are values ({listed})")


def next_series(connection: Connection[Any], wanted: Wanted, after: Key | None, limit: int) -> list[Series]:
    """The first `limit` series from `after` on that may hold what is wanted, by metric and station."""
    west, south, east, north = wanted.bbox or (None, None, None, None)
    parameters = {
        "metrics": list(wanted.metrics) or None,
        "stations": list(wanted.stations) or None,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "moving": wanted.resolution is Resolution.RAW,  # rollups do not know where it was
        "since": wanted.since,
        "began_before": _began_before(wanted),
        "metric": after and after.metric,
        "station": after and after.station,
        "whole": after is not None and after.time is None,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(Series)) as cursor:
        return cursor.execute(SQL["series"], parameters, prepare=False).fetchall()


def _began_before(wanted: Wanted) -> datetime | None:
    """Series that begin later have nothing before `until`: the first hour or day of one begins before it."""
    return wanted.until and instant(micros(wanted.until) + SPAN_US[wanted.resolution] - 1)
