"""One answer, whatever its format; and no file needs to be in memory whole."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from psycopg import Connection

from measuring import put, value
from terraloom.archive.objects import Objects
from terraloom.observations import query, reading
from terraloom.observations.formats import Format, write
from terraloom.observations.wanted import Resolution, Wanted
from terraloom.records import Quality, Station

READ = {
    Format.CSV: lambda body: pl.read_csv(io.BytesIO(body), try_parse_dates=True),
    Format.JSONL: lambda body: pl.read_ndjson(io.BytesIO(body)),
    Format.ARROW: lambda body: pl.from_arrow(pa.ipc.open_stream(body).read_all()),
    Format.PARQUET: lambda body: pl.read_parquet(io.BytesIO(body)),
}


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("resolution", Resolution)
def test_every_format_says_what_json_says(
    connection: Connection[Any], store: Objects, format: Format, resolution: Resolution
) -> None:
    told = Station(id="made/b", title='comma, and "quotes"', lon=1.25, lat=-3.5)
    put(connection, [told, *(value(n / 7, n / 3, station="made/b") for n in range(9)), value(0, -0.0)])
    wanted = Wanted(metrics=["heat"], resolution=resolution)
    expected = query.values(connection, store, wanted).values
    pages = list(reading.pages(lambda: nullcontext(connection), store, wanted, size=2))
    assert len(pages) > (resolution is Resolution.RAW)
    frame = READ[format](b"".join(write(pages, resolution, format)))
    assert frame.columns == list(type(expected[0]).__dataclass_fields__)
    rows = [json.loads(line) for line in b"".join(write(pages, resolution, Format.JSONL)).splitlines()]
    for name in ("metric", "station", "value", "lon", "lat", "unit"):
        assert frame[name].to_list() == [row[name] for row in rows] == [getattr(e, name) for e in expected]


def test_csv_writes_times_as_json_does_and_nothing_for_null(
    connection: Connection[Any], store: Objects
) -> None:
    put(connection, [value(0, 1.5), value(0.0001, 2.0)])
    put(connection, [value(0, None, quality=Quality.WITHDRAWN)], fetched=9)
    wanted = Wanted(metrics=["heat"], qualities=list(Quality))
    body = b"".join(
        write(
            reading.pages(lambda: nullcontext(connection), store, wanted, size=9), Resolution.RAW, Format.CSV
        )
    )
    assert body.decode().splitlines() == [
        "metric,station,time,value,unit,lon,lat,quality,revision",
        "heat,made/a,2026-03-01T00:00:00Z,,Cel,,,withdrawn,1",
        "heat,made/a,2026-03-01T00:00:00.006000Z,2.0,Cel,,,good,0",
    ]


@pytest.mark.parametrize("format", Format)
def test_nothing_found_is_an_empty_file_of_the_format(
    connection: Connection[Any], store: Objects, format: Format
) -> None:
    put(connection, [value(0, 999.0, quality=Quality.OUT_OF_RANGE)])
    pages = reading.pages(lambda: nullcontext(connection), store, Wanted(metrics=["heat"]), size=9)
    body = b"".join(write(pages, Resolution.RAW, format))
    assert body == b"" if format is Format.JSONL else READ[format](body).height == 0
