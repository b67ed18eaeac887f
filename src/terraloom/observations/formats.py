"""Values as CSV, JSON lines, an Arrow stream or Parquet: written page by page, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from terraloom.observations.query import rows_of
from terraloom.observations.reading import Columns, Page
from terraloom.observations.wanted import Resolution

TIME = pa.timestamp("us", tz="UTC")
SHARED = {
    "metric": pa.string(),
    "station": pa.string(),
    "time": TIME,
    "value": pa.float64(),
    "unit": pa.string(),
    "lon": pa.float64(),
    "lat": pa.float64(),
}
RAW = pa.schema(SHARED | {"quality": pa.string(), "revision": pa.int16()})
SPANS = pa.schema(SHARED | {"n": pa.int64(), **dict.fromkeys(("min", "max", "mean"), pa.float64())})

# As JSON has times: without a fraction where that is zero.
_ISO = pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").str.replace(".000000Z", "Z", literal=True)


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"
    PARQUET = "parquet"


def write(pages: Iterable[Page], resolution: Resolution, format: Format) -> Iterator[bytes]:
    """Pieces of one file that holds all pages: of Arrow and Parquet too, none needs all of it at once."""
    return WRITERS[format](pages, resolution)


def table(columns: Columns, resolution: Resolution) -> pa.Table:
    """Columns as an Arrow table; what is NaN is null."""
    schema = RAW if resolution is Resolution.RAW else SPANS
    arrays = [pa.array(columns[name], kind, from_pandas=True) for name, kind in _times_without_zone(schema)]
    return pa.table(arrays, names=schema.names).cast(schema)


def _times_without_zone(schema: pa.Schema) -> Iterator[tuple[str, pa.DataType]]:
    for field in schema:
        yield field.name, pa.timestamp("us") if field.type == TIME else field.type


def _csv(pages: Iterable[Page], resolution: Resolution) -> Iterator[bytes]:
    header = True
    for page in pages:
        frame = pl.DataFrame(table(page.columns, resolution))
        yield frame.with_columns(time=_ISO).write_csv(include_header=header).encode()
        header = False


def _jsonl(pages: Iterable[Page], resolution: Resolution) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for page in pages:
        yield encoder.encode_lines(rows_of(page.columns, resolution))


def _arrow(pages: Iterable[Page], resolution: Resolution) -> Iterator[bytes]:
    sink, schema = _Sink(), RAW if resolution is Resolution.RAW else SPANS
    with pa.ipc.new_stream(sink, schema) as stream:
        for page in pages:
            stream.write_table(table(page.columns, resolution))
            yield sink.take()
    yield sink.take()


def _parquet(pages: Iterable[Page], resolution: Resolution) -> Iterator[bytes]:
    sink, schema = _Sink(), RAW if resolution is Resolution.RAW else SPANS
    with pa.parquet.ParquetWriter(sink, schema, compression="zstd") as file:
        for page in pages:
            file.write_table(table(page.columns, resolution))
            yield sink.take()
    yield sink.take()


class _Sink:
    """What Arrow writes to; what was written is taken away piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._position += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Arrow does this when it is done; what it wrote can still be taken."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


WRITERS: dict[Format, Callable[[Iterable[Page], Resolution], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.JSONL: _jsonl,
    Format.ARROW: _arrow,
    Format.PARQUET: _parquet,
}
