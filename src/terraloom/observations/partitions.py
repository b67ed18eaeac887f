"""
The partitions of `observations`: one a month from 2000 on, one a decade before.

Feeds of the present fill months; series that reach back to 1818 have a value a day or a year, and two
thousand partitions for them would slow down every plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from psycopg import Connection, sql

MONTHS_FROM = 2000
LOCK = "terraloom.observations.partitions"


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


def ensure(connection: Connection[Any], wanted: Iterable[Partition]) -> None:
    """
    Make the partitions that are not there yet, within the caller's transaction.

    To be called before any row is locked: makers wait for each other. Does nothing where the table that is in
    sight is not partitioned (a rebuild's).
    """
    by_name = {partition.name: partition for partition in wanted}
    missing = _missing(connection, list(by_name))
    if not missing:
        return
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    for name in _missing(connection, list(by_name)):
        _make(connection, by_name[name])


def _missing(connection: Connection[Any], names: list[str]) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (name, n) "
        "WHERE to_regclass(name) IS NULL "
        "AND (SELECT relkind FROM pg_class WHERE oid = 'observations'::regclass) = 'p' ORDER BY n",
        [names],
    ).fetchall()
    return [row[0] for row in rows]


def _make(connection: Connection[Any], partition: Partition) -> None:
    """Made beside the parent and attached: readers and writers of other partitions are not held up."""
    name = sql.Identifier(partition.name)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE observations INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(name)
    )
    connection.execute(
        sql.SQL("ALTER TABLE observations ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            name, sql.Literal(partition.starts), sql.Literal(partition.ends)
        )
    )


def _first(year: int, month: int) -> datetime:
    year, month = (year + 1, 1) if month == 13 else (year, month)
    return datetime.max.replace(tzinfo=UTC) if year > 9999 else datetime(year, month, 1, tzinfo=UTC)
