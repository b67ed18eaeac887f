"""The manifest: one row of `payloads` for each body as it was received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct, structs
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.archive.store import Archive
from terraloom.errors import ArchiveError
from terraloom.records import Payload

# Ingestion holds it shared, retention alone: a body is never dropped between `put` and its row.
LOCK = "terraloom.archive"
# Who writes several rows at once: two that share rows, in different order, would wait for each other.
BATCH_LOCK = "terraloom.archive.batch"

COLUMNS = (
    "id, seq, source, kind, url, fetched_at, status, content_type, etag, last_modified, sha256, bytes, "
    "licence, pinned, expired_at, applied_seq"
)

INSERT = """
INSERT INTO payloads
    (id, source, kind, url, fetched_at, status, content_type, etag, last_modified, sha256, bytes, licence)
SELECT id, source, kind, url, fetched_at, status, content_type, etag, last_modified, sha256, bytes, licence
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::smallint[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
     WITH ORDINALITY AS new (id, source, kind, url, fetched_at, status, content_type, etag, last_modified,
                             sha256, bytes, licence, n)
ORDER BY n
ON CONFLICT (id) DO NOTHING
RETURNING id
"""


class Entry(Struct, frozen=True, kw_only=True):
    """One row of the manifest."""

    id: UUID
    seq: int
    source: str
    kind: str
    url: str
    fetched_at: datetime
    status: int
    content_type: str
    etag: str
    last_modified: str
    sha256: str
    bytes: int
    licence: str
    pinned: bool
    expired_at: datetime | None
    applied_seq: int | None

    def as_dict(self) -> dict[str, Any]:
        """By column name, for listings."""
        return structs.asdict(self)


def keep(
    connection: Connection[Any], archive: Archive, payloads: Sequence[Payload], *, licences: Mapping[str, str]
) -> set[UUID]:
    """
    Archive the bodies, then write their rows: the one right order, safe beside `retention.expire`.

    `licences` is by source id. Returns the ids that are new. Does not commit; bodies stay if it never does.
    """
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [LOCK])
    archive.put_many([payload.body for payload in payloads])
    return record_many(connection, payloads, licences=licences)


def record(connection: Connection[Any], payload: Payload, *, licence: str) -> bool:
    """Write the row of one payload whose body is archived; True when it is new. Does not commit."""
    return bool(record_many(connection, [payload], licences={payload.source: licence}))


def record_many(
    connection: Connection[Any], payloads: Sequence[Payload], *, licences: Mapping[str, str]
) -> set[UUID]:
    """The same for a batch, in its order, in one statement; returns the ids that are new."""
    if not payloads:
        return set()
    if len(payloads) > 1:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [BATCH_LOCK])
    rows = [_row(payload, licences.get(payload.source, "")) for payload in payloads]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row[0] for row in connection.execute(INSERT, columns).fetchall()}


def _row(payload: Payload, licence: str) -> tuple[object, ...]:
    """The columns of `INSERT`, in its order. An id made from local time could not be found again."""
    if payload.fetched_at.utcoffset() != timedelta(0):
        raise ArchiveError(f"payload {payload.id}: fetched_at is {payload.fetched_at}, expected UTC")
    p = payload
    validators = (p.status, p.content_type, p.etag, p.last_modified)
    return (p.id, p.source, p.kind, p.url, p.fetched_at, *validators, p.sha256, len(p.body), licence)


def load_payload(connection: Connection[Any], archive: Archive, payload_id: UUID) -> Payload:
    """A payload as it was received. Raises `ArchiveError` where it is unknown, expired, lost or altered."""
    entry = find(connection, payload_id)
    if entry.expired_at is not None:
        raise ArchiveError(f"payload {payload_id}: its body was dropped by retention at {entry.expired_at}")
    return to_payload(entry, archive.get(entry.sha256))


def find(connection: Connection[Any], payload_id: UUID) -> Entry:
    """The manifest row with this id. Raises `ArchiveError` where there is none."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        found = cursor.execute(f"SELECT {COLUMNS} FROM payloads WHERE id = %s", [payload_id]).fetchone()
    if found is None:
        raise ArchiveError(f"payload {payload_id} is not in the manifest")
    return found


def pending(connection: Connection[Any], *, limit: int | None = None) -> list[Entry]:
    """Payloads that are archived but not yet applied, in the order of their receipt."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            f"SELECT {COLUMNS} FROM payloads WHERE applied_seq IS NULL AND expired_at IS NULL "
            "ORDER BY seq LIMIT %s",
            [limit],
        ).fetchall()


def entries(
    connection: Connection[Any], *, source: str | None = None, pinned: bool | None = None, limit: int = 100
) -> Iterator[Entry]:
    """Manifest rows, the newest first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        yield from cursor.execute(
            f"SELECT {COLUMNS} FROM payloads "
            "WHERE (%(source)s::text IS NULL OR source = %(source)s) "
            "AND (%(pinned)s::boolean IS NULL OR pinned = %(pinned)s) "
            "ORDER BY seq DESC LIMIT %(limit)s",
            {"source": source, "pinned": pinned, "limit": limit},
        )


def to_payload(entry: Entry, body: bytes) -> Payload:
    """The payload that a manifest row and its body stand for."""
    return Payload(
        source=entry.source,
        kind=entry.kind,
        url=entry.url,
        fetched_at=entry.fetched_at.astimezone(UTC),  # the session's zone must not change the derived id
        body=body,
        status=entry.status,
        content_type=entry.content_type,
        etag=entry.etag,
        last_modified=entry.last_modified,
    )
