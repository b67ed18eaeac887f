"""
Write what a payload measured, within the caller's transaction: values, their versions, hours, days, counts.

Most values of a batch lie after all that their series holds (a feed that goes on) or before it (history that
is loaded later). These need no look at what stands: they go in by COPY, and their hours and days are added up
here. The others are *late*: compared with what stands, and what they change is counted again from the table.
Both ways give the same rows, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import Struct
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.db import bulk
from terraloom.observations import partitions
from terraloom.observations.admitting import admit
from terraloom.observations.batch import Batch, Mask, Sums, Times, batch_of, series_id, starts, sums_of
from terraloom.observations.catalogue import describe
from terraloom.observations.standing import newest_of_day
from terraloom.records import Observation, Quality, Station
from terraloom.sources import SourceInfo
from terraloom.sources.operator import OPERATOR

SQL = bulk.statements(files("terraloom.observations").joinpath("store.sql").read_text())

ROWS = {
    "series": bulk.BIGINT,
    "time": bulk.TIMESTAMPTZ,
    "payload": bulk.BIGINT,
    "value": bulk.FLOAT,
    "lon": bulk.FLOAT,
    "lat": bulk.FLOAT,
    "flag": bulk.SMALLINT,
    "revision": bulk.SMALLINT,
}
OBSERVATIONS = bulk.Table("observations", ROWS, key=("series", "time"))
LATE = bulk.Table("late", ROWS)
SUMS = {
    "series": bulk.BIGINT,
    "start": bulk.TIMESTAMPTZ,
    "n": bulk.INTEGER,
    "flagged": bulk.INTEGER,
    "sum": bulk.FLOAT,
    "min": bulk.FLOAT,
    "max": bulk.FLOAT,
    "last": bulk.FLOAT,
}
ROLLUPS = {
    "hour": bulk.Table("observations_hourly", SUMS, key=("series", "start")),
    "day": bulk.Table("observations_daily", SUMS, key=("series", "start")),
}
NEVER = np.datetime64("NaT", "us")


class Arrival(Struct, frozen=True, kw_only=True):
    """What one payload measured. `payload` is its number in the manifest (`payloads.seq`)."""

    payload: int
    fetched_at: datetime
    source: SourceInfo
    observations: Sequence[Observation]
    stations: Sequence[Station] = ()


class Written(Struct, frozen=True, kw_only=True):
    """What became of them: `duplicate` ones said what stands already, or twice in one payload."""

    observed: int = 0
    revised: int = 0
    withdrawn: int = 0
    duplicate: int = 0
    flagged: int = 0


def write(connection: Connection[Any], arrival: Arrival, store: Objects | None = None) -> Written:
    """
    Write a payload's values. A later version of a value replaces the earlier one, which stays countable in
    `observation_revisions`; later is what was fetched later, whatever comes in first. `store` is where cold
    files are.
    """
    if arrival.observations or arrival.stations:
        partitions.share(connection)
    if not arrival.observations:
        _write_stations(connection, arrival)
        return Written()
    names = _names(arrival.observations)
    batch = admit(connection, store, batch_of(arrival.observations), names)
    _write_stations(connection, arrival)
    known = _known(connection, arrival, names)
    late = _is_late(batch, known)
    written = _write_late(connection, batch.take(late), arrival, store) if late.any() else Written()
    said = ~late & (batch.flag != Quality.WITHDRAWN)
    fresh = batch.take(said)
    _write_fresh(connection, fresh, arrival, names, known)
    return Written(
        observed=written.observed + len(fresh),
        revised=written.revised,
        withdrawn=written.withdrawn,
        duplicate=written.duplicate + len(arrival.observations) - int(late.sum()) - len(fresh),
        flagged=written.flagged + int((fresh.flag != Quality.GOOD).sum()),
    )


def _write_stations(connection: Connection[Any], arrival: Arrival) -> None:
    by_id = {station.id: station for station in arrival.stations}  # of several words the last stands
    if not by_id:
        return
    columns = ("id", "title", "lon", "lat", "elevation_m", "kind")
    values = {name: [getattr(station, name) for station in by_id.values()] for name in columns}
    said = {"payload": arrival.payload, "fetched_at": arrival.fetched_at}
    connection.execute(SQL["stations"], values | said)


def _names(observations: Sequence[Observation]) -> dict[int, tuple[str, str]]:
    """Metric and station of each series."""
    pairs = dict.fromkeys((o.metric, o.station) for o in observations)
    return {series_id(*pair): pair for pair in pairs}


class Known(Struct, frozen=True):
    """Series in the order of their ids, with the first and the last time that each holds (NaT: none)."""

    ids: np.ndarray[Any, np.dtype[np.int64]]
    first: Times
    last: Times


def _known(connection: Connection[Any], arrival: Arrival, names: Mapping[int, tuple[str, str]]) -> Known:
    """Lock the series of a batch; those that are new are made."""
    ids = sorted(names)
    rows = connection.execute(SQL["known"], {"ids": ids}).fetchall()
    if len(rows) < len(ids):
        _make_series(connection, arrival, {i: names[i] for i in set(ids) - {row[0] for row in rows}})
        rows = connection.execute(SQL["known"], {"ids": ids}).fetchall()
    return Known(np.array(ids, np.int64), _times(row[1] for row in rows), _times(row[2] for row in rows))


def _make_series(connection: Connection[Any], arrival: Arrival, names: Mapping[int, tuple[str, str]]) -> None:
    describe(connection, arrival.source)
    stations = sorted({station for _, station in names.values()})
    connection.execute(SQL["nameless_stations"], {"id": stations})
    values = {
        "ids": list(names),
        "metrics": [metric for metric, _ in names.values()],
        "stations": [station for _, station in names.values()],
        "source": arrival.source.id,
    }
    connection.execute(SQL["new_series"], values)


def _times(times: Any) -> Times:
    """Aware times (or None) as an array, UTC."""
    return np.array(
        [NEVER if at is None else at.astimezone(UTC).replace(tzinfo=None) for at in times], "M8[us]"
    )


def _is_late(batch: Batch, known: Known) -> Mask:
    """Rows that may meet what stands: not after all of it, and not on a day before all of it."""
    at = np.searchsorted(known.ids, batch.series)
    first, last = known.first[at], known.last[at]
    empty = np.isnat(last)
    before = batch.time < first.astype("M8[D]")
    found: Mask = ~(empty | (batch.time > last) | before)
    return found


def _write_late(connection: Connection[Any], late: Batch, arrival: Arrival, store: Objects | None) -> Written:
    """Values among those that stand: each compared, and what they change counted again."""
    # Looked up by key, however many: a plan that joins whole months would be far off.
    connection.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    connection.execute(SQL["staging"])
    bulk.insert(connection, LATE, _columns(late, arrival.payload))
    span = {"first": _aware(late.time.min()), "last": _aware(late.time.max())}
    by = {"fetched_at": arrival.fetched_at, "operator": arrival.source.id == OPERATOR}
    connection.execute(SQL["judge"], span | by)
    row = connection.execute(SQL["outcome"]).fetchone()
    assert row is not None, "counts always give a row"
    written = Written(
        observed=row[0], revised=row[1] - row[2], withdrawn=row[2], duplicate=row[3], flagged=row[4]
    )
    if written.observed or row[1]:
        for name in ("keep_versions", "add_late", "revise", "recount_hours", "recount_days"):
            connection.execute(SQL[name], span if "%(first)s" in SQL[name] else None)
        connection.execute(SQL["count_late"])
        connection.execute(SQL["late_days"])
        _note_newest(connection, store)
    connection.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    return written


def _note_newest(connection: Connection[Any], store: Objects | None) -> None:
    """The newest good values of the series that late ones changed; some may be in files."""
    for series, metric, station, start, cold in connection.execute(SQL["newest_of_late"]).fetchall():
        if cold:
            assert store is not None, "whoever writes beside cold spans has the storage"
            time, value = newest_of_day(connection, store, metric, station, start)
            newest = {"time": time, "value": value}
            connection.execute(SQL["newest_in_file"], newest | {"series": series})


def _write_fresh(
    connection: Connection[Any],
    fresh: Batch,
    arrival: Arrival,
    names: Mapping[int, tuple[str, str]],
    known: Known,
) -> None:
    """Values beyond what stands: in by COPY, added up from the batch alone."""
    if not len(fresh):
        return
    bulk.insert(connection, OBSERVATIONS, _columns(fresh, arrival.payload))
    hourly = {metric.id for metric in arrival.source.metrics if metric.hourly}
    keeps = np.isin(fresh.series, [i for i, (metric, _) in names.items() if metric in hourly])
    _add_sums(connection, fresh.take(keeps), "hour", known)
    _add_sums(connection, fresh, "day", known)
    _count_fresh(connection, fresh)
    _note_days(connection, fresh, names)


def _add_sums(connection: Connection[Any], fresh: Batch, span: str, known: Known) -> None:
    """Rollup rows of a batch: the one in which a series ended goes on, the others are new."""
    ended = starts(known.last, span)[np.searchsorted(known.ids, fresh.series)]
    goes_on = starts(fresh.time, span) == ended  # false where the series was empty (NaT)
    bulk.insert(connection, ROLLUPS[span], _sum_columns(sums_of(fresh.take(~goes_on), span)))
    part = fresh.take(goes_on)
    if len(part):
        before = _before(connection, part, span)
        bulk.upsert(connection, ROLLUPS[span], _sum_columns(sums_of(part, span, before)))


def _before(connection: Connection[Any], part: Batch, span: str) -> Sums | None:
    """The rows that a batch goes on with; a series has one at most."""
    series, first = np.unique(part.series, return_index=True)
    begun = [_aware(at) for at in starts(part.time[first], span)]
    rows = connection.execute(SQL[f"{span}s_before"], {"series": series.tolist(), "start": begun}).fetchall()
    return _sums_from(rows) if rows else None


def _sums_from(rows: Sequence[tuple[Any, ...]]) -> Sums:
    series, start, n, flagged, *values = zip(*rows, strict=True)
    return Sums(
        np.array(series, np.int64),
        _times(start),
        np.array(n, np.int64),
        np.array(flagged, np.int64),
        *(np.array(column, np.float64) for column in values),
    )


def _count_fresh(connection: Connection[Any], fresh: Batch) -> None:
    """Bring `series` up to a batch."""
    begins = np.ones(len(fresh), np.bool_)
    begins[1:] = fresh.series[1:] != fresh.series[:-1]
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(fresh)) - 1
    good = fresh.flag == Quality.GOOD
    n = np.add.reduceat(good.astype(np.int64), first)
    newest = np.maximum.reduceat(
        np.where(good, np.arange(len(fresh)), -1), first
    )  # row of the last good value
    values = {
        "id": fresh.series[first].tolist(),
        "n": n.tolist(),
        "flagged": (last - first + 1 - n).tolist(),
        "withdrawn": [0] * len(first),
        "first_time": [_aware(t) for t in fresh.time[first]],
        "last_time": [_aware(t) for t in fresh.time[last]],
        "last_good": [_aware(fresh.time[row]) if row >= 0 else None for row in newest],
        "last_value": [float(fresh.value[row]) if row >= 0 else None for row in newest],
    }
    connection.execute(SQL["count_fresh"], values)


def _note_days(connection: Connection[Any], fresh: Batch, names: Mapping[int, tuple[str, str]]) -> None:
    """Caches of these days are behind."""
    keys = np.rec.fromarrays((fresh.series, fresh.time.astype("M8[D]")))
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = keys[1:] != keys[:-1]
    spoken = zip(fresh.series[begins].tolist(), fresh.time[begins].astype("M8[D]").tolist(), strict=True)
    days = sorted({(names[series][0], day) for series, day in spoken})
    starts = [datetime(day.year, day.month, day.day, tzinfo=UTC) for _, day in days]
    connection.execute(SQL["fresh_days"], {"metric": [metric for metric, _ in days], "start": starts})


def _columns(batch: Batch, payload: int) -> dict[str, Any]:
    return {
        "series": batch.series,
        "time": batch.time,
        "payload": np.full(len(batch), payload, np.int64),
        "value": _nullable(batch.value),
        "lon": _nullable(batch.lon),
        "lat": _nullable(batch.lat),
        "flag": batch.flag,
        "revision": np.zeros(len(batch), np.int16),
    }


def _sum_columns(sums: Sums) -> dict[str, Any]:
    columns = {name: getattr(sums, name) for name in Sums.__struct_fields__}
    return columns | {name: _nullable(columns[name]) for name in ("sum", "min", "max", "last")}


def _nullable(values: Any) -> pa.Array:
    return pa.array(values, from_pandas=True)  # NaN is null


def _aware(at: np.datetime64) -> datetime:
    found: datetime = at.astype("M8[us]").item()
    return found.replace(tzinfo=UTC)
