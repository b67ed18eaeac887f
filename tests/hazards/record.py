"""Reports put straight into a database, and everything that came of them read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import structs
from psycopg import Connection

from terraloom.archive import record_many
from terraloom.hazards.rules import Rules
from terraloom.ingest import Parsed, apply
from terraloom.rebuild import DERIVED
from terraloom.records import HazardReport, Payload
from terraloom.sources.operator import INFO, Association

RECEIVED = datetime(2026, 3, 1, 2, tzinfo=UTC)
# These count what one payload brought, so they follow the split by design.
PER_PAYLOAD = {"ingests", "source_days"}


def put(connection: Connection[Any], reports: Sequence[HazardReport | Association], n: int = 0) -> None:
    """Apply reports as one payload, the `n`th, in one transaction."""
    [said, heard] = [[r for r in reports if isinstance(r, kind)] for kind in (Association, HazardReport)]
    body = repr((n, said, heard)).encode()
    payload = Payload(source="made", url=f"test:{n}", fetched_at=RECEIVED, body=body)
    with connection.transaction():
        record_many(connection, [payload], licences={})
        apply(connection, [Parsed(payload, structs.replace(INFO, priority=50), heard, said)], Rules())


def put_batches(connection: Connection[Any], batches: Iterable[Sequence[HazardReport]]) -> None:
    for n, batch in enumerate(batches):
        put(connection, batch, n)


def everything(connection: Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows but for which payload brought them, which follows the split."""
    found = {}
    for table in DERIVED:
        if table in PER_PAYLOAD:
            continue
        columns = connection.execute(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
            "AND column_name <> 'payload_id'",
            [table],
        ).fetchone()
        assert columns is not None
        found[table] = sorted(connection.execute(f"SELECT {columns[0]} FROM {table}").fetchall(), key=repr)
    connection.commit()
    return found


def groups(connection: Connection[Any]) -> set[frozenset[str]]:
    """Which (live) reports share an event."""
    rows = connection.execute(
        "SELECT array_agg(agency || '/' || canonical_id) FROM source_events "
        "WHERE NOT retracted GROUP BY event_id"
    ).fetchall()
    connection.commit()
    return {frozenset(row[0]) for row in rows}


def empty(connection: Connection[Any]) -> None:
    """Forget everything, so that one database serves many examples."""
    connection.execute(f"TRUNCATE {', '.join(DERIVED)}, payloads")
    connection.commit()
