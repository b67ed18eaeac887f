-- campaign --
INSERT INTO backfill_campaigns (id, kind, source, series, span, parameters, step_s, priority)
VALUES (%(id)s, %(kind)s, %(source)s, %(series)s, %(span)s, %(parameters)s, %(step_s)s, %(priority)s)
ON CONFLICT (id) DO NOTHING

-- seed --
-- Plan jobs. One that is known is left alone; with `gaps` one whose window the ledger lacks is wanted again,
-- unless its parts are under way, and none is planned whose window it has.
WITH wanted AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(kind)s::text[], %(source)s::text[], %(series)s::text[],
                         %(host)s::text[], %(span)s::tstzrange[], %(parameters)s::jsonb[],
                         %(priority)s::integer[])
         WITH ORDINALITY AS w (id, kind, source, series, host, span, parameters, priority, n)
), known AS (
    SELECT source, series, range_agg(held + empty) AS known
      FROM (SELECT source, series, held, empty FROM coverage
            UNION ALL SELECT source, series, held, empty FROM coverage_news) AS said
     WHERE %(gaps)s AND (source, series) IN (SELECT source, series FROM wanted) GROUP BY source, series
)
INSERT INTO backfill_jobs AS j (id, campaign, parent, kind, source, series, host, span, parameters, priority)
SELECT w.id, %(campaign)s, %(parent)s, w.kind, w.source, w.series, w.host, w.span, w.parameters, w.priority
  FROM wanted w LEFT JOIN known k USING (source, series)
 WHERE NOT coalesce(k.known @> coalesce(w.span, '(,)'), false)
 ORDER BY w.n
ON CONFLICT (id) DO UPDATE SET state = 'pending', failures = 0, due_at = clock_timestamp()
 WHERE %(gaps)s AND j.state IN ('done', 'failed', 'cancelled')
   AND NOT EXISTS (SELECT FROM backfill_jobs c WHERE c.parent = j.id AND c.state IN ('pending', 'running'))
RETURNING j.xmax = 0 AS new

-- lanes --
-- Hosts and kinds that have jobs waiting and are not paused, found by jumps through the index; with how many
-- jobs of the host are at work, and how many were handed out in the past minute.
WITH RECURSIVE lanes AS (
    (SELECT host, kind FROM backfill_jobs WHERE state = 'pending' ORDER BY host, kind LIMIT 1)
    UNION ALL
    SELECT next.host, next.kind FROM lanes,
           LATERAL (SELECT host, kind FROM backfill_jobs
                     WHERE state = 'pending' AND (host, kind) > (lanes.host, lanes.kind)
                     ORDER BY host, kind LIMIT 1) AS next
)
SELECT host, kind,
       (SELECT count(*) FROM backfill_jobs j WHERE j.state = 'running' AND j.host = lanes.host) AS running,
       (SELECT count(*) FROM backfill_jobs j
         WHERE j.host = lanes.host AND j.handed_at > clock_timestamp() - interval '1 minute') AS lately
  FROM lanes
 WHERE NOT EXISTS (SELECT FROM backfill_pauses p
                    WHERE (what, name) IN (('kind', lanes.kind), ('host', lanes.host)))

-- next --
-- The first jobs of each lane that are due, locked.
SELECT lane.host, job.id, job.attempts + 1 AS attempt, job.priority
  FROM unnest(%(hosts)s::text[], %(kinds)s::text[], %(rooms)s::integer[]) AS lane (host, kind, room),
       LATERAL (SELECT id, attempts, priority, seq FROM backfill_jobs
                 WHERE state = 'pending' AND host = lane.host AND kind = lane.kind
                   AND due_at <= clock_timestamp()
                 ORDER BY priority, seq LIMIT lane.room FOR UPDATE SKIP LOCKED) AS job
 ORDER BY job.priority, job.seq

-- handed --
UPDATE backfill_jobs SET state = 'running', attempts = attempts + 1, handed_at = clock_timestamp(), caught = NULL
 WHERE id = ANY (%(ids)s)

