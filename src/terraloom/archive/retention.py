"""Letting old bodies go, and holding on to some.

An expired payload keeps its row (when, whence, which hash), so that every decision can still be traced to
it; its body is gone, so a rebuild of the database from the archive can no longer start from it. What it
contributed stays in the database until a rebuild, and is missing after one. Therefore nothing expires by
itself, a payload that is not applied yet never does, and `rebuild` names what it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection

from terraloom.archive.manifest import LOCK
from terraloom.archive.store import Archive
from terraloom.errors import ArchiveError

BATCH = 500  # payloads per transaction; ingestion waits no longer than one batch takes

DUE = """
FROM payloads
WHERE expired_at IS NULL AND NOT pinned AND applied_seq IS NOT NULL AND fetched_at < %(before)s
  AND (%(source)s::text IS NULL OR source = %(source)s)
"""
EXPIRE = f"""
UPDATE payloads SET expired_at = %(now)s
WHERE id IN (SELECT id {DUE} ORDER BY seq LIMIT {BATCH} FOR UPDATE)
RETURNING sha256, bytes
"""
STILL_NEEDED = "SELECT DISTINCT sha256 FROM payloads WHERE expired_at IS NULL AND sha256 = ANY(%s)"


class Expired(Struct):
    """What retention did, or would do: rows marked, bodies dropped, and the bytes these held unpacked."""

    payloads: int = 0
    bodies: int = 0
    bytes: int = 0


def due(connection: Connection[Any], *, before: datetime, source: str | None = None) -> int:
    """How many payloads `expire` would take now."""
    row = connection.execute(f"SELECT count(*) {DUE}", {"before": before, "source": source}).fetchone()
    return int(row[0]) if row else 0


def expire(
    connection: Connection[Any],
    archive: Archive,
    *,
    before: datetime,
    now: datetime,
    source: str | None = None,
    progress: Callable[[int], None] = lambda payloads: None,
) -> Expired:
    """
    Drop the bodies of applied, unpinned payloads fetched earlier than `before`.

    Commits batch by batch: it can be stopped at any moment and run again. A body that another, living
    payload shares stays. If the process dies between commit and deletion, `checking.verify` lists the
    body as a leftover.
    """
    done = Expired()
    while True:
        batch = _expire_batch(connection, archive, {"before": before, "now": now, "source": source})
        if not batch.payloads:
            return done
        done.payloads += batch.payloads
        done.bodies += batch.bodies
        done.bytes += batch.bytes
        progress(done.payloads)


def _expire_batch(connection: Connection[Any], archive: Archive, limits: dict[str, Any]) -> Expired:
    # The lock outlives the commit: between it and the deletion no ingestion may count on these bodies.
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [LOCK])
    try:
        rows = connection.execute(EXPIRE, limits).fetchall()
        sizes = dict(rows)
        needed = {row[0] for row in connection.execute(STILL_NEEDED, [list(sizes)])}
        connection.commit()
        gone = sorted(sizes.keys() - needed)
        for sha256 in gone:
            archive.delete(sha256)
        return Expired(len(rows), len(gone), sum(sizes[sha256] for sha256 in gone))
    finally:
        connection.rollback()
        connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [LOCK])
        connection.commit()


def pin(connection: Connection[Any], payload_ids: Sequence[UUID]) -> None:
    """Never let these expire. Raises `ArchiveError` for one that is unknown or has expired already."""
    _set_pinned(connection, payload_ids, True)


def unpin(connection: Connection[Any], payload_ids: Sequence[UUID]) -> None:
    """Let them expire when their time comes."""
    _set_pinned(connection, payload_ids, False)


def _set_pinned(connection: Connection[Any], payload_ids: Sequence[UUID], pinned: bool) -> None:
    wanted = list(payload_ids)
    rows = connection.execute(
        "UPDATE payloads SET pinned = %s WHERE id = ANY(%s) AND expired_at IS NULL RETURNING id",
        [pinned, wanted],
    ).fetchall()
    absent = set(wanted) - {row[0] for row in rows}
    if absent:
        raise ArchiveError(f"unknown or expired: {', '.join(sorted(map(str, absent)))}")
