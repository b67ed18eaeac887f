"""
Move a partition to a file: written, read back and compared before the table's rows go.

Nothing is held up while the file is made. In the last transaction writers of this partition wait until its
rows have been counted again, and everybody for the moment in which it goes. Whoever dies at any point before
that commits leaves a file that nothing names, and the table as it was.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from msgspec import structs
from psycopg import Connection, sql

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError
from terraloom.observations import partitions
from terraloom.observations.cold import content, manifest
from terraloom.observations.cold.manifest import FOLDER, SQL, Cold
from terraloom.observations.instants import micros
from terraloom.observations.partitions import Partition
from terraloom.observations.rows import Rows, Span, stored
from terraloom.observations.wanted import Key, Wanted, next_series

LOCK = "terraloom.observations.freezing"
SERIES = 1000  # read at a time
TRIES, PAUSE_S = 20, 1.0
PATIENCE = "250ms"  # whoever comes while we wait for a lock waits behind us
BLOCK = 1 << 20


def due(connection: Connection[Any], now: datetime, months: int) -> list[Partition]:
    """Partitions that ended so many months ago, the oldest first."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return [
        one for one in partitions.existing(connection) if (one.ends.year, one.ends.month) <= (year, month + 1)
    ]


def freeze(connection: Connection[Any], store: Objects, partition: Partition, now: datetime) -> Cold | None:
    """
    Move one partition to a file. Commits. None where it is in use for long, is gone, or another process is
    moving one. Raises `ArchiveError` where the file does not come back as it was written.
    """
    connection.commit()
    with _alone(connection) as alone:
        if not alone:
            return None
        return _store(connection, store, partition, now)


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[bool]:
    """Whether no other process moves partitions, nor will as long as the context lasts."""
    row = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK]).fetchone()
    connection.commit()
    try:
        yield row == (True,)
    finally:
        if row == (True,):
            connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [LOCK])
            connection.commit()


def _store(connection: Connection[Any], store: Objects, partition: Partition, now: datetime) -> Cold | None:
    with tempfile.TemporaryDirectory(prefix="terraloom-freeze-") as folder:
        file = Path(folder) / f"{partition.name}.parquet"
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            rows, checksum = count(connection, partition.starts, partition.ends)
            _write(connection, partition, file)
        sha256 = _sha256(file.open("rb"))
        path = f"{FOLDER}/{partition.name}-{sha256[:16]}.parquet"
        known = store.exists(path)
        size = file.stat().st_size
        store.put_file(path, file)
    cold = Cold(
        name=partition.name,
        starts=partition.starts,
        ends=partition.ends,
        path=path,
        rows=rows,
        bytes=size,
        sha256=sha256,
        checksum=checksum,
        frozen_at=now,
    )
    check(store, cold)
    if _give_up_rows(connection, cold):
        return cold
    if not known:  # else somebody may name it
        store.delete(path)
    return None


def count(connection: Connection[Any], starts: datetime, ends: datetime) -> tuple[int, str]:
    """Number and checksum of the rows of a span in the table that is in sight."""
    row = connection.execute(SQL["checksum"], {"starts": starts, "ends": ends}).fetchone()
    assert row is not None, "sums always give a row"
    return row[0], row[1]


def check(store: Objects, cold: Cold) -> None:
    """Compare a stored file and its rows with what the manifest says. Raises `ArchiveError`."""
    found = _sha256(store.reader(cold.path))
    if found != cold.sha256:
        raise ArchiveError(f"{store.url}: {cold.path} has SHA-256 {found}, expected {cold.sha256}")
    rows = content.checksum(content.everything(store, cold))
    if rows != (cold.rows, cold.checksum):
        raise ArchiveError(
            f"{store.url}: {cold.path} holds {rows[0]} rows with checksum {rows[1]}, "
            f"expected {cold.rows} with {cold.checksum}"
        )


def _write(connection: Connection[Any], partition: Partition, file: Path) -> None:
    held: list[pa.Table] = []
    with content.create(file) as writer:
        for part in _tables(connection, partition):
            held.append(part)
            if sum(map(len, held)) >= content.ROW_GROUP:
                writer.write_table(pa.concat_tables(held), content.ROW_GROUP)
                held.clear()
        if held:
            writer.write_table(pa.concat_tables(held), content.ROW_GROUP)


def _tables(connection: Connection[Any], partition: Partition) -> Iterator[pa.Table]:
    """All rows, by metric, station and time."""
    wanted = Wanted(since=partition.starts, until=partition.ends)
    after: Key | None = None
    while series := next_series(connection, wanted, after, SERIES):
        lo, hi = micros(partition.starts), micros(partition.ends) - 1
        spans = [Span(one.metric, one.station, lo, hi) for one in series]
        units = [one.unit for one in series]
        for rows in _every(connection, spans):
            yield content.table(rows, spans, units)
        after = Key(series[-1].metric, series[-1].station, None)


def _every(connection: Connection[Any], spans: list[Span]) -> Iterator[Rows]:
    """All rows of spans, piece by piece."""
    first = 0  # place of the span that goes on
    while True:
        rows = stored(connection, spans[first:], content.ROW_GROUP)
        if not len(rows):
            return
        yield structs.replace(rows, place=rows.place + first)
        first += int(rows.place[-1])
        spans = [*spans]
        spans[first] = structs.replace(spans[first], lo=int(rows.time[-1].astype("i8")) + 1)


def _give_up_rows(connection: Connection[Any], cold: Cold) -> bool:
    """Drop the partition if it still holds what the file does; False where it does not, or is in use."""
    for _ in range(TRIES):
        try:
            with connection.transaction():
                return _replace(connection, cold)
        except psycopg.errors.LockNotAvailable:
            time.sleep(PAUSE_S)
    return False


def _replace(connection: Connection[Any], cold: Cold) -> bool:
    name = sql.Identifier(cold.name)
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(PATIENCE))
    exists = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [cold.name]).fetchone()
    if exists != (True,):
        return False  # somebody else has moved it
    connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(name))
    if count(connection, cold.starts, cold.ends) != (cold.rows, cold.checksum):
        return False
    partitions.stop_writers(connection)
    connection.execute(sql.SQL("DROP TABLE {}").format(name))
    manifest.add(connection, cold)
    return True


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    with file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
