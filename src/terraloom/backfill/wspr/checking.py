"""What makes a file right: a whole Parquet file, with our columns, all rows, and no time out of its span."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.columns import NAMES, TEXTS, as_spots
from terraloom.errors import PayloadError
from terraloom.sources import clickhouse

MARK = b"PAR1"
BATCH = 1 << 18  # rows in memory at a time
DAMAGE = (pa.ArrowException, OSError, KeyError, UnicodeDecodeError, OverflowError)
"""What Arrow raises for a damaged file: its own, and what a name or a number in a damaged footer leads to."""
READING: dict[str, Any] = {
    "read_dictionary": TEXTS,
    "buffer_size": 1 << 20,
    "page_checksum_verification": True,
}
_TAIL = 65_536  # bytes in which the text of an error stands


class Facts(Struct, frozen=True):
    """What was found in a file; `first` and `last` are of its times, None where it has no row."""

    rows: int
    first: datetime | None = None
    last: datetime | None = None


class Miscounted(PayloadError):
    """A right file with more or fewer rows than the server counts."""


def check(path: Path, window: Window, rows: int) -> Facts:
    """
    Read every value of a file of `window`'s spots. Raises `PayloadError` that says what is wrong, and
    `Miscounted` where that is only the number of `rows`.

    Page checksums are compared where the server wrote them (ClickHouse does since 2025); without them, damage
    is found where it makes a page unreadable or a value impossible.
    """
    with path.open("rb") as raw:
        check_marks(raw, path.stat().st_size)
    check_columns(path)
    facts = _facts(batches(path))
    if facts.first is not None and facts.last is not None:
        _check_span(facts.first, facts.last, window)
    if facts.rows != rows:
        raise Miscounted(f"{facts.rows} rows, while the server counts {rows}")
    return facts


def check_marks(raw: BinaryIO, size: int) -> None:
    """Raise `PayloadError` unless a Parquet file begins and ends where it should."""
    head = raw.read(len(MARK))
    raw.seek(max(0, size - _TAIL))
    tail = raw.read()
    failure = clickhouse.failure(tail)
    if failure is not None and not tail.endswith(MARK):
        raise PayloadError(f"the query failed when its answer had begun: {clickhouse.words(failure)}")
    if head != MARK:
        raise PayloadError(f"begins with {head!r}, a Parquet file with {MARK!r}")
    if not tail.endswith(MARK) or size < 3 * len(MARK):
        raise PayloadError(f"ends after {size} bytes without {MARK!r}: it was cut")


def check_columns(source: Path | BinaryIO) -> pq.FileMetaData:
    """The metadata of a file. Raises `PayloadError` where it cannot be read, or tells of other columns."""
    try:
        with pq.ParquetFile(source, **READING) as file:
            names, metadata = tuple(file.schema_arrow.names), file.metadata
    except DAMAGE as error:
        raise unreadable(error) from error
    if names != NAMES:
        raise PayloadError(f"columns {', '.join(names)}; expected {', '.join(NAMES)}")
    return metadata


def times_of(metadata: pq.FileMetaData) -> tuple[datetime, datetime] | tuple[None, None]:
    """The first and last time in a file that `merging` wrote, by the statistics of its row groups."""
    at = NAMES.index("time")
    groups = [metadata.row_group(n).column(at).statistics for n in range(metadata.num_row_groups)]
    if not groups:
        return None, None
    return min(group.min for group in groups), max(group.max for group in groups)


def batches(source: Path | BinaryIO) -> Iterator[pa.RecordBatch]:
    """
    All rows of a file as `ENCODED` has them, some at a time, with page checksums compared. Raises
    `PayloadError`.
    """
    try:
        with pq.ParquetFile(source, **READING) as file:
            for group in range(file.num_row_groups):  # Arrow keeps the pages of all groups it was asked for
                for batch in file.iter_batches(BATCH, row_groups=[group]):
                    found = as_spots(batch)
                    for name in TEXTS:  # Arrow takes any bytes for text, until somebody looks
                        found.column(name).dictionary.validate(full=True)
                    yield found
    except DAMAGE as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> PayloadError:
    said = str(error).partition("\n")[0] or type(error).__name__
    return PayloadError(f"unreadable as Parquet: {said}")


def _facts(found: Iterator[pa.RecordBatch]) -> Facts:
    rows, ends = 0, []
    for batch in found:
        rows += batch.num_rows
        if batch.num_rows:
            times = pc.min_max(batch.column("time"))
            ends += [times["min"].as_py(), times["max"].as_py()]
    return Facts(rows, min(ends, default=None), max(ends, default=None))


def _check_span(first: datetime, last: datetime, window: Window) -> None:
    if not window.start <= first <= last < window.end:
        raise PayloadError(
            f"times from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}, asked for "
            f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M}"
        )
