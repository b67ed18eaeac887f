"""What has been in one state for too long: polls waiting or at work, payloads not applied, workers silent."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.polling.durable import APPLICATION

WAITING_S = 60.0  # for a worker to take a poll up
POLLING_S = 600.0  # for a poll to end
PENDING_S = 300.0  # for an archived payload to be applied
STATES = ("waiting", "polling", "failed", "pending", "no-worker")


class Alarm(Struct, frozen=True, kw_only=True):
    """`count` things have been in `state` for longer than they should; the oldest for `age_s` seconds."""

    state: str  # one of `STATES`
    count: int
    age_s: float
    says: str


POLLS = """
SELECT CASE status WHEN 'ENQUEUED' THEN 'waiting' ELSE 'polling' END AS state, count(*) AS count,
       max(age_s) AS age_s,
       count(*) || CASE status WHEN 'ENQUEUED' THEN ' polls wait for a worker: '
                   ELSE ' polls are at work for very long: ' END
                || string_agg(workflow_uuid, ', ' ORDER BY age_s DESC) AS says
FROM (
    SELECT status, workflow_uuid,
           (extract(epoch FROM clock_timestamp())
            - coalesce(started_at_epoch_ms, created_at) / 1000.0)::float8 AS age_s
    FROM dbos.workflow_status
    WHERE status IN ('ENQUEUED', 'PENDING') AND application_name = %(application)s
) AS p
WHERE age_s > CASE status WHEN 'ENQUEUED' THEN %(waiting)s ELSE %(polling)s END
GROUP BY status
"""
FAILED = """
SELECT 'failed' AS state, count(*) AS count,
       coalesce(extract(epoch FROM clock_timestamp()) - min(updated_at) / 1000.0, 0)::float8 AS age_s,
       count(*) || ' polls were given up in the last hour: ' || string_agg(workflow_uuid, ', ') AS says
FROM dbos.workflow_status
WHERE status IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')
  AND application_name = %(application)s
  AND updated_at > (extract(epoch FROM clock_timestamp()) - 3600) * 1000
HAVING count(*) > 0
"""
PENDING = """
SELECT 'pending' AS state, count(*) AS count,
       extract(epoch FROM clock_timestamp() - min(fetched_at))::float8 AS age_s,
       count(*) || ' archived payloads are not applied, the oldest of '
           || (array_agg(source ORDER BY fetched_at, id))[1] AS says
FROM payloads
WHERE applied_seq IS NULL AND expired_at IS NULL
  AND fetched_at < clock_timestamp() - make_interval(secs => %(pending)s)
HAVING count(*) > 0
"""
NO_WORKER = """
SELECT 'no-worker' AS state, 0::bigint AS count,
       extract(epoch FROM clock_timestamp() - max(beat_at))::float8 AS age_s,
       'no worker has given a sign of life lately' AS says
FROM workers
HAVING max(beat_at) < clock_timestamp() - make_interval(secs => %(waiting)s)
"""


def alarms(connection: Connection[Any]) -> list[Alarm]:
    """All alarms now; none where all is well. Before a worker ever ran there is nothing to raise one."""
    limits = {
        "application": APPLICATION,
        "waiting": WAITING_S,
        "polling": POLLING_S,
        "pending": PENDING_S,
    }
    queries = [PENDING, NO_WORKER]
    if connection.execute("SELECT to_regclass('dbos.workflow_status')").fetchone() != (None,):
        queries += [POLLS, FAILED]
    with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        return [alarm for query in queries for alarm in cursor.execute(query, limits).fetchall()]
