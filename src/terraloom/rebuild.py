"""
Make the derived record again from the archive, beside the one in use; compare, then put it in its place.

Payloads are applied in their serial order (`payloads.applied_seq`) into tables of the schema `rebuild`. What
comes in meanwhile goes on being written to the record in use, and is applied at the end, under the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection, sql

from terraloom import archive as manifest
from terraloom.archive import Archive
from terraloom.errors import ArchiveError
from terraloom.hazards import store
from terraloom.hazards.population import Population, gazetteer
from terraloom.hazards.rules import Rules
from terraloom.hazards.scores import store_scores
from terraloom.ingest import apply, parse
from terraloom.observations import partitions, rebuilt

SCHEMA = "rebuild"
REPORTED = (
    "ingests",
    "quarantine",
    "raw_event_records",
    "normalized_event_records",
    "source_events",
    "track_points",
    "event_id_aliases",
    "disaster_events",
    "location_data",
    "decisions",
    "doubtful_pairs",
    "associations",
    "outbox",
    "severity_scores",
    "source_days",
)
MEASURED = (
    "stations",
    "series",
    "observations",
    "observation_revisions",
    "observations_hourly",
    "observations_daily",
)
DERIVED = (*REPORTED, *MEASURED)
SCRATCH = ("dirty_days",)  # written on the way, and not compared: caches follow the record in use
BATCH = 50  # payloads in memory at a time


class Comparison(Struct, frozen=True):
    """Rows of one table that only one side has."""

    table: str
    rows: int
    only_in_use: int
    only_rebuilt: int

    @property
    def same(self) -> bool:
        return not (self.only_in_use or self.only_rebuilt)


def rebuild(
    connection: Connection[Any],
    archive: Archive,
    rules: Rules,
    *,
    population: Population | None = None,
    replace: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Comparison]:
    """
    Run the whole archive again and compare every derived table; with `replace`, keep the new one. Values in
    cold files are compared by number and checksum.

    `connection` must not be used for anything else: its search path is changed. `progress` is told payloads
    done and in all. Raises `ArchiveError` where retention dropped a body that was applied.
    """
    people = population or gazetteer()
    _refuse_expired(connection)
    _make_tables(connection)
    after = 0
    while True:
        with connection.transaction():
            batch = _applied(connection, after)
            if not batch:
                break
            _apply(connection, archive, [row[0] for row in batch], rules, population)
            after = batch[-1][1]
        progress(*_progress(connection, after))
    with connection.transaction():
        partitions.stop_writers(connection)  # before the lock, as who writes values takes them
        store.lock(connection)
        while batch := _applied(connection, after):
            _apply(connection, archive, [row[0] for row in batch], rules, population)
            after = batch[-1][1]
        _score(connection, people)
        found = [_compare(connection, table) for table in DERIVED]
        if replace:
            for comparison in found:
                if not comparison.same:
                    _replace(connection, comparison.table)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SCHEMA)))
    connection.execute("SET search_path = public")
    connection.commit()
    return found


def _refuse_expired(connection: Connection[Any]) -> None:
    rows = connection.execute(
        "SELECT source, count(*) FROM payloads WHERE applied_seq IS NOT NULL AND expired_at IS NOT NULL "
        "GROUP BY source ORDER BY source"
    ).fetchall()
    connection.commit()
    if rows:
        lost = ", ".join(f"{source} {count}" for source, count in rows)
        raise ArchiveError(
            f"retention dropped bodies that were applied ({lost}): the record cannot be made again"
        )


def _make_tables(connection: Connection[Any]) -> None:
    with connection.transaction():
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
        for table in (*DERIVED, *SCRATCH):
            connection.execute(
                sql.SQL("CREATE UNLOGGED TABLE {} (LIKE {} INCLUDING ALL)").format(
                    sql.Identifier(SCHEMA, table), sql.Identifier("public", table)
                )
            )
    connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(SCHEMA)))
    connection.commit()


def _applied(connection: Connection[Any], after: int) -> list[tuple[UUID, int]]:
    return connection.execute(
        "SELECT id, applied_seq FROM payloads WHERE applied_seq > %s ORDER BY applied_seq LIMIT %s",
        [after, BATCH],
    ).fetchall()


def _progress(connection: Connection[Any], after: int) -> tuple[int, int]:
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE applied_seq <= %s), count(*) FROM payloads "
        "WHERE applied_seq IS NOT NULL",
        [after],
    ).fetchone()
    connection.commit()
    assert row is not None
    return row[0], row[1]


def _apply(
    connection: Connection[Any],
    archive: Archive,
    payload_ids: Sequence[UUID],
    rules: Rules,
    population: Population | None,
) -> None:
    parsed = [parse(manifest.load_payload(connection, archive, payload_id)) for payload_id in payload_ids]
    apply(connection, parsed, rules, population=population, number=False, archive=archive)


def _score(connection: Connection[Any], population: Population) -> None:
    """Score both sides as they are now; scoring follows the record, and may be a little behind it."""
    for path in ("public", f"{SCHEMA}, public"):
        connection.execute(sql.SQL("SET LOCAL search_path = ") + sql.SQL(path))
        rows = connection.execute("SELECT id FROM disaster_events ORDER BY id").fetchall()
        store_scores(connection, [row[0] for row in rows], 0, population=population)


def _columns(connection: Connection[Any], table: str) -> sql.Composable:
    """All columns that are stored as given: not those that the database generates from others."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' "
        "ORDER BY ordinal_position",
        [table],
    ).fetchall()
    return sql.SQL(", ").join(sql.Identifier(row[0]) for row in rows)


def _compare(connection: Connection[Any], table: str) -> Comparison:
    if table == "observations":
        return Comparison(table, *rebuilt.compare(connection))
    statement = sql.SQL(
        "WITH a AS (SELECT {c} FROM {used}), b AS (SELECT {c} FROM {made}) SELECT (SELECT count(*) FROM b), "
        "(SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) x), "
        "(SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) y)"
    ).format(
        c=_columns(connection, table),
        used=sql.Identifier("public", table),
        made=sql.Identifier(SCHEMA, table),
    )
    row = connection.execute(statement).fetchone()
    assert row is not None
    return Comparison(table, *row)


def _replace(connection: Connection[Any], table: str) -> None:
    if table == "observations":
        return rebuilt.replace(connection, f"{SCHEMA}, public")
    columns = _columns(connection, table)
    used, made = sql.Identifier("public", table), sql.Identifier(SCHEMA, table)
    connection.execute(sql.SQL("DELETE FROM {}").format(used))
    connection.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(used, columns, columns, made))
    return None
