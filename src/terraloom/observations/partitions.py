"""
The partitions of `observations`: one a month from 2000 on, one a decade before.

Feeds of the present fill months; series that reach back to 1818 have a value a day or a year, and two
thousand partitions for them would slow down every plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from psycopg import Connection, sql

MONTHS_FROM = 2000
LOCK = "terraloom.observations.partitions"
WRITING = "terraloom.observations.writing"

Fill = Callable[[str], None]


class Partition(Struct, frozen=True, order=True):
    """One partition: `starts` <= time < `ends`, UTC."""

    starts: datetime
    ends: datetime
    name: str


def partition_of(year: int, month: int) -> Partition:
    """The partition that holds a month. Years 1..9999."""
    if year >= MONTHS_FROM:
        return Partition(_first(year, month), _first(year, month + 1), f"observations_{year:04}_{month:02}")
    decade = year // 10 * 10
    return Partition(_first(max(decade, 1), 1), _first(decade + 10, 1), f"observations_{decade:04}s")


def partitions_of(times: NDArray[np.datetime64]) -> list[Partition]:
    """The partitions that these times (UTC) fall into, in order."""
    months = np.unique(times.astype("datetime64[M]")).astype(int)
    return sorted({partition_of(1970 + month // 12, month % 12 + 1) for month in months.tolist()})


def existing(connection: Connection[Any]) -> list[Partition]:
    """The partitions that the table has, in the order of time."""
    rows = connection.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'observations'::regclass"
    ).fetchall()
    return sorted(_named(row[0]) for row in rows)


def share(connection: Connection[Any]) -> None:
    """
    Say that this transaction writes values: until it ends no partition goes.

    To be called before anything is looked at or locked, so that nobody waits for who waits for him.
    """
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [WRITING])


def stop_writers(connection: Connection[Any]) -> None:
    """Wait for all transactions that write values to end, and let none begin until this one has."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [WRITING])


def stop_makers(connection: Connection[Any]) -> None:
    """Let nobody make a partition until this transaction ends. To be called before any row is locked."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def missing(connection: Connection[Any], wanted: Iterable[Partition]) -> list[Partition]:
    """
    Those that are not there. Where some are, makers of partitions wait for this transaction from now on.

    None is missed where the table that is in sight is not partitioned (a rebuild's).
    """
    wanted = list(wanted)
    if not _absent(connection, wanted):
        return []
    stop_makers(connection)
    return _absent(connection, wanted)


def make(connection: Connection[Any], partition: Partition, fill: Fill = lambda _: None) -> None:
    """
    Make a partition within the caller's transaction; `fill` puts rows into the table of its name.

    Made beside the parent and attached: readers and writers of other partitions are not held up.
    """
    name = sql.Identifier(partition.name)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE observations INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(name)
    )
    fill(partition.name)
    connection.execute(
        sql.SQL("ALTER TABLE observations ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            name, sql.Literal(partition.starts), sql.Literal(partition.ends)
        )
    )


def _absent(connection: Connection[Any], wanted: list[Partition]) -> list[Partition]:
    rows = connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS wanted (name) WHERE to_regclass(name) IS NULL "
        "AND (SELECT relkind FROM pg_class WHERE oid = 'observations'::regclass) = 'p'",
        [[partition.name for partition in wanted]],
    ).fetchall()
    absent = {row[0] for row in rows}
    return [partition for partition in wanted if partition.name in absent]


def _named(name: str) -> Partition:
    """The partition with this name."""
    year, _, month = name.removeprefix("observations_").partition("_")
    return partition_of(int(year), int(month)) if month else partition_of(int(year.rstrip("s")), 1)


def _first(year: int, month: int) -> datetime:
    year, month = (year + 1, 1) if month == 13 else (year, month)
    return datetime.max.replace(tzinfo=UTC) if year > 9999 else datetime(year, month, 1, tzinfo=UTC)
