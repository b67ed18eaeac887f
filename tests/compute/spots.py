"""Files of made spots, and the specs that tests aggregate them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from terraloom.compute.aggregating import Aggregation
from terraloom.compute.engine import Engine, Inline
from terraloom.compute.files import found
from terraloom.compute.spec import understood

SCHEMA = pa.schema(
    {
        "time": pa.timestamp("us"),
        "band": pa.int16(),
        "tx": pa.string(),
        "km": pa.int32(),
        "snr": pa.int8(),
        "mhz": pa.float64(),
    }
)
COUNTED: dict[str, Any] = {"by": ["band"], "measures": {"spots": "count()", "km": "sum(km)"}}

Rows = Sequence[Mapping[str, Any]]


def spot(n: int) -> dict[str, Any]:
    """The n-th of a made series."""
    return {
        "time": 1_600_000_000_000_000 + n * 120_000_000,  # µs since 1970: one every two minutes
        "band": (7, 10, 14, 14)[n % 4],
        "tx": f"K{n * 7919 % 97}",
        "km": n * 31 % 19_000,
        "snr": n * 13 % 60 - 30,
        "mhz": (7.04, 10.14, 14.097, 14.097)[n % 4],
    }


def parquet(folder: Path, *files: Rows) -> list[str]:
    """Each as a Parquet file."""
    names = [str(folder / f"spots-{n}.parquet") for n in range(len(files))]
    for name, rows in zip(names, files, strict=True):
        pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), name)
    return names


def made(folder: Path, files: int = 3, rows: int = 1000) -> list[str]:
    """Files of made spots."""
    return parquet(folder, *([spot(n) for n in range(k * rows, (k + 1) * rows)] for k in range(files)))


def as_csv(folder: Path, rows: Rows) -> str:
    """Rows as a CSV file."""
    name = folder / "spots.csv"
    pc.write_csv(pa.Table.from_pylist(list(rows), SCHEMA), name)
    return str(name)


def rows_of(spec: dict[str, Any], files: Sequence[str], engine: Engine | None = None) -> list[dict[str, Any]]:
    """The only table of a spec over files, all of which are read."""
    done = Aggregation(understood(spec), found(files)).run(engine or Inline())
    assert not done.failed
    [table] = done.tables.values()
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def asked(query: str, files: Sequence[str]) -> list[dict[str, Any]]:
    """The same by one query of DuckDB over all files, which it calls `spots`."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW spots AS SELECT * FROM read_parquet({list(files)!r})")
        rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows
