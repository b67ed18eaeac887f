"""
What a cold file holds: rows by metric, station and time, readable by any tool, and how they are read back.

`metric`, `station` and `unit` say what a value is; `series`, `payload`, `flag` and `revision` make the file
as good as the table. It is sorted and has statistics in its footer: whoever wants one series reads a small
part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from terraloom.archive.objects import Objects
from terraloom.db import bulk
from terraloom.errors import ArchiveError
from terraloom.observations.cold.manifest import Cold
from terraloom.observations.instants import micros
from terraloom.observations.rows import VALUES, Rows, Span

TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    {
        "metric": pa.string(),
        "station": pa.string(),
        "unit": pa.string(),  # UCUM
        "time": TIME,
        "value": pa.float64(),  # null: withdrawn
        "lon": pa.float64(),  # degrees east, where not the station's
        "lat": pa.float64(),
        "flag": pa.int16(),  # records.Quality
        "revision": pa.int16(),
        "payload": pa.int64(),  # payloads.seq
        "series": pa.int64(),
    }
)
WORDS = ["metric", "station", "unit"]
ROW_GROUP = 122_880  # as DuckDB writes them
LEVEL = 6  # zstd: written once, read often

ROWS = {"series": bulk.BIGINT} | {name: kind for name, kind in VALUES.items() if name != "place"}
# What the checksum is of: a row without its series.
RECORD = bulk.packed({name: kind for name, kind in ROWS.items() if name != "series"})


def create(sink: Any) -> pq.ParquetWriter:
    """A writer of cold files."""
    return pq.ParquetWriter(
        sink,
        SCHEMA,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=WORDS,
        column_encoding=dict.fromkeys(("time", "payload", "series"), "DELTA_BINARY_PACKED"),
    )


def table(rows: Rows, spans: Sequence[Span], units: Sequence[str]) -> pa.Table:
    """Rows as they stand in a file; `units` are those of the spans."""
    words = {
        "metric": [span.metric for span in spans],
        "station": [span.station for span in spans],
        "unit": units,
    }
    place = pa.array(rows.place)
    columns = {name: pa.array(known, pa.string()).take(place) for name, known in words.items()}
    columns |= {name: pa.array(getattr(rows, name), from_pandas=True) for name in ROWS if name != "series"}
    columns["series"] = pa.array([span.series for span in spans], pa.int64()).take(place)
    columns["time"] = columns["time"].cast(pa.timestamp("us")).cast(TIME)
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def groups(store: Objects, cold: Cold, spans: Sequence[Span]) -> Iterator[Rows]:
    """The rows of a file that fall into spans, row group by row group, in the order of the file."""
    sought = _Sought(spans)
    with _opened(store, cold) as file:
        for n in range(file.num_row_groups):
            if _may_hold(file.metadata.row_group(n), spans):
                yield sought.within(file.read_row_group(n, columns=list(ROWS)))


def everything(store: Objects, cold: Cold) -> Iterator[pa.Table]:
    """All rows of a file as they stand, row group by row group."""
    with _opened(store, cold) as file:
        for n in range(file.num_row_groups):
            yield file.read_row_group(n)


@contextmanager
def _opened(store: Objects, cold: Cold) -> Iterator[pq.ParquetFile]:
    with store.reader(cold.path) as source, store.named(cold.path):
        try:
            yield pq.ParquetFile(source)
        except pa.ArrowException as error:
            raise ArchiveError(f"{store.url}: {cold.path} is damaged: {error}") from error


def checksum(tables: Iterator[pa.Table]) -> tuple[int, str]:
    """How many rows there are, and the checksum that `cold.sql` makes of the same rows in the table."""
    count = 0
    digests: dict[int, hashlib._Hash] = {}
    for part in tables:
        count += len(part)
        series, records = part["series"].to_numpy(), _records(part)
        ends = [*(np.flatnonzero(series[1:] != series[:-1]) + 1), len(part)]
        for first, last in pairwise([0, *ends]):
            digest = digests.setdefault(int(series[first]), hashlib.sha256())
            digest.update(records[first:last].tobytes())
    whole = hashlib.sha256()
    for series_id, digest in sorted(digests.items()):
        whole.update(series_id.to_bytes(8, "big", signed=True) + digest.digest())
    return count, whole.hexdigest()


def _records(part: pa.Table) -> np.ndarray[Any, Any]:
    records = np.empty(len(part), RECORD)
    for name in RECORD.names or ():
        column = part[name].to_numpy()
        if name == "time":
            column = (column.astype("M8[us]") - bulk.EPOCH).astype(np.int64)
        elif column.dtype == np.float64:
            column = np.where(np.isnan(column), np.nan, column)  # one NaN, as PostgreSQL writes it
        records[name] = column
    return records


def _may_hold(group: pq.RowGroupMetaData, spans: Sequence[Span]) -> bool:
    """Whether a row group may have rows of the spans, by its statistics."""
    by_name = {group.column(n).path_in_schema: group.column(n).statistics for n in range(group.num_columns)}
    metric, station, time = by_name["metric"], by_name["station"], by_name["time"]
    first, last = micros(time.min), micros(time.max)
    return any(
        span.lo <= last
        and span.hi >= first
        and metric.min <= span.metric <= metric.max
        and (metric.min != metric.max or station.min <= span.station <= station.max)
        for span in spans
    )


class _Sought:
    """Spans by the id of their series."""

    def __init__(self, spans: Sequence[Span]) -> None:
        ids = np.array([span.series for span in spans], np.int64)
        self._order = np.argsort(ids)
        self._ids = ids[self._order]
        self._lo = np.array([span.lo for span in spans], np.int64).view("M8[us]")
        self._hi = np.array([span.hi for span in spans], np.int64).view("M8[us]")

    def within(self, part: pa.Table) -> Rows:
        """The rows of a part that fall into them."""
        series, time = part["series"].to_numpy(), part["time"].to_numpy().astype("M8[us]")
        at = np.minimum(np.searchsorted(self._ids, series), len(self._ids) - 1)
        place = self._order[at]
        inside = (self._ids[at] == series) & (time >= self._lo[place]) & (time <= self._hi[place])
        columns = {name: part[name].to_numpy() for name in ROWS if name not in ("series", "time")}
        return Rows(place=place, time=time, **columns).take(inside)
