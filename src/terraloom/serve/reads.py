"""What only the pages ask of the record: small reads by index, each bounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import dict_row

from terraloom.archive.objects import Objects
from terraloom.db import bulk
from terraloom.db.patterns import containing
from terraloom.hazards.population import EARTH_RADIUS_KM
from terraloom.observations.reading import page
from terraloom.observations.wanted import Resolution, Wanted

SQL = bulk.statements(files("terraloom.serve").joinpath("reads.sql").read_text())

Row = dict[str, Any]
Columns = dict[str, list[Any]]

CHANGES_LOOKED_AT = 2000
VALUES = 20_000
"""Most values of one reply for a chart; a page that has more says so."""
KM_PER_DEGREE = 111.0  # of latitude; a little less than there are, so that a box is never too small


def metric_days(connection: Connection[Any], metric: str) -> Columns:
    """All days of a metric over all its stations: `time` in s since 1970, UTC midnight."""
    return _columns(
        _rows(connection, "metric_days", {"metric": metric}), ("time", "value", "min", "max", "n")
    )


def series_values(
    connection: Connection[Any],
    store: Objects,
    metric: str,
    station: str,
    resolution: Resolution,
    since: datetime | None,
    until: datetime | None,
) -> tuple[Columns, bool]:
    """
    One series as columns, and whether it was cut at `VALUES`. Hours and days come with min, max and n.
    `store` is where cold files are.
    """
    wanted = Wanted(metrics=[metric], stations=[station], since=since, until=until, resolution=resolution)
    found = page(connection, store, wanted, limit=VALUES)
    names = ("value",) if resolution is Resolution.RAW else ("value", "min", "max", "n")
    columns: Columns = {"time": _seconds(found.columns["time"])}
    return columns | {name: _listed(found.columns[name]) for name in names}, found.next is not None


def newest(connection: Connection[Any], metric: str, *, limit: int = 5000) -> list[Row]:
    """The newest value at each station of a metric; those with a place first."""
    return _rows(connection, "newest", {"metric": metric, "limit": limit})


def stations_of_metric(connection: Connection[Any], metric: str, *, text: str = "", limit: int) -> list[Row]:
    parameters = {"metric": metric, "pattern": containing(text), "limit": limit}
    return _rows(connection, "stations_of_metric", parameters)


def layers(connection: Connection[Any]) -> dict[str, int]:
    """Metrics that can be put on a map, with how many stations have a place and a value."""
    return {row["metric"]: row["stations"] for row in _rows(connection, "layers", {})}


def recent_changes(connection: Connection[Any], since: datetime, now: datetime) -> list[Row]:
    """Changes of events in (since, now], newest first."""
    return _rows(connection, "recent_changes", {"since": since, "now": now, "limit": CHANGES_LOOKED_AT})


def recent_values(connection: Connection[Any], since: datetime, now: datetime) -> list[Row]:
    """What sources brought in (since, now], those with most values first."""
    return _rows(connection, "recent_values", {"since": since, "now": now})


def strong_events(connection: Connection[Any], since: datetime, until: datetime, *, limit: int) -> list[Row]:
    """What stands out in [since, until): M >= 6.5, orange or red; the strongest first."""
    return _rows(connection, "strong_events", {"since": since, "until": until, "limit": limit})


def events_near(connection: Connection[Any], lon: float, lat: float, radius_km: float) -> list[Row]:
    """Current events within a great-circle radius, the nearest first."""
    return _rows(connection, "events_near", _circle(lon, lat, radius_km))


def stations_near(connection: Connection[Any], lon: float, lat: float, radius_km: float) -> list[Row]:
    return _rows(connection, "stations_near", _circle(lon, lat, radius_km))


def newest_of_stations(connection: Connection[Any], stations: Sequence[str]) -> dict[str, list[Row]]:
    """The newest value of each series, by station."""
    found: dict[str, list[Row]] = {}
    for row in _rows(connection, "newest_of_stations", {"stations": list(stations)}):
        found.setdefault(row.pop("station"), []).append(row)
    return found


def days_of_station(connection: Connection[Any], station: str, days: int) -> dict[str, list[Row]]:
    """The past days up to its newest value of each series of a station, by metric."""
    found: dict[str, list[Row]] = {}
    for row in _rows(connection, "days_of_station", {"station": station, "days": days}):
        found.setdefault(row.pop("metric"), []).append(row)
    return found


def newest_payloads(connection: Connection[Any], source: str, *, limit: int) -> list[Row]:
    return _rows(connection, "newest_payloads", {"source": source, "limit": limit})


def metrics_of_source(connection: Connection[Any], source: str) -> dict[str, Row]:
    rows = _rows(connection, "metrics_of_source", {"source": source})
    return {row["metric"]: row for row in rows}


def newest_values(connection: Connection[Any], now: datetime) -> dict[str, datetime]:
    """When the newest value of each source was measured."""
    rows = _rows(connection, "newest_values", {"now": now + timedelta(minutes=1)})
    return {row["source"]: row["last_time"] for row in rows}


def _circle(lon: float, lat: float, radius_km: float) -> Row:
    reach = radius_km / KM_PER_DEGREE
    return {
        "lon": lon,
        "lat": lat,
        "radius_km": radius_km,
        "earth": EARTH_RADIUS_KM,
        "south": lat - reach,
        "north": lat + reach,
    }


def _columns(rows: Sequence[Row], names: Sequence[str]) -> Columns:
    return {name: [row[name] for row in rows] for name in names}


def _seconds(times: NDArray[Any]) -> list[Any]:
    """s since 1970; whole ones as integers, which are shorter."""
    micros = times.astype("datetime64[us]").astype(np.int64)
    whole = micros % 1_000_000 == 0
    return list((micros // 1_000_000 if whole.all() else micros / 1e6).tolist())


def _listed(column: NDArray[Any]) -> list[Any]:
    """Numbers to nine digits, which is more than any instrument has; NaN as null."""
    if column.dtype.kind != "f":
        return list(column.tolist())
    return [None if x != x else float(f"{x:.9g}") for x in column.tolist()]


def _rows(connection: Connection[Any], name: str, parameters: Row) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name], parameters, prepare=False).fetchall()
