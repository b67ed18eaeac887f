"""Events as files: JSON lines, GeoJSON, CSV, Parquet. Text formats stream; Parquet is written in one go."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from terraloom.errors import ConfigError
from terraloom.hazards.views import Event

COLUMNS = [field.name for field in fields(Event)]


class Format(StrEnum):
    JSONL = "jsonl"
    GEOJSON = "geojson"
    CSV = "csv"
    PARQUET = "parquet"


def write(events: Iterable[Event], format: Format, path: Path | None) -> int:
    """
    Write events to `path`, or to standard output; returns how many.

    Raises `ConfigError` for Parquet without a path.
    """
    if format is Format.PARQUET:
        return _parquet(events, path)
    with _open(path) as out:
        return WRITERS[format](events, out)


def _jsonl(events: Iterable[Event], out: BinaryIO) -> int:
    count = 0
    for event in events:
        out.write(msgspec.json.encode(event) + b"\n")
        count += 1
    return count


def _geojson(events: Iterable[Event], out: BinaryIO) -> int:
    from terraloom.serve.answers import feature

    out.write(b'{"type":"FeatureCollection","features":[')
    count = 0
    for count, event in enumerate(events, 1):
        out.write((b",\n" if count > 1 else b"\n") + msgspec.json.encode(feature(event)))
    out.write(b"\n]}\n")
    return count


def _csv(events: Iterable[Event], out: BinaryIO) -> int:
    writer = csv.writer(_Encoded(out))
    writer.writerow(COLUMNS)
    count = 0
    for event in events:
        row = msgspec.to_builtins(event)
        row["agencies"] = " ".join(row["agencies"])
        writer.writerow(["" if row[name] is None else row[name] for name in COLUMNS])
        count += 1
    return count


def _parquet(events: Iterable[Event], path: Path | None) -> int:
    import polars as pl

    if path is None:
        raise ConfigError("--output", "none", "a file, since Parquet is binary")
    rows = [
        {**_fields(event), "id": str(event.id), "merged_into": _text(event.merged_into)} for event in events
    ]
    pl.DataFrame(rows, schema=_schema()).write_parquet(path)
    return len(rows)


def _schema() -> dict[str, Any]:
    import polars as pl

    time = pl.Datetime("us", "UTC")
    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    kinds |= dict.fromkeys(("onset", "updated_at", "valid_until"), time)
    kinds |= dict.fromkeys(
        ("lon", "lat", "depth_km", "magnitude", "score", "distance_km", "population_100km"), pl.Float64
    )
    return kinds | {
        "agencies": pl.List(pl.String),
        "reports": pl.Int64,
        "changed_seq": pl.Int64,
        "onset_year": pl.Int64,
    }


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in COLUMNS}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


class _Encoded:
    """What `csv.writer` writes to: text in, UTF-8 out."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out

    def write(self, text: str) -> int:
        return self.out.write(text.encode())


@contextmanager
def _open(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as out:
        yield out


WRITERS: dict[Format, Callable[[Iterable[Event], BinaryIO], int]] = {
    Format.JSONL: _jsonl,
    Format.GEOJSON: _geojson,
    Format.CSV: _csv,
}