-- job --
-- A job, if this attempt at it is the one that counts.
SELECT kind, source, series, host, span, parameters, priority, failures, caught FROM backfill_jobs
 WHERE id = %(id)s AND (state = 'running' AND attempts = %(attempt)s
                        OR state = 'pending' AND attempts = %(attempt)s - 1)

-- keep --
UPDATE backfill_jobs SET caught = %(caught)s
 WHERE id = %(id)s AND (state = 'running' AND attempts = %(attempt)s
                        OR state = 'pending' AND attempts = %(attempt)s - 1)

-- close --
-- How an attempt ended, and its line in the history. One that was handed out while the worker that did so died
-- is still 'pending'.
WITH closed AS (
    UPDATE backfill_jobs
       SET state = %(state)s, attempts = %(attempt)s, says = %(says)s, caught = NULL,
           failures = CASE WHEN %(error)s THEN failures + 1 ELSE 0 END,
           due_at = clock_timestamp() + %(wait)s::interval,
           ended_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE clock_timestamp() END,
           payloads = %(payloads)s, rows = %(rows)s, bytes = %(bytes)s, duration_s = %(duration_s)s
     WHERE id = %(id)s AND (state = 'running' AND attempts = %(attempt)s
                            OR state = 'pending' AND attempts = %(attempt)s - 1)
    RETURNING campaign, handed_at
)
INSERT INTO backfill_attempts (job, attempt, outcome, says, worker, handed_at, duration_s, rows, bytes, payloads)
SELECT %(id)s, %(attempt)s, %(outcome)s, %(says)s, %(worker)s, handed_at, %(duration_s)s, %(rows)s, %(bytes)s,
       %(ids)s
  FROM closed
RETURNING (SELECT campaign FROM closed)

-- lost --
-- Jobs at work whose workflow has ended without closing them (given up, cut off), or is not there.
SELECT j.id, j.attempts, w.status FROM backfill_jobs j
  LEFT JOIN dbos.workflow_status w ON w.workflow_uuid = 'job:' || j.id || ':' || j.attempts
 WHERE j.state = 'running' AND j.handed_at < clock_timestamp() - %(lease)s::interval
   AND (w.status IS NULL OR w.status NOT IN ('ENQUEUED', 'PENDING', 'DELAYED'))

-- left --
-- What there is to do yet: waiting (of them paused), and at work.
WITH paused AS MATERIALIZED (
    SELECT array_agg(name) FILTER (WHERE what = 'kind') AS kinds,
           array_agg(name) FILTER (WHERE what = 'host') AS hosts FROM backfill_pauses
)
SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
       count(*) FILTER (WHERE state = 'pending' AND (kind = ANY (paused.kinds) OR host = ANY (paused.hosts)))
           AS paused,
       count(*) FILTER (WHERE state = 'running') AS running
  FROM backfill_jobs, paused WHERE state IN ('pending', 'running')

-- again --
-- Ask for jobs again that failed or were cancelled.
UPDATE backfill_jobs SET state = 'pending', failures = 0, due_at = clock_timestamp()
 WHERE state = ANY (%(states)s)
   AND (%(job)s::uuid IS NULL OR id = %(job)s)
   AND (%(campaign)s::uuid IS NULL OR campaign = %(campaign)s)
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (%(host)s::text IS NULL OR host = %(host)s)
   AND (%(source)s::text IS NULL OR source = %(source)s)
   AND (%(says)s::text IS NULL OR says ILIKE %(says)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)

-- cancel --
-- Give up jobs that are not done. One at work ends as it does, and nothing is written of that here.
UPDATE backfill_jobs SET state = 'cancelled', ended_at = clock_timestamp(), says = 'cancelled'
 WHERE state IN ('pending', 'running')
   AND (%(job)s::uuid IS NULL OR id = %(job)s)
   AND (%(campaign)s::uuid IS NULL OR campaign = %(campaign)s)
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (%(host)s::text IS NULL OR host = %(host)s)
   AND (%(source)s::text IS NULL OR source = %(source)s)
   AND (%(says)s::text IS NULL OR says ILIKE %(says)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
