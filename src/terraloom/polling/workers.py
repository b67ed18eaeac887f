"""Which workers are alive, by a heartbeat in the database, and which polls nobody works at any more."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Set
from datetime import timedelta
from typing import Any

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import dict_row

from terraloom import __version__
from terraloom.polling.durable import VERSION

ORPHANS = """
SELECT DISTINCT p.executor_id
FROM dbos.workflow_status AS p
LEFT JOIN workers AS w
       ON w.executor_id = p.executor_id AND w.beat_at > clock_timestamp() - %(lease)s::interval
WHERE p.status = 'PENDING' AND p.application_version = %(version)s AND w.executor_id IS NULL
"""

HELD = """
SELECT workflow_uuid FROM dbos.workflow_status
WHERE status = 'PENDING' AND application_version = %(version)s AND executor_id = %(executor)s
      AND started_at_epoch_ms < extract(epoch FROM clock_timestamp() - %(lease)s::interval) * 1000
"""


class Identity(Struct, frozen=True):
    """One worker process. The id is new at each start, never that of a predecessor that still drains."""

    executor_id: str
    host: str
    pid: int

    @classmethod
    def new(cls) -> Identity:
        host, pid = socket.gethostname(), os.getpid()
        return cls(f"{host}-{pid}-{uuid.uuid4().hex[:8]}", host, pid)


def beat(connection: Connection[Any], me: Identity) -> None:
    """Say that this worker is alive. Does not commit."""
    connection.execute(
        "INSERT INTO workers (executor_id, host, pid, version, started_at, beat_at) "
        "VALUES (%s, %s, %s, %s, clock_timestamp(), clock_timestamp()) "
        "ON CONFLICT (executor_id) DO UPDATE SET beat_at = excluded.beat_at",
        [me.executor_id, me.host, me.pid, __version__],
    )


def leave(connection: Connection[Any], me: Identity) -> None:
    """Take this worker off the list, at a clean end; what it left is recovered at once. Does not commit."""
    connection.execute("DELETE FROM workers WHERE executor_id = %s", [me.executor_id])


def orphaned_by(connection: Connection[Any], lease: timedelta) -> list[str]:
    """Executors that hold unfinished polls and are not alive."""
    return [row[0] for row in connection.execute(ORPHANS, {"lease": lease, "version": VERSION}).fetchall()]


def lost(connection: Connection[Any], me: Identity, running: Set[str], lease: timedelta) -> list[str]:
    """
    Polls that this worker holds but does not run, for longer than `lease`.

    A claim that committed just before the database went away can end so: the row names us, no thread knows.
    """
    rows = connection.execute(
        HELD, {"version": VERSION, "executor": me.executor_id, "lease": lease}
    ).fetchall()
    return sorted({row[0] for row in rows} - running)


def listed(connection: Connection[Any]) -> list[dict[str, Any]]:
    """All workers that have not left, the newest first, and for how long each has been silent."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT executor_id, host, pid, version, started_at, "
            "round(extract(epoch FROM clock_timestamp() - beat_at), 1)::float8 AS silent_s "
            "FROM workers ORDER BY started_at DESC, executor_id"
        ).fetchall()


def forget_dead(connection: Connection[Any], lease: timedelta) -> None:
    """Drop rows of workers that died long ago and left nothing. Does not commit."""
    connection.execute("DELETE FROM workers WHERE beat_at < clock_timestamp() - 20 * %s::interval", [lease])
