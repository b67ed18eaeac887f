"""
What has been in one state for too long: polls and backfill jobs that wait or are at work, payloads not
applied, workers silent.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.polling.durable import APPLICATION, JOB, QUEUE

WAITING_S = 60.0  # for a worker to take a poll up
POLLING_S = 600.0  # for a poll to end
PENDING_S = 300.0  # for an archived payload to be applied
JOBS_WAITING_S = 300.0  # for a worker to take up the first job of a host that is not paused
JOBS_RUNNING_S = 7200.0  # for a job to end: longer than its requests may take, and its records to go in
STATES = ("waiting", "polling", "failed", "pending", "no-worker", "jobs-waiting", "jobs-running")


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
      AND queue_name = %(queue)s
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
  AND application_name = %(application)s AND name <> %(job)s
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
# A long queue is none: its jobs wait for each other. A host is one where nothing moves at all.
JOBS_WAITING = """
WITH RECURSIVE hosts AS (
    (SELECT host FROM backfill_jobs WHERE state = 'pending' ORDER BY host LIMIT 1)
    UNION ALL
    SELECT (SELECT host FROM backfill_jobs
             WHERE state = 'pending' AND host > hosts.host ORDER BY host LIMIT 1)
      FROM hosts WHERE host IS NOT NULL
), first AS (
    SELECT hosts.host,
           greatest(j.due_at, (SELECT max(handed_at) FROM backfill_jobs h WHERE h.host = hosts.host))
               AS since
      FROM hosts, LATERAL (SELECT due_at FROM backfill_jobs b
                            WHERE state = 'pending' AND b.host = hosts.host AND due_at <= clock_timestamp()
                              AND NOT EXISTS (SELECT FROM backfill_pauses p WHERE (p.what, p.name) IN
                                              (('kind', b.kind), ('host', b.host)))
                            LIMIT 1) AS j
     WHERE NOT EXISTS (SELECT FROM backfill_jobs r WHERE r.state = 'running' AND r.host = hosts.host)
)
SELECT 'jobs-waiting' AS state, count(*) AS count,
       extract(epoch FROM clock_timestamp() - min(since))::float8 AS age_s,
       'backfill jobs wait, and no worker takes them up, for '
           || string_agg(host, ', ' ORDER BY since) AS says
FROM first WHERE since < clock_timestamp() - make_interval(secs => %(jobs_waiting)s)
HAVING count(*) > 0
"""
JOBS_RUNNING = """
SELECT 'jobs-running' AS state, count(*) AS count,
       extract(epoch FROM clock_timestamp() - min(handed_at))::float8 AS age_s,
       count(*) || ' backfill jobs are at work for very long, the oldest is '
           || (array_agg(id ORDER BY handed_at))[1] AS says
FROM backfill_jobs
WHERE state = 'running' AND handed_at < clock_timestamp() - make_interval(secs => %(jobs_running)s)
HAVING count(*) > 0
"""


def alarms(connection: Connection[Any]) -> list[Alarm]:
    """All alarms now; none where all is well. Before a worker ever ran there is nothing to raise one."""
    limits = {
        "application": APPLICATION,
        "queue": QUEUE,
        "job": JOB,
        "waiting": WAITING_S,
        "polling": POLLING_S,
        "pending": PENDING_S,
        "jobs_waiting": JOBS_WAITING_S,
        "jobs_running": JOBS_RUNNING_S,
    }
    queries = [PENDING, NO_WORKER, JOBS_WAITING, JOBS_RUNNING]
    if connection.execute("SELECT to_regclass('dbos.workflow_status')").fetchone() != (None,):
        queries += [POLLS, FAILED]
    with connection.cursor(row_factory=class_row(Alarm)) as cursor:
        return [alarm for query in queries for alarm in cursor.execute(query, limits).fetchall()]
