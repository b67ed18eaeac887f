"""Values as columns, read from the table: those of some series, each between two times, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from psycopg import Connection

from terraloom.db import bulk
from terraloom.observations.batch import Flags, Floats, Integers, Mask, Sums, Times, series_id
from terraloom.observations.instants import instant
from terraloom.observations.wanted import SQL

VALUES = {
    "place": bulk.BIGINT,
    "time": bulk.TIMESTAMPTZ,
    "payload": bulk.BIGINT,
    "value": bulk.FLOAT,
    "lon": bulk.FLOAT,
    "lat": bulk.FLOAT,
    "flag": bulk.SMALLINT,
    "revision": bulk.SMALLINT,
}
SUMS = {
    "series": bulk.BIGINT,
    "start": bulk.TIMESTAMPTZ,
    "n": bulk.INTEGER,
    "flagged": bulk.INTEGER,
    **dict.fromkeys(("sum", "min", "max", "last"), bulk.FLOAT),
}


class Span(Struct, frozen=True):
    """A series from `lo` to `hi`, both included, in µs since 1970; empty where `lo` > `hi`."""

    metric: str
    station: str
    lo: int
    hi: int

    @property
    def series(self) -> int:
        return series_id(self.metric, self.station)


class Rows(Struct, frozen=True):
    """
    Columns of equal length, by place, then time. `place` counts the spans that were asked for. `value` is NaN
    where it is withdrawn, `lon` and `lat` (degrees) where the row has no place of its own. `time` is UTC, µs.
    """

    place: Integers
    time: Times
    payload: Integers
    value: Floats
    lon: Floats
    lat: Floats
    flag: Flags
    revision: Flags

    def __len__(self) -> int:
        return len(self.place)

    def take(self, rows: Mask | Integers | slice) -> Rows:
        """Some of the rows, by mask, index or slice."""
        return Rows(*(getattr(self, name)[rows] for name in self.__struct_fields__))

    @staticmethod
    def joined(parts: Sequence[Rows]) -> Rows:
        """The rows of all parts, in order. At least one part."""
        both = Rows(*(np.concatenate([getattr(p, name) for p in parts]) for name in Rows.__struct_fields__))
        return both.take(np.lexsort((both.time, both.place))) if len(parts) > 1 else both


def stored(connection: Connection[Any], spans: Sequence[Span], limit: int) -> Rows:
    """The first `limit` values that stand in the table."""
    return Rows(**bulk.read(connection, SQL["values"], _parameters(spans, limit), VALUES))


def rollup(connection: Connection[Any], spans: Sequence[Span], unit: str, limit: int) -> Sums:
    """The first `limit` kept "hour"s or "day"s with good values; `series` counts the spans."""
    return Sums(**bulk.read(connection, SQL[f"{unit}s"], _parameters(spans, limit), SUMS))


def _parameters(spans: Sequence[Span], limit: int) -> dict[str, Any]:
    return {
        "series": [span.series for span in spans],
        "lo": [instant(span.lo) for span in spans],
        "hi": [instant(span.hi) for span in spans],
        "first": instant(min((span.lo for span in spans), default=0)),
        "last": instant(max((span.hi for span in spans), default=0)),
        "limit": limit,
    }
